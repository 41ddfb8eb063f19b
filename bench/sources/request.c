// SPDX-License-Identifier: GPL-2.0
/*
 * A block request, as a driver is given it.
 */
#include <linux/blk-mq.h>
#include <linux/blk-mq-dma.h>

#include "source.h"

static struct blk_mq_tag_set tags;
static struct gendisk *disk;
static struct request *rq;
static struct bio *bio;

/* Of blk_rq_dma_map_iter_start(): how the request was mapped. */
static struct {
	struct dma_iova_state iova;
	enum pci_p2pdma_map_type type;
} by_iter;

/* No request is submitted. */
static blk_status_t refuse(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	return BLK_STS_IOERR;
}

static const struct blk_mq_ops ops = {
	.queue_rq = refuse,
};

static int make_disk(struct bench *bench)
{
	struct queue_limits limits = {
		.max_segments = USHRT_MAX,
		.max_segment_size = UINT_MAX,
		.max_hw_sectors = UINT_MAX,
		.virt_boundary_mask = dma_get_merge_boundary(bench->dev),
	};
	int err;

	tags = (struct blk_mq_tag_set) {
		.ops = &ops,
		.nr_hw_queues = 1,
		.queue_depth = 1,
		.numa_node = NUMA_NO_NODE,
	};
	err = blk_mq_alloc_tag_set(&tags);
	if (err)
		return err;
	disk = blk_mq_alloc_disk(&tags, &limits, NULL);
	if (IS_ERR(disk)) {
		err = PTR_ERR(disk);
		blk_mq_free_tag_set(&tags);
	}
	return err;
}

static void drop_disk(void)
{
	put_disk(disk);
	blk_mq_free_tag_set(&tags);
}

static void drop(void)
{
	blk_mq_free_request(rq);
	bio_put(bio);
	drop_disk();
}

static int make(struct bench *bench)
{
	const struct bench_list *list = &bench->list;
	int err = make_disk(bench);

	if (err)
		return err;
	rq = blk_mq_alloc_request(disk->queue, REQ_OP_DRV_OUT, 0);
	if (IS_ERR(rq)) {
		drop_disk();
		return PTR_ERR(rq);
	}
	bio = bio_alloc(NULL, list->nr, REQ_OP_DRV_OUT, GFP_KERNEL);
	for (unsigned int i = 0; !err && i < list->nr; i++)
		if (!bio_add_page(bio, phys_to_page(list->phyrs[i].paddr), PAGE_SIZE, 0))
			err = -EINVAL;
	if (!err)
		err = blk_rq_append_bio(rq, bio);
	if (err)
		drop();
	return err;
}

static int map_phyr(struct bench *bench)
{
	return bench_map_iter(bench, phyr_iter_rq(rq));
}

static int map_sg(struct bench *bench)
{
	unsigned int room = blk_rq_nr_phys_segments(rq);
	int err = sg_alloc_table(&bench->sgt, room, GFP_ATOMIC);

	if (err)
		return err;
	blk_rq_map_sg(rq, bench->sgt.sgl);
	return bench_map_sgt(bench);
}

static void unmap_ranges(struct bench *bench, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		dma_unmap_phys(bench->dev, bench->ranges[i].addr, bench->ranges[i].len, bench->dir,
			       0);
}

static void unmap_iter(struct bench *bench)
{
	if (!blk_rq_dma_unmap(rq, bench->dev, &by_iter.iova, bench->list.bytes, by_iter.type))
		unmap_ranges(bench, bench->nr_ranges);
}

static int map_iter(struct bench *bench)
{
	struct blk_dma_iter iter;
	int nr = 0;

	if (!blk_rq_dma_map_iter_start(rq, bench->dev, &by_iter.iova, &iter))
		return -EIO;
	do {
		bench->ranges[nr].addr = iter.addr;
		bench->ranges[nr++].len = iter.len;
	} while (blk_rq_dma_map_iter_next(rq, bench->dev, &iter));
	by_iter.type = iter.p2pdma.map;
	if (iter.status == BLK_STS_OK)
		return nr;
	/* An allocation has been given back by now. */
	if (!dma_use_iova(&by_iter.iova))
		unmap_ranges(bench, nr);
	return -EIO;
}

static size_t kept_iter(const struct bench *bench)
{
	return sizeof(by_iter) + (dma_use_iova(&by_iter.iova) ? 0 : bench_kept_ranges(bench));
}

const struct bench_source bench_request_source = {
	"request", BIO_MAX_VECS, make, drop,
	{
		{ { "phyr", map_phyr, bench_unmap_phyrs, bench_kept_phyrs },
		  bench_bytes_of_ranges },
		{ { "blk_rq_map_sg", map_sg, bench_unmap_sgt, bench_kept_sgt },
		  bench_bytes_of_sgt },
		{ { "blk_rq_dma_map_iter", map_iter, unmap_iter, kept_iter },
		  bench_bytes_of_ranges },
	},
};
