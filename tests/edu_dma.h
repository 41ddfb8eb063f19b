/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Real transfers by the edu device.
 */
#ifndef _PHYR_TESTS_EDU_DMA_H
#define _PHYR_TESTS_EDU_DMA_H

#include <kunit/test.h>
#include <linux/types.h>

#define EDU_DMA_MAX 2048

/*
 * The device copies @len bytes, at most EDU_DMA_MAX, between DMA addresses.  QEMU
 * must have been told that it can do addresses of 64 bits.
 */
void edu_dma_copy(struct kunit *test, dma_addr_t from, dma_addr_t to, size_t len);

#endif /* _PHYR_TESTS_EDU_DMA_H */
