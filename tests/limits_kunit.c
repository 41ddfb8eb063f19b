// SPDX-License-Identifier: GPL-2.0
/*
 * The limits of devices, of arrays and of lists: segments, masks, room, length.
 */
#include <linux/dma-phyr.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "edu.h"
#include "memory.h"
#include "reach.h"

static unsigned int many = 1000000;
module_param(many, uint, 0444);
MODULE_PARM_DESC(many, "entries of the longest list");

static int map_all(struct kunit *test, struct memory *memory,
		   struct dma_phyr_map *map)
{
	return dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, map,
			     memory->ranges, MAX_ENTRIES, DMA_TO_DEVICE, 0);
}

/* Scattered runs of 16 pages that begin and end inside a page. */
static void fill(struct memory *memory)
{
	for (int i = 0; i < 16; i++)
		memory_add(memory, i % BLOCKS, (16 - i) * 32, 1,
			   16 * PAGE_SIZE - 2);
}

static void expect_cut(struct kunit *test, unsigned int max_seg,
		       unsigned long boundary)
{
	struct memory *memory = memory_alloc(test);
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	int nr;

	fill(memory);
	edu->maps = 0;
	edu_set_limits(test, max_seg, boundary);
	nr = map_all(test, memory, &map);
	KUNIT_ASSERT_GT(test, nr, 0);

	expect_reached(test, memory, memory->ranges, nr);
	for (int i = 0; i < nr; i++) {
		const struct dma_vec *range = &memory->ranges[i];
		dma_addr_t last = range->addr + range->len - 1;

		KUNIT_EXPECT_LE(test, range->len, max_seg);
		KUNIT_EXPECT_EQ(test, 0, (range->addr ^ last) & ~boundary);
	}
	/* However many pieces: what was mapped are the runs. */
	if (edu->domain && boundary >= SZ_4M - 1)
		KUNIT_EXPECT_EQ(test, 16, edu->maps);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	KUNIT_EXPECT_EQ(test, 0, edu->mapped);
}

static void cut_at_the_longest_segment(struct kunit *test)
{
	expect_cut(test, SZ_64K, ULONG_MAX);
	expect_cut(test, 5000, ULONG_MAX);
	expect_cut(test, 512, ULONG_MAX);
}

static void cut_at_the_boundary(struct kunit *test)
{
	expect_cut(test, UINT_MAX, SZ_4M - 1);
	expect_cut(test, UINT_MAX, SZ_64K - 1);
	expect_cut(test, UINT_MAX, SZ_4K - 1);
	expect_cut(test, 3000, SZ_64K - 1);
}

/* As devices are that are not on the PCI bus: no boundary. */
static void boundary_not_set(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	int nr;

	/* One stretch behind an IOMMU, shorter than there is room. */
	memory_add(memory, 0, 0, PAGE_SIZE - 16, 16);
	memory_add(memory, 1, 0, 0, 16);
	edu_set_limits(test, SZ_64K, 0);
	nr = map_all(test, memory, &map);
	KUNIT_ASSERT_EQ(test, edu->domain ? 1 : 2, nr);
	expect_reached(test, memory, memory->ranges, nr);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	KUNIT_EXPECT_EQ(test, 0, edu->mapped);
}

static void uncut_on_request(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_list list = {
		.phyrs = memory->phyrs,
		.flags = DMA_PHYR_UNCUT,
	};
	struct dma_phyr_map map;
	int nr;

	if (edu_bounces(test))
		kunit_skip(test, "no bounce buffer crosses a boundary");
	fill(memory);
	list.nr = memory->nr;
	edu_set_limits(test, 512, SZ_4K - 1);
	nr = dma_map_phyr_list(edu_dev(test), &list, &map, memory->ranges,
			       MAX_ENTRIES, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, 16, nr);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);

	list.flags = BIT(31);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phyr_list(edu_dev(test), &list, &map,
					  memory->ranges, MAX_ENTRIES,
					  DMA_TO_DEVICE, 0));
}

/*
 * Addresses of 12 GiB in all.  Nothing needs to be there: nothing is transferred.
 */
static void longer_than_32_bits_can_tell(struct kunit *test)
{
	struct phys_vec phyrs[2] = {
		{ .paddr = 64ULL * SZ_1G, .len = 5ULL * SZ_1G },
		{ .paddr = 128ULL * SZ_1G, .len = 7ULL * SZ_1G },
	};
	struct dma_phyr_list list = {
		.phyrs = phyrs,
		.nr = ARRAY_SIZE(phyrs),
		.flags = DMA_PHYR_UNCUT,
	};
	struct device *dev = edu_dev(test);
	bool translated = edu_of(test)->domain;
	u64 mask = *dev->dma_mask, total = 0;
	struct dma_vec ranges[8];
	struct dma_phyr_map map;
	int nr;

	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(dev, DMA_BIT_MASK(64)));
	nr = dma_map_phyr_list(dev, &list, &map, ranges, ARRAY_SIZE(ranges),
			       DMA_TO_DEVICE, DMA_ATTR_MMIO);
	if (nr == -EOPNOTSUPP) {
		dma_set_mask(dev, mask);
		kunit_skip(test, "the device bounces all of its DMA");
	}
	KUNIT_EXPECT_EQ(test, translated ? 1 : 2, nr);
	KUNIT_EXPECT_EQ(test, (translated ? 12ULL : 5ULL) * SZ_1G, ranges[0].len);
	dma_unmap_phyrs(dev, &map, ranges);

	list.flags |= DMA_PHYR_LEN32;
	nr = dma_map_phyr_list(dev, &list, &map, ranges, ARRAY_SIZE(ranges),
			       DMA_TO_DEVICE, DMA_ATTR_MMIO);
	KUNIT_EXPECT_EQ(test, translated ? 6 : 7, nr);
	for (int i = 0; i < nr; i++) {
		KUNIT_EXPECT_LE(test, ranges[i].len, 2ULL * SZ_1G);
		total += ranges[i].len;
	}
	KUNIT_EXPECT_EQ(test, 12ULL * SZ_1G, total);
	if (nr > 0)
		KUNIT_EXPECT_EQ(test, phyrs[1].paddr + phyrs[1].len - 1,
				edu_reaches(test, ranges[nr - 1].addr +
						  ranges[nr - 1].len - 1));
	dma_unmap_phyrs(dev, &map, ranges);
	dma_set_mask(dev, mask);
}

/* Pieces of half a page, in an order in which none joins another. */
static void many_entries(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct device *dev = edu_dev(test);
	struct phys_vec *phyrs;
	struct dma_vec *ranges;
	struct dma_phyr_map map;
	size_t total = 0;
	u64 mask = *dev->dma_mask;
	int nr = -ENOMEM;

	if (edu_bounces(test))
		kunit_skip(test, "more than there are bounce buffers");
	phyrs = vmalloc_array(many, sizeof(*phyrs));
	ranges = vmalloc_array(many, sizeof(*ranges));
	if (!phyrs || !ranges)
		goto free;
	for (int i = 0; i < many; i++) {
		memory->nr = 0;
		memory_add(memory, i % BLOCKS, i % BLOCK_PAGES, 512, SZ_2K);
		phyrs[i] = memory->phyrs[0];
	}
	dma_set_mask(dev, DMA_BIT_MASK(64));
	nr = dma_map_phyrs(dev, phyrs, many, &map, ranges, many, DMA_TO_DEVICE,
			   0);
	for (int i = 0; i < nr; i++)
		total += ranges[i].len;
	for (int i = 0; i < nr; i += 997)
		KUNIT_EXPECT_EQ(test, phyrs[i].paddr,
				edu_reaches(test, ranges[i].addr));
	dma_unmap_phyrs(dev, &map, ranges);
	dma_set_mask(dev, mask);
free:
	vfree(ranges);
	vfree(phyrs);
	KUNIT_EXPECT_EQ(test, many, nr);
	KUNIT_EXPECT_EQ(test, (size_t)many * SZ_2K, total);
}

/* A list through an array of @room entries, part by part. */
static void expect_parts(struct kunit *test, struct memory *memory,
			 unsigned int room)
{
	struct dma_phyr_list list = { .phyrs = memory->phyrs, .nr = memory->nr };
	struct device *dev = edu_dev(test);
	struct dma_phyr_cursor cursor = {};
	unsigned int parts = 0, nr_ranges = 0;
	struct dma_phyr_map *maps;
	struct dma_vec *arrays;
	int nr;

	maps = kunit_kcalloc(test, MAX_ENTRIES, sizeof(*maps), GFP_KERNEL);
	arrays = kunit_kcalloc(test, MAX_ENTRIES, sizeof(*arrays), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, maps);
	KUNIT_ASSERT_NOT_NULL(test, arrays);

	while ((parts + 1) * room <= MAX_ENTRIES) {
		struct dma_vec *array = &arrays[parts * room];

		nr = dma_map_phyrs_next(dev, &list, &cursor, &maps[parts],
					array, room, DMA_TO_DEVICE, 0);
		if (nr <= 0)
			break;
		memcpy(&memory->ranges[nr_ranges], array, nr * sizeof(*array));
		nr_ranges += nr;
		parts++;
	}
	KUNIT_EXPECT_EQ(test, 0, nr);
	KUNIT_EXPECT_EQ(test, memory->nr, cursor.entry);
	expect_reached(test, memory, memory->ranges, nr_ranges);
	while (parts--)
		dma_unmap_phyrs(dev, &maps[parts], &arrays[parts * room]);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

static void part_by_part(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	fill(memory);
	for (unsigned int room = 2; room < 20; room++)
		expect_parts(test, memory, room);
	edu_set_limits(test, 5000, SZ_64K - 1);
	for (unsigned int room = 2; room < 20; room += 3)
		expect_parts(test, memory, room);
}

static void a_part_that_fails_is_not_passed_over(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_cursor cursor = { .entry = 1, .offset = 7 };
	struct dma_phyr_list list = { .phyrs = memory->phyrs };
	struct dma_phyr_map map;

	fill(memory);
	list.nr = memory->nr;
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			dma_map_phyrs_next(edu_dev(test), &list, &cursor, &map,
					   NULL, 0, DMA_TO_DEVICE, 0));
	KUNIT_EXPECT_EQ(test, 1, cursor.entry);
	KUNIT_EXPECT_EQ(test, 7, cursor.offset);

	cursor.entry = list.nr + 1;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phyrs_next(edu_dev(test), &list, &cursor, &map,
					   memory->ranges, MAX_ENTRIES,
					   DMA_TO_DEVICE, 0));
}

static void ranges_that_are_held_already(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct dma_vec found;
	struct dma_phyr_map map;
	u64 *ends, total;

	ends = kunit_kcalloc(test, MAX_ENTRIES, sizeof(*ends), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ends);
	for (int i = 0; i < 1000; i++)
		memory->ranges[i] = (struct dma_vec) {
			.addr = 0x1000ULL * (1000 - i),
			.len = i + 1,
		};

	dma_phyrs_premapped(&map, 1000);
	KUNIT_EXPECT_FALSE(test, dma_phyrs_keep_ranges(&map));
	dma_sync_phyrs_for_cpu(edu_dev(test), &map, NULL, 0, 100);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->maps);

	KUNIT_ASSERT_EQ(test, 0,
			dma_phyrs_index(memory->ranges, 1000, ends, &total));
	KUNIT_EXPECT_EQ(test, 500500, total);
	for (u64 offset = 0, i = 0; offset < total; offset += ++i) {
		KUNIT_EXPECT_EQ(test, i,
				dma_phyrs_find(memory->ranges, ends, 1000,
					       offset + i / 2, &found));
		KUNIT_EXPECT_EQ(test, memory->ranges[i].addr + i / 2, found.addr);
		KUNIT_EXPECT_EQ(test, i + 1 - i / 2, found.len);
	}
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_phyrs_find(memory->ranges, ends, 1000, total,
				       &found));
}

static struct kunit_case limits_cases[] = {
	KUNIT_CASE(cut_at_the_longest_segment),
	KUNIT_CASE(cut_at_the_boundary),
	KUNIT_CASE(boundary_not_set),
	KUNIT_CASE(uncut_on_request),
	KUNIT_CASE(longer_than_32_bits_can_tell),
	KUNIT_CASE_SLOW(many_entries),
	KUNIT_CASE(part_by_part),
	KUNIT_CASE(a_part_that_fails_is_not_passed_over),
	KUNIT_CASE(ranges_that_are_held_already),
	{}
};

static struct kunit_suite limits_suite = {
	.name = "phyr_limits",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = limits_cases,
};

kunit_test_suite(limits_suite);
