// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over the data of a block request.
 */
#include <linux/blk-mq.h>
#include <linux/export.h>

#include "source.h"

int phyr_next_rq(struct phyr_iter *iter, struct phys_vec *phyr)
{
	struct request *rq = iter->rq;

	iter->next = phyr_next_bio;
	if (rq->rq_flags & RQF_SPECIAL_PAYLOAD) {
		/* The driver's own, instead of the bios. */
		iter->bvecs = &rq->special_vec;
		iter->at.bi_size = rq->special_vec.bv_len;
		iter->bio = NULL;
		return phyr_next_bio(iter, phyr);
	}
	iter->bio = rq->bio;
	return source_bios(iter, phyr);
}
EXPORT_SYMBOL_GPL(phyr_next_rq);
