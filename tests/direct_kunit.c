// SPDX-License-Identifier: GPL-2.0
/*
 * Lists for a device without IOMMU that reaches all of their memory: every run is
 * one DMA range, and its address is the physical one.  It takes no hardware.
 */
#include <linux/dma-phyr.h>
#include <linux/swiotlb.h>

#include "device.h"
#include "memory.h"

static int direct_init(struct kunit *test)
{
	struct device *dev = device_without_iommu(test);

	if (is_swiotlb_force_bounce(dev))
		kunit_skip(test, "swiotlb=force: see the suite phyr_bounce");
	test->priv = dev;
	return 0;
}

/* Maps the list, which must become these DMA ranges, and unmaps it. */
static void expect_ranges(struct kunit *test, struct memory *memory,
			  const struct phys_vec *wanted, unsigned int nr_wanted)
{
	static const enum dma_data_direction dirs[] = {
		DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE,
	};
	struct device *dev = test->priv;
	struct dma_phyr_map map;

	for (int i = 0; i < ARRAY_SIZE(dirs); i++) {
		KUNIT_ASSERT_EQ(test, nr_wanted,
				dma_map_phyrs(dev, memory->phyrs, memory->nr,
					      &map, memory->ranges, memory->nr,
					      dirs[i], 0));
		KUNIT_EXPECT_EQ(test, nr_wanted, map.nr_ranges);
		for (int j = 0; j < nr_wanted; j++) {
			KUNIT_EXPECT_EQ(test, wanted[j].paddr,
					memory->ranges[j].addr);
			KUNIT_EXPECT_EQ(test, wanted[j].len,
					memory->ranges[j].len);
		}
		dma_unmap_phyrs(dev, &map, memory->ranges);
	}
}

static void pages(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	for (int i = 0; i < 16; i++)
		memory_add(memory, i % BLOCKS, 64 - 2 * i, 0, PAGE_SIZE);
	expect_ranges(test, memory, memory->phyrs, memory->nr);
}

static void pieces(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	memory_add(memory, 0, 0, 0, 1);
	memory_add(memory, 0, 0, PAGE_SIZE - 1, 2);
	memory_add(memory, 1, 7, 12, PAGE_SIZE + 34);
	memory_add(memory, 1, 7, 12, PAGE_SIZE + 34);
	memory_add(memory, 0, 3, 100, 200);
	expect_ranges(test, memory, memory->phyrs, memory->nr);
}

static void neighbours(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct phys_vec whole;

	memory_add(memory, 0, 0, 8, PAGE_SIZE - 8);
	memory_add(memory, 0, 1, 0, 2 * PAGE_SIZE);
	memory_add(memory, 0, 3, 0, 5);
	memory_add(memory, 0, 3, 5, 6);

	whole.paddr = memory->phyrs[0].paddr;
	whole.len = 3 * PAGE_SIZE - 8 + 5 + 6;
	expect_ranges(test, memory, &whole, 1);
}

static void too_little_room(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct device *dev = test->priv;
	struct dma_phyr_map map;

	for (int i = 0; i < 4; i++)
		memory_add(memory, i, 0, 0, PAGE_SIZE);
	for (int max = 0; max < 4; max++) {
		KUNIT_EXPECT_EQ(test, -ENOSPC,
				dma_map_phyrs(dev, memory->phyrs, memory->nr,
					      &map, memory->ranges, max,
					      DMA_TO_DEVICE, 0));
		KUNIT_EXPECT_EQ(test, 4, map.nr_ranges);
		dma_unmap_phyrs(dev, &map, memory->ranges);
	}
}

static void invalid(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct device *dev = test->priv;
	struct dma_phyr_map map;

	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phyrs(dev, memory->phyrs, 0, &map,
				      memory->ranges, 1, DMA_TO_DEVICE, 0));
	memory_add(memory, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phyrs(dev, memory->phyrs, 1, &map,
				      memory->ranges, 1, DMA_TO_DEVICE, 0));
	memory->phyrs[0].len = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phyrs(dev, memory->phyrs, 1, &map,
				      memory->ranges, 1, DMA_NONE, 0));
}

static struct kunit_case direct_cases[] = {
	KUNIT_CASE(pages),
	KUNIT_CASE(pieces),
	KUNIT_CASE(neighbours),
	KUNIT_CASE(too_little_room),
	KUNIT_CASE(invalid),
	{}
};

static struct kunit_suite direct_suite = {
	.name = "phyr_direct",
	.init = direct_init,
	.test_cases = direct_cases,
};

kunit_test_suite(direct_suite);
