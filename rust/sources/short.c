// SPDX-License-Identifier: GPL-2.0
/*
 * Short lists, read at once: a loop takes less than a call for each range.
 */
#include <linux/export.h>
#include <linux/scatterlist.h>
#include <linux/sunrpc/xdr.h>

#include "source.h"

/* @len bytes of @pages, from @offset bytes into the first on. */
static unsigned int read_pages(struct page *const *pages, unsigned int offset,
			       size_t len, struct phys_vec *phyrs)
{
	unsigned int nr = 0;

	while (len) {
		const size_t some = min(len, PAGE_SIZE - offset);

		if (nr == SOURCE_SHORT || !pages[nr] ||
		    source_page(&phyrs[nr], pages[nr], offset, some) < 0)
			return 0;
		nr++;
		len -= some;
		offset = 0;
	}
	return nr;
}

static unsigned int read_sg(struct scatterlist *sg, unsigned int nr,
			    struct phys_vec *phyrs)
{
	if (nr > SOURCE_SHORT)
		return 0;
	for (unsigned int i = 0; i < nr; i++, sg = sg_next(sg))
		if (!sg || source_page(&phyrs[i], sg_page(sg), sg->offset,
				       sg->length) < 0)
			return 0;
	return nr;
}

static unsigned int read_bvecs(const struct bio_vec *bvecs, struct bvec_iter at,
			       struct phys_vec *phyrs)
{
	unsigned int nr = 0;

	while (at.bi_size)
		if (nr == SOURCE_SHORT ||
		    source_bvec(&phyrs[nr++], bvecs, &at) < 0)
			return 0;
	return nr;
}

/* Whether @len bytes of a message, from @pos on, are of its pages alone. */
static bool is_in_pages(const struct xdr_buf *buf, size_t pos, size_t len)
{
	const size_t head = len ? buf->head[0].iov_len : 0;

	return len && pos >= head && buf->pages && pos - head < buf->page_len &&
	       len <= buf->page_len - (pos - head);
}

/* Where such a byte is, from the first page on. */
static size_t offset_in_pages(const struct xdr_buf *buf, size_t pos)
{
	return pos + buf->page_base - buf->head[0].iov_len;
}

static unsigned int read_xdr(const struct xdr_buf *buf, size_t pos, size_t len,
			     struct phys_vec *phyrs)
{
	if (!is_in_pages(buf, pos, len))
		return 0;
	pos = offset_in_pages(buf, pos);
	return read_pages(&buf->pages[pos >> PAGE_SHIFT], offset_in_page(pos),
			  len, phyrs);
}

unsigned int phyr_source_read(const struct phyr_iter *iter, struct phys_vec *phyrs)
{
	if (iter->next == phyr_next_page)
		return read_pages(iter->pages, iter->offset, iter->left, phyrs);
	if (iter->next == phyr_next_xdr)
		return read_xdr(iter->xdr, iter->offset, iter->left, phyrs);
	if (iter->next == phyr_next_sg)
		return iter->left ? 0 : read_sg(iter->sg, iter->nr, phyrs);
	return read_bvecs(iter->bvecs, iter->at, phyrs);
}
EXPORT_SYMBOL_FOR_MODULES(phyr_source_read, "phyr_rdma");

static bool read_page(struct page *const *pages, unsigned int offset, size_t len,
		      struct phys_vec *phyr)
{
	return len && len <= PAGE_SIZE - offset && pages[0] &&
	       source_page(phyr, pages[0], offset, len) > 0;
}

static bool read_page_of_xdr(const struct xdr_buf *buf, size_t pos, size_t len,
			     struct phys_vec *phyr)
{
	if (!is_in_pages(buf, pos, len))
		return false;
	pos = offset_in_pages(buf, pos);
	return read_page(&buf->pages[pos >> PAGE_SHIFT], offset_in_page(pos),
			 len, phyr);
}

bool source_read_one(const struct phyr_iter *iter, struct phys_vec *phyr)
{
	struct bvec_iter at;

	if (iter->next == phyr_next_page)
		return read_page(iter->pages, iter->offset, iter->left, phyr);
	if (iter->next == phyr_next_xdr)
		return read_page_of_xdr(iter->xdr, iter->offset, iter->left,
					phyr);
	if (iter->next == phyr_next_sg)
		return iter->nr == 1 && !iter->left && read_sg(iter->sg, 1, phyr);
	at = iter->at;
	return at.bi_size && source_bvec(phyr, iter->bvecs, &at) > 0 &&
	       !at.bi_size;
}
