/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What it takes to remember where memory is.
 */
#ifndef _PHYR_BENCH_METADATA_H
#define _PHYR_BENCH_METADATA_H

/* Prints a line for 1 GiB in pieces of each kind, or returns an errno. */
int metadata_print(void);

#endif /* _PHYR_BENCH_METADATA_H */
