// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes: each is passed on, or refused, and what was mapped with it is
 * unmapped with it, which dma-debug compares.
 */
#include <linux/dma-phyr.h>

#include "edu.h"
#include "memory.h"
#include "reach.h"

/* Some runs that are aligned and some that are not, or only the former. */
static struct memory *list(struct kunit *test, bool aligned)
{
	struct memory *memory = memory_alloc(test);

	for (int i = 0; i < 8; i++)
		memory_add(memory, 0, 2 * i, aligned ? 0 : i % 2 * 100,
			   aligned ? PAGE_SIZE : PAGE_SIZE - 200);
	return memory;
}

static int map(struct kunit *test, struct memory *memory,
	       struct dma_phyr_map *map, unsigned long attrs)
{
	return dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, map,
			     memory->ranges, MAX_ENTRIES, DMA_TO_DEVICE, attrs);
}

static void expect_mapped(struct kunit *test, unsigned long attrs)
{
	for (int aligned = 0; aligned < 2; aligned++) {
		struct memory *memory = list(test, aligned);
		struct dma_phyr_map mapped;
		int nr = map(test, memory, &mapped, attrs);

		KUNIT_ASSERT_GT_MSG(test, nr, 0, "attrs %#lx", attrs);
		if (edu_of(test)->domain)
			expect_reached(test, memory, memory->ranges, nr);
		dma_unmap_phyrs(edu_dev(test), &mapped, memory->ranges);
		expect_unreached(test, memory->ranges, nr);
	}
}

static void passed_on(struct kunit *test)
{
	static const unsigned long attrs[] = {
		DMA_ATTR_SKIP_CPU_SYNC,
		DMA_ATTR_NO_WARN,
		DMA_ATTR_WEAK_ORDERING,
		DMA_ATTR_PRIVILEGED,
	};
	unsigned long all = 0;

	for (int i = 0; i < ARRAY_SIZE(attrs); i++) {
		expect_mapped(test, attrs[i]);
		all |= attrs[i];
	}
	expect_mapped(test, all);
}

/* Where all DMA is bounced this is refused, and for good. */
static void bouncing_is_forbidden(struct kunit *test)
{
	struct memory *memory = list(test, false);
	struct dma_phyr_map mapped;
	int nr = map(test, memory, &mapped, DMA_ATTR_REQUIRE_COHERENT);

	if (nr == -EOPNOTSUPP) {
		nr = map(test, memory, &mapped, 0);
		KUNIT_ASSERT_GT(test, nr, 0);
		KUNIT_EXPECT_NE(test, memory->phyrs[0].paddr,
				edu_reaches(test, memory->ranges[0].addr));
	} else {
		KUNIT_ASSERT_GT(test, nr, 0);
		expect_reached(test, memory, memory->ranges, nr);
	}
	dma_unmap_phyrs(edu_dev(test), &mapped, memory->ranges);
}

/* Beyond the reach of a device whose memory is neither bounced nor translated. */
static void out_of_reach(struct kunit *test)
{
	struct phys_vec phyr = { .paddr = BIT_ULL(40), .len = PAGE_SIZE };
	struct dma_phyr_map mapped;
	struct dma_vec range;

	if (edu_of(test)->domain)
		kunit_skip(test, "an IOMMU translates");
	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			dma_map_phyrs(edu_dev(test), &phyr, 1, &mapped, &range,
				      1, DMA_TO_DEVICE, DMA_ATTR_MMIO));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			dma_map_phyrs(edu_dev(test), &phyr, 1, &mapped, &range,
				      1, DMA_TO_DEVICE,
				      DMA_ATTR_REQUIRE_COHERENT));
}

/* Nor is it tried, of which the kernel would warn. */
static void out_of_reach_without_bounce_buffers(struct kunit *test)
{
#ifdef CONFIG_SWIOTLB
	struct phys_vec phyr = { .paddr = BIT_ULL(40), .len = PAGE_SIZE };
	struct device *dev = edu_dev(test);
	struct io_tlb_mem *buffers = dev->dma_io_tlb_mem;
	struct dma_phyr_map mapped;
	struct dma_vec range;

	if (edu_of(test)->domain)
		kunit_skip(test, "an IOMMU translates");
	dev->dma_io_tlb_mem = NULL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			dma_map_phyrs(dev, &phyr, 1, &mapped, &range, 1,
				      DMA_TO_DEVICE, 0));
	dev->dma_io_tlb_mem = buffers;
#else
	kunit_skip(test, "there are no bounce buffers");
#endif
}

static struct kunit_case attrs_cases[] = {
	KUNIT_CASE(passed_on),
	KUNIT_CASE(bouncing_is_forbidden),
	KUNIT_CASE(out_of_reach),
	KUNIT_CASE(out_of_reach_without_bounce_buffers),
	{}
};

static struct kunit_suite attrs_suite = {
	.name = "phyr_attrs",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = attrs_cases,
};

kunit_test_suite(attrs_suite);
