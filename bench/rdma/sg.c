// SPDX-License-Identifier: GPL-2.0
/*
 * rdma_rw_ctx_init(), with the scatterlist that its users have to make.
 */
#include <linux/scatterlist.h>

#include "rdma.h"

static struct rdma_rw_ctx ctx;

static int map(struct bench *bench)
{
	const struct bench_list *list = &bench->list;
	struct scatterlist *sg;
	int ret, i;

	ret = sg_alloc_table(&bench->sgt, list->nr, GFP_ATOMIC);
	if (ret)
		return ret;
	for_each_sgtable_sg(&bench->sgt, sg, i)
		sg_set_page(sg, phys_to_page(list->phyrs[i].paddr), list->phyrs[i].len,
			    offset_in_page(list->phyrs[i].paddr));
	ret = rdma_rw_ctx_init(&ctx, rdma_qp, RDMA_PORT, bench->sgt.sgl, list->nr, 0, REMOTE_ADDR,
			       REMOTE_KEY, bench->dir);
	if (ret < 0)
		sg_free_table(&bench->sgt);
	return ret;
}

static void unmap(struct bench *bench)
{
	rdma_rw_ctx_destroy(&ctx, rdma_qp, RDMA_PORT, bench->sgt.sgl, bench->list.nr, bench->dir);
	sg_free_table(&bench->sgt);
}

size_t rdma_rw_kept(const struct rdma_rw_ctx *ctx, int wqes)
{
	size_t bytes = 0;

	if (rdma_qp->mrs_used)
		return ctx->nr_ops * sizeof(*ctx->reg);
	for (u32 i = 0; wqes > 1 && i < ctx->nr_ops; i++)
		bytes += sizeof(*ctx->map.wrs) +
			 ctx->map.wrs[i].wr.num_sge * sizeof(*ctx->map.sges);
	return bytes;
}

static size_t kept(const struct bench *bench)
{
	return sizeof(ctx) + bench->sgt.orig_nents * sizeof(*bench->sgt.sgl) +
	       rdma_rw_kept(&ctx, bench->nr_ranges);
}

const struct bench_path bench_rdma_sg = { "rdma_rw_ctx_init", map, unmap, kept };
