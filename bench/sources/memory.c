// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the process that loads the module.  Where a process finds its pages differs
 * from boot to boot.  Here they are those that this module had and gives back one by one:
 * side by side, or every other one.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "../blocks.h"
#include "source.h"

/* With a page between each two. */
static struct page *blocks[2 * BENCH_USER_PAGES / BLOCK_PAGES];
/* From one page of the process to the next. */
static unsigned int stride;
static unsigned long start;
static size_t len;
/* Pages of the process that there is a reference to. */
static unsigned int held;

unsigned long bench_user_start(void)
{
	return start;
}

static struct page *page_of(unsigned int index)
{
	return blocks_page(blocks, index * stride);
}

/* Those of @nr pages that were not given back as one of the first @given of the process. */
static void free_rest(unsigned int nr, unsigned int given)
{
	for (unsigned int i = 0; i < nr; i++)
		if (i % stride || i / stride >= given)
			__free_page(blocks_page(blocks, i));
}

/* Gives back page @index, and has the process take it.  The reference keeps it in its place. */
static int hand_over(unsigned int index)
{
	unsigned long at = start + index * PAGE_SIZE;
	struct page *page = page_of(index), *taken;

	__free_page(page);
	if (put_user(index, (u32 __user *)at) || get_user_pages_fast(at, 1, 0, &taken) != 1)
		return -EFAULT;
	if (taken != page) {
		put_page(taken);
		return -EAGAIN;
	}
	held++;
	return 0;
}

static int fill(unsigned int nr)
{
	unsigned int nr_blocks = DIV_ROUND_UP(nr * stride, BLOCK_PAGES), given = 0;
	int err = blocks_take(blocks, nr_blocks);

	if (err)
		return err;
	while (!err && given < nr)
		err = hand_over(given++);
	free_rest(nr_blocks * BLOCK_PAGES, given);
	return err;
}

void bench_user_drop(void)
{
	while (held)
		put_page(page_of(--held));
	vm_munmap(start, len);
}

static int make(unsigned int nr)
{
	int err;

	len = nr * PAGE_SIZE;
	/* No stack is given huge pages. */
	start = vm_mmap(NULL, 0, len, PROT_READ | PROT_WRITE,
			MAP_ANONYMOUS | MAP_PRIVATE | MAP_STACK, 0);
	if (IS_ERR_VALUE(start))
		return (int)start;
	/* Makes the page tables, so that they do not come between. */
	err = fault_in_readable((char __user *)start, len) ? -EFAULT : fill(nr);
	if (err)
		bench_user_drop();
	return err;
}

static void describe(struct bench_list *list)
{
	phys_addr_t end = 0;

	list->runs = 0;
	for (unsigned int i = 0; i < list->nr; i++) {
		list->phyrs[i].paddr = page_to_phys(page_of(i));
		list->runs += list->phyrs[i].paddr != end;
		end = list->phyrs[i].paddr + PAGE_SIZE;
	}
}

int bench_user_make(struct bench *bench)
{
	struct bench_list *list = &bench->list;
	int err;

	stride = list->runs > 1 ? 2 : 1;
	/* Somebody else may have come between. */
	for (int i = 0; i < 3; i++) {
		err = make(list->nr);
		if (err != -EAGAIN)
			break;
	}
	if (!err)
		describe(list);
	return err;
}
