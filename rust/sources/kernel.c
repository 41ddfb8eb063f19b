// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over memory at a kernel address.
 */
#include <linux/export.h>
#include <linux/vmalloc.h>

#include "source.h"

int phyr_next_kernel(struct phyr_iter *iter, struct phys_vec *phyr)
{
	const void *addr = iter->addr;
	size_t len = iter->left;
	struct page *page;

	if (!len)
		return 0;
	if (is_vmalloc_addr(addr)) {
		len = min(len, PAGE_SIZE - offset_in_page(addr));
		page = vmalloc_to_page(addr);
	} else if (virt_addr_valid(addr)) {
		page = virt_to_page(addr);
	} else {
		return -EINVAL;
	}
	if (!page)
		return -EINVAL;
	iter->addr += len;
	iter->left -= len;
	return source_page(phyr, page, offset_in_page(addr), len);
}
EXPORT_SYMBOL_GPL(phyr_next_kernel);
