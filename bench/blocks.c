// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of the page allocator, and the pages in them.
 */
#include <linux/mm.h>

#include "blocks.h"

int blocks_take(struct page **blocks, unsigned int nr)
{
	for (int i = 0; i < nr; i++) {
		/* As memory of files and of processes is: their pages are found on one list. */
		blocks[i] = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, MAX_PAGE_ORDER);
		if (!blocks[i]) {
			while (i--)
				__free_pages(blocks[i], MAX_PAGE_ORDER);
			return -ENOMEM;
		}
	}
	for (int i = 0; i < nr; i++)
		split_page(blocks[i], MAX_PAGE_ORDER);
	return 0;
}

struct page *blocks_page(struct page *const *blocks, unsigned int index)
{
	return blocks[index / BLOCK_PAGES] + index % BLOCK_PAGES;
}
