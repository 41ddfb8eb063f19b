// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor over a part of a folio.
 */
#include <linux/export.h>

#include "source.h"

int phyr_next_folio(struct phyr_iter *iter, struct phys_vec *phyr)
{
	size_t start = iter->folio_start, len = iter->folio_len;
	size_t size;

	if (!len)
		return 0;
	size = folio_size(iter->folio);
	if (start > size || len > size - start)
		return -EINVAL;
	iter->folio_len = 0;
	return source_page(phyr, folio_page(iter->folio, 0), start, len);
}
EXPORT_SYMBOL_GPL(phyr_next_folio);
