// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over the kernel memory of an iov_iter.
 */
#include <linux/export.h>
#include <linux/folio_queue.h>
#include <linux/xarray.h>

#include "source.h"

static int next_of_kvec(const struct iov_iter *iov, struct phys_vec *phyr)
{
	const struct kvec *kvec = iov->kvec;

	if (!iov->nr_segs)
		return -EINVAL;
	return source_kernel(phyr, kvec->iov_base + iov->iov_offset,
			     min(iov->count, kvec->iov_len - iov->iov_offset));
}

static int next_of_bvec(const struct iov_iter *iov, struct phys_vec *phyr)
{
	const struct bio_vec *bvec = iov->bvec;

	if (!iov->nr_segs)
		return -EINVAL;
	return source_page(phyr, bvec->bv_page, bvec->bv_offset + iov->iov_offset,
			   min(iov->count, bvec->bv_len - iov->iov_offset));
}

static int next_of_folioq(const struct iov_iter *iov, struct phys_vec *phyr)
{
	const struct folio_queue *folioq = iov->folioq;
	unsigned int slot = iov->folioq_slot;
	struct folio *folio;

	if (slot >= folioq->vec.nr)
		return -EINVAL;
	folio = folioq_folio(folioq, slot);
	/* Taken out of the queue. */
	if (!folio)
		return -EINVAL;
	return source_page(phyr, folio_page(folio, 0), iov->iov_offset,
			   min(iov->count, folioq_folio_size(folioq, slot) - iov->iov_offset));
}

static int next_of_xarray(const struct iov_iter *iov, struct phys_vec *phyr)
{
	const loff_t pos = iov->xarray_start + iov->iov_offset;
	struct folio *folio = xa_load(iov->xarray, pos >> PAGE_SHIFT);
	size_t offset;

	if (!folio || xa_is_value(folio))
		return -EINVAL;
	offset = offset_in_folio(folio, pos);
	return source_page(phyr, folio_page(folio, 0), offset,
			   min(iov->count, folio_size(folio) - offset));
}

static int next_of(const struct iov_iter *iov, struct phys_vec *phyr)
{
	switch (iov_iter_type(iov)) {
	case ITER_KVEC:
		return next_of_kvec(iov, phyr);
	case ITER_BVEC:
		return next_of_bvec(iov, phyr);
	case ITER_FOLIOQ:
		return next_of_folioq(iov, phyr);
	case ITER_XARRAY:
		return next_of_xarray(iov, phyr);
	default:
		return -EINVAL;
	}
}

/*
 * Every segment of bvecs is a range: nothing but the next one has to be looked for, which
 * iov_iter_advance() does in a loop that begins anew.
 */
static int next_bvec(struct phyr_iter *iter, struct phys_vec *phyr)
{
	struct iov_iter *iov = &iter->iov;
	const struct bio_vec *bvec = iov->bvec;
	const size_t offset = iov->iov_offset;
	size_t len;

	if (!iov->count)
		return 0;
	if (!iov->nr_segs)
		return -EINVAL;
	len = min(iov->count, bvec->bv_len - offset);
	iov->count -= len;
	iov->iov_offset += len;
	while (iov->nr_segs && iov->iov_offset == iov->bvec->bv_len) {
		iov->bvec++;
		iov->nr_segs--;
		iov->iov_offset = 0;
	}
	return source_page(phyr, bvec->bv_page, bvec->bv_offset + offset, len);
}

static int next_iov(struct phyr_iter *iter, struct phys_vec *phyr)
{
	int ret;

	if (!iter->iov.count)
		return 0;
	ret = next_of(&iter->iov, phyr);
	if (ret < 0)
		return ret;
	iov_iter_advance(&iter->iov, phyr->len);
	return ret;
}

/* An iterator may stand where a segment ends, or at an empty one. */
static int leave_segment(struct iov_iter *iov)
{
	/* iov_iter_advance() takes it for granted that the queue goes on. */
	if (iov_iter_is_folioq(iov) && iov->folioq_slot >= folioq_nr_slots(iov->folioq) &&
	    !iov->folioq->next)
		return -EINVAL;
	iov_iter_advance(iov, 0);
	return 0;
}

int phyr_next_iov(struct phyr_iter *iter, struct phys_vec *phyr)
{
	int ret;

	if (!iter->iov.count)
		return 0;
	ret = leave_segment(&iter->iov);
	if (ret < 0)
		return ret;
	iter->next = iov_iter_is_bvec(&iter->iov) ? next_bvec : next_iov;
	return iter->next(iter, phyr);
}
EXPORT_SYMBOL_GPL(phyr_next_iov);
