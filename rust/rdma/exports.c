// SPDX-License-Identifier: GPL-2.0
/*
 * The C entry points of include/rdma/rw_phyr.h.
 */
#include <linux/export.h>
#include <linux/kmsan.h>
#include <linux/phyr-iter.h>

#include "glue.h"

/* A cursor over an array, of whose first entry @iter->left bytes are left out. */
static int next_phyr(struct phyr_iter *iter, struct phys_vec *phyr)
{
	if (!iter->nr)
		return 0;
	phyr->paddr = iter->phyrs->paddr + iter->left;
	phyr->len = iter->phyrs->len - iter->left;
	iter->left = 0;
	iter->phyrs++;
	iter->nr--;
	return 1;
}

/* What follows the preparation of a context: KMSAN does not see what Rust writes. */
static int prepared(struct phyr_rw_ctx *ctx, int ret)
{
	kmsan_unpoison_memory(ctx, sizeof(*ctx));
	return ret;
}

int rdma_rw_ctx_init_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			  u32 port_num, const struct phys_vec *phyrs,
			  unsigned int nr, size_t offset, u64 remote_addr,
			  u32 rkey, enum dma_data_direction dir)
{
	while (nr && offset && offset >= phyrs->len) {
		offset -= phyrs->len;
		phyrs++;
		nr--;
	}
	if (offset && nr) {
		struct phyr_iter iter = {
			.next = next_phyr,
			.phyrs = phyrs,
			.nr = nr,
			.left = offset,
		};

		return rdma_rw_ctx_init_phyr_iter(ctx, qp, port_num, &iter,
						  remote_addr, rkey, dir);
	}
	return prepared(ctx, phyr_rs_rw_init(ctx, qp, port_num, phyrs, nr,
					     remote_addr, rkey, dir));
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_init_phyr);

int rdma_rw_ctx_init_phyr_iter(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			       u32 port_num, const struct phyr_iter *iter,
			       u64 remote_addr, u32 rkey,
			       enum dma_data_direction dir)
{
	return prepared(ctx, phyr_rs_rw_init_iter(ctx, qp, port_num, iter,
						  remote_addr, rkey, dir));
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_init_phyr_iter);

int rdma_rw_ctx_init_phyr_mapped(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
				 u32 port_num, const struct dma_vec *ranges,
				 unsigned int nr, size_t offset,
				 u64 remote_addr, u32 rkey,
				 enum dma_data_direction dir)
{
	while (nr && offset && offset >= ranges->len) {
		offset -= ranges->len;
		ranges++;
		nr--;
	}
	return prepared(ctx, phyr_rs_rw_init_mapped(ctx, qp, port_num, ranges,
						    nr, offset, remote_addr,
						    rkey, dir));
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_init_phyr_mapped);

void rdma_rw_ctx_sync_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp)
{
	phyr_rs_rw_sync(ctx, qp);
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_sync_phyr);

struct ib_send_wr *rdma_rw_ctx_wrs_phyr(struct phyr_rw_ctx *ctx,
					struct ib_qp *qp, u32 port_num,
					struct ib_cqe *cqe,
					struct ib_send_wr *chain_wr)
{
	return phyr_rs_rw_wrs(ctx, cqe, chain_wr);
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_wrs_phyr);

int rdma_rw_ctx_post_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			  u32 port_num, struct ib_cqe *cqe,
			  struct ib_send_wr *chain_wr)
{
	return ib_post_send(qp, phyr_rs_rw_wrs(ctx, cqe, chain_wr), NULL);
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_post_phyr);

void rdma_rw_ctx_destroy_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp)
{
	phyr_rs_rw_destroy(ctx, qp);
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_destroy_phyr);
