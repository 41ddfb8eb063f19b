/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a device that is given DMA ranges reaches the memory of a list.
 */
#ifndef _PHYR_TESTS_REACH_H
#define _PHYR_TESTS_REACH_H

#include "memory.h"

/*
 * The first and the last byte of each page of the list must be where the DMA
 * ranges say, in transfer order, and the ranges have as many bytes as the list.
 * Of a device that bounces only the latter is checked.
 */
void expect_reached(struct kunit *test, const struct memory *memory,
		    const struct dma_vec *ranges, int nr_ranges);

/* Behind an IOMMU nothing may be there any more. */
void expect_unreached(struct kunit *test, const struct dma_vec *ranges,
		      int nr_ranges);

#endif /* _PHYR_TESTS_REACH_H */
