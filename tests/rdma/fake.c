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

static bool refuses_this(struct fake_rdma *fake)
{
	return fake->refuses && !--fake->refuses;
}

static int map_mr_sg(struct ib_mr *mr, struct scatterlist *sg, int nr,
		     unsigned int *offset)
{
	struct fake_rdma *fake = container_of(mr->device, struct fake_rdma, dev);

	fake_mr_of(mr)->nr = 0;
	if (refuses_this(fake))
		return 0;
	return ib_sg_to_pages(mr, sg, nr, offset, set_page);
}

static int keep_sgl(struct ib_sge *sges, struct scatterlist *sgl, int nr)
{
	struct scatterlist *sg;
	int i;

	if (nr > FAKE_MR_PAGES)
		return -ENOMEM;
	for_each_sg(sgl, sg, nr, i)
		sges[i] = (struct ib_sge) {
			.addr = sg_dma_address(sg),
			.length = sg_dma_len(sg),
		};
	return nr;
}

static u64 bytes_of(const struct ib_sge *sges, int nr)
{
	u64 bytes = 0;

	while (nr--)
		bytes += sges++->length;
	return bytes;
}

static int map_mr_sg_pi(struct ib_mr *mr, struct scatterlist *data, int nr,
			unsigned int *offset, struct scatterlist *prot, int nr_prot,
			unsigned int *prot_offset)
{
	struct fake_rdma *fake = container_of(mr->device, struct fake_rdma, dev);
	struct fake_sig_mr *sig = container_of(mr, struct fake_sig_mr, mr);

	if (refuses_this(fake))
		return -ENOMEM;
	sig->nr = keep_sgl(sig->data, data, nr);
	sig->nr_prot = keep_sgl(sig->prot, prot, nr_prot);
	if (sig->nr < 0 || sig->nr_prot < 0)
		return -ENOMEM;
	sig->attrs.meta_length = bytes_of(sig->prot, sig->nr_prot);
	mr->iova = FAKE_SIG_IOVA;
	mr->length = bytes_of(sig->data, sig->nr) + sig->attrs.meta_length;
	return 0;
}

void fake_rdma_sign(struct fake_rdma *fake)
{
	fake->dev.ops.map_mr_sg_pi = map_mr_sg_pi;
	fake->dev.attrs.max_pi_fast_reg_page_list_len = FAKE_MR_PAGES;
	fake->qp.integrity_en = true;
	INIT_LIST_HEAD(&fake->qp.sig_mrs);
	for (int i = 0; i < FAKE_SIG_MRS; i++) {
		struct fake_sig_mr *sig = &fake->sig_mrs[i];

		*sig = (struct fake_sig_mr) {
			.mr = {
				.device = &fake->dev,
				.pd = &fake->pd,
				.type = IB_MR_TYPE_INTEGRITY,
				.lkey = (i + 1) << 16,
				.rkey = (i + 1) << 16,
				.sig_attrs = &sig->attrs,
			},
		};
		list_add_tail(&sig->mr.qp_entry, &fake->qp.sig_mrs);
	}
}

struct fake_mr *fake_rdma_find(struct fake_rdma *fake, u32 key)
{
	for (int i = 0; i < FAKE_MRS; i++) {
		if (fake->mrs[i].key == key)
			return &fake->mrs[i];
	}
	return NULL;
}

/* What is posted at once is remembered at once, but for what is not taken. */
static int post_send(struct ib_qp *qp, const struct ib_send_wr *wr,
		     const struct ib_send_wr **bad_wr)
{
	struct fake_rdma *fake = container_of(qp, struct fake_rdma, qp);

	for (; wr; wr = wr->next) {
		if (fake->post_error && !fake->mute && fake->nr_wrs == fake->full_at) {
			*bad_wr = wr;
			return fake->post_error;
		}
		if (fake->nr_wrs == FAKE_WRS || wr->num_sge > FAKE_WRS - fake->nr_sges) {
			*bad_wr = wr;
			return -ENOMEM;
		}
		if (wr->opcode == IB_WR_REG_MR || wr->opcode == IB_WR_REG_MR_INTEGRITY)
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
	/* As siw, which does not say which one it could not begin. */
	return fake->post_error;
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

	refcount_set(&fake->dev.refcount, 1);
	fake->dev.dma_device = dma_dev;
	fake->dev.port_data = fake->ports;
	fake->dev.phys_port_cnt = FAKE_PORT;
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
