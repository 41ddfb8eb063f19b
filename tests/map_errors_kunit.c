// SPDX-License-Identifier: GPL-2.0
/*
 * What dma_map_phyrs() refuses, with which errno, and that a call which fails
 * leaves nothing behind.
 */
#include <kunit/device.h>
#include <linux/dma-phyr.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "edu.h"
#include "memory.h"

#define ENTRIES 8

/* Alternate pages of one block: as many runs as entries. */
static void fill(struct kunit *test, struct phys_vec *phyrs, size_t len)
{
	void *block = kunit_kmalloc(test, 2 * ENTRIES * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	for (int i = 0; i < ENTRIES; i++) {
		phyrs[i].paddr = virt_to_phys(block) + 2 * i * PAGE_SIZE;
		phyrs[i].len = len;
	}
}

/* A call that fails says that nothing is mapped, and unmapping that is harmless. */
static void expect_refused(struct kunit *test, int errno, struct device *dev,
			   const struct phys_vec *phyrs, unsigned int nr,
			   enum dma_data_direction dir, unsigned long attrs)
{
	struct dma_vec ranges[ENTRIES];
	struct dma_phyr_map map;

	memset(&map, 0xff, sizeof(map));
	KUNIT_EXPECT_EQ(test, errno,
			dma_map_phyrs(dev, phyrs, nr, &map, ranges, ENTRIES,
				      dir, attrs));
	KUNIT_EXPECT_EQ(test, 0, map.nr_ranges);
	KUNIT_EXPECT_FALSE(test, dma_phyrs_keep_ranges(&map));
	dma_unmap_phyrs(dev, &map, NULL);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->maps);
}

static void invalid_lists(struct kunit *test)
{
	struct device *dev = edu_dev(test);
	struct phys_vec phyrs[ENTRIES];

	fill(test, phyrs, PAGE_SIZE);
	expect_refused(test, -EINVAL, dev, phyrs, 0, DMA_TO_DEVICE, 0);
	expect_refused(test, -EINVAL, dev, NULL, 0, DMA_TO_DEVICE, 0);

	phyrs[ENTRIES - 1].len = 0;
	expect_refused(test, -EINVAL, dev, phyrs, ENTRIES, DMA_TO_DEVICE, 0);

	phyrs[ENTRIES - 1].len = SIZE_MAX;
	expect_refused(test, -EINVAL, dev, phyrs, ENTRIES, DMA_TO_DEVICE, 0);

	phyrs[ENTRIES - 1].paddr = PHYS_ADDR_MAX;
	phyrs[ENTRIES - 1].len = 2;
	expect_refused(test, -EINVAL, dev, phyrs, ENTRIES, DMA_TO_DEVICE, 0);
}

static void invalid_directions(struct kunit *test)
{
	struct phys_vec phyrs[ENTRIES];

	fill(test, phyrs, PAGE_SIZE);
	expect_refused(test, -EINVAL, edu_dev(test), phyrs, ENTRIES, DMA_NONE, 0);
	expect_refused(test, -EINVAL, edu_dev(test), phyrs, ENTRIES, 4, 0);
	expect_refused(test, -EINVAL, edu_dev(test), phyrs, ENTRIES, 256, 0);
}

static void attributes(struct kunit *test)
{
	static const unsigned long invalid[] = {
		1UL << 0, 1UL << 16, 1UL << 40, DMA_ATTR_FORCE_CONTIGUOUS,
	};
	struct phys_vec phyrs[ENTRIES];

	fill(test, phyrs, PAGE_SIZE);
	expect_refused(test, -EOPNOTSUPP, edu_dev(test), phyrs, ENTRIES,
		       DMA_TO_DEVICE, DMA_ATTR_CC_SHARED);
	for (int i = 0; i < ARRAY_SIZE(invalid); i++)
		expect_refused(test, -EINVAL, edu_dev(test), phyrs, ENTRIES,
			       DMA_TO_DEVICE, invalid[i]);
}

static void device_without_dma_mask(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "phyr_no_mask");
	struct phys_vec phyrs[ENTRIES];

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	fill(test, phyrs, PAGE_SIZE);
	dev->dma_mask = NULL;
	expect_refused(test, -EINVAL, dev, phyrs, ENTRIES, DMA_TO_DEVICE, 0);
}

static void too_little_room(struct kunit *test)
{
	struct dma_vec ranges[ENTRIES];
	struct phys_vec phyrs[ENTRIES];
	struct dma_phyr_map map;
	int nr;

	/* Less than a page each: no two of them can be one DMA range. */
	fill(test, phyrs, PAGE_SIZE - 1);
	for (int max = 0; max < ENTRIES; max++) {
		nr = dma_map_phyrs(edu_dev(test), phyrs, ENTRIES, &map,
				   max ? ranges : NULL, max, DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_EQ(test, -ENOSPC, nr);
		KUNIT_EXPECT_EQ(test, ENTRIES, map.nr_ranges);
		dma_unmap_phyrs(edu_dev(test), &map, ranges);
	}
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->maps);

	nr = dma_map_phyrs(edu_dev(test), phyrs, ENTRIES, &map, ranges,
			   ENTRIES, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, ENTRIES, nr);
	dma_unmap_phyrs(edu_dev(test), &map, ranges);
}

static void unmapped_twice(struct kunit *test)
{
	struct dma_vec ranges[ENTRIES];
	struct phys_vec phyrs[ENTRIES];
	struct dma_phyr_map map = {};

	dma_unmap_phyrs(edu_dev(test), &map, NULL);

	fill(test, phyrs, PAGE_SIZE);
	KUNIT_ASSERT_GT(test,
			dma_map_phyrs(edu_dev(test), phyrs, ENTRIES, &map,
				      ranges, ENTRIES, DMA_TO_DEVICE, 0), 0);
	dma_unmap_phyrs(edu_dev(test), &map, ranges);
	dma_unmap_phyrs(edu_dev(test), &map, ranges);
}

/* More than any IOVA space holds, from memory that is there. */
static void no_iova_space(struct kunit *test)
{
	struct edu *edu = edu_of(test);
	struct dma_vec ranges[ENTRIES];
	struct phys_vec phyrs[ENTRIES];
	struct dma_phyr_list list = {
		.phyrs = phyrs,
		.nr = ENTRIES,
		.flags = DMA_PHYR_UNCUT,
	};
	struct dma_phyr_map map;
	int nr;

	if (!edu->domain)
		kunit_skip(test, "no IOMMU, hence no IOVA space");

	fill(test, phyrs, PAGE_SIZE);
	for (int shift = 36; shift < 63; shift++) {
		phyrs[3].len = BIT(shift);
		phyrs[5].len = BIT(shift);
		nr = dma_map_phyr_list(edu_dev(test), &list, &map, ranges,
				       ENTRIES, DMA_TO_DEVICE, DMA_ATTR_NO_WARN);
		KUNIT_EXPECT_EQ(test, -ENOMEM, nr);
		KUNIT_EXPECT_EQ(test, 0, edu->mapped);
	}

	/* Room for the plan, one range, but not for a range for each run. */
	phyrs[3].len = BIT(36);
	phyrs[5].len = BIT(36);
	nr = dma_map_phyr_list(edu_dev(test), &list, &map, ranges, 1,
			       DMA_TO_DEVICE, DMA_ATTR_NO_WARN);
	KUNIT_EXPECT_EQ(test, -ENOMEM, nr);
	KUNIT_EXPECT_EQ(test, 0, edu->mapped);
}

#ifdef CONFIG_FAULT_INJECTION
/*
 * Runs that take page tables of their own, which go when they are unmapped.  For
 * an untrusted device one run that bounces has each mapped by itself.
 */
static void fill_runs(struct memory *memory, bool untrusted)
{
	for (int i = 0; i < ENTRIES; i++) {
		if (!untrusted)
			memory_add(memory, i % BLOCKS, i / BLOCKS * 512, 1,
				   SZ_1M - 1);
		else if (i < BLOCKS)
			memory_add(memory, i, 1, 0, SZ_2M);
		else
			memory_add(memory, i % BLOCKS, 600, 0, PAGE_SIZE / 2);
	}
}

/* Each allocation that a call makes below is made to fail once. */
static void every_allocation_fails(struct kunit *test, bool untrusted)
{
	struct memory *memory = memory_alloc(test);
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	unsigned int failures = 0;
	bool injected = true;

	if (!edu->domain)
		kunit_skip(test, "no IOMMU, hence no allocation");

	fill_runs(memory, untrusted);
	edu->pdev->untrusted = untrusted;
	for (unsigned int nth = 1; injected && nth < 1000; nth++) {
		int nr;

		current->fail_nth = nth;
		nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr,
				   &map, memory->ranges, memory->nr,
				   DMA_TO_DEVICE, DMA_ATTR_NO_WARN);
		injected = !current->fail_nth;
		current->fail_nth = 0;

		if (nr < 0) {
			KUNIT_EXPECT_TRUE(test, injected);
			KUNIT_EXPECT_EQ(test, -ENOMEM, nr);
			failures++;
		} else {
			KUNIT_EXPECT_EQ(test, memory->nr, nr);
			dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
		}
		KUNIT_EXPECT_EQ(test, 0, edu->mapped);
		edu->mapped = 0;
	}
	edu->pdev->untrusted = 0;
	KUNIT_EXPECT_FALSE_MSG(test, injected, "more than 1000 allocations");
	KUNIT_EXPECT_GT_MSG(test, failures, 0, "no failure reached the caller");
	kunit_info(test, "%u injected failures reached the caller", failures);
}

/* Of a list that is mapped in parts, of which there is one. */
static int map_part(struct kunit *test, const struct memory *memory,
		    struct dma_phyr_map *map)
{
	const struct dma_phyr_list list = {
		.phyrs = memory->phyrs,
		.nr = memory->nr,
	};
	struct dma_phyr_cursor cursor = {};

	return dma_map_phyrs_next(edu_dev(test), &list, &cursor, map,
				  memory->ranges, memory->nr, DMA_TO_DEVICE,
				  DMA_ATTR_NO_WARN);
}

/* Allocations that can fail while the part is mapped. */
static int count_allocations(struct kunit *test, const struct memory *memory)
{
	const int many = 1000;
	struct dma_phyr_map map;
	int nth;

	current->fail_nth = many;
	KUNIT_EXPECT_EQ(test, memory->nr, map_part(test, memory, &map));
	nth = many - current->fail_nth;
	current->fail_nth = 0;
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	return nth;
}

/*
 * When some of the part is linked.  All of it is mapped by map calls then.  What is kept
 * of IOVA space from one mapping to the next may make the next allocate less: then
 * nothing fails, and it is tried once more.
 */
static void the_last_allocation_of_a_part_fails(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct edu *edu = edu_of(test);
	bool has_failed = false;
	struct dma_phyr_map map;

	if (!edu->domain)
		kunit_skip(test, "no IOMMU, hence no allocation");

	fill_runs(memory, false);
	for (int i = 0; i < 10 && !has_failed; i++) {
		int nth = count_allocations(test, memory);

		KUNIT_ASSERT_GT(test, nth, 2);
		current->fail_nth = nth;
		KUNIT_EXPECT_EQ(test, memory->nr, map_part(test, memory, &map));
		has_failed = !current->fail_nth;
		current->fail_nth = 0;
		dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	}
	KUNIT_EXPECT_TRUE_MSG(test, has_failed, "nothing failed");
	KUNIT_EXPECT_EQ(test, 0, edu->mapped);
}
#else
static void the_last_allocation_of_a_part_fails(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}

static void every_allocation_fails(struct kunit *test, bool untrusted)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}
#endif

static void every_allocation_of_an_iova_list_fails(struct kunit *test)
{
	every_allocation_fails(test, false);
}

static void every_allocation_of_map_calls_fails(struct kunit *test)
{
	every_allocation_fails(test, true);
}

static struct kunit_case map_errors_cases[] = {
	KUNIT_CASE(invalid_lists),
	KUNIT_CASE(invalid_directions),
	KUNIT_CASE(attributes),
	KUNIT_CASE(device_without_dma_mask),
	KUNIT_CASE(too_little_room),
	KUNIT_CASE(unmapped_twice),
	KUNIT_CASE(no_iova_space),
	KUNIT_CASE(every_allocation_of_an_iova_list_fails),
	KUNIT_CASE(the_last_allocation_of_a_part_fails),
	KUNIT_CASE(every_allocation_of_map_calls_fails),
	{}
};

static struct kunit_suite map_errors_suite = {
	.name = "phyr_map_errors",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = map_errors_cases,
};

kunit_test_suite(map_errors_suite);
