/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file in the page cache.
 */
#ifndef _PHYR_BENCH_FILE_H
#define _PHYR_BENCH_FILE_H

#include <linux/types.h>

#define FILE_PAGES	65536

/* Makes a file in tmpfs, with all of its pages. */
int file_make(void);
void file_drop(void);

/* The physical address of page @index, or 0 if there is none. */
phys_addr_t file_page(unsigned int index);

#endif /* _PHYR_BENCH_FILE_H */
