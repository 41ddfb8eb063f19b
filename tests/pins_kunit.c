// SPDX-License-Identifier: GPL-2.0
/*
 * User memory, pinned: get_user_phyrs() does what pin_user_pages() does.
 */
#include <linux/mman.h>
#include <linux/phyr-list.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "edu.h"
#include "memory.h"
#include "user.h"

#define PAGES	200

static void memory_is_pinned_until_it_is_released(struct kunit *test)
{
	static const struct {
		size_t offset, len;
	} cases[] = {
		{ 0, PAGE_SIZE },
		{ 0, PAGES * PAGE_SIZE },
		{ 17, 1 },
		{ PAGE_SIZE - 1, 2 },
		{ 4000, 150 * PAGE_SIZE },
		{ 512, PAGES * PAGE_SIZE - 513 },
	};
	unsigned long start = user_pages(test, PAGES, PROT_READ | PROT_WRITE);
	int before = user_page_refs(test, start + PAGE_SIZE);

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned long at = start + cases[i].offset;
		struct page *first = user_page(test, at);
		struct phyr_list list;

		phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
		KUNIT_ASSERT_EQ(test, cases[i].len,
				get_user_phyrs(&list, at, cases[i].len, 0, GFP_KERNEL));
		expect_user_memory(test, &list, at, cases[i].len);
		KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(page_folio(first)));
		phyr_list_release(&list);
		KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(page_folio(first)));
	}
	KUNIT_EXPECT_EQ(test, before, user_page_refs(test, start + PAGE_SIZE));
}

static void a_hole_ends_it(struct kunit *test)
{
	unsigned long start = user_pages(test, PAGES, PROT_READ | PROT_WRITE);
	struct phyr_list list;

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(start + 100 * PAGE_SIZE, PAGE_SIZE));
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, 100 * PAGE_SIZE - 7,
			get_user_phyrs(&list, start + 7, PAGES * PAGE_SIZE - 7, 0, GFP_KERNEL));
	expect_user_memory(test, &list, start + 7, 100 * PAGE_SIZE - 7);
	/* What is there stays, and goes on behind the hole. */
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, start + 100 * PAGE_SIZE, PAGE_SIZE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE,
			get_user_phyrs(&list, start + 101 * PAGE_SIZE, PAGE_SIZE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 101 * PAGE_SIZE - 7, list.len);
	phyr_list_release(&list);
}

/* Whole pages, of which a list has no room for all in itself. */
static void pages_apart_are_pinned(struct kunit *test)
{
	const unsigned int nr = 40;
	unsigned long start = user_pages_apart(test, nr);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, nr * PAGE_SIZE,
			get_user_phyrs(&list, start, nr * PAGE_SIZE, FOLL_LONGTERM, GFP_KERNEL));
	/* Else all of them have room in the list itself. */
	KUNIT_ASSERT_GT(test, list.nr, 16);
	expect_user_memory(test, &list, start, nr * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, locked + nr, atomic64_read(&current->mm->pinned_vm));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
	for (unsigned int i = 0; i < nr; i++) {
		struct page *page = user_page(test, start + i * PAGE_SIZE);

		KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(page_folio(page)));
	}
}

static void a_hole_ends_whole_pages(struct kunit *test)
{
	unsigned long start = user_pages(test, 10, PROT_READ | PROT_WRITE);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	const size_t len = 5 * PAGE_SIZE;
	struct phyr_list list;

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(start + len, PAGE_SIZE));
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, len,
			get_user_phyrs(&list, start, 10 * PAGE_SIZE, FOLL_WRITE | FOLL_LONGTERM,
				       GFP_KERNEL));
	expect_user_memory(test, &list, start, len);
	KUNIT_EXPECT_GT(test, list.nr, 0);
	KUNIT_EXPECT_TRUE(test, list.dirty);
	KUNIT_EXPECT_EQ(test, locked + 5, atomic64_read(&current->mm->pinned_vm));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

/* Whether or not the memory is there: the second half is not. */
static void a_fatal_signal_ends_it(struct kunit *test)
{
	unsigned long start = kunit_vm_mmap(test, NULL, 0, PAGES * PAGE_SIZE,
					    PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	const size_t half = PAGES / 2 * PAGE_SIZE;
	struct phyr_list list;
	ssize_t first, then;

	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	for (size_t at = 0; at < half; at += PAGE_SIZE)
		KUNIT_ASSERT_EQ(test, 0, put_user(at, (u64 __user *)(start + at)));
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);

	first = get_user_phyrs(&list, start, half, FOLL_WRITE | FOLL_LONGTERM, GFP_KERNEL);
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 0);
	then = get_user_phyrs(&list, start, PAGES * PAGE_SIZE, FOLL_WRITE | FOLL_LONGTERM,
			      GFP_KERNEL);
	flush_signals(current);
	disallow_signal(SIGKILL);

	KUNIT_EXPECT_EQ(test, half, first);
	KUNIT_EXPECT_EQ(test, -EINTR, then);
	expect_user_memory(test, &list, start, half);
	KUNIT_EXPECT_EQ(test, locked + PAGES / 2, atomic64_read(&current->mm->pinned_vm));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
static void a_huge_page_is_one_range(struct kunit *test)
{
	unsigned long start = user_pages(test, 3 * HPAGE_PMD_NR, PROT_READ | PROT_WRITE);
	unsigned long huge = ALIGN(start, HPAGE_PMD_SIZE);
	struct phyr_list list, behind;
	struct folio *folio;

	folio = page_folio(user_page(test, huge));
	if (folio_order(folio) != HPAGE_PMD_ORDER)
		kunit_skip(test, "no huge page: set transparent_hugepage=always");
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, HPAGE_PMD_SIZE,
			get_user_phyrs(&list, huge, HPAGE_PMD_SIZE, FOLL_WRITE, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1, list.nr);
	expect_user_memory(test, &list, huge, HPAGE_PMD_SIZE);
	KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(folio));

	KUNIT_ASSERT_EQ(test, 0, phyr_list_split(&list, SZ_1M + 5, &behind, GFP_KERNEL));
	phyr_list_release(&list);
	KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(folio));
	folio_clear_dirty(folio);
	phyr_list_release(&behind);
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(folio));
	KUNIT_EXPECT_TRUE(test, folio_test_dirty(folio));
}
#endif

static void what_is_no_memory_is_refused(struct kunit *test)
{
	unsigned long start = user_pages(test, 1, PROT_READ | PROT_WRITE);
	struct phyr_list list, none;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	phyr_list_init(&none, PHYR_HOLD_NONE, NULL);
	KUNIT_EXPECT_EQ(test, -EINVAL, get_user_phyrs(&list, start, 0, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, get_user_phyrs(&list, start, -start, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT, get_user_phyrs(&list, PAGE_OFFSET, 1, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, -2 * PAGE_SIZE, PAGE_SIZE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, -66 * PAGE_SIZE, 64 * PAGE_SIZE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, get_user_phyrs(&none, start, 1, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, get_user_phyrs(&none, start, PAGE_SIZE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, list.len);
	KUNIT_EXPECT_EQ(test, 0, none.len);
}

/* A thread of the kernel's has none: this one, before any is mapped. */
static void who_has_no_memory_pins_none(struct kunit *test)
{
	struct phyr_list list;

	if (current->mm)
		kunit_skip(test, "this thread has memory");
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, -EFAULT, get_user_phyrs(&list, PAGE_SIZE, 1, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, PAGE_SIZE, 1, FOLL_LONGTERM, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, PAGE_SIZE, PAGE_SIZE, FOLL_LONGTERM, GFP_KERNEL));
}

/* Whose it is a list does not say. */
static void memory_of_devices_is_not_asked_for(struct kunit *test)
{
	unsigned long start = user_pages(test, 1, PROT_READ | PROT_WRITE);
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			get_user_phyrs(&list, start, PAGE_SIZE, FOLL_PCI_P2PDMA, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, list.len);
}

/* Memory that was never written is a page that nobody pins. */
static void the_zero_page_is_cut(struct kunit *test)
{
	unsigned long start = user_pages(test, 2, PROT_READ);
	struct phyr_list list, behind;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, 2 * PAGE_SIZE,
			get_user_phyrs(&list, start, 2 * PAGE_SIZE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, phyr_list_split(&list, 9, &behind, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 2 * PAGE_SIZE - 9, behind.len);
	phyr_list_release(&list);
	phyr_list_release(&behind);
}

/* What was pinned by somebody else. */
static void pages_are_taken_over(struct kunit *test)
{
	unsigned long start = user_pages(test, 2, PROT_READ | PROT_WRITE);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	struct folio *folio = page_folio(user_page(test, start));
	struct phyr_list list;
	struct phys_vec phyr;
	struct page *page;

	KUNIT_ASSERT_EQ(test, 1, pin_user_pages_fast(start, 1, FOLL_WRITE, &page));
	phyr = (struct phys_vec) { page_to_phys(page), PAGE_SIZE };
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, PAGE_SIZE,
			get_user_phyrs(&list, start + PAGE_SIZE, PAGE_SIZE, FOLL_LONGTERM,
				       GFP_KERNEL));
	/* They would be counted off, and were never counted. */
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_list_add(&list, phyr, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, phyr_list_truncate(&list, 0));
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));

	KUNIT_EXPECT_EQ(test, 0, phyr_list_add(&list, phyr, GFP_KERNEL));
	list.dirty = true;
	folio_clear_dirty(folio);
	phyr_list_release(&list);
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(folio));
	KUNIT_EXPECT_TRUE(test, folio_test_dirty(folio));
}

static void read_only_memory_is_not_written(struct kunit *test)
{
	unsigned long start = user_pages(test, 2, PROT_READ);
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, start, PAGE_SIZE, FOLL_WRITE, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, get_user_phyrs(&list, start, PAGE_SIZE, 0, GFP_KERNEL));
	/* What is pinned to be read is not marked dirty with what is written. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			get_user_phyrs(&list, start, PAGE_SIZE, FOLL_WRITE, GFP_KERNEL));
	phyr_list_release(&list);
}

static void what_is_written_is_dirty(struct kunit *test)
{
	unsigned long start = user_pages(test, 1, PROT_READ | PROT_WRITE);
	struct folio *folio = page_folio(user_page(test, start));

	for (int write = 0; write < 2; write++) {
		struct phyr_list list;

		phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
		KUNIT_ASSERT_EQ(test, PAGE_SIZE,
				get_user_phyrs(&list, start, PAGE_SIZE, write ? FOLL_WRITE : 0,
					       GFP_KERNEL));
		folio_clear_dirty(folio);
		phyr_list_release(&list);
		KUNIT_EXPECT_EQ(test, write, folio_test_dirty(folio));
	}
}

/* The memory outlives its mapping. */
static void pinned_pages_stay_when_they_are_unmapped(struct kunit *test)
{
	unsigned long start = user_pages(test, PAGES, PROT_READ | PROT_WRITE);
	struct phyr_list list;
	struct phyr_iter iter;
	struct phys_vec phyr;
	u64 page = 0;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, PAGES * PAGE_SIZE,
			get_user_phyrs(&list, start, PAGES * PAGE_SIZE, 0, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(start, PAGES * PAGE_SIZE));
	iter = phyr_iter_list(&list, 0, list.len);
	while (iter.next(&iter, &phyr) == 1)
		for (size_t at = 0; at < phyr.len; at += PAGE_SIZE)
			KUNIT_ASSERT_EQ(test, page++, *(u64 *)phys_to_virt(phyr.paddr + at));
	KUNIT_EXPECT_EQ(test, PAGES, page);
	phyr_list_release(&list);
}

/* A page of which two ranges have a part is pinned twice, also by a split. */
static void parts_of_a_page_are_held_each(struct kunit *test)
{
	unsigned long start = user_pages(test, 1, PROT_READ | PROT_WRITE);
	struct folio *folio = page_folio(user_page(test, start));
	struct phyr_list list, behind;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, 512, get_user_phyrs(&list, start, 512, 0, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 512, get_user_phyrs(&list, start + 512, 512, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 2, list.nr);
	KUNIT_ASSERT_EQ(test, 0, phyr_list_split(&list, 300, &behind, GFP_KERNEL));
	phyr_list_release(&list);
	KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(folio));
	KUNIT_EXPECT_EQ(test, 724, behind.len);
	phyr_list_release(&behind);
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(folio));
}

static void long_terms_are_counted_as_locked(struct kunit *test)
{
	unsigned long start = user_pages(test, 10, PROT_READ | PROT_WRITE);
	s64 before = atomic64_read(&current->mm->pinned_vm);
	struct phyr_list list, behind;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, 8 * PAGE_SIZE,
			get_user_phyrs(&list, start + 10, 8 * PAGE_SIZE,
				       FOLL_WRITE | FOLL_LONGTERM, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + 9, atomic64_read(&current->mm->pinned_vm));
	/* Short and long terms are not mixed. */
	KUNIT_EXPECT_EQ(test, -EINVAL, get_user_phyrs(&list, start, 1, FOLL_WRITE, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, phyr_list_split(&list, PAGE_SIZE, &behind, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + 10, atomic64_read(&current->mm->pinned_vm));
	KUNIT_ASSERT_EQ(test, 0, phyr_list_append(&list, &behind, GFP_KERNEL));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, before, atomic64_read(&current->mm->pinned_vm));
	/* Nothing is counted for what could not be pinned. */
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, PAGE_OFFSET, 1, FOLL_LONGTERM, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before, atomic64_read(&current->mm->pinned_vm));
}

/* An empty list need not be released, however it came to be empty. */
static void an_empty_list_holds_no_process(struct kunit *test)
{
	unsigned long start = user_pages(test, 2, PROT_READ | PROT_WRITE);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	int before = atomic_read(&current->mm->mm_count);
	const size_t len = 2 * PAGE_SIZE;
	struct phyr_list list, behind;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, PAGE_OFFSET, 1, FOLL_LONGTERM, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_user_phyrs(&list, PAGE_OFFSET, len, FOLL_LONGTERM, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before, atomic_read(&current->mm->mm_count));
	for (int whole = 0; whole < 2; whole++) {
		KUNIT_ASSERT_EQ(test, len,
				get_user_phyrs(&list, start, len, FOLL_LONGTERM, GFP_KERNEL));
		KUNIT_ASSERT_EQ(test, 0,
				phyr_list_split(&list, whole ? len : 0, &behind, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, before + 1, atomic_read(&current->mm->mm_count));
		phyr_list_release(whole ? &list : &behind);
		KUNIT_EXPECT_EQ(test, before, atomic_read(&current->mm->mm_count));
	}
	KUNIT_ASSERT_EQ(test, len,
			get_user_phyrs(&behind, start, len, FOLL_LONGTERM, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, phyr_list_append(&list, &behind, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + 1, atomic_read(&current->mm->mm_count));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, before, atomic_read(&current->mm->mm_count));
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

/* An iovec that has an empty segment, a hole behind the third, and more. */
static void iovecs_are_pinned_up_to_a_hole(struct kunit *test)
{
	unsigned long start = user_pages(test, 10, PROT_READ | PROT_WRITE);
	const struct iovec iovecs[] = {
		{ (void __user *)(start + 100), 2 * PAGE_SIZE },
		{ (void __user *)start, 0 },
		{ (void __user *)(start + 4 * PAGE_SIZE - 7), PAGE_SIZE },
		{ (void __user *)(start + 7 * PAGE_SIZE), 2 * PAGE_SIZE },
	};
	const size_t len = 3 * PAGE_SIZE + 2 * PAGE_SIZE;
	struct phyr_list list;
	struct iov_iter iov;
	int before = user_page_refs(test, start);

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(start + 8 * PAGE_SIZE, PAGE_SIZE));
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	iov_iter_init(&iov, ITER_DEST, iovecs, ARRAY_SIZE(iovecs), len);
	iov_iter_advance(&iov, 50);
	/* Less than all of it first. */
	KUNIT_EXPECT_EQ(test, 5000, iov_iter_get_phyrs(&list, &iov, 5000, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, len - 5050, iov_iter_count(&iov));
	expect_user_memory(test, &list, start + 150, 5000);
	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE - 5050,
			iov_iter_get_phyrs(&list, &iov, SIZE_MAX, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, iov_iter_count(&iov));
	KUNIT_EXPECT_EQ(test, -EFAULT, iov_iter_get_phyrs(&list, &iov, SIZE_MAX, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, iov_iter_count(&iov));
	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE - 50, list.len);
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, before, user_page_refs(test, start));
}

/* It ends where its last segment does, which is an empty one. */
static void an_iovec_that_says_too_much_is_pinned_as_far_as_it_goes(struct kunit *test)
{
	unsigned long start = user_pages(test, 1, PROT_READ | PROT_WRITE);
	const struct iovec iovecs[] = {
		{ (void __user *)start, 100 },
		{ (void __user *)start, 0 },
	};
	struct phyr_list list;
	struct iov_iter iov;

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	iov_iter_init(&iov, ITER_SOURCE, iovecs, ARRAY_SIZE(iovecs), 200);
	KUNIT_EXPECT_EQ(test, 100, iov_iter_get_phyrs(&list, &iov, SIZE_MAX, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, iov_iter_get_phyrs(&list, &iov, SIZE_MAX, 0, GFP_KERNEL));
	phyr_list_release(&list);
}

static void a_user_buffer_is_read_or_written(struct kunit *test)
{
	unsigned long start = user_pages(test, 4, PROT_READ);

	for (int dest = 0; dest < 2; dest++) {
		struct phyr_list list;
		struct iov_iter iov;

		phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
		iov_iter_ubuf(&iov, dest ? ITER_DEST : ITER_SOURCE, (void __user *)(start + 9),
			      3 * PAGE_SIZE);
		/* Whether it is written, the iov_iter says and not who asks. */
		KUNIT_EXPECT_EQ(test, dest ? -EFAULT : (ssize_t)(3 * PAGE_SIZE),
				iov_iter_get_phyrs(&list, &iov, SIZE_MAX, dest ? 0 : FOLL_WRITE,
						   GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dest ? 3 * PAGE_SIZE : 0, iov_iter_count(&iov));
		phyr_list_release(&list);
	}
}

static void kernel_memory_is_not_pinned(struct kunit *test)
{
	void *addr = kunit_kmalloc(test, SZ_64K, GFP_KERNEL);
	struct kvec kvec = { addr, SZ_64K };
	struct phyr_list list, pinned;
	struct phyr_iter iter;
	struct phys_vec phyr;
	struct iov_iter iov;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	phyr_list_init(&pinned, PHYR_HOLD_PIN, NULL);
	iov_iter_kvec(&iov, ITER_SOURCE, &kvec, 1, SZ_64K);
	KUNIT_EXPECT_EQ(test, -EINVAL, iov_iter_get_phyrs(&pinned, &iov, SZ_64K, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1000, iov_iter_get_phyrs(&list, &iov, 1000, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, SZ_64K - 1000, iov_iter_count(&iov));
	KUNIT_EXPECT_EQ(test, SZ_64K - 1000,
			iov_iter_get_phyrs(&list, &iov, SIZE_MAX, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1, list.nr);
	KUNIT_EXPECT_EQ(test, SZ_64K, list.len);
	iter = phyr_iter_list(&list, 0, SZ_64K);
	KUNIT_ASSERT_EQ(test, 1, iter.next(&iter, &phyr));
	KUNIT_EXPECT_EQ(test, virt_to_phys(addr), phyr.paddr);
	phyr_list_release(&list);
	iov_iter_discard(&iov, ITER_DEST, 1);
	KUNIT_EXPECT_EQ(test, -EINVAL, iov_iter_get_phyrs(&list, &iov, 1, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1, iov_iter_count(&iov));
}

static struct kunit_case pins_cases[] = {
	KUNIT_CASE(memory_is_pinned_until_it_is_released),
	KUNIT_CASE(a_hole_ends_it),
	KUNIT_CASE(a_hole_ends_whole_pages),
	KUNIT_CASE(pages_apart_are_pinned),
	KUNIT_CASE(a_fatal_signal_ends_it),
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	KUNIT_CASE(a_huge_page_is_one_range),
#endif
	KUNIT_CASE(what_is_no_memory_is_refused),
	KUNIT_CASE(who_has_no_memory_pins_none),
	KUNIT_CASE(memory_of_devices_is_not_asked_for),
	KUNIT_CASE(the_zero_page_is_cut),
	KUNIT_CASE(pages_are_taken_over),
	KUNIT_CASE(read_only_memory_is_not_written),
	KUNIT_CASE(what_is_written_is_dirty),
	KUNIT_CASE(pinned_pages_stay_when_they_are_unmapped),
	KUNIT_CASE(parts_of_a_page_are_held_each),
	KUNIT_CASE(long_terms_are_counted_as_locked),
	KUNIT_CASE(an_empty_list_holds_no_process),
	KUNIT_CASE(iovecs_are_pinned_up_to_a_hole),
	KUNIT_CASE(an_iovec_that_says_too_much_is_pinned_as_far_as_it_goes),
	KUNIT_CASE(a_user_buffer_is_read_or_written),
	KUNIT_CASE(kernel_memory_is_not_pinned),
	{}
};

static struct kunit_suite pins_suite = {
	.name = "phyr_pins",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = pins_cases,
};

kunit_test_suite(pins_suite);
