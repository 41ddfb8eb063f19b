/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory that lists are made of: a large stretch of physically contiguous pages.
 */
#ifndef _PHYR_BENCH_POOL_H
#define _PHYR_BENCH_POOL_H

#include <linux/types.h>

#define POOL_PAGES	65536

/* Takes the memory. */
int pool_take(void);
void pool_give_back(void);

/* The physical address of page @index, modulo POOL_PAGES. */
phys_addr_t pool_page(unsigned int index);

#endif /* _PHYR_BENCH_POOL_H */
