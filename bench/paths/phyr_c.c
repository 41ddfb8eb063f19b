// SPDX-License-Identifier: GPL-2.0
/*
 * phyr, as C calls it.
 */
#include "bench.h"

static int map(struct bench *bench)
{
	return dma_map_phyrs(bench->dev, bench->list.phyrs, bench->list.nr,
			     &bench->map, bench->ranges, bench->room, bench->dir,
			     0);
}

static void unmap(struct bench *bench)
{
	dma_unmap_phyrs(bench->dev, &bench->map, bench->ranges);
}

static size_t kept(const struct bench *bench)
{
	size_t ranges = 0;

	if (dma_phyrs_keep_ranges(&bench->map))
		ranges = bench->nr_ranges * sizeof(*bench->ranges);
	return sizeof(bench->map) + ranges;
}

const struct bench_path bench_phyr_c = { "phyr_c", map, unmap, kept };
