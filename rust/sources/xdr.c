// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over the bytes of an RPC message.
 */
#include <linux/export.h>
#include <linux/sunrpc/xdr.h>

#include "source.h"

/* The first range of @len bytes at @at in @kvec, if that has so many. */
static int next_of_kvec(const struct kvec *kvec, size_t at, size_t len,
			struct phys_vec *phyr)
{
	return source_kernel(phyr, kvec->iov_base + at, min(len, kvec->iov_len - at));
}

static int next_of_pages(const struct xdr_buf *buf, size_t at, size_t len,
			 struct phys_vec *phyr)
{
	const size_t pos = buf->page_base + at;
	const struct page *page = buf->pages ? buf->pages[pos >> PAGE_SHIFT] : NULL;

	/* Sparse, and not filled in yet. */
	if (!page)
		return -EINVAL;
	len = min3(len, buf->page_len - at, PAGE_SIZE - offset_in_page(pos));
	return source_page(phyr, page, offset_in_page(pos), len);
}

static int next_at(const struct xdr_buf *buf, size_t at, size_t len,
		   struct phys_vec *phyr)
{
	if (at < buf->head[0].iov_len)
		return next_of_kvec(&buf->head[0], at, len, phyr);
	at -= buf->head[0].iov_len;
	if (at < buf->page_len)
		return next_of_pages(buf, at, len, phyr);
	at -= buf->page_len;
	if (at < buf->tail[0].iov_len)
		return next_of_kvec(&buf->tail[0], at, len, phyr);
	return -EINVAL;
}

int phyr_next_xdr(struct phyr_iter *iter, struct phys_vec *phyr)
{
	int ret;

	if (!iter->left)
		return 0;
	ret = next_at(iter->xdr, iter->offset, iter->left, phyr);
	if (ret < 0)
		return ret;
	iter->offset += phyr->len;
	iter->left -= phyr->len;
	return ret;
}
EXPORT_SYMBOL_GPL(phyr_next_xdr);
