// SPDX-License-Identifier: GPL-2.0
/*
 * What a cursor tells of its list before it is read.
 */
#include <linux/mm.h>
#include <linux/phyr-iter.h>
#include <linux/sunrpc/xdr.h>

#include "glue.h"

static unsigned long pages_of(unsigned long start, size_t len)
{
	return len ? DIV_ROUND_UP(offset_in_page(start) + len, PAGE_SIZE) : 0;
}

/* Pages that what is left of a message lies in. */
static unsigned long pages_of_xdr(const struct phyr_iter *iter)
{
	const struct xdr_buf *xdr = iter->xdr;
	const struct {
		unsigned long start;
		size_t len;
	} parts[] = {
		{ (unsigned long)xdr->head[0].iov_base, xdr->head[0].iov_len },
		{ xdr->page_base, xdr->page_len },
		{ (unsigned long)xdr->tail[0].iov_base, xdr->tail[0].iov_len },
	};
	size_t skip = iter->offset, left = iter->left;
	unsigned long pages = 0;

	for (int i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t before = min(skip, parts[i].len);
		size_t here = min(left, parts[i].len - before);

		pages += pages_of(parts[i].start + before, here);
		skip -= before;
		left -= here;
	}
	return pages;
}

unsigned int phyr_rw_most_runs(const struct phyr_iter *iter)
{
	unsigned long pages = 0;

	if (iter->next == phyr_next_phyr || iter->next == phyr_next_sg)
		return iter->nr;
	if (iter->next == phyr_next_folio)
		return 1;
	if (iter->next == phyr_next_page)
		pages = pages_of(iter->offset, iter->left);
	else if (iter->next == phyr_next_kernel)
		pages = pages_of((unsigned long)iter->addr, iter->left);
	else if (iter->next == phyr_next_xdr)
		pages = pages_of_xdr(iter);
	return min(pages, UINT_MAX);
}
