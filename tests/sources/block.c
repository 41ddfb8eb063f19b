// SPDX-License-Identifier: GPL-2.0
/*
 * Bios and block requests to make cursors of.
 */
#include "../disk.h"
#include "../sources.h"

static struct disk *a_disk(struct kunit *test)
{
	struct queue_limits limits = {
		.features = BLK_FEAT_WRITE_CACHE,
		.max_hw_sectors = 8192,
		.max_hw_discard_sectors = 8192,
		.max_segments = 100,
	};

	return disk_alloc(test, &limits);
}

/* A bio of @nr pages, some of them adjacent, from the @first entry on. */
static struct bio *bio_of(struct kunit *test, const struct memory *memory, struct disk *disk,
			  unsigned int first, unsigned int nr)
{
	struct bio *bio = disk_bio(test, disk, REQ_OP_WRITE, first * PAGE_SECTORS, nr);

	for (unsigned int i = first; i < first + nr; i++)
		KUNIT_ASSERT_EQ(test, PAGE_SIZE,
				bio_add_page(bio, source_page(memory, i), PAGE_SIZE, 0));
	return bio;
}

static void expect_pages(struct memory *memory, unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++)
		expect_piece(memory, source_page(memory, i), 0, PAGE_SIZE);
}

static void put_bios(void *data)
{
	struct bio *bio = data;

	while (bio) {
		struct bio *next = bio->bi_next;

		bio_put(bio);
		bio = next;
	}
}

static struct phyr_iter from_a_bio(struct kunit *test, struct memory *memory)
{
	struct bio *bio = bio_of(test, memory, a_disk(test), 0, 60);

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_bios, bio));
	bio_advance(bio, PAGE_SIZE + 1536);
	expect_piece(memory, source_page(memory, 1), 1536, PAGE_SIZE - 1536);
	expect_pages(memory, 2, 58);
	return phyr_iter_bio(bio);
}

/* Some in part, and one that has a size and no data. */
static struct phyr_iter from_bios(struct kunit *test, struct memory *memory)
{
	struct disk *disk = a_disk(test);
	struct bio *bio = bio_of(test, memory, disk, 0, 20);

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_bios, bio));
	expect_pages(memory, 0, 20);

	bio->bi_next = disk_bio(test, disk, REQ_OP_DISCARD, 0, 0);
	bio->bi_next->bi_iter.bi_size = SZ_1M;

	bio->bi_next->bi_next = bio_of(test, memory, disk, 20, 20);
	bio_advance(bio->bi_next->bi_next, 512);
	expect_piece(memory, source_page(memory, 20), 512, PAGE_SIZE - 512);
	expect_pages(memory, 21, 19);

	bio->bi_next->bi_next->bi_next = bio_of(test, memory, disk, 40, 3);
	expect_pages(memory, 40, 3);
	return phyr_iter_bio(bio);
}

/* Both have the same bvecs: the first ends inside of one, and the second begins there. */
static struct phyr_iter from_a_split_bio(struct kunit *test, struct memory *memory)
{
	struct bio *rest = bio_of(test, memory, a_disk(test), 0, 30);
	struct bio *bio = bio_split(rest, 10 * PAGE_SECTORS + 3, GFP_KERNEL, &fs_bio_set);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bio);
	bio->bi_next = rest;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_bios, bio));
	expect_pages(memory, 0, 10);
	expect_piece(memory, source_page(memory, 10), 0, 1536);
	expect_piece(memory, source_page(memory, 10), 1536, PAGE_SIZE - 1536);
	expect_pages(memory, 11, 19);
	return phyr_iter_bio(bio);
}

static struct phyr_iter from_a_request(struct kunit *test, struct memory *memory)
{
	struct disk *disk = a_disk(test);

	submit_bio(bio_of(test, memory, disk, 0, 60));
	expect_pages(memory, 0, 60);
	return phyr_iter_rq(disk_request(test, disk));
}

static struct request *merged(struct kunit *test, struct disk *disk, struct bio *first,
			      struct bio *second)
{
	struct blk_plug plug;
	struct request *rq;

	blk_start_plug(&plug);
	submit_bio(first);
	submit_bio(second);
	blk_finish_plug(&plug);
	rq = disk_request(test, disk);
	KUNIT_ASSERT_EQ(test, 1, disk->nr);
	KUNIT_ASSERT_PTR_EQ(test, rq->bio, first);
	KUNIT_ASSERT_PTR_EQ(test, rq->biotail, second);
	return rq;
}

static struct phyr_iter from_a_request_of_two_bios(struct kunit *test, struct memory *memory)
{
	struct disk *disk = a_disk(test);

	expect_pages(memory, 0, 42);
	return phyr_iter_rq(merged(test, disk, bio_of(test, memory, disk, 0, 22),
				   bio_of(test, memory, disk, 22, 20)));
}

/* All of the first of its bios has been transferred, and some of the second. */
static struct phyr_iter from_the_rest_of_a_request(struct kunit *test, struct memory *memory)
{
	struct disk *disk = a_disk(test);
	struct request *rq = merged(test, disk, bio_of(test, memory, disk, 0, 22),
				    bio_of(test, memory, disk, 22, 20));

	KUNIT_ASSERT_TRUE(test, blk_update_request(rq, BLK_STS_OK, 30 * PAGE_SIZE + 512));
	expect_piece(memory, source_page(memory, 30), 512, PAGE_SIZE - 512);
	expect_pages(memory, 31, 11);
	return phyr_iter_rq(rq);
}

/* The second of those that a bio becomes which is too long for one. */
static struct phyr_iter from_a_request_that_was_split(struct kunit *test, struct memory *memory)
{
	struct queue_limits limits = { .max_hw_sectors = 100 };
	struct disk *disk = disk_alloc(test, &limits);

	submit_bio(bio_of(test, memory, disk, 0, 20));
	disk_request(test, disk);
	KUNIT_ASSERT_EQ(test, 2, disk->nr);
	KUNIT_ASSERT_EQ(test, 100, blk_rq_sectors(disk->held[0]));
	expect_piece(memory, source_page(memory, 12), 2048, PAGE_SIZE - 2048);
	expect_pages(memory, 13, 7);
	return phyr_iter_rq(disk->held[1]);
}

static struct phyr_iter from_a_passthrough_request(struct kunit *test, struct memory *memory)
{
	struct disk *disk = a_disk(test);
	struct request *rq = blk_mq_alloc_request(disk->gendisk->queue, REQ_OP_DRV_OUT, 0);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rq);
	for (int i = 0; i < 2; i++) {
		struct page *page = source_page(memory, 7 * i);

		KUNIT_EXPECT_EQ(test, 0, blk_rq_map_kern(rq, page_address(page) + 512,
							 3 * PAGE_SIZE, GFP_KERNEL));
		expect_piece(memory, page, 512, 3 * PAGE_SIZE);
	}
	blk_execute_rq_nowait(rq, false);
	return phyr_iter_rq(disk_request(test, disk));
}

/* A discard, to which the driver adds what it sends to the device. */
static struct phyr_iter from_a_special_payload(struct kunit *test, struct memory *memory)
{
	struct disk *disk = a_disk(test);
	struct bio *bio = disk_bio(test, disk, REQ_OP_DISCARD, 0, 0);
	struct request *rq;

	bio->bi_iter.bi_size = SZ_1M;
	submit_bio(bio);
	rq = disk_request(test, disk);
	bvec_set_page(&rq->special_vec, source_page(memory, 3), 3 * PAGE_SIZE, 256);
	rq->rq_flags |= RQF_SPECIAL_PAYLOAD;
	expect_piece(memory, source_page(memory, 3), 256, 3 * PAGE_SIZE);
	return phyr_iter_rq(rq);
}

#ifdef CONFIG_BLK_DEV_INTEGRITY

/* The @nr pieces of memory from the @first on protect the bio. */
static struct bio *protected(struct kunit *test, struct memory *memory, struct bio *bio,
			     unsigned int first, unsigned int nr)
{
	struct bio_integrity_payload *bip = bio_integrity_alloc(bio, GFP_KERNEL, nr);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bip);
	for (unsigned int i = first; i < first + nr; i++) {
		struct page *page = source_page(memory, i);

		KUNIT_ASSERT_EQ(test, 64, bio_integrity_add_page(bio, page, 64, 128));
		expect_piece(memory, page, 128, 64);
	}
	return bio;
}

static struct phyr_iter from_protection_information(struct kunit *test, struct memory *memory)
{
	struct queue_limits limits = {
		.max_hw_sectors = 8192,
		.max_segments = 100,
		.max_integrity_segments = 100,
		.integrity = { .metadata_size = 8 },
	};
	struct disk *disk = disk_alloc(test, &limits);
	struct bio *first = bio_of(test, memory, disk, 0, 5);
	struct bio *second = bio_of(test, memory, disk, 5, 3);

	protected(test, memory, first, 50, 5);
	protected(test, memory, second, 60, 3);
	return phyr_iter_rq_integrity(merged(test, disk, first, second));
}

#endif

const struct source block_sources[] = {
	SOURCE(from_a_bio),
	SOURCE(from_bios),
	SOURCE(from_a_split_bio),
	SOURCE(from_a_request),
	SOURCE(from_a_request_of_two_bios),
	SOURCE(from_the_rest_of_a_request),
	SOURCE(from_a_request_that_was_split),
	SOURCE(from_a_passthrough_request),
	SOURCE(from_a_special_payload),
#ifdef CONFIG_BLK_DEV_INTEGRITY
	SOURCE(from_protection_information),
#endif
	{}
};
