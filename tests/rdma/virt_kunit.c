// SPDX-License-Identifier: GPL-2.0
/*
 * The same for a device without DMA of its own, as rxe and siw are, and what is the same for
 * every device.
 */
#include <rdma/ib_phyr.h>

#include "../layouts.h"
#include "kinds.h"
#include "moved.h"
#include "mrs.h"
#include "transfers.h"

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

static void every_byte_is_moved(struct kunit *test)
{
	expect_all_transfers(test, NULL);
}

static void no_more_work_requests_than_upstream(struct kunit *test)
{
	expect_no_more_than_upstream(test, NULL);
}

static void what_a_ulp_maps_itself(struct kunit *test)
{
	expect_own_sges(test, NULL);
}

/* What is sent inline is where the CPU finds it, on every device. */
static void what_is_sent_inline(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct phys_vec wraps = { .paddr = -PAGE_SIZE, .len = 2 * PAGE_SIZE };
	struct ib_sge *sges = kunit_kcalloc(test, MAX_ENTRIES, sizeof(*sges), GFP_KERNEL);
	size_t len = 0;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, sges);
	layout->fill(memory);
	for (int i = 0; i < memory->nr; i++)
		len += memory->phyrs[i].len;
	ret = ib_phyr_inline_sges(memory->phyrs, memory->nr, sges, MAX_ENTRIES);
	KUNIT_ASSERT_GT(test, ret, 0);
	expect_named(test, fake, memory, 0, len, sges, ret);
	for (int i = 0; i < ret; i++)
		KUNIT_EXPECT_EQ(test, 0, sges[i].lkey);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			ib_phyr_inline_sges(memory->phyrs, memory->nr, sges, ret - 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, ib_phyr_inline_sges(memory->phyrs, 0, sges, MAX_ENTRIES));
	KUNIT_EXPECT_EQ(test, -EINVAL, ib_phyr_inline_sges(&wraps, 1, sges, MAX_ENTRIES));
}

static void what_is_refused(struct kunit *test)
{
	expect_refused(test, NULL);
}

/* A list that says whose memory it is, all of it RAM, from every place on that begins an entry. */
static void a_described_list_is_moved(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	const struct dma_phyr_segment segments[] = { { .nr = 2 }, { .nr = 30 } };
	struct dma_phyr_list list = {
		.segments = segments,
		.nr_segments = ARRAY_SIZE(segments),
	};
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};
	size_t offset = 0;

	whole_pages_inside(memory);
	list.phyrs = memory->phyrs;
	list.nr = memory->nr;
	for (int i = 0; i < memory->nr; offset += memory->phyrs[i++].len) {
		const size_t offsets[] = { offset, offset + 1 };

		for (int j = 0; j < ARRAY_SIZE(offsets); j++) {
			int ret = rdma_rw_ctx_init_phyr_list(&ctx, &fake->qp, FAKE_PORT, &list,
							     offsets[j], REMOTE_ADDR, REMOTE_KEY,
							     DMA_TO_DEVICE);

			KUNIT_ASSERT_GT(test, ret, 0);
			KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT,
								       &cqe, NULL));
			expect_moved(test, fake, memory, offsets[j], DMA_TO_DEVICE);
			rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
		}
	}
	KUNIT_EXPECT_EQ(test, -EINVAL,
			rdma_rw_ctx_init_phyr_list(&ctx, &fake->qp, FAKE_PORT, &list, offset,
						   REMOTE_ADDR, REMOTE_KEY, DMA_TO_DEVICE));
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
}

/* What a cursor gives is moved as an array of it is. */
static void a_cursor_is_moved(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct phyr_rw_ctx ctx;
	struct phyr_iter iter;
	struct ib_cqe cqe = {};

	whole_pages_inside(memory);
	iter = phyr_iter_phyrs(memory->phyrs, memory->nr);
	for (int i = 0; i < KINDS; i++) {
		int ret;

		fake_rdma_be(fake, &kinds[i]);
		ret = rdma_rw_ctx_init_phyr_iter(&ctx, &fake->qp, FAKE_PORT, &iter, REMOTE_ADDR,
						 REMOTE_KEY, DMA_TO_DEVICE);
		KUNIT_ASSERT_GT(test, ret, 0);
		KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT,
							       &cqe, NULL));
		KUNIT_EXPECT_EQ(test, ret, fake->nr_wrs);
		expect_moved(test, fake, memory, 0, DMA_TO_DEVICE);
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	}
}

static int next_fails(struct phyr_iter *iter, struct phys_vec *phyr)
{
	return iter->nr ? phyr_next_phyr(iter, phyr) : -EILSEQ;
}

static void a_cursor_that_fails(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct phyr_rw_ctx ctx;
	struct phyr_iter iter;

	scattered_pages(memory);
	iter = phyr_iter_phyrs(memory->phyrs, memory->nr);
	iter.next = next_fails;
	iter.nr = 7;
	KUNIT_EXPECT_EQ(test, -EILSEQ,
			rdma_rw_ctx_init_phyr_iter(&ctx, &fake->qp, FAKE_PORT, &iter, REMOTE_ADDR,
						   REMOTE_KEY, DMA_TO_DEVICE));
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
}

/* What somebody else has mapped. */
static void ranges_that_are_mapped(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	const size_t offsets[] = { 0, 4, PAGE_SIZE - 100, PAGE_SIZE };
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};

	whole_pages_inside(memory);
	for (int i = 0; i < memory->nr; i++)
		memory->ranges[i] = (struct dma_vec) {
			.addr = (uintptr_t)phys_to_virt(memory->phyrs[i].paddr),
			.len = memory->phyrs[i].len,
		};
	for (int i = 0; i < KINDS * ARRAY_SIZE(offsets); i++) {
		const struct kind *kind = &kinds[i / ARRAY_SIZE(offsets)];
		size_t offset = offsets[i % ARRAY_SIZE(offsets)];
		int ret;

		fake_rdma_be(fake, kind);
		ret = rdma_rw_ctx_init_phyr_mapped(&ctx, &fake->qp, FAKE_PORT, memory->ranges,
						   memory->nr, offset, REMOTE_ADDR, REMOTE_KEY,
						   DMA_FROM_DEVICE);
		if (mrs_run_out(kind, memory, offset, DMA_FROM_DEVICE)) {
			KUNIT_EXPECT_EQ(test, -EAGAIN, ret);
			continue;
		}
		KUNIT_ASSERT_GT(test, ret, 0);
		KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT,
							       &cqe, NULL));
		expect_moved(test, fake, memory, offset, DMA_FROM_DEVICE);
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	}
}

static void a_range_without_bytes_is_refused(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	const struct dma_vec ranges[] = {
		{ .addr = SZ_1G, .len = PAGE_SIZE },
		{ .addr = 2UL * SZ_1G, .len = 0 },
	};
	struct phyr_rw_ctx ctx;

	KUNIT_EXPECT_EQ(test, -EINVAL,
			rdma_rw_ctx_init_phyr_mapped(&ctx, &fake->qp, FAKE_PORT, ranges, 2, 0,
						     REMOTE_ADDR, REMOTE_KEY, DMA_TO_DEVICE));
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
}

/* No SGE is longer than a message may be, and no message. */
static void more_than_a_message(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	const struct dma_vec ranges[] = {
		{ .addr = SZ_1G, .len = 2ULL * SZ_1G + 12 },
		{ .addr = 16ULL * SZ_1G, .len = SZ_1G },
		{ .addr = 32ULL * SZ_1G, .len = SZ_1G - 1 },
		{ .addr = 48ULL * SZ_1G, .len = 1 },
	};
	/* The last work request has two of them. */
	const struct ib_sge sges[] = {
		{ .addr = SZ_1G, .length = SZ_1G },
		{ .addr = 2ULL * SZ_1G, .length = SZ_1G },
		{ .addr = 3ULL * SZ_1G, .length = 12 },
		{ .addr = 16ULL * SZ_1G, .length = SZ_1G },
		{ .addr = 32ULL * SZ_1G, .length = SZ_1G - 1 },
		{ .addr = 48ULL * SZ_1G, .length = 1 },
	};
	const int wrs = ARRAY_SIZE(sges) - 1;
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};
	u64 remote = REMOTE_ADDR;

	KUNIT_ASSERT_EQ(test, wrs,
			rdma_rw_ctx_init_phyr_mapped(&ctx, &fake->qp, FAKE_PORT, ranges,
						     ARRAY_SIZE(ranges), 0, REMOTE_ADDR,
						     REMOTE_KEY, DMA_TO_DEVICE));
	KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	KUNIT_ASSERT_EQ(test, wrs, fake->nr_wrs);
	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(sges), fake->nr_sges);
	for (int i = 0; i < wrs; i++) {
		KUNIT_EXPECT_EQ(test, i == wrs - 1 ? 2 : 1, fake->wrs[i].wr.num_sge);
		KUNIT_EXPECT_EQ(test, remote, fake->wrs[i].rdma.remote_addr);
		remote += sges[i].length;
	}
	for (int i = 0; i < ARRAY_SIZE(sges); i++) {
		KUNIT_EXPECT_EQ(test, sges[i].addr, fake->sges[i].addr);
		KUNIT_EXPECT_EQ(test, sges[i].length, fake->sges[i].length);
	}
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
}

/* For a READ of more ranges than max_sgl_rd, and if ib_core.force_mr is set. */
static void mrs_where_they_are_asked_for(struct kunit *test)
{
	static const struct {
		const struct kind *kind;
		enum dma_data_direction dir;
		unsigned int nr, mrs;
	} cases[] = {
		{ UNFORCED, DMA_FROM_DEVICE, 3, 0 },
		{ READS_BY_MRS, DMA_FROM_DEVICE, 2, 0 },
		{ READS_BY_MRS, DMA_FROM_DEVICE, 3, 1 },
		{ READS_BY_MRS, DMA_TO_DEVICE, 3, 0 },
		{ FORCED, DMA_FROM_DEVICE, 1, 1 },
		{ FORCED, DMA_TO_DEVICE, 1, 1 },
		{ FORCED, DMA_TO_DEVICE, FAKE_MR_PAGES + 1, 2 },
	};
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct memory *memory = memory_alloc(test);

	scattered_pages(memory);
	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct kind *kind = cases[i].kind;
		struct phyr_rw_ctx ctx;

		fake_rdma_be(fake, kind);
		memory->nr = cases[i].nr;
		KUNIT_ASSERT_GT(test, rdma_rw_ctx_init_phyr(&ctx, &fake->qp, FAKE_PORT,
							    memory->phyrs, memory->nr, 0,
							    REMOTE_ADDR, REMOTE_KEY,
							    cases[i].dir), 0);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].mrs, kind->mrs - fake_rdma_mrs_left(fake),
				    "case %d", i);
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	}
}

/* A work request of the caller's behind those of the list. */
static void another_is_chained(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct ib_rdma_wr mine = {
		.wr = { .opcode = IB_WR_SEND, .send_flags = IB_SEND_SIGNALED },
	};
	struct phyr_rw_ctx ctx;
	int ret;

	scattered_pages(memory);
	for (int i = 0; i < KINDS; i++) {
		fake_rdma_be(fake, &kinds[i]);
		ret = rdma_rw_ctx_init_phyr(&ctx, &fake->qp, FAKE_PORT, memory->phyrs, memory->nr,
					    0, REMOTE_ADDR, REMOTE_KEY, DMA_TO_DEVICE);
		KUNIT_ASSERT_GT(test, ret, 0);
		KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, NULL,
							       &mine.wr));
		KUNIT_ASSERT_EQ(test, ret + 1, fake->nr_wrs);
		for (int j = 0; j < ret; j++)
			KUNIT_EXPECT_EQ(test, 0, fake->wrs[j].wr.send_flags);
		KUNIT_EXPECT_EQ(test, IB_WR_SEND, fake->wrs[ret].wr.opcode);
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
		fake->nr_wrs = 0;
		fake->nr_sges = 0;
	}
}

#ifdef CONFIG_FAULT_INJECTION
/* Memory is short, and the driver's table for an MR of many ranges is had all the same. */
static void an_mr_when_memory_is_short(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct dma_vec ranges[FAKE_MR_PAGES];
	int ret;

	for (int i = 0; i < FAKE_MR_PAGES; i++)
		ranges[i] = (struct dma_vec) { 2 * i * PAGE_SIZE, PAGE_SIZE };
	fake_rdma_mrs(fake, 1);
	current->fail_nth = 1;
	ret = ib_map_mr_phyrs(&fake->mrs[0].mr, ranges, FAKE_MR_PAGES, 0,
			      FAKE_MR_PAGES * PAGE_SIZE, PAGE_SIZE, GFP_NOWAIT);
	KUNIT_EXPECT_EQ_MSG(test, 0, current->fail_nth, "nothing is allocated");
	current->fail_nth = 0;
	KUNIT_EXPECT_EQ(test, 0, ret);
}
#else
static void an_mr_when_memory_is_short(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}
#endif

static struct kunit_case virt_cases[] = {
	KUNIT_CASE_PARAM(every_byte_is_moved, layout_gen_params),
	KUNIT_CASE_PARAM(no_more_work_requests_than_upstream, layout_gen_params),
	KUNIT_CASE_PARAM(what_a_ulp_maps_itself, layout_gen_params),
	KUNIT_CASE_PARAM(what_is_sent_inline, layout_gen_params),
	KUNIT_CASE(what_is_refused),
	KUNIT_CASE(a_described_list_is_moved),
	KUNIT_CASE(a_cursor_is_moved),
	KUNIT_CASE(a_cursor_that_fails),
	KUNIT_CASE(ranges_that_are_mapped),
	KUNIT_CASE(a_range_without_bytes_is_refused),
	KUNIT_CASE(more_than_a_message),
	KUNIT_CASE(mrs_where_they_are_asked_for),
	KUNIT_CASE(another_is_chained),
	KUNIT_CASE(an_mr_when_memory_is_short),
	{}
};

static struct kunit_suite virt_suite = {
	.name = "phyr_rdma_virt",
	.test_cases = virt_cases,
};

kunit_test_suite(virt_suite);
