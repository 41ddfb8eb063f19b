/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory to make lists of, and room for what comes out.
 */
#ifndef _PHYR_TESTS_MEMORY_H
#define _PHYR_TESTS_MEMORY_H

#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/dma-phyr.h>
#include <linux/mm.h>

/* Blocks of contiguous pages. */
#define BLOCK_ORDER	10
#define BLOCK_PAGES	BIT(BLOCK_ORDER)
#define BLOCKS		4
#define MAX_ENTRIES	(BLOCKS * BLOCK_PAGES)

/**
 * struct memory - a list of physical ranges
 * @blocks: the pages that it is made of
 * @phyrs: the list, with room for MAX_ENTRIES
 * @ranges: room for as many DMA ranges
 * @nr: entries in @phyrs
 */
struct memory {
	struct page *blocks[BLOCKS];
	struct phys_vec *phyrs;
	struct dma_vec *ranges;
	unsigned int nr;
};

/* An empty list, freed when @test ends, of memory that a 32-bit device reaches. */
struct memory *memory_alloc(struct kunit *test);

/* The same with blocks in turn below 4 GiB and above, if the guest has any there. */
struct memory *memory_alloc_anywhere(struct kunit *test);

/* Adds @len bytes that start @offset bytes into page @page of block @block. */
void memory_add(struct memory *memory, int block, unsigned int page,
		size_t offset, size_t len);

/* Bytes of the list. */
size_t memory_bytes(const struct memory *memory);

/* Leaves the first @most bytes of the list. */
void memory_cut(struct memory *memory, size_t most);

#endif /* _PHYR_TESTS_MEMORY_H */
