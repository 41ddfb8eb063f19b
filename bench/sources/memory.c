// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the process that loads the module.
 */
#include <linux/gcd.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "source.h"

static unsigned long start;
static size_t len;

unsigned long bench_user_start(void)
{
	return start;
}

void bench_user_drop(void)
{
	vm_munmap(start, len);
}

/* Pages that are touched one after the other adjoin, so those of @nr are not touched in order. */
static unsigned int stride_of(unsigned int nr)
{
	unsigned int stride = 7;

	while (gcd(stride, nr) > 1)
		stride += 2;
	return stride;
}

static int find_pages(struct bench_list *list)
{
	phys_addr_t end = 0;

	list->runs = 0;
	for (unsigned int i = 0; i < list->nr; i++) {
		struct page *page;

		if (get_user_pages_fast(start + i * PAGE_SIZE, 1, 0, &page) != 1)
			return -EFAULT;
		list->phyrs[i].paddr = page_to_phys(page);
		put_page(page);
		list->runs += list->phyrs[i].paddr != end;
		end = list->phyrs[i].paddr + PAGE_SIZE;
	}
	return 0;
}

int bench_user_make(struct bench *bench)
{
	struct bench_list *list = &bench->list;
	unsigned int stride = list->runs > 1 && list->nr > 2 ? stride_of(list->nr) : 1;
	int err = 0;

	len = list->nr * PAGE_SIZE;
	start = vm_mmap(NULL, 0, len, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (IS_ERR_VALUE(start))
		return (int)start;
	for (unsigned int i = 0; !err && i < list->nr; i++)
		err = put_user(i, (u32 __user *)(start + i * stride % list->nr * PAGE_SIZE));
	if (!err)
		err = find_pages(list);
	if (err)
		bench_user_drop();
	return err;
}
