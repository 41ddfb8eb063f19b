// SPDX-License-Identifier: GPL-2.0
/*
 * Transfers by several MRs, of which one is not to be had, or takes nothing.
 */
#include <rdma/rw_phyr.h>

#include "../edu.h"
#include "../layouts.h"
#include "kinds.h"
#include "moved.h"
#include "ways.h"

static void adjacent_pages(struct memory *memory)
{
	memory_add(memory, 0, 0, 0, 64 * PAGE_SIZE);
}

/* Each takes several MRs. */
static const struct layout lists[] = {
	{ "scattered_pages", scattered_pages },
	{ "misaligned_inside", misaligned_inside },
	{ "whole_pages_inside", whole_pages_inside },
	{ "adjacent_pages", adjacent_pages },
};

KUNIT_ARRAY_PARAM(list, lists, layout_name);

static int init(struct fake_rdma *fake, struct phyr_rw_ctx *ctx, const struct way *way,
		const struct memory *memory)
{
	return way->init(fake, ctx, memory, DMA_FROM_DEVICE);
}

static void expect_held(struct kunit *test, struct fake_rdma *fake, unsigned int mrs)
{
	KUNIT_EXPECT_EQ(test, mrs, fake_rdma_mrs_left(fake));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	edu_of(test)->mapped = 0;
}

/*
 * It cannot have the MRs that it should, and is told so by @err if it has to have some.  @mrs are
 * in the pool, and stay there.
 */
static void expect_no_mrs(struct kunit *test, struct fake_rdma *fake, const struct kind *kind,
			  const struct way *way, const struct memory *memory, int err,
			  unsigned int mrs)
{
	struct phyr_rw_ctx ctx;
	int ret = init(fake, &ctx, way, memory);

	if (kind->iwarp)
		KUNIT_EXPECT_EQ(test, err, ret);
	else
		KUNIT_EXPECT_GT(test, ret, 0);
	KUNIT_EXPECT_EQ(test, mrs, fake_rdma_mrs_left(fake));
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	expect_held(test, fake, mrs);
}

/* The MRs that it takes.  Where it is mapped, each byte is moved by them. */
static unsigned int mrs_of(struct kunit *test, struct fake_rdma *fake, const struct kind *kind,
			   const struct way *way, const struct memory *memory)
{
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};
	unsigned int mrs;

	KUNIT_ASSERT_GT(test, init(fake, &ctx, way, memory), 0);
	mrs = kind->mrs - fake_rdma_mrs_left(fake);
	if (way != BY_RANGES || !fake->dev.dma_device) {
		KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe,
							       NULL));
		expect_moved(test, fake, memory, way->offset, DMA_FROM_DEVICE);
	}
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	expect_held(test, fake, kind->mrs);
	return mrs;
}

static void expect_each_mr_missed(struct kunit *test, struct fake_rdma *fake,
				  const struct kind *kind, const struct way *way,
				  const struct memory *memory)
{
	unsigned int mrs;

	fake_rdma_be(fake, kind);
	mrs = mrs_of(test, fake, kind, way, memory);
	if (kind->iwarp)
		KUNIT_EXPECT_GT(test, mrs, 1);
	for (int nth = 1; nth <= mrs; nth++) {
		fake->refuses = nth;
		expect_no_mrs(test, fake, kind, way, memory, -EINVAL, kind->mrs);
		KUNIT_EXPECT_EQ_MSG(test, 0, fake->refuses, "nothing was refused");
	}
	/* They have the keys that they had. */
	KUNIT_EXPECT_EQ(test, mrs, mrs_of(test, fake, kind, way, memory));
	for (int left = 0; left < mrs; left++) {
		fake_rdma_mrs(fake, left);
		expect_no_mrs(test, fake, kind, way, memory, -EAGAIN, left);
	}
}

static void expect_mrs_missed(struct kunit *test, struct device *dma_dev)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, dma_dev);

	layout->fill(memory);
	for (int i = 0; i < KINDS * WAYS; i++)
		if (kinds[i / WAYS].mrs == FAKE_MRS)
			expect_each_mr_missed(test, fake, &kinds[i / WAYS], &ways[i % WAYS],
					      memory);
}

static void each_mr_is_missed(struct kunit *test)
{
	if (edu_bounces(test))
		kunit_skip(test, "how many MRs bounce buffers take is luck");
	expect_mrs_missed(test, edu_dev(test));
}

static void each_mr_is_missed_without_dma(struct kunit *test)
{
	expect_mrs_missed(test, NULL);
}

static struct kunit_case mr_failure_cases[] = {
	KUNIT_CASE_PARAM(each_mr_is_missed, list_gen_params),
	KUNIT_CASE_PARAM(each_mr_is_missed_without_dma, list_gen_params),
	{}
};

static struct kunit_suite mr_failure_suite = {
	.name = "phyr_rdma_mr_failures",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = mr_failure_cases,
};

kunit_test_suite(mr_failure_suite);
