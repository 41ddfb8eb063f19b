// SPDX-License-Identifier: GPL-2.0
/*
 * What sources are made of, and whether cursors give it.
 */
#include <linux/vmalloc.h>

#include "../sources.h"

struct page *source_page(const struct memory *memory, unsigned int i)
{
	unsigned int page = i % 5 == 4 ? i - 1 : i * 85 % BLOCK_PAGES;

	return memory->blocks[i / 5 % BLOCKS] + page + (i % 5 == 4);
}

static void put_folio(void *folio)
{
	folio_put(folio);
}

struct folio *source_folio(struct kunit *test, unsigned int order)
{
	struct folio *folio = folio_alloc(GFP_KERNEL | GFP_DMA32, order);

	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_folio, folio));
	return folio;
}

static void free_vmalloc(void *addr)
{
	vfree(addr);
}

void *source_vmalloc(struct kunit *test, size_t len)
{
	void *addr = vmalloc_32(len);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_vmalloc, addr));
	return addr;
}

void expect_piece(struct memory *memory, struct page *page, size_t offset, size_t len)
{
	memory->phyrs[memory->nr++] = (struct phys_vec) {
		.paddr = page_to_phys(page) + offset,
		.len = len,
	};
}

void expect_vmalloc(struct memory *memory, const void *addr, size_t len)
{
	while (len) {
		size_t part = min(PAGE_SIZE - offset_in_page(addr), len);

		expect_piece(memory, vmalloc_to_page(addr), offset_in_page(addr), part);
		addr += part;
		len -= part;
	}
}

void expect_given(struct kunit *test, const struct memory *memory, struct phyr_iter iter)
{
	struct phys_vec given = {};

	for (unsigned int i = 0; i < memory->nr; i++) {
		struct phys_vec left = memory->phyrs[i];

		while (left.len) {
			size_t part;

			if (!given.len)
				KUNIT_ASSERT_EQ(test, 1, iter.next(&iter, &given));
			KUNIT_ASSERT_EQ(test, left.paddr, given.paddr);
			part = min(left.len, given.len);
			KUNIT_ASSERT_GT(test, part, 0);
			left.paddr += part;
			left.len -= part;
			given.paddr += part;
			given.len -= part;
		}
	}
	KUNIT_EXPECT_EQ(test, 0, given.len);
	KUNIT_EXPECT_EQ(test, 0, iter.next(&iter, &given));
}
