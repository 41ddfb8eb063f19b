/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A disk that no machine needs to have, and that takes requests without ending them.
 */
#ifndef _PHYR_TESTS_DISK_H
#define _PHYR_TESTS_DISK_H

#include <kunit/test.h>
#include <linux/blk-integrity.h>

#define DISK_DEPTH	256

/**
 * struct disk - a disk and its driver
 * @tags: of its requests
 * @gendisk: the disk, which user space does not see
 * @held: the requests that its driver has been given and has not ended
 * @nr: how many these are
 * @given: completed for each of them
 * @use: called with each by its driver's ->queue_rq(), if there is one
 * @data: for @use
 */
struct disk {
	struct blk_mq_tag_set tags;
	struct gendisk *gendisk;
	struct request *held[DISK_DEPTH];
	unsigned int nr;
	struct completion given;
	void (*use)(struct request *rq, void *data);
	void *data;
};

/* A disk with @limits.  Ends its requests and goes when @test ends. */
struct disk *disk_alloc(struct kunit *test, struct queue_limits *limits);

/* Has the kernel know it, by @name, as a disk of @parent, which may be %NULL, until @test ends. */
void disk_add(struct kunit *test, struct disk *disk, struct device *parent, const char *name);

/* A bio for the disk, freed when it ends. */
struct bio *disk_bio(struct kunit *test, struct disk *disk, blk_opf_t opf, sector_t sector,
		     unsigned short nr_vecs);

/* The request that the driver was given last, as soon as it has one more. */
struct request *disk_request(struct kunit *test, struct disk *disk);

/* Ends all requests that the driver was given. */
void disk_end_requests(struct disk *disk);

#endif /* _PHYR_TESTS_DISK_H */
