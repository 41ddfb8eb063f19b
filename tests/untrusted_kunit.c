// SPDX-License-Identifier: GPL-2.0
/*
 * A device behind an external port: it must never see a byte that is not in the
 * list.  Its IOMMU's page table tells what it can see.
 */
#include <linux/dma-phyr.h>
#include <linux/io.h>
#include <linux/swiotlb.h>

#include "edu.h"
#include "memory.h"
#include "reach.h"
#include "seen.h"

static int untrusted_init(struct kunit *test)
{
	int err = edu_init(test);

	if (err)
		return err;
	if (!edu_of(test)->domain)
		kunit_skip(test, "no IOMMU, hence nothing that could hide memory");
	edu_of(test)->pdev->untrusted = 1;
	return 0;
}

static void untrusted_exit(struct kunit *test)
{
	if (edu_of(test))
		edu_of(test)->pdev->untrusted = 0;
	edu_exit(test);
}

static bool has_bounce_buffers(struct device *dev)
{
#ifdef CONFIG_SWIOTLB
	return dev->dma_io_tlb_mem && dev->dma_io_tlb_mem->nslabs;
#else
	return false;
#endif
}

static int map(struct kunit *test, struct memory *memory,
	       struct dma_phyr_map *map, enum dma_data_direction dir)
{
	struct device *dev = edu_dev(test);
	int nr = dma_map_phyrs(dev, memory->phyrs, memory->nr, map,
			       memory->ranges, MAX_ENTRIES, dir, 0);

	if (nr == -EOPNOTSUPP && !has_bounce_buffers(dev))
		kunit_skip(test, "refused, without bounce buffers: boot with swiotlb=force");
	return nr;
}

/* Whether all of the page at @page is in the list. */
static bool is_listed(const struct memory *memory, phys_addr_t page)
{
	for (int i = 0; i < memory->nr; i++) {
		phys_addr_t start = memory->phyrs[i].paddr;
		phys_addr_t end = start + memory->phyrs[i].len;

		if (start <= page && page + PAGE_SIZE <= end)
			return true;
	}
	return false;
}

static bool is_of_blocks(const struct memory *memory, phys_addr_t paddr)
{
	for (int i = 0; i < BLOCKS; i++) {
		phys_addr_t start = page_to_phys(memory->blocks[i]);

		if (paddr >= start && paddr - start < BLOCK_PAGES * PAGE_SIZE)
			return true;
	}
	return false;
}

/*
 * Every page that the device sees is in the list as a whole, or is a bounce
 * buffer.  Outside of the list's bytes that holds nothing of the list's blocks,
 * which are full of 0xaa.
 */
static void expect_no_neighbours(struct kunit *test,
				 const struct memory *memory, int nr)
{
	for (int i = 0; i < nr; i++) {
		const struct dma_vec *range = &memory->ranges[i];
		dma_addr_t end = range->addr + range->len;

		for (dma_addr_t at = range->addr & PAGE_MASK; at < end;
		     at += PAGE_SIZE) {
			phys_addr_t page = edu_reaches(test, at);
			u8 *bytes = phys_to_virt(page);

			KUNIT_ASSERT_NE(test, 0, page);
			if (is_of_blocks(memory, page)) {
				KUNIT_EXPECT_TRUE(test, is_listed(memory, page));
				continue;
			}
			for (int byte = 0; byte < PAGE_SIZE; byte++) {
				bool inside = at + byte >= range->addr &&
					      at + byte < end;

				KUNIT_ASSERT_EQ(test, bytes[byte] == 0x55,
						inside);
				KUNIT_ASSERT_NE(test, 0xaa, bytes[byte]);
			}
		}
	}
}

/* 0x55 in the list, 0xaa in what lies around it. */
static void paint(struct memory *memory)
{
	for (int i = 0; i < BLOCKS; i++)
		memset(page_address(memory->blocks[i]), 0xaa,
		       BLOCK_PAGES * PAGE_SIZE);
	for (int i = 0; i < memory->nr; i++)
		memset(phys_to_virt(memory->phyrs[i].paddr), 0x55,
		       memory->phyrs[i].len);
}

static void head(struct memory *memory)
{
	memory_add(memory, 0, 0, 100, 2 * PAGE_SIZE - 100);
	memory_add(memory, 1, 4, 0, PAGE_SIZE);
}

static void tail(struct memory *memory)
{
	memory_add(memory, 0, 0, 0, PAGE_SIZE);
	memory_add(memory, 1, 4, 0, 2 * PAGE_SIZE - 100);
}

static void seams(struct memory *memory)
{
	for (int i = 0; i < 64; i++)
		memory_add(memory, i % BLOCKS, 2 * i, 512, 2048);
}

static void pieces_of_one_page(struct memory *memory)
{
	for (int i = 0; i < 16; i++)
		memory_add(memory, 0, 0, i * 256, 64);
}

static void one_byte(struct memory *memory)
{
	memory_add(memory, 0, 0, 77, 1);
}

static void whole_pages(struct memory *memory)
{
	for (int i = 0; i < 64; i++)
		memory_add(memory, i % BLOCKS, 2 * i, 0, PAGE_SIZE);
}

static void longer_than_a_bounce_buffer(struct memory *memory)
{
	memory_add(memory, 0, 0, 100, 1024 * 1024);
	memory_add(memory, 1, 0, 0, 1024 * 1024);
}

#define SHAPE(fn) { .name = #fn, .fill = fn }

static const struct shape {
	const char *name;
	void (*fill)(struct memory *memory);
} shapes[] = {
	SHAPE(head),
	SHAPE(tail),
	SHAPE(seams),
	SHAPE(pieces_of_one_page),
	SHAPE(one_byte),
	SHAPE(whole_pages),
	SHAPE(longer_than_a_bounce_buffer),
};

KUNIT_ARRAY_PARAM_DESC(shape, shapes, name);

static void sees_no_neighbour(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map mapped;
	int nr;

	shape->fill(memory);
	paint(memory);
	nr = map(test, memory, &mapped, DMA_TO_DEVICE);
	KUNIT_ASSERT_GT(test, nr, 0);
	expect_no_neighbours(test, memory, nr);
	dma_unmap_phyrs(edu_dev(test), &mapped, memory->ranges);
	expect_unreached(test, memory->ranges, nr);
}

static void what_it_writes_arrives(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct seen *seen = seen_alloc(test, memory);
	struct dma_phyr_map mapped;
	int nr;

	shape->fill(memory);
	nr = map(test, memory, &mapped, DMA_FROM_DEVICE);
	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_EXPECT_TRUE(test, seen_writes_list(seen, memory->ranges, nr));
	dma_unmap_phyrs(edu_dev(test), &mapped, memory->ranges);
	KUNIT_EXPECT_TRUE(test, seen_is_as_expected(seen));
}

/* In between, the CPU reads what the device wrote and the other way round. */
static void memory_is_handed_over(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct seen *seen = seen_alloc(test, memory);
	struct device *dev = edu_dev(test);
	struct dma_phyr_map mapped;
	size_t len = 0;
	int nr;

	shape->fill(memory);
	for (int i = 0; i < memory->nr; i++)
		len += memory->phyrs[i].len;
	nr = map(test, memory, &mapped, DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_GT(test, nr, 0);

	KUNIT_EXPECT_TRUE(test, seen_writes_list(seen, memory->ranges, nr));
	/* In two parts, the second of which begins where no range does. */
	dma_sync_phyrs_for_cpu(dev, &mapped, memory->ranges, 0, len / 3);
	dma_sync_phyrs_for_cpu(dev, &mapped, memory->ranges, len / 3,
			       len - len / 3);
	KUNIT_EXPECT_TRUE(test, seen_is_as_expected(seen));

	paint(memory);
	dma_sync_phyrs_for_device(dev, &mapped, memory->ranges, 0, len);
	expect_no_neighbours(test, memory, nr);
	dma_unmap_phyrs(dev, &mapped, memory->ranges);
}

static void bouncing_is_forbidden(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map mapped;
	int nr;

	seams(memory);
	nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, &mapped,
			   memory->ranges, MAX_ENTRIES, DMA_TO_DEVICE,
			   DMA_ATTR_REQUIRE_COHERENT);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, nr);
	memory->nr = 0;
	whole_pages(memory);
	nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, &mapped,
			   memory->ranges, MAX_ENTRIES, DMA_TO_DEVICE,
			   DMA_ATTR_REQUIRE_COHERENT);
	KUNIT_EXPECT_EQ(test, 1, nr);
	dma_unmap_phyrs(edu_dev(test), &mapped, memory->ranges);
}

static struct kunit_case untrusted_cases[] = {
	KUNIT_CASE_PARAM(sees_no_neighbour, shape_gen_params),
	KUNIT_CASE_PARAM(what_it_writes_arrives, shape_gen_params),
	KUNIT_CASE_PARAM(memory_is_handed_over, shape_gen_params),
	KUNIT_CASE(bouncing_is_forbidden),
	{}
};

static struct kunit_suite untrusted_suite = {
	.name = "phyr_untrusted",
	.init = untrusted_init,
	.exit = untrusted_exit,
	.test_cases = untrusted_cases,
};

kunit_test_suite(untrusted_suite);
