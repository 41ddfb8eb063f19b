// SPDX-License-Identifier: GPL-2.0
/*
 * What a cursor tells of its list before it is read.
 */
#include <linux/mm.h>
#include <linux/phyr-iter.h>

#include "glue.h"

unsigned int phyr_rw_most_runs(const struct phyr_iter *iter)
{
	size_t bytes;

	if (iter->next == phyr_next_phyr || iter->next == phyr_next_sg)
		return iter->nr;
	if (iter->next == phyr_next_folio)
		return 1;
	if (iter->next == phyr_next_page)
		bytes = iter->offset + iter->left;
	else if (iter->next == phyr_next_kernel)
		bytes = offset_in_page(iter->addr) + iter->left;
	else if (iter->next == phyr_next_xdr)
		/* Head, pages and tail each begin and end inside of one. */
		bytes = iter->left + 6 * PAGE_SIZE;
	else
		return 0;
	return min(DIV_ROUND_UP(bytes, PAGE_SIZE), UINT_MAX);
}
