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

/**
 * struct edu_dma - transfers that take their time
 * @regs: the device's registers, until the test ends
 */
struct edu_dma {
	void __iomem *regs;
};

/* For one transfer after the other. */
struct edu_dma edu_dma_open(struct kunit *test);

/* The device begins to read @len bytes into its buffer, which takes it a tenth of a second. */
void edu_dma_begin_read(struct edu_dma *dma, dma_addr_t from, size_t len);

/* Waits until it has: 0, or a negative errno if it does not. */
int edu_dma_wait(struct edu_dma *dma);

/* The device writes what it has read, which is waited for. */
int edu_dma_write(struct edu_dma *dma, dma_addr_t to, size_t len);

#endif /* _PHYR_TESTS_EDU_DMA_H */
