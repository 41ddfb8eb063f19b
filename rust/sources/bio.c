// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over the data of bios.
 */
#include <linux/bio.h>
#include <linux/export.h>

#include "source.h"

int source_bios(struct phyr_iter *iter, struct phys_vec *phyr)
{
	do {
		struct bio *bio = iter->bio;

		if (!bio)
			return 0;
		iter->bio = bio->bi_next;
		/* A discard has a size and no data. */
		if (!bio_has_data(bio))
			continue;
		iter->bvecs = bio->bi_io_vec;
		iter->at = bio->bi_iter;
	} while (!iter->at.bi_size);
	return source_bvec(phyr, iter->bvecs, &iter->at);
}

int phyr_next_bio(struct phyr_iter *iter, struct phys_vec *phyr)
{
	if (iter->at.bi_size)
		return source_bvec(phyr, iter->bvecs, &iter->at);
	if (!iter->bio)
		return 0;
	return source_bios(iter, phyr);
}
EXPORT_SYMBOL_GPL(phyr_next_bio);
