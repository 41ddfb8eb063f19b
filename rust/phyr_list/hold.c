// SPDX-License-Identifier: GPL-2.0
/*
 * What the lists of rust/phyr_list need of the memory management, most of it inline
 * functions that Rust cannot call.
 */
#include <linux/mm.h>
#include <linux/phyr-list.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "../glue.h"

/* The pages that @len bytes at @paddr have parts of. */
static unsigned long pages_of(phys_addr_t paddr, size_t len)
{
	return PHYS_PFN(paddr + len - 1) - PHYS_PFN(paddr) + 1;
}

/* How many of @left pages from @page on are of its folio. */
static unsigned long pages_in_folio(struct page *page, unsigned long left)
{
	struct folio *folio = page_folio(page);

	return min(left, folio_nr_pages(folio) - folio_page_idx(folio, page));
}

void phyr_shim_unpin(unsigned long frame, unsigned long pages, bool dirty)
{
	unpin_user_page_range_dirty_lock(pfn_to_page(frame), pages, dirty);
}

void phyr_shim_put(unsigned long frame, unsigned long pages)
{
	struct page *page = pfn_to_page(frame);
	unsigned long nr;

	for (; pages; pages -= nr, page += nr) {
		nr = pages_in_folio(page, pages);
		folio_put_refs(page_folio(page), nr);
	}
}

/* Folio after folio, each of which must be RAM that there are references to. */
static int get(unsigned long frame, unsigned long pages)
{
	unsigned long done, nr;

	for (done = 0; done < pages; done += nr) {
		struct page *page = pfn_to_online_page(frame + done);

		if (!page)
			break;
		nr = pages_in_folio(page, pages - done);
		if (!folio_ref_try_add(page_folio(page), nr))
			break;
	}
	if (done == pages)
		return 0;
	phyr_shim_put(frame, done);
	return -EINVAL;
}

/* Folio after folio, each of which must be pinned. */
static int pin(struct page *first, unsigned long pages)
{
	unsigned long done, nr;
	int err;

	for (done = 0; done < pages; done += nr) {
		struct folio *folio = page_folio(first + done);

		nr = pages_in_folio(first + done, pages - done);
		/* It is never pinned, and never unpinned. */
		if (is_zero_folio(folio))
			continue;
		err = folio_add_pins(folio, nr);
		if (err) {
			unpin_user_page_range_dirty_lock(first, done, false);
			return err;
		}
	}
	return 0;
}

int phyr_shim_hold(phys_addr_t paddr, size_t len, unsigned int hold)
{
	unsigned long frame = PHYS_PFN(paddr), pages = pages_of(paddr, len);

	if (hold == PHYR_HOLD_REF)
		return get(frame, pages);
	return pin(pfn_to_page(frame), pages);
}

struct mm_struct *phyr_shim_get_mm(void)
{
	if (current->mm)
		mmgrab(current->mm);
	return current->mm;
}

void phyr_shim_grab_mm(struct mm_struct *mm)
{
	mmgrab(mm);
}

void phyr_shim_put_mm(struct mm_struct *mm, unsigned long pages)
{
	atomic64_sub(pages, &mm->pinned_vm);
	mmdrop(mm);
}

/* As ib_umem_get() does it. */
static int lock_more(struct mm_struct *mm, unsigned long pages)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic64_add_return(pages, &mm->pinned_vm) <= limit ||
	    capable(CAP_IPC_LOCK))
		return 0;
	atomic64_sub(pages, &mm->pinned_vm);
	return -ENOMEM;
}

void phyr_shim_count_more(struct mm_struct *mm, unsigned long pages)
{
	atomic64_add(pages, &mm->pinned_vm);
}

void phyr_shim_count_less(struct mm_struct *mm, unsigned long pages)
{
	atomic64_sub(pages, &mm->pinned_vm);
}

long phyr_shim_pin(u64 *frames, unsigned long start, unsigned int nr,
		   unsigned int gup_flags, struct mm_struct *mm)
{
	/* Each page is put down where its number will be. */
	struct page **pages = (struct page **)frames;
	long pinned;

	if (!current->mm)
		return -EFAULT;
	if (fatal_signal_pending(current))
		return -EINTR;
	if (mm && lock_more(mm, nr))
		return -ENOMEM;
	pinned = pin_user_pages_fast(start, nr, gup_flags, pages);
	if (mm && pinned < nr)
		atomic64_sub(nr - max(pinned, 0L), &mm->pinned_vm);
	for (long i = 0; i < pinned; i++)
		frames[i] = page_to_pfn(pages[i]);
	return pinned ?: -EFAULT;
}

static_assert(sizeof(struct phyr_list) == 200);
static_assert(offsetof(struct phyr_list, few) == 40);
static_assert(offsetof(struct phyr_list, hold) == 176);
static_assert(offsetof(struct phyr_list, pool) == 184);
