// SPDX-License-Identifier: GPL-2.0
/*
 * Looks up where DMA ranges lead to.
 */
#include <linux/minmax.h>

#include "edu.h"
#include "reach.h"

/* Walks the DMA ranges of a mapping, byte by byte or in steps. */
struct cursor {
	const struct dma_vec *range;
	size_t offset;
};

static dma_addr_t cursor_addr(struct cursor *at)
{
	while (at->offset >= at->range->len) {
		at->offset -= at->range->len;
		at->range++;
	}
	return at->range->addr + at->offset;
}

/* The first and the last byte of each page of @phyr are where @at says. */
static bool is_reached(struct kunit *test, const struct phys_vec *phyr,
		       struct cursor *at)
{
	phys_addr_t paddr = phyr->paddr;
	size_t left = phyr->len;

	while (left) {
		size_t part = min(left, PAGE_SIZE - offset_in_page(paddr));

		if (edu_reaches(test, cursor_addr(at)) != paddr)
			return false;
		at->offset += part - 1;
		if (edu_reaches(test, cursor_addr(at)) != paddr + part - 1)
			return false;
		at->offset++;
		paddr += part;
		left -= part;
	}
	return true;
}

void expect_reached(struct kunit *test, const struct memory *memory,
		    const struct dma_vec *ranges, int nr_ranges)
{
	struct cursor at = { .range = ranges };
	size_t in = 0, out = 0;

	for (int i = 0; i < nr_ranges; i++)
		out += ranges[i].len;
	for (int i = 0; i < memory->nr; i++)
		in += memory->phyrs[i].len;
	KUNIT_ASSERT_EQ(test, in, out);
	if (edu_bounces(test))
		return;

	for (int i = 0; i < memory->nr; i++)
		KUNIT_ASSERT_TRUE_MSG(test,
				      is_reached(test, &memory->phyrs[i], &at),
				      "entry %d is not where its range says", i);
}

void expect_unreached(struct kunit *test, const struct dma_vec *ranges,
		      int nr_ranges)
{
	if (!edu_of(test)->domain)
		return;
	for (int i = 0; i < nr_ranges; i++) {
		dma_addr_t last = ranges[i].addr + ranges[i].len - 1;

		KUNIT_EXPECT_EQ(test, 0, edu_reaches(test, ranges[i].addr));
		KUNIT_EXPECT_EQ(test, 0, edu_reaches(test, last));
	}
}
