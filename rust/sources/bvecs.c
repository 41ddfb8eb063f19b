// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over an array of struct bio_vec.
 */
#include <linux/export.h>

#include "source.h"

int phyr_next_bvec(struct phyr_iter *iter, struct phys_vec *phyr)
{
	if (!iter->at.bi_size)
		return 0;
	return source_bvec(phyr, iter->bvecs, &iter->at);
}
EXPORT_SYMBOL_GPL(phyr_next_bvec);
