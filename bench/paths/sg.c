// SPDX-License-Identifier: GPL-2.0
/*
 * dma_map_sgtable(), with the table that it wants.
 */
#include "bench.h"

static int map(struct bench *bench)
{
	const struct bench_list *list = &bench->list;
	const struct phys_vec *phyr = list->phyrs;
	struct scatterlist *sg;
	int err, i;

	err = sg_alloc_table(&bench->sgt, list->nr, GFP_ATOMIC);
	if (err)
		return err;
	for_each_sgtable_sg(&bench->sgt, sg, i) {
		sg_set_page(sg, phys_to_page(phyr->paddr), phyr->len,
			    offset_in_page(phyr->paddr));
		phyr++;
	}
	err = dma_map_sgtable(bench->dev, &bench->sgt, bench->dir, 0);
	if (err) {
		sg_free_table(&bench->sgt);
		return err;
	}
	return bench->sgt.nents;
}

static void unmap(struct bench *bench)
{
	dma_unmap_sgtable(bench->dev, &bench->sgt, bench->dir, 0);
	sg_free_table(&bench->sgt);
}

static size_t kept(const struct bench *bench)
{
	return sizeof(bench->sgt) +
	       bench->sgt.orig_nents * sizeof(*bench->sgt.sgl);
}

const struct bench_path bench_sg = { "sg", map, unmap, kept };
