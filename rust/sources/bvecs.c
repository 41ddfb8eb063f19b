// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over an array of struct bio_vec.
 */
#include <linux/export.h>

#include "source.h"

int phyr_next_bvec(struct phyr_iter *iter, struct phys_vec *phyr)
{
	struct bio_vec bvec;

	if (!iter->at.bi_size)
		return 0;
	bvec = mp_bvec_iter_bvec(iter->bvecs, iter->at);
	bvec_iter_advance_single(iter->bvecs, &iter->at, bvec.bv_len);
	return source_page(phyr, bvec.bv_page, bvec.bv_offset, bvec.bv_len);
}
EXPORT_SYMBOL_GPL(phyr_next_bvec);
