// SPDX-License-Identifier: GPL-2.0
/*
 * User memory that is registered, for a device to read and write for long.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "source.h"

static struct phyr_list pinned;

/* As many as a page has room for, and the table that grows with them. */
static struct page *pages[PAGE_SIZE / sizeof(struct page *)];
static struct sg_append_table table;

static int map_phyr(struct bench *bench)
{
	phyr_list_init(&pinned, PHYR_HOLD_PIN, NULL);
	return bench_map_pinned(bench, &pinned,
				get_user_phyrs(&pinned, bench_user_start(), bench->list.bytes,
					       FOLL_WRITE | FOLL_LONGTERM, GFP_ATOMIC));
}

static void unmap_phyr(struct bench *bench)
{
	bench_unmap_pinned(bench, &pinned);
}

static size_t kept_phyr(const struct bench *bench)
{
	return bench_kept_phyrs(bench) + phyr_list_metadata(&pinned);
}

static void release_table(struct bench *bench)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(&table.sgt, sg, i)
		unpin_user_page_range_dirty_lock(sg_page(sg),
						 DIV_ROUND_UP(sg->length, PAGE_SIZE), true);
	sg_free_append_table(&table);
	atomic64_sub(bench->list.nr, &current->mm->pinned_vm);
	mmdrop(current->mm);
}

/* Adds up to as many pages as fit. */
static int pin_some(struct bench *bench, unsigned long at, unsigned int left)
{
	int nr = pin_user_pages_fast(at, min(left, ARRAY_SIZE(pages)), FOLL_WRITE | FOLL_LONGTERM,
				     pages);
	int err;

	if (nr <= 0)
		return nr ?: -EFAULT;
	err = sg_alloc_append_table_from_pages(&table, pages, nr, 0, nr * PAGE_SIZE,
					       dma_get_max_seg_size(bench->dev), left - nr,
					       GFP_ATOMIC);
	if (err)
		unpin_user_pages(pages, nr);
	return err ?: nr;
}

/* Most of what drivers/infiniband/core/umem.c does to register memory. */
static int map_table(struct bench *bench)
{
	unsigned int left = bench->list.nr;
	unsigned long at = bench_user_start();
	int ret = 0;

	mmgrab(current->mm);
	atomic64_add_return(left, &current->mm->pinned_vm);
	table = (struct sg_append_table) {};
	while (ret >= 0 && left) {
		ret = pin_some(bench, at, left);
		if (ret > 0) {
			at += ret * PAGE_SIZE;
			left -= ret;
		}
	}
	if (ret >= 0)
		ret = dma_map_sgtable(bench->dev, &table.sgt, bench->dir, 0);
	if (ret) {
		release_table(bench);
		return ret;
	}
	return table.sgt.nents;
}

static void unmap_table(struct bench *bench)
{
	dma_unmap_sgtable(bench->dev, &table.sgt, bench->dir, 0);
	release_table(bench);
}

static size_t kept_table(const struct bench *bench)
{
	return sizeof(table) + table.sgt.orig_nents * sizeof(*table.sgt.sgl);
}

static size_t bytes_of_table(const struct bench *bench)
{
	struct scatterlist *sg;
	size_t bytes = 0;
	int i;

	for_each_sgtable_dma_sg(&table.sgt, sg, i)
		bytes += sg_dma_len(sg);
	return bytes;
}

const struct bench_source bench_user_source = {
	"user", BENCH_USER_PAGES, bench_user_make, bench_user_drop,
	{
		{ { "phyr", map_phyr, unmap_phyr, kept_phyr }, bench_bytes_of_ranges },
		{ { "append_table", map_table, unmap_table, kept_table }, bytes_of_table },
	},
};
