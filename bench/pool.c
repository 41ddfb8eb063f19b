// SPDX-License-Identifier: GPL-2.0
/*
 * Contiguous blocks of the page allocator, of which enough lie side by side.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sort.h>

#include "pool.h"

#define BLOCK_ORDER	MAX_PAGE_ORDER
#define BLOCK_PAGES	BIT(BLOCK_ORDER)
#define BLOCKS		(POOL_PAGES / BLOCK_PAGES)
#define MOST_BLOCKS	(6 * BLOCKS)

static struct page *blocks[MOST_BLOCKS];
static unsigned int nr_blocks;
static phys_addr_t first;

static int by_address(const void *a, const void *b)
{
	const struct page *const *page_a = a, *const *page_b = b;

	return *page_a < *page_b ? -1 : *page_a > *page_b;
}

/* Where enough blocks lie side by side, or MOST_BLOCKS. */
static unsigned int find_stretch(void)
{
	unsigned int start = 0;

	for (unsigned int i = 1; i <= nr_blocks; i++) {
		if (i - start == BLOCKS)
			return start;
		if (i == nr_blocks || page_to_pfn(blocks[i]) !=
				      page_to_pfn(blocks[i - 1]) + BLOCK_PAGES)
			start = i;
	}
	return MOST_BLOCKS;
}

static void free_blocks(unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		__free_pages(blocks[from], BLOCK_ORDER);
}

int pool_take(void)
{
	unsigned int start;

	while (nr_blocks < MOST_BLOCKS) {
		blocks[nr_blocks] = alloc_pages(GFP_KERNEL | __GFP_NOWARN,
						BLOCK_ORDER);
		if (!blocks[nr_blocks])
			break;
		nr_blocks++;
	}
	sort(blocks, nr_blocks, sizeof(*blocks), by_address, NULL);
	start = find_stretch();
	if (start == MOST_BLOCKS) {
		pool_give_back();
		return -ENOMEM;
	}
	free_blocks(start + BLOCKS, nr_blocks);
	free_blocks(0, start);
	memmove(blocks, blocks + start, BLOCKS * sizeof(*blocks));
	nr_blocks = BLOCKS;
	first = page_to_phys(blocks[0]);
	return 0;
}
EXPORT_SYMBOL_GPL(pool_take);

void pool_give_back(void)
{
	free_blocks(0, nr_blocks);
	nr_blocks = 0;
}
EXPORT_SYMBOL_GPL(pool_give_back);

phys_addr_t pool_page(unsigned int index)
{
	return first + (phys_addr_t)(index % POOL_PAGES) * PAGE_SIZE;
}
