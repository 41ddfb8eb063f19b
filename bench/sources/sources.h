/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From what a caller has to DMA ranges and back, end to end.
 */
#ifndef _PHYR_BENCH_SOURCES_H
#define _PHYR_BENCH_SOURCES_H

#include "../bench.h"

/*
 * Counts, and prints a line for each source, layout that is wanted, number of pages in @n
 * and way to map it.  @repeat mappings are measured.  With @functions it tells as well in
 * which functions the instructions are.
 */
int sources_print(struct bench *bench, bool (*is_wanted)(const char *layout),
		  const unsigned int *n, unsigned int nr_n, unsigned int repeat,
		  bool functions);

#endif /* _PHYR_BENCH_SOURCES_H */
