// SPDX-License-Identifier: GPL-2.0
/*
 * An iov_iter of bio_vecs, as a file system is given it.
 */
#include <linux/bvec.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "source.h"

static struct bio_vec *bvecs;
static struct iov_iter iov;

static void drop(void)
{
	kvfree(bvecs);
}

static int make(struct bench *bench)
{
	const struct bench_list *list = &bench->list;

	bvecs = kvcalloc(list->nr, sizeof(*bvecs), GFP_KERNEL);
	if (!bvecs)
		return -ENOMEM;
	for (unsigned int i = 0; i < list->nr; i++)
		bvec_set_page(&bvecs[i], phys_to_page(list->phyrs[i].paddr), PAGE_SIZE, 0);
	iov_iter_bvec(&iov, ITER_SOURCE, bvecs, list->nr, list->bytes);
	return 0;
}

static int map_phyr(struct bench *bench)
{
	return bench_map_iter(bench, phyr_iter_iov(&iov));
}

static int map_sg(struct bench *bench)
{
	return bench_map_extracted(bench, iov);
}

const struct bench_source bench_bvec_source = {
	"iov_iter", 256, make, drop,
	{
		{ { "phyr", map_phyr, bench_unmap_phyrs, bench_kept_phyrs },
		  bench_bytes_of_ranges },
		{ { "extract_iter_to_sg", map_sg, bench_unmap_extracted, bench_kept_sgt },
		  bench_bytes_of_sgt },
	},
};
