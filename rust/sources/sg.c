// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over the memory of a scatterlist.
 */
#include <linux/export.h>
#include <linux/scatterlist.h>

#include "source.h"

int phyr_next_sg(struct phyr_iter *iter, struct phys_vec *phyr)
{
	struct scatterlist *sg = iter->sg;

	if (!iter->nr)
		return 0;
	if (!sg)
		return -EINVAL;
	iter->nr--;
	iter->sg = sg_next(sg);
	return source_page(phyr, sg_page(sg), sg->offset, sg->length);
}
EXPORT_SYMBOL_GPL(phyr_next_sg);
