// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that no memory of this machine has: very long ranges, and those at the ends of
 * the address space.  Nothing is transferred.
 */
#include <linux/phyr-list.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "edu.h"

#define LONG		(16ULL * SZ_1T)
/* As many as it takes of what 32 bits can tell. */
#define ROOM		(LONG / SZ_4G + 16)

/**
 * struct ends - a list, and room for what it is mapped to
 * @list: the list
 * @map: its mapping
 * @ranges: room for ROOM DMA ranges
 * @mask: what the device reaches otherwise
 */
struct ends {
	struct phyr_list list;
	struct dma_phyr_map map;
	struct dma_vec *ranges;
	u64 mask;
};

static void ends_release(void *data)
{
	struct ends *ends = data;

	phyr_list_release(&ends->list);
}

/* A list of one range, for a device that reaches all of it. */
static struct ends *ends_of(struct kunit *test, struct phys_vec phyr)
{
	struct ends *ends = kunit_kzalloc(test, sizeof(*ends), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ends);
	ends->ranges = kunit_kcalloc(test, ROOM, sizeof(*ends->ranges), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ends->ranges);
	phyr_list_init(&ends->list, PHYR_HOLD_NONE, NULL);
	KUNIT_ASSERT_EQ(test, 0, phyr_list_add(&ends->list, phyr, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, ends_release, ends));
	KUNIT_ASSERT_EQ(test, 1, ends->list.nr);
	ends->mask = *edu_dev(test)->dma_mask;
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(edu_dev(test), DMA_BIT_MASK(64)));
	return ends;
}

static int ends_map(struct kunit *test, struct ends *ends)
{
	const struct phyr_iter iter = phyr_iter_list(&ends->list, 0, ends->list.len);

	return dma_map_phyr_iter(edu_dev(test), &iter, &ends->map, ends->ranges, ROOM,
				 DMA_TO_DEVICE, DMA_ATTR_MMIO);
}

/* One byte in each GiB, the first and the last are where the device is told. */
static void expect_translated(struct kunit *test, const struct ends *ends,
			      phys_addr_t paddr, int nr)
{
	for (int i = 0; i < nr; i++) {
		const struct dma_vec *range = &ends->ranges[i];

		for (u64 at = 0; at < range->len; at += SZ_1G)
			KUNIT_ASSERT_EQ(test, paddr + at, edu_reaches(test, range->addr + at));
		paddr += range->len;
		KUNIT_ASSERT_EQ(test, paddr - 1, edu_reaches(test, range->addr + range->len - 1));
	}
}

static u64 sum(const struct ends *ends, int nr)
{
	u64 bytes = 0;

	for (int i = 0; i < nr; i++)
		bytes += ends->ranges[i].len;
	return bytes;
}

/* IOMMU_DEBUG_PAGEALLOC counts how often each page is mapped, and warns of the first and last. */
static bool pages_are_counted(struct kunit *test)
{
	return IS_ENABLED(CONFIG_IOMMU_DEBUG_PAGEALLOC) && edu_of(test)->domain;
}

static dma_addr_t last_iova(struct kunit *test)
{
	return edu_of(test)->domain->geometry.aperture_end;
}

static void sixteen_tebibytes_in_one_entry(struct kunit *test)
{
	const struct phys_vec phyr = { 2 * LONG, LONG };
	struct ends *ends;
	int nr;

	if (pages_are_counted(test))
		kunit_skip(test, "IOMMU_DEBUG_PAGEALLOC looks at each of 4 Gi pages");
	ends = ends_of(test, phyr);
	nr = ends_map(test, ends);
	dma_set_mask(edu_dev(test), ends->mask);
	if (nr == -EOPNOTSUPP)
		kunit_skip(test, "the device bounces all of its DMA");
	/* There is no place for as much that is aligned to its size. */
	if (edu_of(test)->domain && last_iova(test) < 2 * LONG) {
		KUNIT_EXPECT_EQ(test, -ENOMEM, nr);
		kunit_skip(test, "the IOMMU has no IOVA above %#llx", last_iova(test));
	}
	KUNIT_ASSERT_GE(test, nr, (int)(LONG / SZ_4G));
	KUNIT_EXPECT_EQ(test, LONG, sum(ends, nr));
	expect_translated(test, ends, phyr.paddr, nr);
	dma_unmap_phyrs(edu_dev(test), &ends->map, ends->ranges);
}

/* What comes out is true, or nothing comes out and nothing stays mapped. */
static int expect_true_or_refused(struct kunit *test, struct phys_vec phyr)
{
	struct ends *ends = ends_of(test, phyr);
	int nr = ends_map(test, ends);

	dma_set_mask(edu_dev(test), ends->mask);
	if (nr == -EOPNOTSUPP && edu_bounces(test))
		return nr;
	if (!edu_of(test)->domain)
		KUNIT_ASSERT_GT(test, nr, 0);
	if (nr > 0) {
		KUNIT_EXPECT_EQ(test, phyr.len, sum(ends, nr));
		expect_translated(test, ends, phyr.paddr, nr);
		dma_unmap_phyrs(edu_dev(test), &ends->map, ends->ranges);
	}
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	return nr;
}

static void the_first_page(struct kunit *test)
{
	const u64 first = pages_are_counted(test) ? PAGE_SIZE : 0;

	KUNIT_EXPECT_EQ(test, edu_bounces(test) ? -EOPNOTSUPP : 1,
			expect_true_or_refused(test, (struct phys_vec) { first, PAGE_SIZE }));
}

static void the_last_page_that_x86_has_addresses_for(struct kunit *test)
{
	expect_true_or_refused(test, (struct phys_vec) { BIT_ULL(52) - PAGE_SIZE, PAGE_SIZE });
}

static void the_last_bytes_of_all(struct kunit *test)
{
	if (pages_are_counted(test))
		kunit_skip(test, "IOMMU_DEBUG_PAGEALLOC warns of the last page");
	expect_true_or_refused(test, (struct phys_vec) { -(u64)PAGE_SIZE - 1, PAGE_SIZE });
	expect_true_or_refused(test, (struct phys_vec) { -2ULL, 1 });
}

static void all_bytes_there_are(struct kunit *test)
{
	struct ends *ends = ends_of(test, (struct phys_vec) { 0, -1ULL });
	int nr = ends_map(test, ends);

	dma_set_mask(edu_dev(test), ends->mask);
	KUNIT_EXPECT_LT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

static struct kunit_case ends_cases[] = {
	KUNIT_CASE_SLOW(sixteen_tebibytes_in_one_entry),
	KUNIT_CASE(the_first_page),
	KUNIT_CASE(the_last_page_that_x86_has_addresses_for),
	KUNIT_CASE(the_last_bytes_of_all),
	KUNIT_CASE(all_bytes_there_are),
	{}
};

static struct kunit_suite ends_suite = {
	.name = "phyr_ends",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = ends_cases,
};

kunit_test_suite(ends_suite);
