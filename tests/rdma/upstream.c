// SPDX-License-Identifier: GPL-2.0
/*
 * The same transfers, prepared by rdma/rw.h.
 */
#include <linux/bvec.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <linux/swiotlb.h>

#include "upstream.h"

bool upstream_bounces_too_much(const struct ib_device *dev, const struct memory *memory)
{
	struct device *dma_dev = dev->dma_device;

	if (!dma_dev || !is_swiotlb_force_bounce(dma_dev))
		return false;
	for (int i = 0; i < memory->nr; i++)
		if (memory->phyrs[i].len > dma_max_mapping_size(dma_dev))
			return true;
	return false;
}

static int by_scatterlist(struct kunit *test, struct upstream *up, const struct memory *memory,
			  u64 remote_addr, u32 rkey)
{
	struct scatterlist *sg;
	int i;

	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&up->sgt, memory->nr, GFP_KERNEL));
	for_each_sgtable_sg(&up->sgt, sg, i)
		sg_set_page(sg, phys_to_page(memory->phyrs[i].paddr), memory->phyrs[i].len,
			    offset_in_page(memory->phyrs[i].paddr));
	return rdma_rw_ctx_init(&up->ctx, up->qp, up->port_num, up->sgt.sgl, up->nr, 0,
				remote_addr, rkey, up->dir);
}

static int by_bio_vecs(struct kunit *test, struct upstream *up, const struct memory *memory,
		       u64 remote_addr, u32 rkey)
{
	struct bvec_iter iter = {};
	int ret;

	up->bvecs = kvcalloc(memory->nr, sizeof(*up->bvecs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, up->bvecs);
	for (int i = 0; i < memory->nr; i++) {
		bvec_set_page(&up->bvecs[i], phys_to_page(memory->phyrs[i].paddr),
			      memory->phyrs[i].len, offset_in_page(memory->phyrs[i].paddr));
		iter.bi_size += memory->phyrs[i].len;
	}
	/* It warns of what it should not be given, and then refuses it. */
	kunit_warning_suppress(test) {
		ret = rdma_rw_ctx_init_bvec(&up->ctx, up->qp, up->port_num, up->bvecs, up->nr,
					    iter, remote_addr, rkey, up->dir);
	}
	return ret;
}

int upstream_init(struct kunit *test, struct upstream *up, struct ib_qp *qp, u32 port_num,
		  const struct memory *memory, u64 remote_addr, u32 rkey,
		  enum dma_data_direction dir, bool by_bvecs)
{
	int ret;

	*up = (struct upstream) {
		.qp = qp,
		.port_num = port_num,
		.nr = memory->nr,
		.dir = dir,
	};
	if (by_bvecs)
		ret = by_bio_vecs(test, up, memory, remote_addr, rkey);
	else
		ret = by_scatterlist(test, up, memory, remote_addr, rkey);
	up->is_prepared = ret > 0;
	return ret;
}

void upstream_destroy(struct upstream *up)
{
	if (up->is_prepared && up->bvecs)
		rdma_rw_ctx_destroy_bvec(&up->ctx, up->qp, up->port_num, up->bvecs, up->nr,
					 up->dir);
	else if (up->is_prepared)
		rdma_rw_ctx_destroy(&up->ctx, up->qp, up->port_num, up->sgt.sgl, up->nr, up->dir);
	if (up->bvecs)
		kvfree(up->bvecs);
	else
		sg_free_table(&up->sgt);
}

struct taken taken_by(const struct ib_send_wr *wr, int wrs)
{
	struct taken taken = { .wrs = wrs };

	for (; wr; wr = wr->next) {
		taken.mrs += wr->opcode == IB_WR_REG_MR;
		taken.requests += wr->opcode != IB_WR_REG_MR && wr->opcode != IB_WR_LOCAL_INV;
	}
	return taken;
}
