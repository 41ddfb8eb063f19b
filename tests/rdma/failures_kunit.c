// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations that fail while a transfer is prepared, and devices that refuse what is posted.
 */
#include <rdma/rw_phyr.h>

#include "../edu.h"
#include "../layouts.h"
#include "failing.h"
#include "kinds.h"
#include "moved.h"
#include "mrs.h"
#include "ways.h"

/* One SGE; as many as the context has room for; more, for which it needs a table; a long one. */
static const struct layout lists[] = {
	{ "one_page", one_page },
	{ "three_pages", three_pages },
	{ "misaligned_inside", misaligned_inside },
	{ "scattered_pages", scattered_pages },
};

KUNIT_ARRAY_PARAM(list, lists, layout_name);

static void expect_nothing_held(struct kunit *test, struct fake_rdma *fake,
				const struct kind *kind)
{
	KUNIT_EXPECT_EQ(test, kind->mrs, fake_rdma_mrs_left(fake));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	edu_of(test)->mapped = 0;
}

/**
 * struct transfer - a transfer that is prepared, of which an allocation fails
 * @attempt: what fails
 * @fake: the device that it is for
 * @kind: what that is like
 * @way: how the list is given
 * @memory: the list
 * @dir: where it goes
 * @ctx: the context
 */
struct transfer {
	struct attempt		attempt;
	struct fake_rdma	*fake;
	const struct kind	*kind;
	const struct way	*way;
	const struct memory	*memory;
	enum dma_data_direction	dir;
	struct phyr_rw_ctx	ctx;
};

static int prepare(struct attempt *attempt)
{
	struct transfer *transfer = container_of(attempt, struct transfer, attempt);

	return transfer->way->init(transfer->fake, &transfer->ctx, transfer->memory,
				   transfer->dir);
}

static void destroy(struct attempt *attempt)
{
	struct transfer *transfer = container_of(attempt, struct transfer, attempt);

	rdma_rw_ctx_destroy_phyr(&transfer->ctx, &transfer->fake->qp);
}

static void expect_undone(struct kunit *test, struct attempt *attempt)
{
	struct transfer *transfer = container_of(attempt, struct transfer, attempt);

	expect_nothing_held(test, transfer->fake, transfer->kind);
}

/* That there are too few MRs is said where it is so; how many bounce buffers take is luck. */
static void expect_out_of_mrs(struct kunit *test, const struct transfer *transfer, bool is_said)
{
	const struct kind *kind = transfer->kind;

	if (!transfer->fake->dev.dma_device || !edu_bounces(test))
		KUNIT_EXPECT_EQ(test, is_said, mrs_run_out(kind, transfer->memory,
							   transfer->way->offset, transfer->dir));
	else if (is_said)
		KUNIT_EXPECT_TRUE(test, kind->iwarp && transfer->dir == DMA_FROM_DEVICE);
}

/* Both ways.  Returns how often the caller was told. */
static unsigned int failures_of(struct kunit *test, struct fake_rdma *fake,
				const struct kind *kind, const struct way *way,
				const struct memory *memory)
{
	struct transfer transfer = {
		.attempt = { prepare, destroy, expect_undone },
		.fake = fake,
		.kind = kind,
		.way = way,
		.memory = memory,
	};
	unsigned int failures = 0;

	fake_rdma_be(fake, kind);
	for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
		int ret;

		transfer.dir = dir;
		ret = prepare(&transfer.attempt);
		expect_out_of_mrs(test, &transfer, ret == -EAGAIN);
		/* What is undone anyway allocates, too, behind virtio-iommu. */
		if (ret == -EAGAIN)
			continue;
		KUNIT_ASSERT_GT(test, ret, 0);
		destroy(&transfer.attempt);
		failures += each_allocation_fails(test, &transfer.attempt);
	}
	return failures;
}

static void every_allocation_fails(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	unsigned int failures = 0;

	need_failing_allocations(test, true);
	layout->fill(memory);
	/* All ways that map with one kind of device, and one with each. */
	for (int i = 1; &ways[i] != BY_RANGES; i++)
		failures += failures_of(test, fake, &kinds[0], &ways[i], memory);
	for (int i = 0; i < KINDS; i++) {
		failures += failures_of(test, fake, &kinds[i], &ways[i % (WAYS - 1)], memory);
		failures += failures_of(test, fake, &kinds[i], BY_RANGES, memory);
	}
	/* A READ of iWARP has to have MRs, and they a table. */
	KUNIT_EXPECT_GT_MSG(test, failures, 0, "no failure reached the caller");
}

static void every_allocation_fails_without_dma(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	unsigned int failures = 0;

	need_failing_allocations(test, false);
	layout->fill(memory);
	for (int i = 0; i < KINDS * WAYS; i++)
		failures += failures_of(test, fake, &kinds[i / WAYS], &ways[i % WAYS], memory);
	KUNIT_EXPECT_GT_MSG(test, failures, 0, "no failure reached the caller");
}

/**
 * struct posted - a transfer that is posted
 * @fake: to which device
 * @kind: what that is like
 * @memory: what it moves
 * @dir: where to
 */
struct posted {
	struct fake_rdma		*fake;
	const struct kind		*kind;
	const struct memory		*memory;
	enum dma_data_direction		dir;
};

/* The queue pair does what it does if nothing has failed, with the MRs that it has. */
static void expect_posted(struct kunit *test, const struct posted *posted)
{
	struct fake_rdma *fake = posted->fake;
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};

	KUNIT_ASSERT_GT(test, BY_ARRAY->init(fake, &ctx, posted->memory, posted->dir), 0);
	KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	if (edu_bounces(test))
		expect_keys(test, fake);
	else
		expect_moved(test, fake, posted->memory, BY_ARRAY->offset, posted->dir);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	expect_nothing_held(test, fake, posted->kind);
}

/*
 * It takes @full_at work requests, or all if it is @mute: what it says is what comes back.  If
 * there are not so many, returns false.
 */
static bool expect_refused(struct kunit *test, const struct posted *posted, unsigned int full_at,
			   bool mute)
{
	static const int errors[] = { -ENOMEM, -EINVAL, -ENOTCONN, -EOPNOTSUPP };
	struct fake_rdma *fake = posted->fake;
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};
	int wqes = BY_ARRAY->init(fake, &ctx, posted->memory, posted->dir);
	bool is_refused = full_at < wqes;

	/* It needs more MRs than there are. */
	if (wqes == -EAGAIN && posted->kind->iwarp && posted->dir == DMA_FROM_DEVICE)
		return false;
	KUNIT_ASSERT_GT(test, wqes, 0);
	if (is_refused) {
		fake->full_at = full_at;
		fake->mute = mute;
		fake->post_error = errors[full_at % ARRAY_SIZE(errors)];
		KUNIT_EXPECT_EQ(test, fake->post_error,
				rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
		fake->post_error = 0;
		KUNIT_EXPECT_EQ(test, mute ? wqes : full_at, fake->nr_wrs);
		expect_keys(test, fake);
	}
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	expect_nothing_held(test, fake, posted->kind);
	if (is_refused)
		expect_posted(test, posted);
	return is_refused;
}

static void posting_fails_half_way(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));

	layout->fill(memory);
	for (int i = 0; i < 2 * KINDS; i++) {
		const struct posted posted = {
			.fake = fake,
			.kind = &kinds[i / 2],
			.memory = memory,
			.dir = i % 2 ? DMA_FROM_DEVICE : DMA_TO_DEVICE,
		};
		unsigned int full_at = 0;

		fake_rdma_be(fake, posted.kind);
		/* There may be hundreds of them, and each try takes all of it. */
		while (expect_refused(test, &posted, full_at, false))
			full_at += 1 + full_at / 16;
		if (full_at)
			expect_refused(test, &posted, 0, true);
	}
}

#ifdef CONFIG_FAULT_INJECTION
/* Most lists come to one range behind an IOMMU: there is no need for room for all of their runs. */
static void room_for_more_than_is_needed(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct phyr_rw_ctx ctx;
	int ret;

	if (!edu_of(test)->domain || edu_bounces(test))
		kunit_skip(test, "there is no IOMMU that makes one range of it");
	scattered_pages(memory);
	current->fail_nth = 1;
	ret = BY_ARRAY->init(fake, &ctx, memory, DMA_TO_DEVICE);
	KUNIT_EXPECT_EQ_MSG(test, 0, current->fail_nth, "nothing is allocated");
	current->fail_nth = 0;
	KUNIT_EXPECT_EQ(test, 1, ret);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	expect_nothing_held(test, fake, &kinds[0]);
}
#else
static void room_for_more_than_is_needed(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}
#endif

static struct kunit_case failure_cases[] = {
	/* Behind virtio-iommu each page is a request, with allocations of its own. */
	KUNIT_CASE_PARAM_ATTR(every_allocation_fails, list_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM(every_allocation_fails_without_dma, list_gen_params),
	KUNIT_CASE_PARAM(posting_fails_half_way, list_gen_params),
	KUNIT_CASE(room_for_more_than_is_needed),
	{}
};

static struct kunit_suite failure_suite = {
	.name = "phyr_rdma_failures",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = failure_cases,
};

kunit_test_suite(failure_suite);
