/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts instructions, in a guest where QEMU ticks once for each of them:
 * -icount shift=0 and one CPU.
 */
#ifndef _PHYR_BENCH_INSTRUCTIONS_H
#define _PHYR_BENCH_INSTRUCTIONS_H

#include <linux/types.h>

/* Whether the clock really counts instructions. */
bool instructions_are_counted(void);

/* Ticks between two readings that follow each other. */
u64 instructions_overhead(void);

#endif /* _PHYR_BENCH_INSTRUCTIONS_H */
