// SPDX-License-Identifier: GPL-2.0
/*
 * Lists that are kept: they are what was added to them, in as many bytes as is said, and
 * are mapped as arrays are.
 */
#include <linux/mm.h>
#include <linux/phyr-list.h>

#include "edu.h"
#include "memory.h"
#include "reach.h"
#include "reserve.h"

/* Ranges of whole pages that fit in a page, and in a list itself. */
#define PER_PAGE	505
#define FEW		16

static void expect_ranges(struct kunit *test, const struct phyr_list *list, u64 offset,
			  u64 len, const struct phys_vec *phyrs, unsigned int nr)
{
	struct phyr_iter iter = phyr_iter_list(list, offset, len);
	struct phys_vec phyr;

	for (unsigned int i = 0; i < nr; i++) {
		KUNIT_ASSERT_EQ(test, 1, iter.next(&iter, &phyr));
		KUNIT_ASSERT_EQ(test, phyrs[i].paddr, phyr.paddr);
		KUNIT_ASSERT_EQ(test, phyrs[i].len, phyr.len);
	}
	KUNIT_EXPECT_EQ(test, 0, iter.next(&iter, &phyr));
}

/* Scattered ranges of @memory, which begin @offset bytes into a page. */
static void scatter(struct memory *memory, unsigned int nr, size_t offset, size_t len)
{
	for (unsigned int i = 0; i < nr; i++)
		memory_add(memory, i % BLOCKS, i / BLOCKS * 2, offset, len);
}

static void add_all(struct kunit *test, struct phyr_list *list, const struct memory *memory)
{
	for (unsigned int i = 0; i < memory->nr; i++)
		KUNIT_ASSERT_EQ(test, 0, phyr_list_add(list, memory->phyrs[i], GFP_KERNEL));
}

static void a_range_takes_as_many_bytes_as_is_said(struct kunit *test)
{
	static const struct {
		struct phys_vec phyr;
		unsigned int words;
	} cases[] = {
		{ { SZ_1G, PAGE_SIZE }, 1 },
		{ { SZ_1G, 32 * (u64)SZ_1G }, 1 },
		{ { SZ_1G + 512, 512 }, 1 },
		{ { SZ_1G + 512, SZ_256M }, 1 },
		{ { SZ_1G + 1, PAGE_SIZE }, 2 },
		{ { 1ULL << 44, 1ULL << 44 }, 2 },
		{ { 0, 1ULL << 61 }, 3 },
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		/* A page of ranges of one word, and what takes the place of the last ones. */
		unsigned int fits = PER_PAGE - cases[i].words;

		for (unsigned int before = fits; before <= fits + 1; before++) {
			struct reserve *reserve = reserve_of(test, 2);
			struct phyr_list list;

			phyr_list_init(&list, PHYR_HOLD_NONE, reserve->pool);
			for (unsigned int j = 0; j < before; j++)
				KUNIT_ASSERT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) {
					2 * j * PAGE_SIZE, PAGE_SIZE }, GFP_NOWAIT));
			KUNIT_ASSERT_EQ(test, 1, reserve_left(reserve));
			KUNIT_ASSERT_EQ(test, 0, phyr_list_add(&list, cases[i].phyr, GFP_NOWAIT));
			KUNIT_EXPECT_EQ(test, before == fits ? 1 : 0, reserve_left(reserve));
			KUNIT_EXPECT_EQ(test, phyr_list_metadata(&list),
					sizeof(list) + (2 - reserve_left(reserve)) * PAGE_SIZE);
			KUNIT_EXPECT_EQ(test, before + 1, list.nr);
			phyr_list_release(&list);
			KUNIT_EXPECT_EQ(test, 2, reserve_left(reserve));
		}
	}
}

static void a_few_ranges_take_no_page(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct reserve *reserve = reserve_of(test, 1);
	const struct phys_vec odd = { SZ_1G + 1, 9 };
	struct phyr_list list;

	scatter(memory, FEW + 1, 0, PAGE_SIZE);
	for (int i = 0; i < 2; i++) {
		/* It need not have been cleared. */
		memset(&list, 0xa5, sizeof(list));
		phyr_list_init(&list, PHYR_HOLD_NONE, reserve->pool);
		for (int j = 0; j < FEW - 1; j++)
			KUNIT_ASSERT_EQ(test, 0,
					phyr_list_add(&list, memory->phyrs[j], GFP_NOWAIT));
		KUNIT_EXPECT_EQ(test, sizeof(list), phyr_list_metadata(&list));
		/* Two words do not fit where one does. */
		if (i)
			memory->phyrs[FEW - 1] = odd;
		for (int j = FEW - 1; j < FEW + 1; j++)
			KUNIT_ASSERT_EQ(test, 0,
					phyr_list_add(&list, memory->phyrs[j], GFP_NOWAIT));
		KUNIT_EXPECT_EQ(test, 0, reserve_left(reserve));
		KUNIT_EXPECT_EQ(test, sizeof(list) + PAGE_SIZE, phyr_list_metadata(&list));
		expect_ranges(test, &list, 0, list.len, memory->phyrs, FEW + 1);
		phyr_list_release(&list);
		KUNIT_EXPECT_EQ(test, 1, reserve_left(reserve));
	}
}

static void what_is_adjacent_is_one_range(struct kunit *test)
{
	static const struct phys_vec whole = { SZ_1G, 2 * PAGE_SIZE + 7 };
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) { SZ_1G, 5 }, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) {
		SZ_1G + 5, 2 * PAGE_SIZE - 5 }, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) {
		SZ_1G + 2 * PAGE_SIZE, 7 }, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1, list.nr);
	KUNIT_EXPECT_EQ(test, whole.len, list.len);
	expect_ranges(test, &list, 0, list.len, &whole, 1);
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, 0, list.len);
	KUNIT_EXPECT_EQ(test, 0, list.nr);
}

static void ranges_at_the_ends_of_the_address_space(struct kunit *test)
{
	static const struct phys_vec last = { -(u64)PAGE_SIZE - 1, PAGE_SIZE };
	static const struct phys_vec bad[] = {
		{ SZ_1G, 0 },
		{ -(u64)PAGE_SIZE, PAGE_SIZE + 1 },
		{ 1, -1ULL },
		/* The list would have more than can be counted. */
		{ 0, -(u64)PAGE_SIZE },
	};
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, last, GFP_KERNEL));
	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_add(&list, bad[i], GFP_KERNEL));
	expect_ranges(test, &list, 0, list.len, &last, 1);
	phyr_list_release(&list);
}

/* Each page that a list needs is one that cannot be had, once. */
static void what_was_added_stays_when_a_page_cannot_be_had(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	scatter(memory, 4 * PER_PAGE, 0, PAGE_SIZE);
	for (int pages = 1; pages < 4; pages++) {
		struct reserve *reserve = reserve_of(test, pages);
		const struct phyr_iter all = phyr_iter_phyrs(memory->phyrs, memory->nr);
		struct phyr_list list;
		unsigned int i;

		phyr_list_init(&list, PHYR_HOLD_NONE, reserve->pool);
		for (i = 0; !phyr_list_add(&list, memory->phyrs[i], GFP_NOWAIT); i++)
			;
		KUNIT_EXPECT_EQ(test, pages * PER_PAGE, i);
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				phyr_list_add(&list, memory->phyrs[i], GFP_NOWAIT));
		expect_ranges(test, &list, 0, list.len, memory->phyrs, i);
		phyr_list_release(&list);
		KUNIT_EXPECT_EQ(test, pages, reserve_left(reserve));

		KUNIT_EXPECT_EQ(test, -ENOMEM, phyr_list_add_iter(&list, &all, GFP_NOWAIT));
		KUNIT_EXPECT_EQ(test, 0, list.len);
		KUNIT_EXPECT_EQ(test, pages, reserve_left(reserve));
	}
}

static int next_of_three(struct phyr_iter *iter, struct phys_vec *phyr)
{
	if (iter->state[0] == 3)
		return -EREMOTEIO;
	*phyr = (struct phys_vec) { SZ_1G + 2 * PAGE_SIZE * iter->state[0]++, PAGE_SIZE };
	return 1;
}

static void a_cursor_that_fails_adds_nothing(struct kunit *test)
{
	static const struct phys_vec before = { SZ_1G - 5, 5 };
	const struct phyr_iter iter = { .next = next_of_three };
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, before, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EREMOTEIO, phyr_list_add_iter(&list, &iter, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 5, list.len);
	KUNIT_EXPECT_EQ(test, 1, list.nr);
	expect_ranges(test, &list, 0, 5, &before, 1);
	phyr_list_release(&list);
}

static void any_stretch_is_found(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct phyr_list list;

	scatter(memory, 3 * PER_PAGE + 7, 512, 512);
	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	add_all(test, &list, memory);
	for (unsigned int i = 0; i + 2 < memory->nr; i++) {
		const struct phys_vec part[] = {
			{ memory->phyrs[i].paddr + 100, 412 },
			memory->phyrs[i + 1],
			{ memory->phyrs[i + 2].paddr, 1 },
		};

		expect_ranges(test, &list, i * 512 + 100, 412 + 512 + 1, part, 3);
	}
	phyr_list_release(&list);
}

static void past_the_end_there_is_nothing(struct kunit *test)
{
	struct phyr_iter iter;
	struct phyr_list list;
	struct phys_vec phyr;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) { SZ_1G, 9 }, GFP_KERNEL));
	iter = phyr_iter_list(&list, 5, 5);
	KUNIT_EXPECT_EQ(test, -EINVAL, iter.next(&iter, &phyr));
	iter = phyr_iter_list(&list, -1ULL, 2);
	KUNIT_EXPECT_EQ(test, -EINVAL, iter.next(&iter, &phyr));
	iter = phyr_iter_list(&list, 9, 0);
	KUNIT_EXPECT_EQ(test, 0, iter.next(&iter, &phyr));
	phyr_list_release(&list);
}

static void lists_are_split_and_put_together(struct kunit *test)
{
	/* Where pages end, and near it: few ranges are left of one, or none. */
	static const unsigned int cuts[] = {
		0, 1, FEW, 100, PER_PAGE - 5, PER_PAGE, PER_PAGE + 1, 2 * PER_PAGE - FEW,
		2 * PER_PAGE, 3 * PER_PAGE - FEW - 1, 3 * PER_PAGE - 1, 3 * PER_PAGE,
	};
	struct memory *memory = memory_alloc(test);
	struct phyr_list list, behind;

	scatter(memory, 3 * PER_PAGE, 0, PAGE_SIZE);
	for (int i = 0; i < ARRAY_SIZE(cuts); i++) {
		const unsigned int at = cuts[i];

		phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
		add_all(test, &list, memory);
		KUNIT_ASSERT_EQ(test, 0,
				phyr_list_split(&list, at * PAGE_SIZE, &behind, GFP_KERNEL));
		expect_ranges(test, &list, 0, list.len, memory->phyrs, at);
		expect_ranges(test, &behind, 0, behind.len, memory->phyrs + at, memory->nr - at);
		KUNIT_EXPECT_EQ(test, at, list.nr);
		KUNIT_EXPECT_EQ(test, memory->nr - at, behind.nr);
		KUNIT_ASSERT_EQ(test, 0, phyr_list_append(&list, &behind, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, 0, behind.len);
		expect_ranges(test, &list, 0, list.len, memory->phyrs, memory->nr);
		phyr_list_release(&list);
	}
}

static void a_split_without_a_page_changes_nothing(struct kunit *test)
{
	const u64 len = (2 * FEW + 1) * PAGE_SIZE;
	struct memory *memory = memory_alloc(test);
	struct reserve *reserve = reserve_of(test, 1);
	struct phyr_list list, behind;

	scatter(memory, 2 * FEW + 1, 0, PAGE_SIZE);
	phyr_list_init(&list, PHYR_HOLD_NONE, reserve->pool);
	add_all(test, &list, memory);
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			phyr_list_split(&list, FEW * PAGE_SIZE, &behind, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_split(&list, len + 1, &behind, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, 0, behind.len);
	expect_ranges(test, &list, 0, list.len, memory->phyrs, 2 * FEW + 1);
	/* A few ranges need none. */
	KUNIT_EXPECT_EQ(test, 0,
			phyr_list_split(&list, (FEW + 1) * PAGE_SIZE, &behind, GFP_NOWAIT));
	expect_ranges(test, &list, 0, list.len, memory->phyrs, FEW + 1);
	expect_ranges(test, &behind, 0, behind.len, memory->phyrs + FEW + 1, FEW);
	phyr_list_release(&behind);
	phyr_list_release(&list);
}

/* One that is in a page already, and a few ranges that do not fit behind others in the list. */
static void lists_that_need_a_page_stay_two_without_it(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct reserve *reserve = reserve_of(test, 1);
	struct phyr_list list, other;

	scatter(memory, 2 * FEW, 0, PAGE_SIZE);
	for (int i = 0; i < 2; i++) {
		const unsigned int more = i ? FEW + 1 : FEW;
		const struct phyr_iter first = phyr_iter_phyrs(memory->phyrs, FEW - 1);
		const struct phyr_iter rest = phyr_iter_phyrs(memory->phyrs + FEW - 1, more);
		void *page;

		phyr_list_init(&list, PHYR_HOLD_NONE, reserve->pool);
		phyr_list_init(&other, PHYR_HOLD_NONE, NULL);
		KUNIT_ASSERT_EQ(test, 0, phyr_list_add_iter(&list, &first, GFP_NOWAIT));
		KUNIT_ASSERT_EQ(test, 0, phyr_list_add_iter(&other, &rest, GFP_NOWAIT));
		page = mempool_alloc(reserve->pool, GFP_NOWAIT);
		KUNIT_ASSERT_NOT_NULL(test, page);
		KUNIT_EXPECT_EQ(test, -ENOMEM, phyr_list_append(&list, &other, GFP_NOWAIT));
		expect_ranges(test, &list, 0, list.len, memory->phyrs, FEW - 1);
		expect_ranges(test, &other, 0, other.len, memory->phyrs + FEW - 1, more);
		mempool_free(page, reserve->pool);
		KUNIT_EXPECT_EQ(test, 0, phyr_list_append(&list, &other, GFP_NOWAIT));
		expect_ranges(test, &list, 0, list.len, memory->phyrs, FEW - 1 + more);
		KUNIT_EXPECT_EQ(test, 0, other.len);
		phyr_list_release(&list);
		KUNIT_EXPECT_EQ(test, 1, reserve_left(reserve));
	}
}

/* What was added is taken back, whatever it was merged with. */
static void what_was_added_is_taken_back(struct kunit *test)
{
	static const struct phys_vec before[] = {
		{ SZ_1G, PAGE_SIZE }, { SZ_1G, 9 }, { SZ_1G, 2 * PAGE_SIZE },
	};
	static const struct phys_vec more[] = {
		{ SZ_1G + PAGE_SIZE, PAGE_SIZE }, { SZ_1G + PAGE_SIZE, 9 }, { SZ_1G + 9, 9 },
		{ SZ_2G, SZ_1G },
	};

	for (int i = 0; i < ARRAY_SIZE(before) * ARRAY_SIZE(more); i++) {
		const struct phys_vec *first = &before[i % ARRAY_SIZE(before)];
		const struct phys_vec *next = &more[i / ARRAY_SIZE(before)];
		struct phyr_list list;

		phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
		KUNIT_ASSERT_EQ(test, 0, phyr_list_add(&list, *first, GFP_KERNEL));
		for (int j = 0; j < 2 * PER_PAGE; j++)
			KUNIT_ASSERT_EQ(test, 0, phyr_list_add(&list, *next, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, first->len));
		expect_ranges(test, &list, 0, list.len, first, 1);
		KUNIT_EXPECT_EQ(test, 1, list.nr);
		/* A few ranges are in the list itself again. */
		KUNIT_EXPECT_EQ(test, sizeof(list), phyr_list_metadata(&list));
		KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, 0));
		KUNIT_EXPECT_EQ(test, sizeof(list), phyr_list_metadata(&list));
	}
}

static void a_list_ends_where_it_did(struct kunit *test)
{
	/* What is behind makes a page of the first, whose code is shorter. */
	static const struct phys_vec parts[] = {
		{ SZ_1G, 0x801 },
		{ SZ_1G + 0x801, PAGE_SIZE - 0x801 },
	};
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	for (int i = 0; i < ARRAY_SIZE(parts); i++)
		KUNIT_ASSERT_EQ(test, 0, phyr_list_add(&list, parts[i], GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1, list.nr);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_truncate(&list, PAGE_SIZE + 1));
	KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, parts[0].len));
	expect_ranges(test, &list, 0, list.len, parts, 1);
	phyr_list_release(&list);
}

/* As many ranges as there is room for, and the last is cut: its code would be longer. */
static void a_list_does_not_end_where_it_has_no_room(struct kunit *test)
{
	static const unsigned int full[] = { FEW, PER_PAGE };

	for (int i = 0; i < ARRAY_SIZE(full); i++) {
		struct memory *memory = memory_alloc(test);
		const unsigned int nr = full[i];
		struct phyr_list list;

		scatter(memory, nr, 0, PAGE_SIZE);
		phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
		add_all(test, &list, memory);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phyr_list_truncate(&list, list.len - PAGE_SIZE + 9));
		expect_ranges(test, &list, 0, list.len, memory->phyrs, nr);
		KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, list.len - 2 * PAGE_SIZE + 9));
		KUNIT_EXPECT_EQ(test, nr - 1, list.nr);
		phyr_list_release(&list);
	}
}

static void lists_that_hold_otherwise_are_not_put_together(struct kunit *test)
{
	struct phyr_list none, pinned;

	phyr_list_init(&none, PHYR_HOLD_NONE, NULL);
	phyr_list_init(&pinned, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&none, (struct phys_vec) { SZ_1G, 9 }, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_append(&pinned, &none, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_append(&none, &none, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 9, none.len);
	phyr_list_release(&none);
}

static void references_are_taken_and_given_back(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct folio *folio = page_folio(memory->blocks[0]);
	phys_addr_t paddr = page_to_phys(memory->blocks[0]);
	struct phyr_list list, behind;
	int before = folio_ref_count(folio);

	phyr_list_init(&list, PHYR_HOLD_REF, NULL);
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_add(&list, (struct phys_vec) {
		1ULL << 51, PAGE_SIZE }, GFP_KERNEL));
	/* Whoever frees an object does not ask whether there are references to its page. */
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_add(&list, (struct phys_vec) {
		virt_to_phys(test->priv), sizeof(struct edu) }, GFP_KERNEL));
	/* Two parts of a page: it is held twice. */
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) { paddr, 9 }, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + 1, folio_ref_count(folio));
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) {
		paddr + 9, 9 }, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + 2, folio_ref_count(folio));
	KUNIT_EXPECT_EQ(test, 2, list.nr);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_split(&list, 13, &behind, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + 3, folio_ref_count(folio));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, before + 1, folio_ref_count(folio));
	phyr_list_release(&behind);
	KUNIT_EXPECT_EQ(test, before, folio_ref_count(folio));
}

static void each_page_of_a_range_is_held(struct kunit *test)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 2);
	struct phyr_list list;

	KUNIT_ASSERT_NOT_NULL(test, folio);
	phyr_list_init(&list, PHYR_HOLD_REF, NULL);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) {
		page_to_phys(folio_page(folio, 0)) + 9, 2 * PAGE_SIZE }, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1, list.nr);
	KUNIT_EXPECT_EQ(test, 1 + 3, folio_ref_count(folio));
	/* A page that is cut would be let go of twice. */
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_truncate(&list, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, PAGE_SIZE - 9));
	KUNIT_EXPECT_EQ(test, 1 + 1, folio_ref_count(folio));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, 1, folio_ref_count(folio));
	folio_put(folio);
}

/* Of what a list gives back each CPU keeps one page, and the page allocator has the others. */
static void pages_are_given_back(struct kunit *test)
{
	const unsigned int rounds = 100, pages = 100;
	unsigned long before = global_zone_page_state(NR_FREE_PAGES), after;

	for (unsigned int round = 0; round < rounds; round++) {
		struct phyr_list list;

		phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
		for (unsigned int i = 0; i < pages * PER_PAGE; i++)
			KUNIT_ASSERT_EQ(test, 0, phyr_list_add(&list, (struct phys_vec) {
				2 * i * PAGE_SIZE, PAGE_SIZE }, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, sizeof(list) + pages * PAGE_SIZE,
				phyr_list_metadata(&list));
		phyr_list_release(&list);
	}
	after = global_zone_page_state(NR_FREE_PAGES);
	/* Others take some, too. */
	KUNIT_EXPECT_LT(test, before, after + rounds * pages / 2);
}

/* Read as far as a range, and what is left is mapped, of a few ranges and of many. */
static void what_is_left_of_a_list_is_mapped(struct kunit *test)
{
	static const unsigned int lengths[] = { FEW, FEW + 1, PER_PAGE + 3 };
	struct memory *memory = memory_alloc(test);
	struct device *dev = edu_dev(test);

	for (int i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (unsigned int read = 1; read < lengths[i]; read += 1 + read / FEW * 100) {
			struct dma_phyr_map map;
			struct phyr_list list;
			struct phyr_iter iter;
			struct phys_vec phyr;
			int nr;

			memory->nr = 0;
			scatter(memory, lengths[i], 0, PAGE_SIZE);
			phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
			add_all(test, &list, memory);
			iter = phyr_iter_list(&list, 0, list.len);
			for (unsigned int j = 0; j < read; j++)
				KUNIT_ASSERT_EQ(test, 1, iter.next(&iter, &phyr));
			memory->nr -= read;
			memmove(memory->phyrs, memory->phyrs + read,
				memory->nr * sizeof(*memory->phyrs));

			nr = dma_map_phyr_iter(dev, &iter, &map, memory->ranges, MAX_ENTRIES,
					       DMA_TO_DEVICE, 0);
			KUNIT_ASSERT_GT(test, nr, 0);
			expect_reached(test, memory, memory->ranges, nr);
			dma_unmap_phyrs(dev, &map, memory->ranges);
			phyr_list_release(&list);
		}
	}
}

/* DMA ranges of a stretch are those of the same ranges in an array. */
static void a_list_is_mapped_as_an_array(struct kunit *test)
{
	static const size_t offsets[] = { 0, 512, 77 };
	struct device *dev = edu_dev(test);

	for (int i = 0; i < ARRAY_SIZE(offsets); i++) {
		struct memory *memory = memory_alloc(test);
		struct dma_phyr_map map;
		struct phyr_iter iter;
		struct phyr_list list;
		int nr, nr_of_list;

		scatter(memory, 2 * PER_PAGE, offsets[i], PAGE_SIZE - offsets[i]);
		phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
		add_all(test, &list, memory);
		nr = dma_map_phyrs(dev, memory->phyrs, memory->nr, &map, memory->ranges,
				   MAX_ENTRIES, DMA_TO_DEVICE, 0);
		dma_unmap_phyrs(dev, &map, memory->ranges);
		KUNIT_ASSERT_GT(test, nr, 0);

		iter = phyr_iter_list(&list, 0, list.len);
		nr_of_list = dma_map_phyr_iter(dev, &iter, &map, memory->ranges, MAX_ENTRIES,
					       DMA_TO_DEVICE, 0);
		KUNIT_ASSERT_EQ(test, nr, nr_of_list);
		expect_reached(test, memory, memory->ranges, nr);
		dma_unmap_phyrs(dev, &map, memory->ranges);
		expect_unreached(test, memory->ranges, nr);
		phyr_list_release(&list);
	}
}

static struct kunit_case lists_cases[] = {
	KUNIT_CASE(a_range_takes_as_many_bytes_as_is_said),
	KUNIT_CASE(a_few_ranges_take_no_page),
	KUNIT_CASE(what_is_adjacent_is_one_range),
	KUNIT_CASE(ranges_at_the_ends_of_the_address_space),
	KUNIT_CASE(what_was_added_stays_when_a_page_cannot_be_had),
	KUNIT_CASE(a_cursor_that_fails_adds_nothing),
	KUNIT_CASE(any_stretch_is_found),
	KUNIT_CASE(past_the_end_there_is_nothing),
	KUNIT_CASE(lists_are_split_and_put_together),
	KUNIT_CASE(a_split_without_a_page_changes_nothing),
	KUNIT_CASE(lists_that_need_a_page_stay_two_without_it),
	KUNIT_CASE(what_was_added_is_taken_back),
	KUNIT_CASE(a_list_ends_where_it_did),
	KUNIT_CASE(a_list_does_not_end_where_it_has_no_room),
	KUNIT_CASE(lists_that_hold_otherwise_are_not_put_together),
	KUNIT_CASE(references_are_taken_and_given_back),
	KUNIT_CASE(each_page_of_a_range_is_held),
	KUNIT_CASE(pages_are_given_back),
	KUNIT_CASE(what_is_left_of_a_list_is_mapped),
	KUNIT_CASE(a_list_is_mapped_as_an_array),
	{}
};

static struct kunit_suite lists_suite = {
	.name = "phyr_lists",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = lists_cases,
};

kunit_test_suite(lists_suite);
