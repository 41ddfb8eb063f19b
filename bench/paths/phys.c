// SPDX-License-Identifier: GPL-2.0
/*
 * dma_map_phys() for each entry.
 */
#include "bench.h"

static void unmap_some(struct bench *bench, unsigned int nr)
{
	if (!dma_need_unmap(bench->dev))
		return;
	for (unsigned int i = 0; i < nr; i++)
		dma_unmap_phys(bench->dev, bench->ranges[i].addr,
			       bench->ranges[i].len, bench->dir, 0);
}

static int map(struct bench *bench)
{
	const struct bench_list *list = &bench->list;

	for (unsigned int i = 0; i < list->nr; i++) {
		const struct phys_vec *phyr = &list->phyrs[i];
		dma_addr_t addr = dma_map_phys(bench->dev, phyr->paddr,
					       phyr->len, bench->dir, 0);

		if (dma_mapping_error(bench->dev, addr)) {
			unmap_some(bench, i);
			return -ENOMEM;
		}
		bench->ranges[i] = (struct dma_vec) { addr, phyr->len };
	}
	return list->nr;
}

static void unmap(struct bench *bench)
{
	unmap_some(bench, bench->nr_ranges);
}

const struct bench_path bench_phys = { "phys", map, unmap, bench_kept_ranges };
