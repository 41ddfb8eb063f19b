// SPDX-License-Identifier: GPL-2.0
/*
 * An iov_iter of user memory, as direct I/O is given it.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "source.h"

static struct phyr_list pinned;

static struct iov_iter user_iov(const struct bench *bench)
{
	struct iov_iter iov;

	iov_iter_ubuf(&iov, ITER_DEST, (void __user *)bench_user_start(), bench->list.bytes);
	return iov;
}

static int map_phyr(struct bench *bench)
{
	struct iov_iter iov = user_iov(bench);

	phyr_list_init(&pinned, PHYR_HOLD_PIN, NULL);
	return bench_map_pinned(bench, &pinned,
				iov_iter_get_phyrs(&pinned, &iov, SIZE_MAX, 0, GFP_ATOMIC));
}

static void unmap_phyr(struct bench *bench)
{
	bench_unmap_pinned(bench, &pinned);
}

static size_t kept_phyr(const struct bench *bench)
{
	return bench_kept_phyrs(bench) + phyr_list_metadata(&pinned);
}

static int map_sg(struct bench *bench)
{
	return bench_map_extracted(bench, user_iov(bench));
}

static void unmap_sg(struct bench *bench)
{
	struct scatterlist *sg;
	int i;

	dma_unmap_sgtable(bench->dev, &bench->sgt, bench->dir, 0);
	for_each_sgtable_sg(&bench->sgt, sg, i)
		unpin_user_page_range_dirty_lock(sg_page(sg), 1, true);
	kfree(bench->sgt.sgl);
}

const struct bench_source bench_ubuf_source = {
	"user_iov_iter", 256, bench_user_make, bench_user_drop,
	{
		{ { "phyr", map_phyr, unmap_phyr, kept_phyr }, bench_bytes_of_ranges },
		{ { "extract_iter_to_sg", map_sg, unmap_sg, bench_kept_sgt },
		  bench_bytes_of_sgt },
	},
};
