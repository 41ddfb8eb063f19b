// SPDX-License-Identifier: GPL-2.0
/*
 * dma_map_phyrs() against dma_map_sgtable(): random lists are mapped by both, and
 * a device must see the same memory through either.
 *
 * A failure names a seed and a list.  That list alone is seed=SEED first=LIST
 * lists=1, parameters of the module.
 */
#include <linux/dma-phyr.h>
#include <linux/moduleparam.h>
#include <linux/scatterlist.h>

#include "calls.h"
#include "edu.h"
#include "random_list.h"
#include "seen.h"

static unsigned long long seed = 7212;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of the random lists");

static unsigned int first;
module_param(first, uint, 0444);
MODULE_PARM_DESC(first, "number of the first random list");

static unsigned int lists = 10000;
module_param(lists, uint, 0444);
MODULE_PARM_DESC(lists, "how many random lists");

/* What a list took, or all of them together. */
struct cost {
	u64 ranges;
	u64 links;
	u64 iovas;
	u64 syncs;
};

/**
 * struct totals - of the lists so far
 * @lists: how many
 * @entries: in the lists
 * @bytes: of the lists
 * @bounced: of which the device saw the first byte in a bounce buffer
 * @phyrs: what dma_map_phyrs() took
 * @sgt: what dma_map_sgtable() took
 */
struct totals {
	unsigned int lists;
	u64 entries;
	u64 bytes;
	unsigned int bounced;
	struct cost phyrs;
	struct cost sgt;
};

/**
 * struct trial - one list, to be mapped in several ways
 * @test: whose device it is mapped for
 * @way: how it is being mapped
 * @memory: the list, and the DMA ranges that it becomes
 * @most: bytes that dma_map_sgtable() can map as one
 * @seen: what is in the memory
 * @calls: what the IOMMU is asked for
 * @list: how to map it
 * @bounced: its first byte was reached in a bounce buffer
 * @map: the mapping, by dma_map_phyrs()
 * @sgt: the same list, for dma_map_sgtable()
 */
struct trial {
	struct kunit *test;
	const struct way *way;
	struct memory *memory;
	size_t most;
	struct seen *seen;
	struct calls *calls;
	struct random_list list;
	bool bounced;
	struct dma_phyr_map map;
	struct sg_table sgt;
};

/* A way to map a list.  @map returns how many DMA ranges there are, or an errno. */
struct way {
	const char *name;
	int (*map)(struct trial *trial);
	void (*unmap)(struct trial *trial);
};

static int map_phyrs(struct trial *trial)
{
	struct memory *memory = trial->memory;

	return dma_map_phyrs(edu_dev(trial->test), memory->phyrs, memory->nr,
			     &trial->map, memory->ranges, MAX_ENTRIES,
			     trial->list.dir, 0);
}

static void unmap_phyrs(struct trial *trial)
{
	bool keep = dma_phyrs_keep_ranges(&trial->map);

	dma_unmap_phyrs(edu_dev(trial->test), &trial->map,
			keep ? trial->memory->ranges : NULL);
}

/*
 * dma_map_sgtable() leaves entries whole, so they are made of pieces that fit the
 * device, as sg_alloc_table_from_pages_segment() and the block layer do it.
 */
static void fill_sgt(struct trial *trial)
{
	struct memory *memory = trial->memory;
	struct scatterlist *sgl = trial->sgt.sgl;
	unsigned int nr = 0;

	for (int i = 0; i < memory->nr; i++) {
		phys_addr_t paddr = memory->phyrs[i].paddr;
		size_t left = memory->phyrs[i].len;

		while (left) {
			size_t len = min(trial->most,
					 random_list_piece(&trial->list, paddr,
							   left));

			KUNIT_ASSERT_LT(trial->test, nr, MAX_ENTRIES);
			sgl[nr] = (struct scatterlist) {};
			sg_set_page(&sgl[nr++], phys_to_page(paddr), len,
				    offset_in_page(paddr));
			paddr += len;
			left -= len;
		}
	}
	sg_mark_end(&sgl[nr - 1]);
	trial->sgt.orig_nents = nr;
}

static int map_sgt(struct trial *trial)
{
	struct scatterlist *sg;
	int err, i;

	fill_sgt(trial);
	err = dma_map_sgtable(edu_dev(trial->test), &trial->sgt,
			      trial->list.dir, 0);
	if (err)
		return err;
	for_each_sgtable_dma_sg(&trial->sgt, sg, i)
		trial->memory->ranges[i] = (struct dma_vec) {
			.addr = sg_dma_address(sg),
			.len = sg_dma_len(sg),
		};
	return trial->sgt.nents;
}

static void unmap_sgt(struct trial *trial)
{
	dma_unmap_sgtable(edu_dev(trial->test), &trial->sgt, trial->list.dir,
			  0);
}

static const struct way by_phyrs = { "dma_map_phyrs()", map_phyrs, unmap_phyrs };
static const struct way by_sgt = { "dma_map_sgtable()", map_sgt, unmap_sgt };

static bool fits_the_device(struct trial *trial, int nr)
{
	unsigned long boundary = trial->list.seg_boundary;

	for (int i = 0; i < nr; i++) {
		const struct dma_vec *range = &trial->memory->ranges[i];

		if (range->len > trial->list.max_seg_size ||
		    range->len - 1 > boundary - (range->addr & boundary))
			return false;
	}
	return true;
}

/* What is wrong with the list while it is mapped, or %NULL. */
static const char *wrong_mapped(struct trial *trial, int nr)
{
	const struct dma_vec *ranges = trial->memory->ranges;

	if (edu_of(trial->test)->domain && trial->calls->counted) {
		if (!trial->calls->iovas)
			return "no IOVA is allocated";
		if (!trial->calls->syncs)
			return "the IOTLB is not synced";
	}
	trial->bounced = edu_reaches(trial->test, ranges->addr) !=
			 trial->memory->phyrs->paddr;
	if (!fits_the_device(trial, nr))
		return "a DMA range is over the device's limits";
	if (trial->list.dir != DMA_FROM_DEVICE &&
	    !seen_reads_list(trial->seen, ranges, nr))
		return "the device does not see the list";
	if (trial->list.dir != DMA_TO_DEVICE &&
	    !seen_writes_list(trial->seen, ranges, nr))
		return "the device cannot write the list";
	return NULL;
}

/* The same afterwards. */
static const char *wrong_unmapped(struct trial *trial)
{
	if (edu_of(trial->test)->mapped)
		return "something is still mapped";
	if (!seen_is_as_expected(trial->seen))
		return "the memory is not what was in it or was written to it";
	return NULL;
}

/* Maps the list, uses and unmaps it.  %NULL, or what was wrong. */
static const char *wrong_by(struct trial *trial, const struct way *way,
			    struct cost *cost)
{
	struct edu *edu = edu_of(trial->test);
	const char *wrong;
	int nr;

	trial->way = way;
	edu->maps = 0;
	calls_reset(trial->calls);
	nr = way->map(trial);
	if (nr <= 0)
		return "it cannot be mapped";
	wrong = wrong_mapped(trial, nr);
	way->unmap(trial);

	*cost = (struct cost) {
		.ranges = nr,
		.links = edu->maps,
		.iovas = trial->calls->iovas,
		.syncs = trial->calls->syncs,
	};
	return wrong ?: wrong_unmapped(trial);
}

static void add_cost(struct cost *sum, const struct cost *cost)
{
	sum->ranges += cost->ranges;
	sum->links += cost->links;
	sum->iovas += cost->iovas;
	sum->syncs += cost->syncs;
}

/* Maps the list both ways.  %NULL, or what was wrong. */
static const char *wrong_with(struct trial *trial, struct totals *totals)
{
	struct cost phyrs, sgt;
	const char *wrong;

	totals->lists++;
	totals->entries += trial->memory->nr;
	totals->bytes += trial->list.bytes;

	wrong = wrong_by(trial, &by_phyrs, &phyrs) ?:
		wrong_by(trial, &by_sgt, &sgt);
	if (wrong)
		return wrong;
	add_cost(&totals->phyrs, &phyrs);
	add_cost(&totals->sgt, &sgt);
	totals->bounced += trial->bounced;

	trial->way = &by_phyrs;
	if (phyrs.iovas > sgt.iovas)
		return "it takes more IOVA allocations";
	if (phyrs.syncs > sgt.syncs)
		return "it takes more IOTLB syncs";
	if (phyrs.ranges > sgt.ranges)
		return "it takes more DMA ranges";
	return NULL;
}

static void print_cost(struct kunit *test, const struct way *way,
		       const struct cost *sum)
{
	kunit_info(test, "%s: %llu DMA ranges, %llu IOVA allocations, %llu links, %llu IOTLB syncs",
		   way->name, sum->ranges, sum->iovas, sum->links, sum->syncs);
}

static void print_totals(struct kunit *test, const struct totals *totals)
{
	kunit_info(test, "%u lists, %llu entries, %llu bytes, %u bounced",
		   totals->lists, totals->entries, totals->bytes,
		   totals->bounced);
	print_cost(test, &by_phyrs, &totals->phyrs);
	print_cost(test, &by_sgt, &totals->sgt);
}

static struct trial *trial_alloc(struct kunit *test)
{
	struct trial *trial = kunit_kzalloc(test, sizeof(*trial), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, trial);
	trial->test = test;
	trial->memory = memory_alloc_anywhere(test);
	trial->most = dma_max_mapping_size(edu_dev(test));
	trial->seen = seen_alloc(test, trial->memory);
	trial->calls = calls_count(test);
	trial->sgt.sgl = kunit_kcalloc(test, MAX_ENTRIES,
				       sizeof(*trial->sgt.sgl), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, trial->sgt.sgl);
	return trial;
}

static void random_lists(struct kunit *test)
{
	struct trial *trial = trial_alloc(test);
	struct totals totals = {};
	const char *wrong = NULL;

	for (unsigned int i = first; !wrong && i - first < lists; i++) {
		trial->list = random_list(trial->memory, (seed << 32) + i);
		edu_set_limits(test, trial->list.max_seg_size,
			       trial->list.seg_boundary);
		wrong = wrong_with(trial, &totals);
		if (wrong)
			KUNIT_FAIL(test, "seed=%llu first=%u: %s: %s", seed, i,
				   trial->way->name, wrong);
		cond_resched();
	}
	print_totals(test, &totals);
}

static struct kunit_case differential_cases[] = {
	KUNIT_CASE_SLOW(random_lists),
	{}
};

static struct kunit_suite differential_suite = {
	.name = "phyr_differential",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = differential_cases,
};

kunit_test_suite(differential_suite);
