// SPDX-License-Identifier: GPL-2.0
/*
 * An RDMA device that does nothing but remember what it is given.
 */
#include <rdma/mr_pool.h>

#include "fake.h"

static struct fake_mr *fake_mr_of(struct ib_mr *mr)
{
	return container_of(mr, struct fake_mr, mr);
}

static int set_page(struct ib_mr *mr, u64 addr)
{
	struct fake_mr *fake = fake_mr_of(mr);

	if (fake->nr == FAKE_MR_PAGES)
		return -ENOMEM;
	fake->pages[fake->nr++] = addr;
	return 0;
}

static int map_mr_sg(struct ib_mr *mr, struct scatterlist *sg, int nr,
		     unsigned int *offset)
{
	struct fake_rdma *fake = container_of(mr->device, struct fake_rdma, dev);

	fake_mr_of(mr)->nr = 0;
	if (fake->refuses)
		return 0;
	return ib_sg_to_pages(mr, sg, nr, offset, set_page);
}

struct fake_mr *fake_rdma_find(struct fake_rdma *fake, u32 key)
{
	for (int i = 0; i < FAKE_MRS; i++) {
		if (fake->mrs[i].key == key)
			return &fake->mrs[i];
	}
	return NULL;
}

/* What is posted at once is remembered at once. */
static int post_send(struct ib_qp *qp, const struct ib_send_wr *wr,
		     const struct ib_send_wr **bad_wr)
{
	struct fake_rdma *fake = container_of(qp, struct fake_rdma, qp);

	for (; wr; wr = wr->next) {
		if (fake->nr_wrs == FAKE_WRS || wr->num_sge > FAKE_WRS - fake->nr_sges) {
			*bad_wr = wr;
			return -ENOMEM;
		}
		if (wr->opcode == IB_WR_REG_MR)
			fake->wrs[fake->nr_wrs].reg = *reg_wr(wr);
		else if (wr->opcode == IB_WR_LOCAL_INV)
			fake->wrs[fake->nr_wrs].wr = *wr;
		else
			fake->wrs[fake->nr_wrs].rdma = *rdma_wr(wr);
		memcpy(&fake->sges[fake->nr_sges], wr->sg_list,
		       wr->num_sge * sizeof(*wr->sg_list));
		fake->wrs[fake->nr_wrs].wr.sg_list = &fake->sges[fake->nr_sges];
		fake->nr_sges += wr->num_sge;
		fake->nr_wrs++;
	}
	return 0;
}

void fake_rdma_mrs(struct fake_rdma *fake, unsigned int nr)
{
	INIT_LIST_HEAD(&fake->qp.rdma_mrs);
	for (int i = 0; i < FAKE_MRS; i++) {
		struct fake_mr *mr = &fake->mrs[i];

		*mr = (struct fake_mr) {
			.mr = {
				.device = &fake->dev,
				.pd = &fake->pd,
				.lkey = (i + 1) << 8,
				.rkey = (i + 1) << 8,
			},
		};
		if (i < nr)
			list_add_tail(&mr->mr.qp_entry, &fake->qp.rdma_mrs);
	}
}

unsigned int fake_rdma_mrs_left(struct fake_rdma *fake)
{
	return list_count_nodes(&fake->qp.rdma_mrs);
}

struct fake_rdma *fake_rdma_new(struct kunit *test, struct device *dma_dev)
{
	struct fake_rdma *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->wrs = kunit_kcalloc(test, FAKE_WRS, sizeof(*fake->wrs), GFP_KERNEL);
	fake->sges = kunit_kcalloc(test, FAKE_WRS, sizeof(*fake->sges), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake->wrs);
	KUNIT_ASSERT_NOT_NULL(test, fake->sges);

	fake->dev.dma_device = dma_dev;
	fake->dev.port_data = fake->ports;
	fake->dev.ops.post_send = post_send;
	fake->dev.ops.map_mr_sg = map_mr_sg;
	fake->dev.attrs.max_fast_reg_page_list_len = FAKE_MR_PAGES;
	fake->ports[FAKE_PORT].immutable.core_cap_flags = RDMA_CORE_PORT_IBA_IB;
	fake->pd.device = &fake->dev;
	fake->pd.local_dma_lkey = FAKE_LKEY;
	fake->qp.device = &fake->dev;
	fake->qp.pd = &fake->pd;
	fake->qp.max_write_sge = 30;
	fake->qp.max_read_sge = 30;
	spin_lock_init(&fake->qp.mr_lock);
	fake_rdma_mrs(fake, 0);
	return fake;
}
