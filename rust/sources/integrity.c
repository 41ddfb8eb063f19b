// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over the protection information of a block request.
 */
#include <linux/blk-integrity.h>
#include <linux/export.h>

#include "source.h"

static int next_integrity(struct phyr_iter *iter, struct phys_vec *phyr)
{
	while (!iter->at.bi_size) {
		struct bio_integrity_payload *bip;
		struct bio *bio = iter->bio;

		if (!bio)
			return 0;
		iter->bio = bio->bi_next;
		bip = bio_integrity(bio);
		if (!bip)
			continue;
		iter->bvecs = bip->bip_vec;
		iter->at = bip->bip_iter;
	}
	return source_bvec(phyr, iter->bvecs, &iter->at);
}

int phyr_next_rq_integrity(struct phyr_iter *iter, struct phys_vec *phyr)
{
	iter->next = next_integrity;
	iter->bio = iter->rq->bio;
	return next_integrity(iter, phyr);
}
EXPORT_SYMBOL_GPL(phyr_next_rq_integrity);
