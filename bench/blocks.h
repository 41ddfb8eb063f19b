/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory whose pages are given back one by one, for somebody else to have them in their
 * places: the page allocator hands out the page that was freed last.
 */
#ifndef _PHYR_BENCH_BLOCKS_H
#define _PHYR_BENCH_BLOCKS_H

#include <linux/mmzone.h>

#define BLOCK_PAGES	BIT(MAX_PAGE_ORDER)

/* Takes @nr blocks of as many adjacent pages, each with a reference of its own. */
int blocks_take(struct page **blocks, unsigned int nr);

/* Page @index of all of them. */
struct page *blocks_page(struct page *const *blocks, unsigned int index);

#endif /* _PHYR_BENCH_BLOCKS_H */
