// SPDX-License-Identifier: GPL-2.0
/*
 * rdma_rw_ctx_init_phyr().
 */
#include "rdma.h"

static struct phyr_rw_ctx ctx;

static int map(struct bench *bench)
{
	return rdma_rw_ctx_init_phyr(&ctx, rdma_qp, RDMA_PORT, bench->list.phyrs, bench->list.nr, 0,
				     REMOTE_ADDR, REMOTE_KEY, bench->dir);
}

static void unmap(struct bench *bench)
{
	rdma_rw_ctx_destroy_phyr(&ctx, rdma_qp);
}

static size_t kept(const struct bench *bench)
{
	size_t bytes = sizeof(ctx);

	if (ctx.ranges != ctx.few)
		bytes += ctx.map.nr_ranges * sizeof(*ctx.ranges);
	if (ctx.way == PHYR_RW_MRS)
		/* An MR with its work requests, as rw.h has them. */
		bytes += ctx.nr * offsetof(struct rdma_rw_reg_ctx, sgt);
	else if (ctx.nr > 1)
		bytes += ctx.nr * sizeof(*ctx.wrs);
	return bytes;
}

const struct bench_path bench_rdma_phyr = { "phyr", map, unmap, kept };
