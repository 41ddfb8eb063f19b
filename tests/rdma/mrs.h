/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many MRs a list is named by.
 */
#ifndef _PHYR_TESTS_RDMA_MRS_H
#define _PHYR_TESTS_RDMA_MRS_H

#include <linux/dma-direction.h>

#include "../memory.h"
#include "kinds.h"

/**
 * struct mr_room - what an MR has room for
 * @pages: pages
 * @runs: parts of which each is contiguous
 */
struct mr_room {
	unsigned int	pages;
	unsigned int	runs;
};

/* The MRs of @memory behind the first @offset bytes, wherever that is mapped, but not bounced. */
unsigned int mrs_needed(const struct memory *memory, size_t offset, struct mr_room room);

/* Whether a device of @kind has to have more MRs for that than it has. */
bool mrs_run_out(const struct kind *kind, const struct memory *memory, size_t offset,
		 enum dma_data_direction dir);

#endif /* _PHYR_TESTS_RDMA_MRS_H */
