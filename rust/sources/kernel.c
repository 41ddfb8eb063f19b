// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over memory at a kernel address.
 */
#include <linux/export.h>
#include <linux/vmalloc.h>

#include "source.h"

int source_kernel(struct phys_vec *phyr, const void *addr, size_t len)
{
	struct page *page;

	if (is_vmalloc_addr(addr)) {
		len = min(len, PAGE_SIZE - offset_in_page(addr));
		page = vmalloc_to_page(addr);
	} else if (virt_addr_valid(addr)) {
		page = virt_to_page(addr);
	} else {
		return -EINVAL;
	}
	/* What ioremap() gives is of no page. */
	if (!page || !pfn_valid(page_to_pfn(page)))
		return -EINVAL;
	return source_page(phyr, page, offset_in_page(addr), len);
}

int phyr_next_kernel(struct phyr_iter *iter, struct phys_vec *phyr)
{
	int ret;

	if (!iter->left)
		return 0;
	ret = source_kernel(phyr, iter->addr, iter->left);
	if (ret < 0)
		return ret;
	iter->addr += phyr->len;
	iter->left -= phyr->len;
	return ret;
}
EXPORT_SYMBOL_GPL(phyr_next_kernel);
