/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists as storage and network code makes them.
 */
#ifndef _PHYR_BENCH_LAYOUTS_H
#define _PHYR_BENCH_LAYOUTS_H

#include "bench.h"

struct bench_layout {
	const char *name;
	/* Entry @index of @nr. */
	struct phys_vec (*entry)(unsigned int index, unsigned int nr);
};

extern const struct bench_layout bench_layouts[];
extern const unsigned int bench_nr_layouts;

/* Whether @names, with commas between them, has @name; if there are none, each is wanted. */
bool bench_is_wanted(const char *names, const char *name);

/* The layout of that name, which there is. */
const struct bench_layout *bench_find_layout(const char *name);

/* Fills @list, which has room for @nr entries.  False if there is no such list. */
bool bench_layout_fill(const struct bench_layout *layout, unsigned int nr,
		       struct bench_list *list);

#endif /* _PHYR_BENCH_LAYOUTS_H */
