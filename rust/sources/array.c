// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over an array of physical ranges.
 */
#include <linux/export.h>
#include <linux/phyr-iter.h>

int phyr_next_phyr(struct phyr_iter *iter, struct phys_vec *phyr)
{
	if (!iter->nr)
		return 0;
	*phyr = *iter->phyrs++;
	iter->nr--;
	return 1;
}
EXPORT_SYMBOL_GPL(phyr_next_phyr);
