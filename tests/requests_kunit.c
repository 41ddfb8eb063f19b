// SPDX-License-Identifier: GPL-2.0
/*
 * Block requests: what phyr maps of them, for a device that has the limits of their queue.
 */
#include <linux/phyr-iter.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>

#include "disk.h"
#include "edu.h"
#include "reach.h"

#define LISTS		60
#define MAX_VECS	40
#define MAX_SEGMENTS	200

static int map_rq(struct kunit *test, struct request *rq, struct memory *memory,
		  unsigned int room, struct dma_phyr_map *map)
{
	const struct phyr_iter iter = phyr_iter_rq(rq);

	return dma_map_phyr_iter(edu_dev(test), &iter, map, memory->ranges, room,
				 rq_dma_dir(rq), 0);
}

static void a_flush_has_no_data(struct kunit *test)
{
	struct queue_limits limits = { .features = BLK_FEAT_WRITE_CACHE };
	struct disk *disk = disk_alloc(test, &limits);
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;
	struct request *rq;

	submit_bio(disk_bio(test, disk, REQ_OP_WRITE | REQ_PREFLUSH, 0, 0));
	rq = disk_request(test, disk);
	KUNIT_ASSERT_EQ(test, REQ_OP_FLUSH, req_op(rq));
	KUNIT_EXPECT_EQ(test, -EINVAL, map_rq(test, rq, memory, MAX_ENTRIES, &map));
}

static void a_discard_has_no_data(struct kunit *test)
{
	struct queue_limits limits = { .max_hw_discard_sectors = 4096 };
	struct disk *disk = disk_alloc(test, &limits);
	struct bio *bio = disk_bio(test, disk, REQ_OP_DISCARD, 0, 0);
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;

	bio->bi_iter.bi_size = SZ_1M;
	submit_bio(bio);
	KUNIT_EXPECT_EQ(test, -EINVAL, map_rq(test, disk_request(test, disk), memory,
					      MAX_ENTRIES, &map));
}

static void not_every_request_is_protected(struct kunit *test)
{
	struct queue_limits limits = {};
	struct disk *disk = disk_alloc(test, &limits);
	struct bio *bio = disk_bio(test, disk, REQ_OP_WRITE, 0, 1);
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;
	struct phyr_iter iter;

	__bio_add_page(bio, memory->blocks[0], PAGE_SIZE, 0);
	submit_bio(bio);
	iter = phyr_iter_rq_integrity(disk_request(test, disk));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phyr_iter(edu_dev(test), &iter, &map, memory->ranges,
					  MAX_ENTRIES, DMA_TO_DEVICE, 0));
}

/* What a queue may have, and whether its longest segment divides its boundary. */
static const struct limits {
	const char *name;
	unsigned int longest;
	unsigned long boundary, gap;
	bool divides;
} limits[] = {
	{ "as by default", SZ_64K, U32_MAX, 0, true },
	{ "short segments", SZ_4K, U32_MAX, 0, true },
	{ "odd segments", 24 * SZ_1K, U32_MAX, 0, true },
	{ "near boundaries", SZ_64K, SZ_64K - 1, 0, true },
	{ "short segments, near boundaries", SZ_8K, SZ_64K - 1, 0, true },
	{ "odd segments, near boundaries", 24 * SZ_1K, SZ_64K - 1, 0, false },
	{ "no gaps", 0, U32_MAX, SZ_4K - 1, true },
	{ "no gaps, near boundaries", 0, SZ_64K - 1, SZ_4K - 1, true },
	{ "no gaps of half a page", 0, U32_MAX, SZ_2K - 1, true },
};

KUNIT_ARRAY_PARAM_DESC(limits, limits, name);

/* Of any alignment that the block layer allows; half of them are whole pages. */
static struct bio *random_bio(struct kunit *test, struct disk *disk, struct memory *memory,
			      struct rnd_state *rnd)
{
	unsigned int nr = 1 + prandom_u32_state(rnd) % MAX_VECS;
	struct bio *bio = disk_bio(test, disk, REQ_OP_WRITE, 0, nr);

	for (unsigned int i = 0; i < nr; i++) {
		u32 random = prandom_u32_state(rnd);
		unsigned int first = (random >> 4) % (BLOCK_PAGES - 64);
		struct page *page = memory->blocks[random % BLOCKS] + first;
		unsigned int offset = (random >> 16) % 8 * SECTOR_SIZE;
		unsigned int sectors = 1 + (random >> 20) % (random >> 31 ? 300 : 20);

		if (random & BIT(19)) {
			offset = 0;
			sectors = round_up(sectors, PAGE_SECTORS);
		}
		__bio_add_page(bio, page, sectors * SECTOR_SIZE, offset);
	}
	return bio;
}

/**
 * struct wanted - what requests are mapped with, and what is wanted of it
 * @memory: for the list and the DMA ranges
 * @sgl: for the list as the block layer makes it
 * @gap: no range but the first begins inside of this mask, none but the last ends there
 * @counted: whether there are no more ranges than the block layer counts
 */
struct wanted {
	struct memory *memory;
	struct scatterlist *sgl;
	unsigned long gap;
	bool counted;
};

/* The list is what the block layer's own cursor gives. */
static void expect_rq(struct kunit *test, struct request *rq, const struct wanted *wanted)
{
	struct memory *memory = wanted->memory;
	struct scatterlist *sg;
	int i, nr;

	sg_init_table(wanted->sgl, MAX_SEGMENTS);
	nr = blk_rq_map_sg(rq, wanted->sgl);
	KUNIT_ASSERT_GT(test, nr, 0);
	memory->nr = 0;
	for_each_sg(wanted->sgl, sg, nr, i)
		memory->phyrs[memory->nr++] = (struct phys_vec) { sg_phys(sg), sg->length };
}

static void expect_within(struct kunit *test, const struct request_queue *q,
			  const struct wanted *wanted, int nr)
{
	const unsigned long boundary = queue_segment_boundary(q);
	const struct dma_vec *ranges = wanted->memory->ranges;

	for (int i = 0; i < nr; i++) {
		const u64 first = ranges[i].addr, last = first + ranges[i].len - 1;

		KUNIT_ASSERT_LE(test, ranges[i].len, queue_max_segment_size(q));
		KUNIT_ASSERT_EQ(test, first & ~boundary, last & ~boundary);
		if (i)
			KUNIT_ASSERT_EQ(test, 0, first & wanted->gap);
		if (i < nr - 1)
			KUNIT_ASSERT_EQ(test, wanted->gap, last & wanted->gap);
	}
}

static void expect_mapped(struct kunit *test, struct request *rq, const struct wanted *wanted)
{
	unsigned int segments = blk_rq_nr_phys_segments(rq), room = MAX_ENTRIES;
	struct memory *memory = wanted->memory;
	struct dma_phyr_map map;
	int nr;

	expect_rq(test, rq, wanted);
	if (wanted->counted)
		room = segments + DIV_ROUND_UP(segments, 64);
	nr = map_rq(test, rq, memory, room, &map);
	KUNIT_ASSERT_GT(test, nr, 0);
	if (wanted->counted)
		KUNIT_ASSERT_LE(test, nr, segments);
	expect_within(test, rq->q, wanted, nr);
	expect_reached(test, memory, memory->ranges, nr);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
}

static void forget_alignment(void *dev)
{
	dma_set_min_align_mask(dev, 0);
}

/* The device has what the queue will have, before it is asked what can be bounced. */
static struct disk *disk_within(struct kunit *test, const struct limits *limit)
{
	struct queue_limits queue = {
		.max_segments = MAX_SEGMENTS,
		.max_segment_size = limit->longest,
		.seg_boundary_mask = limit->boundary,
		.virt_boundary_mask = limit->gap,
	};

	edu_set_limits(test, limit->longest ?: UINT_MAX, limit->boundary);
	dma_set_min_align_mask(edu_dev(test), limit->gap);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forget_alignment, edu_dev(test)));
	queue.max_hw_sectors = min(SZ_32M, dma_max_mapping_size(edu_dev(test))) >> SECTOR_SHIFT;
	return disk_alloc(test, &queue);
}

static void within_the_limits_of_the_queue(struct kunit *test)
{
	const struct limits *limit = test->param_value;
	struct disk *disk = disk_within(test, limit);
	struct wanted wanted = {
		.memory = memory_alloc(test),
		.sgl = kunit_kcalloc(test, MAX_SEGMENTS, sizeof(*wanted.sgl), GFP_KERNEL),
		.gap = limit->gap,
		.counted = limit->divides,
	};
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, wanted.sgl);
	prandom_seed_state(&rnd, 7212);
	/* No bounce buffer crosses a boundary: what does is bounced in parts. */
	if (edu_bounces(test) && limit->boundary < dma_max_mapping_size(edu_dev(test))) {
		wanted.gap = 0;
		wanted.counted = false;
	}
	for (int i = 0; i < LISTS; i++) {
		submit_bio(random_bio(test, disk, wanted.memory, &rnd));
		KUNIT_ASSERT_GT(test, disk->nr, 0);
		for (int j = 0; j < disk->nr; j++)
			expect_mapped(test, disk->held[j], &wanted);
		disk_end_requests(disk);
	}
}

/**
 * struct driver - what ->queue_rq() maps with
 * @test: the test that waits
 * @memory: has room for the DMA ranges
 * @nr: what the last mapping returned
 */
struct driver {
	struct kunit *test;
	struct memory *memory;
	int nr;
};

static void map_and_unmap(struct request *rq, void *data)
{
	struct driver *driver = data;
	struct dma_phyr_map map;

	driver->nr = map_rq(driver->test, rq, driver->memory, MAX_ENTRIES, &map);
	dma_unmap_phyrs(edu_dev(driver->test), &map, driver->memory->ranges);
}

/* Two bios that the block layer makes one request of. */
static void submit_two(struct kunit *test, struct disk *disk, struct memory *memory)
{
	struct blk_plug plug;

	blk_start_plug(&plug);
	for (int i = 0; i < 2; i++) {
		struct bio *bio = disk_bio(test, disk, REQ_OP_WRITE, 20 * i * PAGE_SECTORS, 20);

		for (int page = 20 * i; page < 20 * (i + 1); page++)
			__bio_add_page(bio, memory->blocks[page / 2 % BLOCKS] + page, PAGE_SIZE, 0);
		submit_bio(bio);
	}
	blk_finish_plug(&plug);
}

static void mapped_when_a_driver_is_given_it(struct kunit *test)
{
	struct disk *disk = disk_within(test, &limits[0]);
	struct wanted wanted = {
		.memory = memory_alloc(test),
		.sgl = kunit_kcalloc(test, MAX_SEGMENTS, sizeof(*wanted.sgl), GFP_KERNEL),
	};
	struct driver driver = { .test = test, .memory = memory_alloc(test) };
	struct memory *memory = wanted.memory;
	struct dma_phyr_map map;
	int nr;

	KUNIT_ASSERT_NOT_NULL(test, wanted.sgl);
	disk->use = map_and_unmap;
	disk->data = &driver;
	submit_two(test, disk, memory);
	expect_rq(test, disk_request(test, disk), &wanted);
	KUNIT_ASSERT_EQ(test, 1, disk->nr);
	KUNIT_ASSERT_EQ(test, 40 * PAGE_SIZE, blk_rq_bytes(disk->held[0]));

	nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, &map, memory->ranges,
			   MAX_ENTRIES, DMA_TO_DEVICE, 0);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_ASSERT_EQ(test, nr, driver.nr);
	KUNIT_EXPECT_LE(test, nr, blk_rq_nr_phys_segments(disk->held[0]));
	for (int i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, memory->ranges[i].len, driver.memory->ranges[i].len);
}

static struct kunit_case requests_cases[] = {
	KUNIT_CASE(a_flush_has_no_data),
	KUNIT_CASE(a_discard_has_no_data),
	KUNIT_CASE(not_every_request_is_protected),
	KUNIT_CASE(mapped_when_a_driver_is_given_it),
	KUNIT_CASE_PARAM(within_the_limits_of_the_queue, limits_gen_params),
	{}
};

static struct kunit_suite requests_suite = {
	.name = "phyr_requests",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = requests_cases,
};

kunit_test_suite(requests_suite);
