// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over an array of pages.
 */
#include <linux/export.h>

#include "source.h"

int phyr_next_page(struct phyr_iter *iter, struct phys_vec *phyr)
{
	unsigned int offset = iter->offset;
	size_t len = min(iter->left, PAGE_SIZE - offset);

	if (!iter->left)
		return 0;
	iter->offset = 0;
	iter->left -= len;
	return source_page(phyr, *iter->pages++, offset, len);
}
EXPORT_SYMBOL_GPL(phyr_next_page);
