// SPDX-License-Identifier: GPL-2.0
/*
 * rdma_rw_ctx_init_bvec(), with the array that its users have to make.
 */
#include <linux/bvec.h>
#include <linux/slab.h>

#include "rdma.h"

static struct rdma_rw_ctx ctx;
static struct bio_vec *bvecs;

static int map(struct bench *bench)
{
	const struct bench_list *list = &bench->list;
	struct bvec_iter iter = { .bi_size = list->bytes };
	int ret;

	bvecs = kmalloc_array(list->nr, sizeof(*bvecs), GFP_ATOMIC);
	if (!bvecs)
		return -ENOMEM;
	for (unsigned int i = 0; i < list->nr; i++)
		bvec_set_page(&bvecs[i], phys_to_page(list->phyrs[i].paddr), list->phyrs[i].len,
			      offset_in_page(list->phyrs[i].paddr));
	ret = rdma_rw_ctx_init_bvec(&ctx, rdma_qp, RDMA_PORT, bvecs, list->nr, iter, REMOTE_ADDR,
				    REMOTE_KEY, bench->dir);
	if (ret < 0)
		kfree(bvecs);
	return ret;
}

static void unmap(struct bench *bench)
{
	rdma_rw_ctx_destroy_bvec(&ctx, rdma_qp, RDMA_PORT, bvecs, bench->list.nr, bench->dir);
	kfree(bvecs);
}

static size_t kept(const struct bench *bench)
{
	size_t bytes = sizeof(ctx) + bench->list.nr * sizeof(*bvecs);

	/* For MRs it makes the scatterlist that rdma_rw_ctx_init() is given. */
	if (rdma_qp->mrs_used)
		bytes += bench->list.nr * sizeof(*ctx.reg->sgt.sgl);
	return bytes + rdma_rw_kept(&ctx, bench->nr_ranges);
}

const struct bench_path bench_rdma_bvec = { "rdma_rw_ctx_init_bvec", map, unmap, kept };
