// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over the memory of a scatterlist.
 */
#include <linux/export.h>
#include <linux/scatterlist.h>

#include "source.h"

/* Passes over entries that are wholly left out; never one without bytes, which is not valid. */
static void leave_out(struct phyr_iter *iter)
{
	while (iter->nr && iter->sg && iter->sg->length &&
	       iter->left >= iter->sg->length) {
		iter->left -= iter->sg->length;
		iter->sg = sg_next(iter->sg);
		iter->nr--;
	}
}

int phyr_next_sg(struct phyr_iter *iter, struct phys_vec *phyr)
{
	struct scatterlist *sg;
	size_t left_out;

	if (unlikely(iter->left))
		leave_out(iter);
	sg = iter->sg;
	if (!iter->nr)
		return 0;
	if (!sg)
		return -EINVAL;
	left_out = min(iter->left, sg->length);
	iter->left = 0;
	iter->nr--;
	iter->sg = sg_next(sg);
	return source_page(phyr, sg_page(sg), sg->offset + left_out,
			   sg->length - left_out);
}
EXPORT_SYMBOL_GPL(phyr_next_sg);
