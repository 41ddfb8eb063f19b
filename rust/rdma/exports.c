// SPDX-License-Identifier: GPL-2.0
/*
 * The C entry points of include/rdma/rw_phyr.h.
 */
#include <linux/export.h>
#include <linux/kmsan.h>
#include <linux/phyr-iter.h>

#include "../sources/source.h"
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

/* Entries that are wholly before @offset, of which that leaves the rest.  All if one is invalid. */
static unsigned int before(const struct phys_vec *phyrs, unsigned int nr, size_t *offset)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (!*offset)
			return i;
		if (!phyrs[i].len || phyrs[i].paddr + phyrs[i].len < phyrs[i].paddr)
			return nr;
		if (*offset < phyrs[i].len)
			return i;
		*offset -= phyrs[i].len;
	}
	return nr;
}

/* What follows the preparation of a context: KMSAN does not see what Rust writes. */
static int prepared(struct phyr_rw_ctx *ctx, int ret)
{
	kmsan_unpoison_memory(ctx, sizeof(*ctx));
	return ret;
}

/* @phyrs without @offset bytes of its first entry. */
static noinline int init_rest(struct phyr_rw_ctx *ctx,
			      const struct phyr_rw_transfer *transfer,
			      const struct phys_vec *phyrs, unsigned int nr,
			      size_t offset)
{
	const struct phyr_iter iter = {
		.next = next_phyr,
		.phyrs = phyrs,
		.nr = nr,
		.left = offset,
	};

	return phyr_rs_rw_init_iter(ctx, transfer, &iter);
}

/* A list that most likely is short: an array takes less than to ask a cursor. */
static noinline int init_at_once(struct phyr_rw_ctx *ctx,
				 const struct phyr_rw_transfer *transfer,
				 const struct phyr_iter *iter)
{
	struct phys_vec phyrs[SOURCE_SHORT] __uninitialized;
	unsigned int nr = phyr_source_read(iter, phyrs);

	if (likely(nr))
		return phyr_rs_rw_init(ctx, transfer, phyrs, nr);
	return phyr_rs_rw_init_iter(ctx, transfer, iter);
}

int rdma_rw_ctx_init_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			  u32 port_num, const struct phys_vec *phyrs,
			  unsigned int nr, size_t offset, u64 remote_addr,
			  u32 rkey, enum dma_data_direction dir)
{
	const struct phyr_rw_transfer transfer = {
		qp, remote_addr, rkey, dir, phyr_rw_port_of(qp, port_num, dir)
	};

	if (unlikely(offset)) {
		unsigned int skipped = before(phyrs, nr, &offset);

		phyrs += skipped;
		nr -= skipped;
		if (offset && nr)
			return prepared(ctx, init_rest(ctx, &transfer, phyrs,
						       nr, offset));
	}
	return prepared(ctx, phyr_rs_rw_init(ctx, &transfer, phyrs, nr));
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_init_phyr);

int rdma_rw_ctx_init_phyr_list(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			       u32 port_num, const struct dma_phyr_list *list,
			       size_t offset, u64 remote_addr, u32 rkey,
			       enum dma_data_direction dir)
{
	const struct phyr_rw_transfer transfer = {
		qp, remote_addr, rkey, dir, phyr_rw_port_of(qp, port_num, dir)
	};
	struct dma_phyr_cursor start = {};

	start.entry = before(list->phyrs, list->nr, &offset);
	start.offset = offset;
	return prepared(ctx, phyr_rs_rw_init_list(ctx, &transfer, list, &start));
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_init_phyr_list);

int rdma_rw_ctx_init_phyr_iter(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			       u32 port_num, const struct phyr_iter *iter,
			       u64 remote_addr, u32 rkey,
			       enum dma_data_direction dir)
{
	const struct phyr_rw_transfer transfer = {
		qp, remote_addr, rkey, dir, phyr_rw_port_of(qp, port_num, dir)
	};

	if (source_is_read_at_once(iter))
		return prepared(ctx, init_at_once(ctx, &transfer, iter));
	return prepared(ctx, phyr_rs_rw_init_iter(ctx, &transfer, iter));
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_init_phyr_iter);

int rdma_rw_ctx_init_phyr_mapped(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
				 u32 port_num, const struct dma_vec *ranges,
				 unsigned int nr, size_t offset,
				 u64 remote_addr, u32 rkey,
				 enum dma_data_direction dir)
{
	const struct phyr_rw_transfer transfer = {
		qp, remote_addr, rkey, dir, phyr_rw_port_of(qp, port_num, dir)
	};

	while (nr && offset && offset >= ranges->len) {
		offset -= ranges->len;
		ranges++;
		nr--;
	}
	return prepared(ctx, phyr_rs_rw_init_mapped(ctx, &transfer, ranges, nr,
						    offset));
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_init_phyr_mapped);

int rdma_rw_ctx_signature_init_phyr(struct phyr_rw_sig_ctx *ctx,
				    struct ib_qp *qp, u32 port_num,
				    const struct phys_vec *phyrs,
				    unsigned int nr,
				    const struct phys_vec *prot,
				    unsigned int nr_prot,
				    const struct ib_sig_attrs *sig_attrs,
				    u64 remote_addr, u32 rkey,
				    enum dma_data_direction dir)
{
	const struct phyr_rw_transfer transfer = {
		qp, remote_addr, rkey, dir, phyr_rw_port_of(qp, port_num, dir)
	};
	int ret = phyr_rs_rw_sign(ctx, &transfer, phyrs, nr, prot, nr_prot,
				  sig_attrs);

	kmsan_unpoison_memory(ctx, sizeof(*ctx));
	return ret;
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_signature_init_phyr);

void rdma_rw_ctx_sync_signature_phyr(struct phyr_rw_sig_ctx *ctx,
				     struct ib_qp *qp)
{
	phyr_rs_rw_sync_signed(ctx, qp);
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_sync_signature_phyr);

void rdma_rw_ctx_destroy_signature_phyr(struct phyr_rw_sig_ctx *ctx,
					struct ib_qp *qp)
{
	phyr_rs_rw_destroy_signed(ctx, qp);
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_destroy_signature_phyr);

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
	const struct ib_send_wr *refused = NULL;
	int ret = ib_post_send(qp, phyr_rs_rw_wrs(ctx, cqe, chain_wr),
			       &refused);

	/* Who does not say which one it was may have taken all, and be done. */
	if (unlikely(ret && refused))
		phyr_rs_rw_refused(ctx, refused);
	return ret;
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_post_phyr);

void rdma_rw_ctx_destroy_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp)
{
	phyr_rs_rw_destroy(ctx, qp);
}
EXPORT_SYMBOL_GPL(rdma_rw_ctx_destroy_phyr);
