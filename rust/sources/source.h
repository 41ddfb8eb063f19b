/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What cursors over pages have in common.
 */
#ifndef _PHYR_SOURCES_SOURCE_H
#define _PHYR_SOURCES_SOURCE_H

#include <linux/mm.h>
#include <linux/phyr-iter.h>

/* @len bytes that start @offset bytes into @page; not of a peer, for whose they are is not said. */
static inline int source_page(struct phys_vec *phyr, const struct page *page,
			      size_t offset, size_t len)
{
	if (is_pci_p2pdma_page(page))
		return -EREMOTEIO;
	*phyr = (struct phys_vec) {
		.paddr = page_to_phys(page) + offset,
		.len = len,
	};
	return 1;
}

/* The next of @bvecs, or what is @at of it; there is one. */
static inline int source_bvec(struct phys_vec *phyr, const struct bio_vec *bvecs,
			      struct bvec_iter *at)
{
	const struct bio_vec *bvec = &bvecs[at->bi_idx];
	const unsigned int done = at->bi_bvec_done, left = bvec->bv_len - done;
	const unsigned int len = min(left, at->bi_size);

	at->bi_size -= len;
	at->bi_bvec_done = len == left ? 0 : done + len;
	at->bi_idx += len == left;
	return source_page(phyr, bvec->bv_page, bvec->bv_offset + done, len);
}

/* The first range of the bios from @iter->bio on; none of the one before is left. */
int source_bios(struct phyr_iter *iter, struct phys_vec *phyr);

/* The first range of @len bytes at @addr, which may have fewer. */
int source_kernel(struct phys_vec *phyr, const void *addr, size_t len);

#endif /* _PHYR_SOURCES_SOURCE_H */
