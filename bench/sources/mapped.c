// SPDX-License-Identifier: GPL-2.0
/*
 * What the ways from different sources have in common.
 */
#include <linux/slab.h>
#include <linux/uio.h>

#include "source.h"

int bench_map_iter(struct bench *bench, struct phyr_iter iter)
{
	return dma_map_phyr_iter(bench->dev, &iter, &bench->map, bench->ranges, bench->room,
				 bench->dir, 0);
}

void bench_unmap_phyrs(struct bench *bench)
{
	dma_unmap_phyrs(bench->dev, &bench->map, bench->ranges);
}

size_t bench_kept_phyrs(const struct bench *bench)
{
	size_t ranges = 0;

	if (dma_phyrs_keep_ranges(&bench->map))
		ranges = bench->nr_ranges * sizeof(*bench->ranges);
	return sizeof(bench->map) + ranges;
}

int bench_map_pinned(struct bench *bench, struct phyr_list *list, ssize_t pinned)
{
	int ret = pinned < 0 ? (int)pinned : -EFAULT;

	if (pinned == bench->list.bytes)
		ret = bench_map_iter(bench, phyr_iter_list(list, 0, pinned));
	if (ret < 0)
		phyr_list_release(list);
	return ret;
}

void bench_unmap_pinned(struct bench *bench, struct phyr_list *list)
{
	bench_unmap_phyrs(bench);
	phyr_list_release(list);
}

int bench_map_sgt(struct bench *bench)
{
	int err = dma_map_sgtable(bench->dev, &bench->sgt, bench->dir, 0);

	if (err) {
		sg_free_table(&bench->sgt);
		return err;
	}
	return bench->sgt.nents;
}

void bench_unmap_sgt(struct bench *bench)
{
	dma_unmap_sgtable(bench->dev, &bench->sgt, bench->dir, 0);
	sg_free_table(&bench->sgt);
}

static void unpin_extracted(struct sg_table *sgt, const struct iov_iter *iov)
{
	struct scatterlist *sg;
	int i;

	if (iov_iter_extract_will_pin(iov))
		for_each_sg(sgt->sgl, sg, sgt->nents, i)
			unpin_user_page(sg_page(sg));
}

int bench_map_extracted(struct bench *bench, struct iov_iter iov)
{
	const unsigned int nr = bench->list.nr;
	struct sg_table *sgt = &bench->sgt;
	int err = -EFAULT;

	*sgt = (struct sg_table) {
		.sgl = kmalloc_array(nr, sizeof(*sgt->sgl), GFP_ATOMIC),
		.orig_nents = nr,
	};
	if (!sgt->sgl)
		return -ENOMEM;
	sg_init_table(sgt->sgl, nr);
	if (extract_iter_to_sg(&iov, bench->list.bytes, sgt, nr, 0) == bench->list.bytes)
		err = dma_map_sgtable(bench->dev, sgt, bench->dir, 0);
	if (err) {
		unpin_extracted(sgt, &iov);
		kfree(sgt->sgl);
		return err;
	}
	return sgt->nents;
}

void bench_unmap_extracted(struct bench *bench)
{
	dma_unmap_sgtable(bench->dev, &bench->sgt, bench->dir, 0);
	kfree(bench->sgt.sgl);
}

size_t bench_kept_sgt(const struct bench *bench)
{
	return sizeof(bench->sgt) + bench->sgt.orig_nents * sizeof(*bench->sgt.sgl);
}

size_t bench_bytes_of_ranges(const struct bench *bench)
{
	size_t bytes = 0;

	for (unsigned int i = 0; i < bench->nr_ranges; i++)
		bytes += bench->ranges[i].len;
	return bytes;
}

size_t bench_bytes_of_sgt(const struct bench *bench)
{
	struct scatterlist *sg;
	size_t bytes = 0;
	int i;

	for_each_sg(bench->sgt.sgl, sg, bench->sgt.nents, i)
		bytes += sg_dma_len(sg);
	return bytes;
}
