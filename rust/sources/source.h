/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What cursors over pages have in common.
 */
#ifndef _PHYR_SOURCES_SOURCE_H
#define _PHYR_SOURCES_SOURCE_H

#include <linux/mm.h>
#include <linux/phyr-iter.h>

/* @len bytes that start @offset bytes into @page; not of a peer, for whose they are is not said. */
static inline int source_page(struct phys_vec *phyr, const struct page *page,
			      size_t offset, size_t len)
{
	if (is_pci_p2pdma_page(page))
		return -EREMOTEIO;
	*phyr = (struct phys_vec) {
		.paddr = page_to_phys(page) + offset,
		.len = len,
	};
	return 1;
}

/* The first range of @len bytes at @addr, which may have fewer. */
int source_kernel(struct phys_vec *phyr, const void *addr, size_t len);

#endif /* _PHYR_SOURCES_SOURCE_H */
