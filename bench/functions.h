/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which functions the instructions of a mapping are in.
 */
#ifndef _PHYR_BENCH_FUNCTIONS_H
#define _PHYR_BENCH_FUNCTIONS_H

#include "bench.h"

/**
 * functions_print() - map a list and unmap it, one instruction at a time
 * @bench: the list
 * @path: how it is mapped
 * @layout: what it is called
 *
 * Prints a line for each function, and in phyr.ko for each instruction: how many were
 * executed there to map, and to unmap.
 *
 * Context: Process.  Interrupts are off for as long as it takes.
 * Return: 0; -ENOMEM, -EOVERFLOW if there are more instructions than are kept, or what
 *	@path returns.
 */
int functions_print(struct bench *bench, const struct bench_path *path,
		    const char *layout);

#endif /* _PHYR_BENCH_FUNCTIONS_H */
