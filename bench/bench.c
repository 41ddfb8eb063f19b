// SPDX-License-Identifier: GPL-2.0
/*
 * The ways to map a list, and the room that they need.
 */
#include <linux/export.h>
#include <linux/vmalloc.h>

#include "bench.h"

const struct bench_path *const bench_paths[] = {
	&bench_phyr_c, &bench_phyr_rust, &bench_sg, &bench_phys,
	&bench_twostep_blk, &bench_twostep_each, &bench_limit, &bench_by_hand,
};

const unsigned int bench_nr_paths = ARRAY_SIZE(bench_paths);

int bench_alloc(struct bench *bench, unsigned int nr)
{
	/* A record may lie behind the ranges. */
	bench->room = nr + DIV_ROUND_UP(nr, 64);
	bench->list.phyrs = vmalloc_array(nr, sizeof(*bench->list.phyrs));
	bench->ranges = vmalloc_array(bench->room, sizeof(*bench->ranges));
	if (bench->list.phyrs && bench->ranges)
		return 0;
	bench_free(bench);
	return -ENOMEM;
}
EXPORT_SYMBOL_GPL(bench_alloc);

void bench_free(struct bench *bench)
{
	vfree(bench->ranges);
	vfree(bench->list.phyrs);
}
EXPORT_SYMBOL_GPL(bench_free);
