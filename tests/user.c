// SPDX-License-Identifier: GPL-2.0
/*
 * Makes memory of the process that a test runs in.
 */
#include <linux/mman.h>
#include <linux/phyr-list.h>
#include <linux/uaccess.h>

#include "user.h"

unsigned long user_pages(struct kunit *test, unsigned long nr, unsigned long prot)
{
	unsigned long start = kunit_vm_mmap(test, NULL, 0, nr * PAGE_SIZE, prot,
					    MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	for (unsigned long i = 0; i < nr && prot & PROT_WRITE; i++)
		KUNIT_ASSERT_EQ(test, 0, put_user(i, (u64 __user *)(start + i * PAGE_SIZE)));
	return start;
}

unsigned long user_pages_apart(struct kunit *test, unsigned long nr)
{
	unsigned long start = kunit_vm_mmap(test, NULL, 0, nr * PAGE_SIZE, PROT_READ | PROT_WRITE,
					    MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	/* Memory comes in the order in which it is asked for, or backwards. */
	for (unsigned long i = 0; i < nr; i++) {
		unsigned long page = i < (nr + 1) / 2 ? 2 * i : 2 * (nr - 1 - i) + 1 - nr % 2;

		KUNIT_ASSERT_EQ(test, 0, put_user(page, (u64 __user *)(start + page * PAGE_SIZE)));
	}
	return start;
}

unsigned long user_pages_in_runs(struct kunit *test, unsigned long start, unsigned int runs)
{
	unsigned long nr = 0, pfn, next = 0;

	for (;; nr++, next = pfn + 1) {
		pfn = page_to_pfn(user_page(test, start + nr * PAGE_SIZE));
		if (pfn != next && !runs--)
			return nr;
	}
}

struct page *user_page(struct kunit *test, unsigned long addr)
{
	struct page *page;

	KUNIT_ASSERT_EQ(test, 1, get_user_pages_fast(addr, 1, 0, &page));
	put_page(page);
	return page;
}

int user_page_refs(struct kunit *test, unsigned long addr)
{
	return folio_ref_count(page_folio(user_page(test, addr)));
}

void expect_user_memory(struct kunit *test, const struct phyr_list *list, unsigned long start,
			size_t len)
{
	struct phyr_iter iter = phyr_iter_list(list, 0, list->len);
	unsigned long at = start;
	struct phys_vec phyr;

	KUNIT_ASSERT_EQ(test, len, list->len);
	while (iter.next(&iter, &phyr) == 1) {
		for (phys_addr_t paddr = phyr.paddr; paddr < phyr.paddr + phyr.len;) {
			size_t part = min(PAGE_SIZE - offset_in_page(at), start + len - at);

			KUNIT_ASSERT_EQ(test, paddr,
					page_to_phys(user_page(test, at)) + offset_in_page(at));
			paddr += part;
			at += part;
		}
	}
	KUNIT_EXPECT_EQ(test, start + len, at);
}
