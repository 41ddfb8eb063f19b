// SPDX-License-Identifier: GPL-2.0
/*
 * Memory at kernel addresses, and in folios, to make cursors of.
 */
#include "../sources.h"

static struct phyr_iter from_a_kernel_address(struct kunit *test, struct memory *memory)
{
	expect_piece(memory, memory->blocks[1], 4000, 20 * PAGE_SIZE);
	return phyr_iter_kernel(page_address(memory->blocks[1]) + 4000, 20 * PAGE_SIZE);
}

static struct phyr_iter from_vmalloc(struct kunit *test, struct memory *memory)
{
	const size_t offset = 123, len = 50 * PAGE_SIZE;
	u8 *addr = source_vmalloc(test, offset + len);

	expect_vmalloc(memory, addr + offset, len);
	return phyr_iter_kernel(addr + offset, len);
}

static struct phyr_iter from_a_folio(struct kunit *test, struct memory *memory)
{
	struct folio *folio = source_folio(test, 4);

	expect_piece(memory, folio_page(folio, 0), 5000, 40000);
	return phyr_iter_folio(folio, 5000, 40000);
}

static struct phyr_iter from_all_of_a_folio(struct kunit *test, struct memory *memory)
{
	struct folio *folio = source_folio(test, 2);

	expect_piece(memory, folio_page(folio, 0), 0, folio_size(folio));
	return phyr_iter_folio(folio, 0, folio_size(folio));
}

const struct source kernel_sources[] = {
	SOURCE(from_a_kernel_address),
	SOURCE(from_vmalloc),
	SOURCE(from_a_folio),
	SOURCE(from_all_of_a_folio),
	{}
};
