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

/* Ranges of a list that is short. */
#define SOURCE_SHORT	32

/* Whether there is a loop for what @iter is of. */
static inline bool source_is_read_at_once(const struct phyr_iter *iter)
{
	return iter->next == phyr_next_page || iter->next == phyr_next_xdr ||
	       iter->next == phyr_next_sg || iter->next == phyr_next_bvec;
}

/*
 * All ranges that such an @iter gives, if they are no more than %SOURCE_SHORT, for which @phyrs has
 * room.  0 if they are more, or none, or end with an error: the cursor is to be asked then.
 */
unsigned int phyr_source_read(const struct phyr_iter *iter, struct phys_vec *phyrs);

/* The only range that such an @iter gives.  False if it may give another, or none, or an error. */
bool source_read_one(const struct phyr_iter *iter, struct phys_vec *phyr);

#endif /* _PHYR_SOURCES_SOURCE_H */
