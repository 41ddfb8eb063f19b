/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parameter of tests for devices with DMA of their own, and without.
 */
#ifndef _PHYR_TESTS_RDMA_WITH_DMA_H
#define _PHYR_TESTS_RDMA_WITH_DMA_H

#include <kunit/test.h>

static const bool has_dma[] = { false, true };

static void dma_name(const bool *has, char *name)
{
	strscpy(name, *has ? "with_dma" : "without_dma", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(dma, has_dma, dma_name);

#endif /* _PHYR_TESTS_RDMA_WITH_DMA_H */
