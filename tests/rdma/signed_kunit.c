// SPDX-License-Identifier: GPL-2.0
/*
 * Lists with protection information through rdma_rw_ctx_signature_init_phyr(), for a device that
 * remembers what it is given.
 */
#include <rdma/rw_phyr.h>

#include "../edu.h"
#include "failing.h"
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

	fake->refuses = 1;
	expect_refused(test, fake, -ENOMEM, data, prot);

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

/**
 * struct signing - a context that is prepared, of which an allocation fails
 * @attempt: what fails
 * @fake: the device that it is for
 * @data: the list
 * @prot: its protection information, or %NULL
 * @dir: where it goes
 * @ctx: the context
 */
struct signing {
	struct attempt		attempt;
	struct fake_rdma	*fake;
	const struct memory	*data;
	const struct memory	*prot;
	enum dma_data_direction	dir;
	struct phyr_rw_sig_ctx	ctx;
};

static int prepare(struct attempt *attempt)
{
	struct signing *signing = container_of(attempt, struct signing, attempt);

	return init_signed(signing->fake, &signing->ctx, signing->data, signing->prot,
			   &on_the_wire, signing->dir);
}

static void destroy(struct attempt *attempt)
{
	struct signing *signing = container_of(attempt, struct signing, attempt);

	rdma_rw_ctx_destroy_signature_phyr(&signing->ctx, &signing->fake->qp);
}

static void expect_nothing_held(struct kunit *test, struct attempt *attempt)
{
	struct signing *signing = container_of(attempt, struct signing, attempt);

	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	edu_of(test)->mapped = 0;
	KUNIT_EXPECT_EQ(test, FAKE_SIG_MRS, list_count_nodes(&signing->fake->qp.sig_mrs));
}

/* As many ranges as a context has room for, and more. */
static void every_allocation_fails(struct kunit *test)
{
	static const unsigned int lens[] = { 1, PHYR_RW_FEW + 1, FAKE_MR_PAGES };
	struct memory *data = memory_alloc(test), *prot = memory_alloc(test);
	struct signing signing = {
		.attempt = { prepare, destroy, expect_nothing_held },
		.fake = fake_rdma_new(test, edu_dev(test)),
		.data = data,
	};

	need_failing_allocations(test, true);
	fake_rdma_sign(signing.fake);
	for (int i = 0; i < ARRAY_SIZE(lens) * 4; i++) {
		data->nr = 0;
		prot->nr = 0;
		fill(data, prot, lens[i / 4]);
		signing.prot = i & 1 ? prot : NULL;
		signing.dir = i & 2 ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
		/* It has a table for the driver, whatever the list is. */
		KUNIT_EXPECT_GT_MSG(test, each_allocation_fails(test, &signing.attempt), 0,
				    "no failure reached the caller");
	}
}

static struct kunit_case signed_cases[] = {
	KUNIT_CASE(both_lists_are_named),
	KUNIT_CASE(what_is_written_later_is_named),
	KUNIT_CASE(what_is_refused),
	KUNIT_CASE(more_than_an_mr_has_pages),
	KUNIT_CASE(every_allocation_fails),
	{}
};

static struct kunit_suite signed_suite = {
	.name = "phyr_rdma_signed",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = signed_cases,
};

kunit_test_suite(signed_suite);
