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
	const size_t len = bench->list.bytes;

	phyr_list_init(&pinned, PHYR_HOLD_PIN, NULL);
	if (get_user_phyrs(&pinned, bench_user_start(), len, FOLL_WRITE | FOLL_LONGTERM,
			   GFP_ATOMIC) != len) {
		phyr_list_release(&pinned);
		return -EFAULT;
	}
	return bench_map_iter(bench, phyr_iter_list(&pinned, 0, len));
}

static void unmap_phyr(struct bench *bench)
{
	bench_unmap_phyrs(bench);
	phyr_list_release(&pinned);
}

static size_t kept_phyr(const struct bench *bench)
{
	/* The list is short: it has one page. */
	return bench_kept_phyrs(bench) + sizeof(pinned) + PAGE_SIZE;
}

/* As drivers/infiniband/core/umem.c registers memory. */
static int map_umem(struct bench *bench)
{
	unsigned int left = bench->list.nr;
	unsigned long at = bench_user_start();
	int err = 0;

	mmgrab(current->mm);
	atomic64_add_return(left, &current->mm->pinned_vm);
	table = (struct sg_append_table) {};
	while (!err && left) {
		int nr = pin_user_pages_fast(at, min(left, ARRAY_SIZE(pages)),
					     FOLL_WRITE | FOLL_LONGTERM, pages);

		if (nr <= 0)
			return nr ?: -EFAULT;
		at += nr * PAGE_SIZE;
		left -= nr;
		err = sg_alloc_append_table_from_pages(&table, pages, nr, 0, nr * PAGE_SIZE,
						       dma_get_max_seg_size(bench->dev), left,
						       GFP_ATOMIC);
	}
	if (!err)
		err = dma_map_sgtable(bench->dev, &table.sgt, bench->dir, 0);
	return err ?: table.sgt.nents;
}

static void unmap_umem(struct bench *bench)
{
	struct scatterlist *sg;
	int i;

	dma_unmap_sgtable(bench->dev, &table.sgt, bench->dir, 0);
	for_each_sgtable_sg(&table.sgt, sg, i)
		unpin_user_page_range_dirty_lock(sg_page(sg),
						 DIV_ROUND_UP(sg->length, PAGE_SIZE), true);
	sg_free_append_table(&table);
	atomic64_sub(bench->list.nr, &current->mm->pinned_vm);
	mmdrop(current->mm);
}

static size_t kept_umem(const struct bench *bench)
{
	return sizeof(table) + table.sgt.orig_nents * sizeof(*table.sgt.sgl);
}

static size_t bytes_of_umem(const struct bench *bench)
{
	struct scatterlist *sg;
	size_t bytes = 0;
	int i;

	for_each_sgtable_dma_sg(&table.sgt, sg, i)
		bytes += sg_dma_len(sg);
	return bytes;
}

const struct bench_source bench_user_source = {
	"user", 4096, bench_user_make, bench_user_drop,
	{
		{ { "phyr", map_phyr, unmap_phyr, kept_phyr }, bench_bytes_of_ranges },
		{ { "ib_umem_get", map_umem, unmap_umem, kept_umem }, bytes_of_umem },
	},
};
