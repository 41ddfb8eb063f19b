/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory as the device sees it, and as it should be.
 */
#ifndef _PHYR_TESTS_SEEN_H
#define _PHYR_TESTS_SEEN_H

#include <kunit/test.h>
#include <linux/dma-phyr.h>
#include <linux/prandom.h>

#include "memory.h"

/**
 * struct seen - memory and what it should hold
 * @test: whose device it is
 * @memory: blocks of memory, and a list of ranges in them
 * @expected: what each block should hold
 * @noise: what the device writes next, from @written on
 * @written: where in @noise
 */
struct seen {
	struct kunit *test;
	struct memory *memory;
	u8 *expected[BLOCKS];
	u8 *noise;
	size_t written;
};

/* Fills @memory with noise.  Freed when @test ends. */
struct seen *seen_alloc(struct kunit *test, struct memory *memory);

/* Whether the device reads the list at these DMA ranges, and no byte more. */
bool seen_reads_list(struct seen *seen, const struct dma_vec *ranges, int nr);

/* New noise into the whole list, written as the device would.  Or %false. */
bool seen_writes_list(struct seen *seen, const struct dma_vec *ranges, int nr);

/* Whether the CPU finds what it should in the list and close around its entries. */
bool seen_is_as_expected(struct seen *seen);

#endif /* _PHYR_TESTS_SEEN_H */
