// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations that fail while a transfer is prepared, and devices that refuse what is posted.
 */
#include <linux/phyr-iter.h>
#include <rdma/rw_phyr.h>

#include "../edu.h"
#include "moved.h"
#include "mrs.h"
#include "shapes.h"

/* One SGE; as many as the context has room for; more, for which it needs a table; a long one. */
static const struct layout lists[] = {
	{ "one_page", one_page },
	{ "three_pages", three_pages },
	{ "misaligned_inside", misaligned_inside },
	{ "scattered_pages", scattered_pages },
};

KUNIT_ARRAY_PARAM(list, lists, layout_name);

/* The ways in which a list is given. */
static int by_array(struct fake_rdma *fake, struct phyr_rw_ctx *ctx, const struct memory *memory,
		    enum dma_data_direction dir)
{
	return rdma_rw_ctx_init_phyr(ctx, &fake->qp, FAKE_PORT, memory->phyrs, memory->nr, 1,
				     REMOTE_ADDR, REMOTE_KEY, dir);
}

static int by_list(struct fake_rdma *fake, struct phyr_rw_ctx *ctx, const struct memory *memory,
		   enum dma_data_direction dir)
{
	const struct dma_phyr_list list = { .phyrs = memory->phyrs, .nr = memory->nr };

	return rdma_rw_ctx_init_phyr_list(ctx, &fake->qp, FAKE_PORT, &list, 1, REMOTE_ADDR,
					  REMOTE_KEY, dir);
}

static int by_cursor(struct fake_rdma *fake, struct phyr_rw_ctx *ctx,
		     const struct memory *memory, enum dma_data_direction dir)
{
	const struct phyr_iter iter = phyr_iter_phyrs(memory->phyrs, memory->nr);

	return rdma_rw_ctx_init_phyr_iter(ctx, &fake->qp, FAKE_PORT, &iter, REMOTE_ADDR,
					  REMOTE_KEY, dir);
}

static int (*const ways[])(struct fake_rdma *, struct phyr_rw_ctx *, const struct memory *,
			   enum dma_data_direction) = {
	by_array, by_list, by_cursor,
};

static void expect_nothing_held(struct kunit *test, struct fake_rdma *fake,
				const struct kind *kind)
{
	KUNIT_EXPECT_EQ(test, kind->mrs, fake_rdma_mrs_left(fake));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	edu_of(test)->mapped = 0;
}

#ifdef CONFIG_FAULT_INJECTION
static size_t offset_of(int way)
{
	return ways[way] == by_cursor ? 0 : 1;
}

/*
 * KASAN, kmemleak and lockdep take some 20 ms for a page behind virtio-iommu, most of it to walk
 * the stack for each of its allocations.
 */
#define SKIPPED	(IS_ENABLED(CONFIG_KASAN) ? 16 : 1)

/*
 * Each of the first allocations of a call is made to fail once, then fewer and fewer: behind
 * virtio-iommu each page has some.  Returns how often the caller was told.
 */
static unsigned int failures_of(struct kunit *test, struct fake_rdma *fake,
				const struct kind *kind, const struct memory *memory, int way,
				enum dma_data_direction dir)
{
	unsigned int failures = 0;
	struct phyr_rw_ctx ctx;
	bool injected = true;

	for (int nth = 1; injected && nth < 10000; nth += 1 + nth / 16 * SKIPPED) {
		int ret;

		current->fail_nth = nth;
		ret = ways[way](fake, &ctx, memory, dir);
		injected = !current->fail_nth;
		current->fail_nth = 0;
		if (ret == -ENOMEM) {
			KUNIT_EXPECT_TRUE(test, injected);
			failures++;
		} else {
			KUNIT_EXPECT_GT(test, ret, 0);
		}
		/* What has failed need not be destroyed, but may. */
		if (ret > 0 || nth % 2)
			rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
		expect_nothing_held(test, fake, kind);
	}
	KUNIT_EXPECT_FALSE(test, injected);
	return failures;
}

/* That there are too few MRs is said where it is so; how many bounce buffers take is luck. */
static void expect_out_of_mrs(struct kunit *test, const struct kind *kind,
			      const struct memory *memory, int way,
			      enum dma_data_direction dir, bool is_said)
{
	if (!edu_bounces(test))
		KUNIT_EXPECT_EQ(test, is_said, mrs_run_out(kind, memory, offset_of(way), dir));
	else if (is_said)
		KUNIT_EXPECT_TRUE(test, kind->iwarp && dir == DMA_FROM_DEVICE);
}

static void every_allocation_fails(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	unsigned int failures = 0;

	if (IS_ENABLED(CONFIG_DMA_API_DEBUG) && !edu_of(test)->domain)
		kunit_skip(test, "without memory dma-debug switches itself off");
	layout->fill(memory);
	/* All ways with one kind of device, and one with each. */
	for (int i = 0; i < ARRAY_SIZE(ways) + KINDS; i++) {
		const struct kind *kind = &kinds[i < ARRAY_SIZE(ways) ? 0 : i - ARRAY_SIZE(ways)];
		int way = i % ARRAY_SIZE(ways);

		fake_rdma_be(fake, kind);
		for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
			struct phyr_rw_ctx ctx;
			int ret = ways[way](fake, &ctx, memory, dir);

			expect_out_of_mrs(test, kind, memory, way, dir, ret == -EAGAIN);
			/* What is undone anyway allocates, too, behind virtio-iommu. */
			if (ret == -EAGAIN)
				continue;
			KUNIT_ASSERT_GT(test, ret, 0);
			rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
			failures += failures_of(test, fake, kind, memory, way, dir);
		}
	}
	/* A READ of iWARP has to have MRs, and they a table. */
	KUNIT_EXPECT_GT_MSG(test, failures, 0, "no failure reached the caller");
}
#else
static void every_allocation_fails(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}
#endif

/* It takes @full_at work requests, or all if it is @mute: what it says is what comes back. */
static void expect_refused(struct kunit *test, struct fake_rdma *fake, const struct kind *kind,
			   const struct memory *memory, unsigned int full_at, bool mute)
{
	static const int errors[] = { -ENOMEM, -EINVAL, -ENOTCONN, -EOPNOTSUPP };
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};
	int wqes;

	fake_rdma_be(fake, kind);
	wqes = by_array(fake, &ctx, memory, DMA_TO_DEVICE);
	KUNIT_ASSERT_GT(test, wqes, 0);
	fake->full_at = full_at;
	fake->mute = mute;
	fake->post_error = errors[full_at % ARRAY_SIZE(errors)];
	KUNIT_EXPECT_EQ(test, fake->post_error,
			rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	fake->post_error = 0;
	KUNIT_EXPECT_EQ(test, mute ? wqes : full_at, fake->nr_wrs);
	fake->nr_wrs = 0;
	fake->nr_sges = 0;
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	expect_nothing_held(test, fake, kind);
}

static void posting_fails_half_way(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));

	layout->fill(memory);
	for (int i = 0; i < KINDS; i++) {
		struct phyr_rw_ctx ctx;
		struct ib_cqe cqe = {};
		int wqes;

		fake_rdma_be(fake, &kinds[i]);
		wqes = by_array(fake, &ctx, memory, DMA_TO_DEVICE);
		KUNIT_ASSERT_GT(test, wqes, 0);
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
		for (int full_at = 0; full_at < wqes; full_at++)
			expect_refused(test, fake, &kinds[i], memory, full_at, false);
		expect_refused(test, fake, &kinds[i], memory, 0, true);

		/* The queue pair does what it did before. */
		fake_rdma_be(fake, &kinds[i]);
		KUNIT_ASSERT_EQ(test, wqes, by_array(fake, &ctx, memory, DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe,
							       NULL));
		if (!edu_bounces(test))
			expect_moved(test, fake, memory, 1, DMA_TO_DEVICE);
		fake->nr_wrs = 0;
		fake->nr_sges = 0;
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
		expect_nothing_held(test, fake, &kinds[i]);
	}
}

static struct kunit_case failure_cases[] = {
	/* Behind virtio-iommu each page is a request, with allocations of its own. */
	KUNIT_CASE_PARAM_ATTR(every_allocation_fails, list_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM(posting_fails_half_way, list_gen_params),
	{}
};

static struct kunit_suite failure_suite = {
	.name = "phyr_rdma_failures",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = failure_cases,
};

kunit_test_suite(failure_suite);
