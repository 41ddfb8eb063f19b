/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of the table: a list, mapped in some ways.
 */
#ifndef _PHYR_BENCH_ROW_H
#define _PHYR_BENCH_ROW_H

#include "bench.h"

/* Of lists so long few mappings are measured: each is millions of instructions. */
static inline bool row_is_long(const struct bench *bench)
{
	return bench->list.nr > 4096;
}

/*
 * Measures each of the @nr @paths, counts what they ask for, and prints a line for each, which
 * begins with what @kind of row it is.  @repeat mappings are measured, after others that are not:
 * twice as many, or for a long list four.
 */
int rows_print(struct bench *bench, const struct bench_path *const *paths, unsigned int nr,
	       const char *kind, const char *layout, unsigned int repeat);

#endif /* _PHYR_BENCH_ROW_H */
