// SPDX-License-Identifier: GPL-2.0
/*
 * Lists that hold pages, and cannot have one of their own: what they have taken they give
 * back.
 */
#include <linux/folio_queue.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/phyr-list.h>
#include <linux/uio.h>
#include <linux/xarray.h>

#include "edu.h"
#include "memory.h"
#include "reserve.h"
#include "sources.h"
#include "user.h"

/* Words of codes in a page of a list, and in the list itself. */
#define PAGE_WORDS	505
#define FEW_WORDS	16

/* Pages of a folio, each of which has a reference, with one between each two. */
#define FOLIO_ORDER	10

static phys_addr_t page_of(struct folio *folio, unsigned int i)
{
	return page_to_phys(folio_page(folio, 2 * i));
}

/* Leaves so many words in the only page of a list: 9 bytes take two, a page takes one. */
static void fill(struct kunit *test, struct phyr_list *list, struct folio *folio,
		 unsigned int words)
{
	unsigned int left = PAGE_WORDS - words;

	for (unsigned int i = 0; left; i++) {
		unsigned int takes = min(left, 2);

		KUNIT_ASSERT_EQ(test, 0, phyr_list_add(list, (struct phys_vec) {
			page_of(folio, i), takes == 2 ? 9 : PAGE_SIZE }, GFP_NOWAIT));
		left -= takes;
	}
}

static void a_reference_is_given_back(struct kunit *test)
{
	struct folio *folio = source_folio(test, FOLIO_ORDER);
	const struct phys_vec phyr = { page_of(folio, 500) + 9, 9 };
	struct reserve *reserve = reserve_of(test, 1);
	struct phyr_list list, behind;
	int before, nr;

	phyr_list_init(&list, PHYR_HOLD_REF, reserve->pool);
	fill(test, &list, folio, 1);
	before = folio_ref_count(folio);
	nr = list.nr;
	KUNIT_EXPECT_EQ(test, -ENOMEM, phyr_list_add(&list, phyr, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, before, folio_ref_count(folio));
	KUNIT_EXPECT_EQ(test, nr, list.nr);
	/* The page that is cut would be held once more. */
	KUNIT_EXPECT_EQ(test, -ENOMEM, phyr_list_split(&list, 5, &behind, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, before, folio_ref_count(folio));
	KUNIT_EXPECT_EQ(test, 0, behind.len);
	KUNIT_EXPECT_EQ(test, nr, list.nr);
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, 1, reserve_left(reserve));
}

static int next_of_pages(struct phyr_iter *iter, struct phys_vec *phyr)
{
	const u64 i = iter->state[1]++;

	if (i == iter->state[2])
		return 0;
	*phyr = (struct phys_vec) { page_of((void *)iter->state[0], i), PAGE_SIZE };
	return 1;
}

static void references_are_given_back(struct kunit *test)
{
	struct folio *folio = source_folio(test, FOLIO_ORDER);
	struct reserve *reserve = reserve_of(test, 1);
	const int before = folio_ref_count(folio);
	struct phyr_list list;

	for (int more = 0; more < 2; more++) {
		const struct phyr_iter iter = {
			.next = next_of_pages,
			.state = { (unsigned long)folio, 0, PAGE_WORDS + more },
		};

		phyr_list_init(&list, PHYR_HOLD_REF, reserve->pool);
		KUNIT_EXPECT_EQ(test, more ? -ENOMEM : 0,
				phyr_list_add_iter(&list, &iter, GFP_NOWAIT));
		KUNIT_EXPECT_EQ(test, more ? 0 : PAGE_WORDS, list.nr);
		KUNIT_EXPECT_EQ(test, !more, folio_ref_count(folio) > before);
		phyr_list_release(&list);
		KUNIT_EXPECT_EQ(test, before, folio_ref_count(folio));
	}
}

static void pins_are_given_back(struct kunit *test)
{
	const size_t len = 3 * PAGE_SIZE;
	unsigned long start = user_pages(test, 300, PROT_READ | PROT_WRITE);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	struct reserve *reserve = reserve_of(test, 1);
	struct phyr_list list, behind;
	int nr;

	for (int term = 0; term < 2; term++) {
		const unsigned int gup_flags = term ? FOLL_LONGTERM : 0;
		u64 before;
		ssize_t ret;

		phyr_list_init(&list, PHYR_HOLD_PIN, reserve->pool);
		/* Two words each, which leaves one: not enough for a byte. */
		for (int i = 0; i < PAGE_WORDS / 2; i++)
			KUNIT_ASSERT_EQ(test, 9, get_user_phyrs(&list, start + i * PAGE_SIZE + 1, 9,
								gup_flags, GFP_NOWAIT));
		before = list.len;
		nr = list.nr;
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				get_user_phyrs(&list, start + 299 * PAGE_SIZE + 1, 9, gup_flags,
					       GFP_NOWAIT));
		KUNIT_EXPECT_EQ(test, locked + (term ? nr : 0),
				atomic64_read(&current->mm->pinned_vm));
		KUNIT_EXPECT_EQ(test, -ENOMEM, phyr_list_split(&list, 5, &behind, GFP_NOWAIT));
		KUNIT_EXPECT_EQ(test, locked + (term ? nr : 0),
				atomic64_read(&current->mm->pinned_vm));
		/* A page fits, and what continues it. */
		ret = get_user_phyrs(&list, start + 280 * PAGE_SIZE, len, gup_flags, GFP_NOWAIT);
		KUNIT_EXPECT_GE(test, ret, PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, before + ret, list.len);
		KUNIT_EXPECT_EQ(test, locked + (term ? nr + ret / PAGE_SIZE : 0),
				atomic64_read(&current->mm->pinned_vm));
		phyr_list_release(&list);
		KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
		for (unsigned long at = start; at < start + 300 * PAGE_SIZE; at += PAGE_SIZE)
			KUNIT_EXPECT_FALSE(test,
					   folio_maybe_dma_pinned(page_folio(user_page(test, at))));
	}
}

/* Two words are 9 bytes of a page. */
#define PIECES		(FEW_WORDS / 2 - 1)

/* What a list has room for itself, but for two words. */
static void pin_few(struct kunit *test, struct phyr_list *list, unsigned long start,
		    unsigned int gup_flags)
{
	for (int i = 0; i < PIECES; i++)
		KUNIT_ASSERT_EQ(test, 9, get_user_phyrs(list, start + i * PAGE_SIZE + 1, 9,
							gup_flags, GFP_NOWAIT));
}

static void pins_are_given_back_without_a_first_page(struct kunit *test)
{
	const unsigned int gup_flags = FOLL_WRITE | FOLL_LONGTERM;
	unsigned long start = user_pages(test, 40, PROT_READ | PROT_WRITE);
	unsigned long second = start + 24 * PAGE_SIZE;
	unsigned long first = start + 20 * PAGE_SIZE, next = start + 30 * PAGE_SIZE;
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	struct reserve *reserve = reserve_of(test, 1);
	void *page = mempool_alloc(reserve->pool, GFP_NOWAIT);
	struct phyr_list list;
	u64 before;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NE(test, page_to_pfn(user_page(test, first)) + 1,
			page_to_pfn(user_page(test, second)));
	KUNIT_ASSERT_NE(test, page_to_pfn(user_page(test, second)) + 1,
			page_to_pfn(user_page(test, next)));
	phyr_list_init(&list, PHYR_HOLD_PIN, reserve->pool);
	pin_few(test, &list, start, gup_flags);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE,
			get_user_phyrs(&list, first, PAGE_SIZE, gup_flags, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE,
			get_user_phyrs(&list, second, PAGE_SIZE, gup_flags, GFP_NOWAIT));
	before = list.len;
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			get_user_phyrs(&list, next, 3 * PAGE_SIZE, gup_flags, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, before, list.len);
	KUNIT_EXPECT_EQ(test, locked + PIECES + 2,
			atomic64_read(&current->mm->pinned_vm));
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(page_folio(user_page(test, next))));
	mempool_free(page, reserve->pool);
	KUNIT_EXPECT_EQ(test, 3 * PAGE_SIZE,
			get_user_phyrs(&list, next, 3 * PAGE_SIZE, gup_flags, GFP_NOWAIT));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
	KUNIT_EXPECT_EQ(test, 1, reserve_left(reserve));
}

/* What is in the list itself stays pinned, and nothing else. */
static void pages_that_need_a_first_page_are_left_out(struct kunit *test)
{
	const unsigned int gup_flags = FOLL_WRITE | FOLL_LONGTERM, nr = 2 * FEW_WORDS;
	unsigned long start = user_pages_apart(test, nr);
	unsigned long few = user_pages_in_runs(test, start, FEW_WORDS);
	unsigned long behind = start + few * PAGE_SIZE;
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	struct reserve *reserve = reserve_of(test, 1);
	void *page = mempool_alloc(reserve->pool, GFP_NOWAIT);
	struct phyr_list list;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_LT(test, few + 4, nr);
	phyr_list_init(&list, PHYR_HOLD_PIN, reserve->pool);
	KUNIT_EXPECT_EQ(test, few * PAGE_SIZE,
			get_user_phyrs(&list, start, nr * PAGE_SIZE, gup_flags, GFP_NOWAIT));
	expect_user_memory(test, &list, start, few * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, locked + few, atomic64_read(&current->mm->pinned_vm));
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(page_folio(user_page(test, behind))));
	mempool_free(page, reserve->pool);
	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE,
			get_user_phyrs(&list, behind, 4 * PAGE_SIZE, gup_flags, GFP_NOWAIT));
	expect_user_memory(test, &list, start, (few + 4) * PAGE_SIZE);
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

static void pins_that_need_a_page_to_be_put_together(struct kunit *test)
{
	const unsigned int gup_flags = FOLL_WRITE | FOLL_LONGTERM;
	unsigned long start = user_pages(test, 40, PROT_READ | PROT_WRITE);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	struct reserve *reserve = reserve_of(test, 1);
	void *page = mempool_alloc(reserve->pool, GFP_NOWAIT);
	struct phyr_list list, other;
	int pinned;

	KUNIT_ASSERT_NOT_NULL(test, page);
	phyr_list_init(&list, PHYR_HOLD_PIN, reserve->pool);
	phyr_list_init(&other, PHYR_HOLD_PIN, NULL);
	pin_few(test, &list, start, gup_flags);
	pin_few(test, &other, start + 20 * PAGE_SIZE, gup_flags);
	pinned = list.nr + other.nr;
	KUNIT_EXPECT_EQ(test, -ENOMEM, phyr_list_append(&list, &other, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, 9 * PIECES, list.len);
	KUNIT_EXPECT_EQ(test, 9 * PIECES, other.len);
	KUNIT_EXPECT_TRUE(test, list.dirty && other.dirty);
	/* Whose memory it is, both still know. */
	KUNIT_EXPECT_EQ(test, 9, get_user_phyrs(&other, start + 39 * PAGE_SIZE, 9, gup_flags,
						GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, locked + pinned + 1, atomic64_read(&current->mm->pinned_vm));
	mempool_free(page, reserve->pool);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_append(&list, &other, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, 0, other.len);
	KUNIT_EXPECT_FALSE(test, other.dirty);
	KUNIT_EXPECT_EQ(test, locked + pinned + 1, atomic64_read(&current->mm->pinned_vm));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

/* Half of what is in an iov_iter, and all of it, each given back. */
static void expect_reverted(struct kunit *test, struct iov_iter *iov, enum phyr_hold hold,
			    struct folio *folio)
{
	const size_t all = iov_iter_count(iov);
	const int before = folio_ref_count(folio);
	struct phyr_list list;

	phyr_list_init(&list, hold, NULL);
	KUNIT_EXPECT_EQ(test, 0, iov_iter_get_phyrs(&list, iov, 0, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 3000, iov_iter_get_phyrs(&list, iov, 3000, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, all - 3000, iov_iter_count(iov));
	for (int i = 0; i < 2; i++) {
		const size_t most = i ? SIZE_MAX : 3000;
		ssize_t ret = iov_iter_get_phyrs(&list, iov, most, 0, GFP_KERNEL);

		KUNIT_ASSERT_EQ(test, min(most, all - 3000), ret);
		iov_iter_revert(iov, ret);
		KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, 3000));
		KUNIT_EXPECT_EQ(test, all - 3000, iov_iter_count(iov));
	}
	iov_iter_revert(iov, 3000);
	KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, 0));
	KUNIT_EXPECT_EQ(test, all, iov_iter_count(iov));
	KUNIT_EXPECT_EQ(test, before, folio_ref_count(folio));
}

static void an_iov_is_reverted(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct folio *folio = page_folio(memory->blocks[0]);
	struct folio_queue *queue = kunit_kzalloc(test, sizeof(*queue), GFP_KERNEL);
	struct bio_vec bvecs[3];
	struct kvec kvecs[3];
	struct iov_iter iov;
	struct xarray xa;

	KUNIT_ASSERT_NOT_NULL(test, queue);
	folioq_init(queue, 0);
	xa_init(&xa);
	for (int i = 0; i < 3; i++) {
		struct page *page = memory->blocks[i];

		bvec_set_page(&bvecs[i], page, 2000, 100);
		kvecs[i] = (struct kvec) { page_address(page) + 100, 2000 };
		folioq_append(queue, page_folio(page));
		KUNIT_ASSERT_NULL(test, xa_store(&xa, i, page_folio(page), GFP_KERNEL));
	}
	for (int hold = PHYR_HOLD_NONE; hold <= PHYR_HOLD_REF; hold += PHYR_HOLD_REF) {
		iov_iter_bvec(&iov, ITER_SOURCE, bvecs, 3, 6000);
		expect_reverted(test, &iov, hold, folio);
		iov_iter_kvec(&iov, ITER_SOURCE, kvecs, 3, 6000);
		expect_reverted(test, &iov, hold, folio);
		iov_iter_folio_queue(&iov, ITER_SOURCE, queue, 0, 100, 2 * PAGE_SIZE);
		expect_reverted(test, &iov, hold, folio);
		iov_iter_xarray(&iov, ITER_SOURCE, &xa, 100, 2 * PAGE_SIZE);
		expect_reverted(test, &iov, hold, folio);
	}
	xa_destroy(&xa);
}

static void an_iov_of_user_memory_is_reverted(struct kunit *test)
{
	unsigned long start = user_pages(test, 4, PROT_READ | PROT_WRITE);
	struct folio *folio = page_folio(user_page(test, start));
	const struct iovec iovecs[] = {
		{ (void __user *)start, 5000 },
		{ (void __user *)(start + 2 * PAGE_SIZE), 4000 },
	};
	struct iov_iter iov;

	iov_iter_ubuf(&iov, ITER_DEST, (void __user *)start, 3 * PAGE_SIZE);
	expect_reverted(test, &iov, PHYR_HOLD_PIN, folio);
	iov_iter_init(&iov, ITER_DEST, iovecs, 2, 9000);
	expect_reverted(test, &iov, PHYR_HOLD_PIN, folio);
}

/* Where iov_iter_advance() would look for the next segment. */
static void nothing_is_taken_behind_a_queue(struct kunit *test)
{
	struct folio_queue *queue = kunit_kzalloc(test, sizeof(*queue), GFP_KERNEL);
	struct phyr_list list;
	struct iov_iter iov;

	KUNIT_ASSERT_NOT_NULL(test, queue);
	folioq_init(queue, 0);
	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	iov_iter_folio_queue(&iov, ITER_SOURCE, queue, folioq_nr_slots(queue), 0, 1);
	KUNIT_EXPECT_EQ(test, 0, iov_iter_get_phyrs(&list, &iov, 0, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1, iov_iter_count(&iov));
	KUNIT_EXPECT_EQ(test, 0, list.len);
}

static void pins_of_another_kind_are_not_put_together(struct kunit *test)
{
	static const unsigned int flags[] = { 0, FOLL_WRITE, FOLL_LONGTERM };
	unsigned long start = user_pages(test, 2, PROT_READ | PROT_WRITE);

	for (int i = 0; i < ARRAY_SIZE(flags) * ARRAY_SIZE(flags); i++) {
		const unsigned int first = flags[i / ARRAY_SIZE(flags)];
		const unsigned int second = flags[i % ARRAY_SIZE(flags)];
		struct phyr_list list, other;

		phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
		phyr_list_init(&other, PHYR_HOLD_PIN, NULL);
		KUNIT_ASSERT_EQ(test, 9, get_user_phyrs(&list, start, 9, first, GFP_KERNEL));
		KUNIT_ASSERT_EQ(test, 8, get_user_phyrs(&other, start, 8, second, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, first == second ? 0 : -EINVAL,
				phyr_list_append(&list, &other, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, first == second ? 17 : 9, list.len);
		KUNIT_EXPECT_EQ(test, first == second ? 0 : 8, other.len);
		phyr_list_release(&list);
		phyr_list_release(&other);
	}
}

/* What an empty list held before says nothing of what it holds next. */
static void an_empty_list_is_not_dirty(struct kunit *test)
{
	unsigned long start = user_pages(test, 1, PROT_READ | PROT_WRITE);
	struct phyr_list list, other;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, PAGE_OFFSET, 1, FOLL_WRITE, GFP_KERNEL));
	KUNIT_EXPECT_FALSE(test, list.dirty);
	for (int i = 0; i < 4; i++) {
		KUNIT_ASSERT_EQ(test, 9, get_user_phyrs(&list, start, 9, FOLL_WRITE, GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, list.dirty);
		switch (i) {
		case 0:
			KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, 0));
			break;
		case 1:
			phyr_list_init(&other, PHYR_HOLD_PIN, NULL);
			KUNIT_EXPECT_EQ(test, 0, phyr_list_append(&other, &list, GFP_KERNEL));
			KUNIT_EXPECT_TRUE(test, other.dirty);
			phyr_list_release(&other);
			break;
		case 2:
			KUNIT_EXPECT_EQ(test, 0, phyr_list_split(&list, 0, &other, GFP_KERNEL));
			KUNIT_EXPECT_TRUE(test, other.dirty);
			phyr_list_release(&other);
			break;
		default:
			phyr_list_release(&list);
		}
		KUNIT_EXPECT_EQ(test, 0, list.len);
		KUNIT_EXPECT_FALSE(test, list.dirty);
	}
	/* What somebody has said is not forgotten because nothing could be pinned. */
	list.dirty = true;
	KUNIT_EXPECT_EQ(test, -EFAULT, get_user_phyrs(&list, PAGE_OFFSET, 1, 0, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, list.dirty);
}

static void lists_with_interrupts_off(struct kunit *test)
{
	unsigned long start = user_pages(test, 2, PROT_READ | PROT_WRITE);
	struct folio *folio = source_folio(test, FOLIO_ORDER);
	const struct phyr_iter iter = {
		.next = next_of_pages,
		.state = { (unsigned long)folio, 0, PAGE_WORDS + 5 },
	};
	struct phyr_list lists[3], behind;
	unsigned long flags;
	int added, split;

	phyr_list_init(&lists[0], PHYR_HOLD_NONE, NULL);
	phyr_list_init(&lists[1], PHYR_HOLD_REF, NULL);
	phyr_list_init(&lists[2], PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, PAGE_SIZE,
			get_user_phyrs(&lists[2], start, PAGE_SIZE, 0, GFP_KERNEL));
	local_irq_save(flags);
	added = phyr_list_add_iter(&lists[0], &iter, GFP_ATOMIC);
	added = added ?: phyr_list_add_iter(&lists[1], &iter, GFP_ATOMIC);
	split = phyr_list_split(&lists[1], PAGE_SIZE / 2, &behind, GFP_ATOMIC);
	phyr_list_release(&behind);
	for (int i = 0; i < ARRAY_SIZE(lists); i++)
		phyr_list_release(&lists[i]);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, 0, added);
	KUNIT_EXPECT_EQ(test, 0, split);
}

static struct kunit_case list_failures_cases[] = {
	KUNIT_CASE(a_reference_is_given_back),
	KUNIT_CASE(references_are_given_back),
	KUNIT_CASE(pins_are_given_back),
	KUNIT_CASE(pins_are_given_back_without_a_first_page),
	KUNIT_CASE(pages_that_need_a_first_page_are_left_out),
	KUNIT_CASE(pins_that_need_a_page_to_be_put_together),
	KUNIT_CASE(an_iov_is_reverted),
	KUNIT_CASE(an_iov_of_user_memory_is_reverted),
	KUNIT_CASE(nothing_is_taken_behind_a_queue),
	KUNIT_CASE(pins_of_another_kind_are_not_put_together),
	KUNIT_CASE(an_empty_list_is_not_dirty),
	KUNIT_CASE(lists_with_interrupts_off),
	{}
};

static struct kunit_suite list_failures_suite = {
	.name = "phyr_list_failures",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = list_failures_cases,
};

kunit_test_suite(list_failures_suite);
