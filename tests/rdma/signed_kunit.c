// SPDX-License-Identifier: GPL-2.0
/*
 * Lists with protection information through rdma_rw_ctx_signature_init_phyr(), for a device that
 * remembers what it is given.
 */
#include <rdma/rw_phyr.h>

#include "../edu.h"
#include "moved.h"
#include "pattern.h"

static const struct ib_sig_attrs on_the_wire = {
	.mem = { .sig_type = IB_SIG_TYPE_T10_DIF },
	.wire = { .sig_type = IB_SIG_TYPE_T10_DIF },
	.check_mask = 0xc0,
};

static const struct ib_sig_attrs stripped = {
	.mem = { .sig_type = IB_SIG_TYPE_T10_DIF },
	.wire = { .sig_type = IB_SIG_TYPE_NONE },
};

/* Eight sectors of 512 bytes a page, and eight bytes for each. */
static void fill(struct memory *data, struct memory *prot, int pages)
{
	for (int i = 0; i < pages; i++) {
		memory_add(data, i % BLOCKS, 3 * i, 0, PAGE_SIZE);
		memory_add(prot, (i + 1) % BLOCKS, 3 * i + 1, 16 * i, 64);
	}
}

static int init_signed(struct fake_rdma *fake, struct phyr_rw_sig_ctx *ctx,
		       const struct memory *data, const struct memory *prot,
		       const struct ib_sig_attrs *attrs, enum dma_data_direction dir)
{
	return rdma_rw_ctx_signature_init_phyr(ctx, &fake->qp, FAKE_PORT, data->phyrs, data->nr,
					       prot ? prot->phyrs : NULL, prot ? prot->nr : 0,
					       attrs, REMOTE_ADDR, REMOTE_KEY, dir);
}

/* The chain: register, move, and before that invalidate what it was registered with. */
static void expect_chain(struct kunit *test, struct fake_rdma *fake,
			 const struct fake_sig_mr *sig, u32 old_key, size_t len,
			 enum dma_data_direction dir)
{
	unsigned int at = 0;

	KUNIT_ASSERT_EQ(test, old_key ? 3 : 2, fake->nr_wrs);
	if (old_key) {
		KUNIT_EXPECT_EQ(test, IB_WR_LOCAL_INV, fake->wrs[at].wr.opcode);
		KUNIT_EXPECT_EQ(test, old_key, fake->wrs[at++].wr.ex.invalidate_rkey);
	}
	KUNIT_EXPECT_EQ(test, IB_WR_REG_MR_INTEGRITY, fake->wrs[at].wr.opcode);
	KUNIT_EXPECT_PTR_EQ(test, &sig->mr, fake->wrs[at].reg.mr);
	KUNIT_EXPECT_EQ(test, sig->mr.lkey, fake->wrs[at].reg.key);
	KUNIT_EXPECT_EQ(test, IB_ACCESS_LOCAL_WRITE, fake->wrs[at++].reg.access);
	KUNIT_EXPECT_EQ(test, dir == DMA_TO_DEVICE ? IB_WR_RDMA_WRITE : IB_WR_RDMA_READ,
			fake->wrs[at].wr.opcode);
	KUNIT_EXPECT_EQ(test, REMOTE_ADDR, fake->wrs[at].rdma.remote_addr);
	KUNIT_EXPECT_EQ(test, REMOTE_KEY, fake->wrs[at].rdma.rkey);
	KUNIT_EXPECT_EQ(test, IB_SEND_SIGNALED, fake->wrs[at].wr.send_flags);
	KUNIT_EXPECT_EQ(test, 1, fake->wrs[at].wr.num_sge);
	KUNIT_EXPECT_EQ(test, FAKE_SIG_IOVA, fake->sges[0].addr);
	KUNIT_EXPECT_EQ(test, sig->mr.lkey, fake->sges[0].lkey);
	KUNIT_EXPECT_EQ(test, len, fake->sges[0].length);
	fake->nr_wrs = 0;
	fake->nr_sges = 0;
}

static void expect_signed(struct kunit *test, struct fake_rdma *fake,
			  const struct memory *data, const struct memory *prot,
			  const struct ib_sig_attrs *attrs, enum dma_data_direction dir)
{
	const size_t len = data->nr * PAGE_SIZE, prot_len = prot ? prot->nr * 64 : 0;
	const bool is_stripped = attrs->wire.sig_type == IB_SIG_TYPE_NONE;
	struct fake_sig_mr *sig = &fake->sig_mrs[0];
	struct phyr_rw_sig_ctx ctx;
	struct ib_cqe cqe = {};
	u32 old_key = 0;

	fake_rdma_sign(fake);
	for (int again = 0; again < 2; again++) {
		int ret = init_signed(fake, &ctx, data, prot, attrs, dir);

		KUNIT_ASSERT_EQ(test, again ? 3 : 2, ret);
		KUNIT_EXPECT_EQ(test, FAKE_SIG_MRS - 1, list_count_nodes(&fake->qp.sig_mrs));
		KUNIT_EXPECT_EQ(test, attrs->check_mask, sig->attrs.check_mask);
		KUNIT_EXPECT_EQ(test, attrs->wire.sig_type, sig->attrs.wire.sig_type);
		rdma_rw_ctx_sync_signature_phyr(&ctx, &fake->qp);
		KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx.data, &fake->qp, FAKE_PORT,
							       &cqe, NULL));
		expect_named(test, fake, data, 0, len, sig->data, sig->nr);
		KUNIT_EXPECT_EQ(test, !prot, !sig->nr_prot);
		if (prot)
			expect_named(test, fake, prot, 0, prot_len, sig->prot, sig->nr_prot);
		expect_chain(test, fake, sig, old_key, is_stripped ? len : len + prot_len, dir);
		old_key = sig->mr.lkey;
		rdma_rw_ctx_destroy_signature_phyr(&ctx, &fake->qp);
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
		KUNIT_EXPECT_EQ(test, FAKE_SIG_MRS, list_count_nodes(&fake->qp.sig_mrs));
		/* It was put to the end. */
		list_move(&sig->mr.qp_entry, &fake->qp.sig_mrs);
	}
}

static void both_lists_are_named(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *data = memory_alloc(test), *prot = memory_alloc(test);

	if (edu_bounces(test))
		kunit_skip(test, "bounce buffers are elsewhere");
	for (int pages = 1; pages <= FAKE_MR_PAGES; pages += 5) {
		data->nr = 0;
		prot->nr = 0;
		fill(data, prot, pages);
		for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
			expect_signed(test, fake, data, prot, &on_the_wire, dir);
			expect_signed(test, fake, data, prot, &stripped, dir);
			expect_signed(test, fake, data, NULL, &on_the_wire, dir);
		}
	}
}

/* Whether bounced or not: what is written between init and post is what the device sees. */
static void what_is_written_later_is_named(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *data = memory_alloc(test), *prot = memory_alloc(test);
	struct bytes written = {}, seen = {}, prot_written = {}, prot_seen = {};
	const struct fake_sig_mr *sig = &fake->sig_mrs[0];
	struct phyr_rw_sig_ctx ctx;

	fake_rdma_sign(fake);
	fill(data, prot, 5);
	each_byte(data, clear, NULL);
	each_byte(prot, clear, NULL);
	KUNIT_ASSERT_GT(test, init_signed(fake, &ctx, data, prot, &on_the_wire, DMA_TO_DEVICE), 0);
	each_byte(data, write_pattern, &written);
	each_byte(prot, write_pattern, &prot_written);
	rdma_rw_ctx_sync_signature_phyr(&ctx, &fake->qp);
	each_named(test, fake, sig->data, sig->nr, read_pattern, &seen);
	each_named(test, fake, sig->prot, sig->nr_prot, read_pattern, &prot_seen);
	KUNIT_EXPECT_EQ(test, written.nr, seen.nr);
	KUNIT_EXPECT_EQ(test, prot_written.nr, prot_seen.nr);
	KUNIT_EXPECT_EQ(test, 0, seen.wrong + prot_seen.wrong);
	rdma_rw_ctx_destroy_signature_phyr(&ctx, &fake->qp);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

static void expect_refused(struct kunit *test, struct fake_rdma *fake, int err,
			   const struct memory *data, const struct memory *prot)
{
	struct phyr_rw_sig_ctx ctx;

	KUNIT_EXPECT_EQ(test, err, init_signed(fake, &ctx, data, prot, &on_the_wire,
					       DMA_TO_DEVICE));
	rdma_rw_ctx_destroy_signature_phyr(&ctx, &fake->qp);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	KUNIT_EXPECT_EQ(test, FAKE_SIG_MRS, list_count_nodes(&fake->qp.sig_mrs));
}

static void what_is_refused(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *data = memory_alloc(test), *prot = memory_alloc(test);
	struct memory *none = memory_alloc(test);
	struct phyr_rw_sig_ctx ctx;
	LIST_HEAD(taken);

	fill(data, prot, 4);
	fake_rdma_sign(fake);
	expect_refused(test, fake, -EINVAL, none, prot);
	prot->phyrs[1].len = 0;
	expect_refused(test, fake, -EINVAL, data, prot);
	prot->phyrs[1].len = 64;

	fake->refuses = true;
	expect_refused(test, fake, -ENOMEM, data, prot);
	fake->refuses = false;

	list_splice_init(&fake->qp.sig_mrs, &taken);
	KUNIT_EXPECT_EQ(test, -EAGAIN, init_signed(fake, &ctx, data, prot, &on_the_wire,
						   DMA_TO_DEVICE));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	list_splice_init(&taken, &fake->qp.sig_mrs);

	fake->qp.integrity_en = false;
	expect_refused(test, fake, -EOPNOTSUPP, data, prot);
	fake->qp.integrity_en = true;
	fake->dev.ops.map_mr_sg_pi = NULL;
	expect_refused(test, fake, -EOPNOTSUPP, data, prot);
	fake_rdma_sign(fake);
	fake->dev.dma_device = NULL;
	expect_refused(test, fake, -EOPNOTSUPP, data, prot);
}

/* Ranges are counted, not entries: behind an IOMMU these are one. */
static void more_than_an_mr_has_pages(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *data = memory_alloc(test), *prot = memory_alloc(test);

	fake_rdma_sign(fake);
	for (int i = 0; i <= FAKE_MR_PAGES; i++)
		memory_add(data, i % BLOCKS, 3 * i, 512, 2048);
	memory_add(prot, 0, 0, 0, 64);
	expect_refused(test, fake, -EINVAL, data, prot);
	data->nr--;
	memory_add(data, 0, 1, 0, 1);
	expect_refused(test, fake, -EINVAL, prot, data);
}

static struct kunit_case signed_cases[] = {
	KUNIT_CASE(both_lists_are_named),
	KUNIT_CASE(what_is_written_later_is_named),
	KUNIT_CASE(what_is_refused),
	KUNIT_CASE(more_than_an_mr_has_pages),
	{}
};

static struct kunit_suite signed_suite = {
	.name = "phyr_rdma_signed",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = signed_cases,
};

kunit_test_suite(signed_suite);
