// SPDX-License-Identifier: GPL-2.0
/*
 * A disk that takes requests without ending them.
 */
#include "disk.h"

static blk_status_t take_request(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct disk *disk = hctx->queue->queuedata;

	blk_mq_start_request(bd->rq);
	if (disk->use)
		disk->use(bd->rq, disk->data);
	disk->held[disk->nr++] = bd->rq;
	complete(&disk->given);
	return BLK_STS_OK;
}

static const struct blk_mq_ops disk_mq_ops = {
	.queue_rq = take_request,
};

static const struct block_device_operations disk_ops = {
	.owner = THIS_MODULE,
};

void disk_end_requests(struct disk *disk)
{
	while (disk->nr)
		blk_mq_end_request(disk->held[--disk->nr], BLK_STS_OK);
	reinit_completion(&disk->given);
}

static void disk_free(void *data)
{
	struct disk *disk = data;

	disk_end_requests(disk);
	if (disk->gendisk)
		put_disk(disk->gendisk);
	blk_mq_free_tag_set(&disk->tags);
}

struct disk *disk_alloc(struct kunit *test, struct queue_limits *limits)
{
	struct disk *disk = kunit_kzalloc(test, sizeof(*disk), GFP_KERNEL);
	struct gendisk *gendisk;

	KUNIT_ASSERT_NOT_NULL(test, disk);
	init_completion(&disk->given);
	disk->tags.ops = &disk_mq_ops;
	disk->tags.nr_hw_queues = 1;
	disk->tags.queue_depth = DISK_DEPTH;
	disk->tags.numa_node = NUMA_NO_NODE;
	KUNIT_ASSERT_EQ(test, 0, blk_mq_alloc_tag_set(&disk->tags));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, disk_free, disk));

	gendisk = blk_mq_alloc_disk(&disk->tags, limits, disk);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, gendisk);
	gendisk->fops = &disk_ops;
	set_capacity(gendisk, BIT(30));
	disk->gendisk = gendisk;
	return disk;
}

static void disk_del(void *data)
{
	struct disk *disk = data;

	/* A test may have it gone. */
	if (disk_live(disk->gendisk))
		del_gendisk(disk->gendisk);
}

void disk_add(struct kunit *test, struct disk *disk, struct device *parent, const char *name)
{
	struct gendisk *gendisk = disk->gendisk;

	/* Nobody ends the requests that would look for partitions. */
	gendisk->flags |= GENHD_FL_NO_PART;
	strscpy(gendisk->disk_name, name);
	KUNIT_ASSERT_EQ(test, 0, device_add_disk(parent, gendisk, NULL));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, disk_del, disk));
}

struct bio *disk_bio(struct kunit *test, struct disk *disk, blk_opf_t opf, sector_t sector,
		     unsigned short nr_vecs)
{
	struct bio *bio = bio_alloc(disk->gendisk->part0, nr_vecs, opf, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bio);
	bio->bi_iter.bi_sector = sector;
	bio->bi_end_io = bio_put;
	return bio;
}

struct request *disk_request(struct kunit *test, struct disk *disk)
{
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&disk->given, 10 * HZ), 0);
	return disk->held[disk->nr - 1];
}
