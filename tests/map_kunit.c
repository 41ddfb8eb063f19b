// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of every shape, mapped through the C interface for a real PCI device:
 * each byte of the list must be where its DMA range says, and nothing may stay
 * mapped.
 */
#include <linux/delay.h>
#include <linux/dma-phyr.h>

#include "edu.h"
#include "layouts.h"
#include "memory.h"
#include "reach.h"

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

static phys_addr_t end_of(const struct phys_vec *phyr)
{
	return phyr->paddr + phyr->len;
}

/* Physically contiguous runs of the list, in pieces of @max bytes. */
static unsigned int count_pieces(const struct memory *memory, size_t max)
{
	unsigned int pieces = 0;
	size_t run = 0;

	for (int i = 0; i < memory->nr; i++) {
		run += memory->phyrs[i].len;
		if (i + 1 == memory->nr || end_of(&memory->phyrs[i]) !=
					   memory->phyrs[i + 1].paddr) {
			pieces += (run - 1) / max + 1;
			run = 0;
		}
	}
	return pieces;
}

/* DMA ranges that the list must become behind an IOMMU. */
static unsigned int count_ranges(const struct memory *memory)
{
	unsigned int ranges = 1;

	for (int i = 1; i < memory->nr; i++) {
		phys_addr_t end = end_of(&memory->phyrs[i - 1]);
		phys_addr_t start = memory->phyrs[i].paddr;

		if (end != start && ((end | start) & ~PAGE_MASK))
			ranges++;
	}
	return ranges;
}

static void map_and_unmap(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct device *dev = edu_dev(test);
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	unsigned int runs;
	int nr;

	layout->fill(memory);
	runs = count_pieces(memory, SIZE_MAX);

	nr = dma_map_phyrs(dev, memory->phyrs, memory->nr, &map, memory->ranges,
			   MAX_ENTRIES, DMA_TO_DEVICE, 0);
	if (edu->domain)
		KUNIT_ASSERT_EQ(test, nr, count_ranges(memory));
	else
		KUNIT_ASSERT_EQ(test, nr,
				count_pieces(memory, edu_bounces(test) ?
					     dma_max_mapping_size(dev) :
					     SIZE_MAX));
	KUNIT_EXPECT_EQ(test, nr, map.nr_ranges);
	KUNIT_EXPECT_EQ(test, edu->domain ? runs : 0, edu->maps);
	expect_reached(test, memory, memory->ranges, nr);

	/* The input is dead after the call; so are ranges that are not kept. */
	memset(memory->phyrs, 0xff, memory->nr * sizeof(*memory->phyrs));
	dma_unmap_phyrs(dev, &map,
			dma_phyrs_keep_ranges(&map) ? memory->ranges : NULL);
	expect_unreached(test, memory->ranges, nr);
	KUNIT_EXPECT_EQ(test, 0, edu->mapped);
}

static void every_direction(struct kunit *test)
{
	static const enum dma_data_direction dirs[] = {
		DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE,
	};
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;

	misaligned_seams(memory);
	for (int i = 0; i < ARRAY_SIZE(dirs); i++) {
		int nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr,
				       &map, memory->ranges, memory->nr,
				       dirs[i], 0);

		KUNIT_ASSERT_GT(test, nr, 0);
		expect_reached(test, memory, memory->ranges, nr);
		dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	}
}

static void with_interrupts_off(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;
	unsigned long flags;
	static DEFINE_SPINLOCK(lock);
	int nr;

	scattered_pages(memory);
	spin_lock_irqsave(&lock, flags);
	nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, &map,
			   memory->ranges, memory->nr, DMA_TO_DEVICE, 0);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	spin_unlock_irqrestore(&lock, flags);

	KUNIT_EXPECT_GT(test, nr, 0);
}

/*
 * Twice the IOVA space of a 32-bit device, so a leak of it fails in the end.  In
 * lazy mode the flush queue holds what was unmapped for some milliseconds.
 */
static void iova_space_is_given_back(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;
	int nr, retries = 100;

	if (edu_bounces(test))
		kunit_skip(test, "more than there are bounce buffers");
	for (int i = 0; i < 64; i++)
		memory_add(memory, i % 2, 0, 0, BLOCK_PAGES * PAGE_SIZE);

	for (int i = 0; i < 32; i++) {
		do {
			nr = dma_map_phyrs(edu_dev(test), memory->phyrs,
					   memory->nr, &map, memory->ranges,
					   MAX_ENTRIES, DMA_TO_DEVICE, 0);
			if (nr == -ENOMEM)
				msleep(20);
		} while (nr == -ENOMEM && retries-- > 0);

		KUNIT_ASSERT_GT(test, nr, 0);
		dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	}
}

static void a_mapping_can_be_copied(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map, copy;
	int nr;

	head_pages_tail(memory);
	nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, &map,
			   memory->ranges, memory->nr, DMA_TO_DEVICE, 0);
	KUNIT_ASSERT_GT(test, nr, 0);
	copy = map;
	memset(&map, 0xff, sizeof(map));
	dma_unmap_phyrs(edu_dev(test), &copy, memory->ranges);
	expect_unreached(test, memory->ranges, nr);
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE_PARAM(map_and_unmap, layout_gen_params),
	KUNIT_CASE(every_direction),
	KUNIT_CASE(with_interrupts_off),
	KUNIT_CASE(iova_space_is_given_back),
	KUNIT_CASE(a_mapping_can_be_copied),
	{}
};

static struct kunit_suite map_suite = {
	.name = "phyr_map",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = map_cases,
};

kunit_test_suite(map_suite);

MODULE_DESCRIPTION("KUnit tests of dma_map_phyrs()");
MODULE_LICENSE("GPL");
