// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of every shape through rdma_rw_ctx_init_phyr(), for a device that remembers what it is
 * given, and maps for a PCI device.
 */
#include <linux/sizes.h>

#include "../edu.h"
#include "../layouts.h"
#include "kinds.h"
#include "moved.h"
#include "pattern.h"
#include "transfers.h"

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

/* What comes first of a longer list, for the CPU writes and reads each byte of it. */
static struct memory *some_of_layout(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);

	if (layout->overlaps)
		kunit_skip(test, "what was written last is all that is there");
	layout->fill(memory);
	memory_cut(memory, BLOCK_PAGES * PAGE_SIZE);
	return memory;
}

static void every_byte_is_moved(struct kunit *test)
{
	if (edu_bounces(test))
		kunit_skip(test, "bounce buffers are elsewhere");
	expect_all_transfers(test, edu_dev(test));
}

static void no_more_work_requests_than_upstream(struct kunit *test)
{
	expect_no_more_than_upstream(test, edu_dev(test));
}

static void prepare(struct kunit *test, struct fake_rdma *fake, struct phyr_rw_ctx *ctx,
		    const struct memory *memory, enum dma_data_direction dir)
{
	KUNIT_ASSERT_GT(test, rdma_rw_ctx_init_phyr(ctx, &fake->qp, FAKE_PORT, memory->phyrs,
						    memory->nr, 0, REMOTE_ADDR, REMOTE_KEY, dir),
			0);
}

static void expect_written_later(struct kunit *test, const struct memory *memory)
{
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct bytes written = {}, seen = {};
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};

	each_byte(memory, clear, NULL);
	prepare(test, fake, &ctx, memory, DMA_TO_DEVICE);
	each_byte(memory, write_pattern, &written);
	rdma_rw_ctx_sync_phyr(&ctx, &fake->qp);
	KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	each_reached(test, fake, read_pattern, &seen);
	KUNIT_EXPECT_EQ(test, written.nr, seen.nr);
	KUNIT_EXPECT_EQ(test, 0, seen.wrong);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
}

/* What is called where completions are handled, and by drivers' locks. */
static int posted_and_destroyed(struct kunit *test, struct fake_rdma *fake,
				struct phyr_rw_ctx *ctx, struct ib_cqe *cqe)
{
	static DEFINE_SPINLOCK(lock);
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&lock, flags);
	if (edu_syncs_overlaps(test))
		rdma_rw_ctx_sync_phyr(ctx, &fake->qp);
	ret = rdma_rw_ctx_post_phyr(ctx, &fake->qp, FAKE_PORT, cqe, NULL);
	rdma_rw_ctx_destroy_phyr(ctx, &fake->qp);
	spin_unlock_irqrestore(&lock, flags);
	return ret;
}

static void with_interrupts_off(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));

	layout->fill(memory);
	/* As a longer one is bounced, the watchdog barks if the guest has to wait for its CPU. */
	memory_cut(memory, SZ_1M);
	for (int i = 0; i < KINDS; i++) {
		struct phyr_rw_ctx ctx;
		struct ib_cqe cqe = {};

		fake_rdma_be(fake, &kinds[i]);
		prepare(test, fake, &ctx, memory, DMA_TO_DEVICE);
		KUNIT_EXPECT_EQ(test, 0, posted_and_destroyed(test, fake, &ctx, &cqe));
		KUNIT_EXPECT_EQ(test, kinds[i].mrs, fake_rdma_mrs_left(fake));
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
		fake->nr_wrs = 0;
		fake->nr_sges = 0;
	}
}

/* Whether bounced or not: what is written between init and post is what the device sees. */
static void what_is_written_later_is_moved(struct kunit *test)
{
	expect_written_later(test, some_of_layout(test));
}

/* There are more ranges than runs then, and which are whose may have to be remembered. */
static void runs_that_are_cut(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	edu_set_limits(test, SZ_64K, 0);
	for (int i = 0; i < 5; i++) {
		memory_add(memory, i % BLOCKS, 40 * i, 0, 20 * PAGE_SIZE + 512 * i);
		expect_written_later(test, memory);
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	}
}

/* From inside of a list: what fits is mapped, and is not enough. */
static void a_run_from_inside_that_is_cut(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *memory = memory_alloc(test);
	const struct dma_phyr_segment segment = { .nr = 1 };
	const struct dma_phyr_list list = {
		.phyrs = memory->phyrs,
		.nr = 1,
		.segments = &segment,
		.nr_segments = 1,
	};
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};

	if (edu_bounces(test))
		kunit_skip(test, "bounce buffers are elsewhere");
	edu_set_limits(test, SZ_4K, 0);
	memory_add(memory, 0, 0, 0, 64 * PAGE_SIZE);
	KUNIT_ASSERT_GT(test, rdma_rw_ctx_init_phyr_list(&ctx, &fake->qp, FAKE_PORT, &list, 1,
							 REMOTE_ADDR, REMOTE_KEY, DMA_TO_DEVICE),
			0);
	KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	expect_moved(test, fake, memory, 1, DMA_TO_DEVICE);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

/* What the device writes is there when the context is destroyed. */
static void what_is_read_arrives(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *memory = some_of_layout(test);
	struct bytes written = {}, seen = {};
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};

	each_byte(memory, clear, NULL);
	prepare(test, fake, &ctx, memory, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	each_reached(test, fake, write_pattern, &written);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	each_byte(memory, read_pattern, &seen);
	KUNIT_EXPECT_EQ(test, written.nr, seen.nr);
	KUNIT_EXPECT_EQ(test, 0, seen.wrong);
}

/* rdma_rw_ctx_init_bvec() hands what is inside of a granule to dma_iova_link(). */
static void upstream_takes_no_gaps_behind_an_iommu(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *memory = memory_alloc(test);
	struct phyr_rw_ctx ctx;

	if (!edu_of(test)->domain)
		kunit_skip(test, "there is no IOMMU");
	misaligned_inside(memory);
	KUNIT_EXPECT_LT(test, upstream_takes(test, fake, memory, DMA_TO_DEVICE, true).wrs, 0);
	KUNIT_EXPECT_EQ(test, 1, init_of(fake, &ctx, memory->phyrs, memory->nr, 0,
					 DMA_TO_DEVICE));
}

static void what_a_ulp_maps_itself(struct kunit *test)
{
	if (edu_bounces(test))
		kunit_skip(test, "bounce buffers are elsewhere");
	expect_own_sges(test, edu_dev(test));
}

static void what_is_refused(struct kunit *test)
{
	expect_refused(test, edu_dev(test));
}

/* Whoever copies with the CPU does not copy from there. */
static void memory_of_a_device_is_refused(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct memory *memory = memory_alloc(test);
	struct phyr_rw_ctx ctx;
	struct phys_vec phyrs[2];

	one_page(memory);
	phyrs[0] = memory->phyrs[0];
	phyrs[1] = (struct phys_vec) {
		.paddr = pci_resource_start(edu_of(test)->pdev, 0),
		.len = PAGE_SIZE,
	};
	KUNIT_EXPECT_EQ(test, -EREMOTEIO, init_of(fake, &ctx, phyrs, 2, 0, DMA_TO_DEVICE));
	KUNIT_EXPECT_EQ(test, -EREMOTEIO, init_of(fake, &ctx, phyrs + 1, 1, 0, DMA_TO_DEVICE));
	KUNIT_EXPECT_FALSE(test, rdma_phyr_pageless(&fake->dev));
	fake->dev.dma_device = edu_dev(test);
	KUNIT_EXPECT_TRUE(test, rdma_phyr_pageless(&fake->dev));
}

/* From inside of a list: for a device that is not trusted what is before it is mapped first. */
static void what_is_not_valid_further_on(struct kunit *test)
{
	struct pci_dev *pdev = edu_of(test)->pdev;
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *memory = memory_alloc(test);
	const struct dma_phyr_segment segment = { .nr = 3 };
	struct dma_phyr_list list = {
		.phyrs = memory->phyrs,
		.nr = 3,
		.segments = &segment,
		.nr_segments = 1,
	};
	struct phyr_rw_ctx ctx;

	three_pages(memory);
	memory->phyrs[2].len = 0;
	for (int untrusted = 0; untrusted <= 1; untrusted++) {
		pdev->untrusted = untrusted;
		for (size_t offset = 0; offset <= 2 * PAGE_SIZE; offset += PAGE_SIZE / 2) {
			KUNIT_EXPECT_EQ(test, -EINVAL,
					rdma_rw_ctx_init_phyr_list(&ctx, &fake->qp, FAKE_PORT,
								   &list, offset, REMOTE_ADDR,
								   REMOTE_KEY, DMA_TO_DEVICE));
			rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
		}
	}
	pdev->untrusted = 0;
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

static struct kunit_case real_cases[] = {
	KUNIT_CASE_PARAM(every_byte_is_moved, layout_gen_params),
	KUNIT_CASE_PARAM(no_more_work_requests_than_upstream, layout_gen_params),
	KUNIT_CASE_PARAM(what_is_written_later_is_moved, layout_gen_params),
	KUNIT_CASE_PARAM(with_interrupts_off, layout_gen_params),
	KUNIT_CASE(runs_that_are_cut),
	KUNIT_CASE(a_run_from_inside_that_is_cut),
	KUNIT_CASE_PARAM(what_is_read_arrives, layout_gen_params),
	KUNIT_CASE(upstream_takes_no_gaps_behind_an_iommu),
	KUNIT_CASE_PARAM(what_a_ulp_maps_itself, layout_gen_params),
	KUNIT_CASE(what_is_refused),
	KUNIT_CASE(memory_of_a_device_is_refused),
	KUNIT_CASE(what_is_not_valid_further_on),
	{}
};

static struct kunit_suite real_suite = {
	.name = "phyr_rdma",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = real_cases,
};

kunit_test_suite(real_suite);
