// SPDX-License-Identifier: GPL-2.0
/*
 * Lists that nobody thought of, and of every length, through rdma_rw_ctx_init_phyr(): for a device
 * that remembers what it is given.
 */
#include <rdma/rw_phyr.h>

#include "../edu.h"
#include "../layouts.h"
#include "../random_list.h"
#include "kinds.h"
#include "moved.h"
#include "transfers.h"
#include "with_dma.h"

#define LISTS	500

static struct fake_rdma *fake_of(struct kunit *test)
{
	const bool *has = test->param_value;

	if (*has && edu_bounces(test))
		kunit_skip(test, "bounce buffers are elsewhere");
	return fake_rdma_new(test, *has ? edu_dev(test) : NULL);
}

static bool goes(const struct random_list *list, enum dma_data_direction dir)
{
	return list->dir == dir || list->dir == DMA_BIDIRECTIONAL;
}

/* From its start on, or from somewhere inside, as @name says. */
static size_t offset_of(const struct random_list *list, u64 name)
{
	return name % 3 ? 0 : name * 257 % list->bytes;
}

static void random_lists_are_moved(struct kunit *test)
{
	struct fake_rdma *fake = fake_of(test);
	struct memory *memory = memory_alloc(test);
	bool forced = mrs_are_forced(fake);

	for (u64 name = 0; name < LISTS; name++) {
		const struct random_list list = random_list(memory, name);
		const struct kind *kind = &kinds[name % KINDS];

		for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
			if (!goes(&list, dir))
				continue;
			fake_rdma_be(fake, kind);
			expect_transfers(test, fake, kind, memory, offset_of(&list, name), dir,
					 forced);
			if (is_known_to_upstream(kind, forced))
				expect_no_more_by(test, fake, kind, memory, dir);
		}
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
		if (test->status == KUNIT_FAILURE) {
			kunit_info(test, "list %llu", name);
			return;
		}
	}
}

/* No more MRs than this, wherever it is mapped: each piece may be followed by a gap. */
static unsigned int most_mrs(const struct random_list *list, const struct memory *memory)
{
	unsigned int pieces = 0;

	for (int i = 0; i < memory->nr; i++) {
		const struct phys_vec *phyr = &memory->phyrs[i];

		for (size_t at = 0; at < phyr->len; pieces++)
			at += random_list_piece(list, phyr->paddr + at, phyr->len - at);
	}
	return 2 * pieces + DIV_ROUND_UP(list->bytes, FAKE_MR_PAGES * PAGE_SIZE);
}

static void expect_limited(struct kunit *test, struct fake_rdma *fake, const struct kind *kind,
			   const struct memory *memory, const struct random_list *list,
			   size_t offset, enum dma_data_direction dir)
{
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};
	int ret;

	fake_rdma_be(fake, kind);
	ret = rdma_rw_ctx_init_phyr(&ctx, &fake->qp, FAKE_PORT, memory->phyrs, memory->nr, offset,
				    REMOTE_ADDR, REMOTE_KEY, dir);
	if (ret == -EAGAIN) {
		KUNIT_EXPECT_TRUE(test, kind->iwarp && dir == DMA_FROM_DEVICE);
		KUNIT_EXPECT_GT(test, most_mrs(list, memory), kind->mrs);
		return;
	}
	KUNIT_ASSERT_GT(test, ret, 0);
	if (edu_syncs_overlaps(test))
		rdma_rw_ctx_sync_phyr(&ctx, &fake->qp);
	KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	KUNIT_EXPECT_EQ(test, ret, fake->nr_wrs);
	for (int i = 0; i < fake->nr_sges; i++)
		if (fake->sges[i].lkey == FAKE_LKEY)
			KUNIT_EXPECT_LE(test, fake->sges[i].length, list->max_seg_size);
	expect_moved(test, fake, memory, offset, dir);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
}

/* For a device whose segments are short, or must not cross a boundary: more ranges than entries. */
static void random_lists_are_moved_within_limits(struct kunit *test)
{
	struct fake_rdma *fake;
	struct memory *memory = memory_alloc(test);

	if (edu_bounces(test))
		kunit_skip(test, "bounce buffers are elsewhere");
	fake = fake_rdma_new(test, edu_dev(test));
	for (u64 name = 0; name < LISTS; name++) {
		const struct random_list list = random_list(memory, name);

		edu_set_limits(test, list.max_seg_size, list.seg_boundary);
		for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++)
			if (goes(&list, dir))
				expect_limited(test, fake, &kinds[name % KINDS], memory, &list,
					       offset_of(&list, name), dir);
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
		if (test->status == KUNIT_FAILURE) {
			kunit_info(test, "list %llu", name);
			return;
		}
	}
}

/* The next length: each of the first ones, and fewer and fewer of more; then the longest, and 0. */
static int longer(int nr)
{
	return nr == MAX_ENTRIES ? 0 : min(nr + 1 + nr / 8, MAX_ENTRIES);
}

static void lists_of_every_length(struct kunit *test)
{
	static void (*const fills[])(struct memory *memory) = { sixteen_mib_of_pages, many_pieces };
	struct fake_rdma *fake = fake_of(test);
	struct memory *memory = memory_alloc(test);
	bool forced = mrs_are_forced(fake);

	for (int i = 0; i < ARRAY_SIZE(fills); i++) {
		unsigned int kind = 0;

		memory->nr = 0;
		fills[i](memory);
		for (int nr = 1; nr; nr = longer(nr)) {
			memory->nr = nr;
			for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
				fake_rdma_be(fake, &kinds[kind % KINDS]);
				expect_transfers(test, fake, &kinds[kind % KINDS], memory, 0, dir,
						 forced);
			}
			kind++;
		}
	}
}

static struct kunit_case random_cases[] = {
	KUNIT_CASE_PARAM(random_lists_are_moved, dma_gen_params),
	KUNIT_CASE(random_lists_are_moved_within_limits),
	/* Behind virtio-iommu each page is a request. */
	KUNIT_CASE_PARAM_ATTR(lists_of_every_length, dma_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	{}
};

static struct kunit_suite random_suite = {
	.name = "phyr_rdma_random",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = random_cases,
};

kunit_test_suite(random_suite);
