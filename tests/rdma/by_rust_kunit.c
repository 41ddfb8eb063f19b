// SPDX-License-Identifier: GPL-2.0
/*
 * What Rust ULPs use: whatever fails, all is undone, and they have what they gave.
 */
#include "../edu.h"
#include "../layouts.h"
#include "by_rust.h"
#include "failing.h"
#include "kinds.h"
#include "moved.h"

static const struct layout lists[] = {
	{ "one_page", one_page },
	{ "three_pages", three_pages },
	{ "misaligned_inside", misaligned_inside },
	{ "scattered_pages", scattered_pages },
};

KUNIT_ARRAY_PARAM(list, lists, layout_name);

/**
 * struct used - something of Rust's that is used
 * @attempt: what fails
 * @fake: the device that it is for
 * @kind: what that is like
 * @transfer: what is moved, or mapped
 */
struct used {
	struct attempt		attempt;
	struct fake_rdma	*fake;
	const struct kind	*kind;
	struct rust_transfer	transfer;
};

static struct rust_transfer transfer_of(struct fake_rdma *fake, const struct memory *memory,
					enum dma_data_direction dir)
{
	return (struct rust_transfer) {
		.qp = &fake->qp,
		.phyrs = memory->phyrs,
		.nr = memory->nr,
		.remote_addr = REMOTE_ADDR,
		.rkey = REMOTE_KEY,
		.port_num = FAKE_PORT,
		.is_read = dir == DMA_FROM_DEVICE,
		.is_writable = true,
	};
}

/* A WRITE of @memory, of which nothing fails. */
static struct used used_of(struct fake_rdma *fake, const struct kind *kind,
			   const struct memory *memory)
{
	return (struct used) {
		.fake = fake,
		.kind = kind,
		.transfer = transfer_of(fake, memory, DMA_TO_DEVICE),
	};
}

static int prepare(struct attempt *attempt)
{
	return phyr_rdma_prepare_by_rust(&container_of(attempt, struct used, attempt)->transfer);
}

static void cancel(struct attempt *attempt)
{
	struct rust_transfer *transfer = &container_of(attempt, struct used, attempt)->transfer;

	if (transfer->held)
		phyr_rdma_cancel_by_rust(transfer);
}

static int map(struct attempt *attempt)
{
	struct used *used = container_of(attempt, struct used, attempt);

	return phyr_rdma_map_by_rust(&used->transfer, &used->fake->dev);
}

static void unmap(struct attempt *attempt)
{
	struct rust_transfer *transfer = &container_of(attempt, struct used, attempt)->transfer;

	if (transfer->held)
		phyr_rdma_unmap_by_rust(transfer);
}

static void expect_nothing_held(struct kunit *test, struct attempt *attempt)
{
	struct used *used = container_of(attempt, struct used, attempt);

	KUNIT_EXPECT_EQ(test, used->kind->mrs, fake_rdma_mrs_left(used->fake));
	KUNIT_EXPECT_EQ(test, 1, refcount_read(&used->fake->dev.refcount));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	edu_of(test)->mapped = 0;
	if (attempt->begin == prepare)
		KUNIT_EXPECT_TRUE(test, used->transfer.is_given_back);
	used->transfer.is_given_back = false;
}

/* Returns how often Rust was told. */
static unsigned int failures_of(struct kunit *test, struct used *used)
{
	int ret = used->attempt.begin(&used->attempt);

	/* What is undone anyway allocates, too, behind virtio-iommu. */
	if (used->kind->iwarp && used->transfer.is_read && ret == -EAGAIN)
		return 0;
	KUNIT_ASSERT_GT(test, ret, 0);
	used->attempt.end(&used->attempt);
	expect_nothing_held(test, &used->attempt);
	return each_allocation_fails(test, &used->attempt);
}

static void expect_failures(struct kunit *test, struct fake_rdma *fake)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);

	layout->fill(memory);
	for (int i = 0; i < 4; i++) {
		const enum dma_data_direction dir = i & 1 ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
		struct used used = {
			.fake = fake,
			.transfer = transfer_of(fake, memory, dir),
			.attempt = { map, unmap, expect_nothing_held },
			.kind = &kinds[0],
		};

		used.transfer.is_array = i & 2;
		fake_rdma_be(fake, used.kind);
		KUNIT_EXPECT_GT_MSG(test, failures_of(test, &used), 0,
				    "no failure reached the caller");
		used.attempt.begin = prepare;
		used.attempt.end = cancel;
		for (int j = 0; j < KINDS; j++) {
			used.kind = &kinds[j];
			fake_rdma_be(fake, used.kind);
			/* It is in a box, whatever the list is. */
			if (failures_of(test, &used) == 0)
				KUNIT_EXPECT_TRUE_MSG(test, used.kind->iwarp && dir ==
						      DMA_FROM_DEVICE,
						      "no failure reached the caller");
		}
	}
}

static void every_allocation_fails(struct kunit *test)
{
	need_failing_allocations(test, true);
	expect_failures(test, fake_rdma_new(test, edu_dev(test)));
}

static void every_allocation_fails_without_dma(struct kunit *test)
{
	need_failing_allocations(test, false);
	expect_failures(test, fake_rdma_new(test, NULL));
}

/* The device has done with what it was given, and says so. */
static void complete_last(struct fake_rdma *fake, enum ib_wc_status status)
{
	struct ib_wc wc = {
		.wr_cqe = fake->wrs[fake->nr_wrs - 1].wr.wr_cqe,
		.status = status,
	};

	wc.wr_cqe->done(NULL, &wc);
}

static void expect_completed(struct kunit *test, struct used *used, int err)
{
	struct rust_transfer *transfer = &used->transfer;
	struct fake_rdma *fake = used->fake;
	enum ib_wc_status status = err ? IB_WC_WR_FLUSH_ERR : IB_WC_SUCCESS;
	int ret;

	fake->mute = err;
	fake->post_error = err;
	ret = phyr_rdma_post_by_rust(transfer);
	fake->post_error = 0;
	if (err)
		KUNIT_EXPECT_EQ(test, err, ret);
	else
		KUNIT_ASSERT_EQ(test, ret, fake->nr_wrs);
	/* The device has it, so that nobody else may. */
	KUNIT_EXPECT_FALSE(test, transfer->is_given_back);
	KUNIT_EXPECT_EQ(test, 0, transfer->done);
	complete_last(fake, status);
	KUNIT_EXPECT_EQ(test, 1, transfer->done);
	KUNIT_EXPECT_EQ(test, status, transfer->status);
	transfer->done = 0;
	expect_nothing_held(test, &used->attempt);
	fake->nr_wrs = 0;
	fake->nr_sges = 0;
}

/* What is posted is Rust's again when it is over; it may say at once that it cannot begin. */
static void what_is_posted_completes(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));

	layout->fill(memory);
	for (int i = 0; i < KINDS * 2; i++) {
		struct used used = used_of(fake, &kinds[i / 2], memory);

		used.transfer.is_array = i % 2;
		fake_rdma_be(fake, used.kind);
		expect_completed(test, &used, 0);
		expect_completed(test, &used, -ENOTCONN);
	}
}

/* Nothing of it was taken, so that it may be posted again, or dropped. */
static void what_is_not_posted_is_given_back(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));

	layout->fill(memory);
	for (int i = 0; i < KINDS; i++) {
		struct used used = used_of(fake, &kinds[i], memory);

		fake_rdma_be(fake, used.kind);
		fake->post_error = -ENOMEM;
		KUNIT_EXPECT_EQ(test, -ENOMEM, phyr_rdma_post_by_rust(&used.transfer));
		fake->post_error = 0;
		KUNIT_EXPECT_TRUE(test, used.transfer.is_given_back);
		KUNIT_EXPECT_EQ(test, 0, used.transfer.done);
		expect_nothing_held(test, &used.attempt);
	}
}

/* What was taken in part is kept until the queue pair is drained, and is Rust's again then. */
static void what_is_posted_in_part_comes_back(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));

	if (edu_bounces(test))
		kunit_skip(test, "how many work requests bounce buffers take is luck");
	layout->fill(memory);
	for (int i = 0; i < KINDS; i++) {
		struct used used = used_of(fake, &kinds[i], memory);
		int wqes;

		fake_rdma_be(fake, used.kind);
		wqes = phyr_rdma_prepare_by_rust(&used.transfer);
		KUNIT_ASSERT_GT(test, wqes, 0);
		cancel(&used.attempt);
		for (fake->full_at = 1; fake->full_at < wqes; fake->full_at++) {
			fake->post_error = -ENOMEM;
			KUNIT_EXPECT_EQ(test, -ENOMEM, phyr_rdma_post_by_rust(&used.transfer));
			fake->post_error = 0;
			KUNIT_ASSERT_EQ(test, fake->full_at, fake->nr_wrs);
			KUNIT_EXPECT_FALSE(test, used.transfer.is_given_back);
			phyr_rdma_drained_by_rust(&used.transfer);
			KUNIT_EXPECT_TRUE(test, used.transfer.is_given_back);
			KUNIT_EXPECT_EQ(test, 0, used.transfer.done);
			fake->nr_wrs = 0;
			fake->nr_sges = 0;
			expect_nothing_held(test, &used.attempt);
		}
		fake->full_at = 0;
	}
}

static void a_port_that_is_not_there(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	const u32 ports[] = { 0, FAKE_PORT + 1, U32_MAX };
	struct used used;

	one_page(memory);
	used = used_of(fake, UNFORCED, memory);
	for (int i = 0; i < ARRAY_SIZE(ports); i++) {
		used.transfer.port_num = ports[i];
		used.transfer.is_given_back = false;
		KUNIT_EXPECT_EQ(test, -EINVAL, phyr_rdma_prepare_by_rust(&used.transfer));
		KUNIT_EXPECT_TRUE(test, used.transfer.is_given_back);
		expect_nothing_held(test, &used.attempt);
	}
}

static void what_is_read_into_must_be_writable(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct used used = {
		.fake = fake,
		.kind = &kinds[0],
		.transfer = transfer_of(fake, memory, DMA_FROM_DEVICE),
		.attempt.begin = prepare,
	};

	one_page(memory);
	used.transfer.nr = memory->nr;
	used.transfer.is_writable = false;
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_rdma_map_by_rust(&used.transfer, &fake->dev));
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_rdma_prepare_by_rust(&used.transfer));
	expect_nothing_held(test, &used.attempt);
	used.transfer.is_read = false;
	KUNIT_EXPECT_EQ(test, 1, phyr_rdma_map_by_rust(&used.transfer, &fake->dev));
	unmap(&used.attempt);
	KUNIT_EXPECT_EQ(test, 1, phyr_rdma_prepare_by_rust(&used.transfer));
	cancel(&used.attempt);
	expect_nothing_held(test, &used.attempt);
}

static struct kunit_case by_rust_cases[] = {
	/* Behind virtio-iommu each page is a request, with allocations of its own. */
	KUNIT_CASE_PARAM_ATTR(every_allocation_fails, list_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM(every_allocation_fails_without_dma, list_gen_params),
	KUNIT_CASE_PARAM(what_is_posted_completes, list_gen_params),
	KUNIT_CASE_PARAM(what_is_not_posted_is_given_back, list_gen_params),
	KUNIT_CASE_PARAM(what_is_posted_in_part_comes_back, list_gen_params),
	KUNIT_CASE(a_port_that_is_not_there),
	KUNIT_CASE(what_is_read_into_must_be_writable),
	{}
};

static struct kunit_suite by_rust_suite = {
	.name = "phyr_rdma_by_rust",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = by_rust_cases,
};

kunit_test_suite(by_rust_suite);
