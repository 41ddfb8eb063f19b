/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What it takes to use memory that is mapped already.
 */
#ifndef _PHYR_BENCH_PREMAPPED_H
#define _PHYR_BENCH_PREMAPPED_H

#include "bench.h"

/*
 * Prints a line for the list, of the layout @name: to use a buffer of it once it is mapped, and to
 * map it each time.  Or returns an errno.
 */
int premapped_print(struct bench *bench, const char *name);

#endif /* _PHYR_BENCH_PREMAPPED_H */
