// SPDX-License-Identifier: GPL-2.0
/*
 * Where memory is for a device without DMA of its own, whose driver copies with the CPU.
 */
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>

#include "glue.h"

/* Whether the kernel can address what is at @paddr as it does RAM. */
static __always_inline bool is_ram(phys_addr_t paddr)
{
	unsigned long pfn = PHYS_PFN(paddr);
	struct page *page;

	if (!pfn_valid(pfn))
		return false;
	page = pfn_to_page(pfn);
	if (is_zone_device_page(page))
		return !is_pci_p2pdma_page(page) && !is_device_private_page(page);
	/* Holes in what was there at boot have pages, too. */
	return !PageReserved(page) || page_is_ram(pfn);
}

/* Bytes from @start on that are known to be RAM. */
struct known {
	phys_addr_t start;
	phys_addr_t len;
};

static __always_inline bool is_known(const struct known *known, phys_addr_t first,
				     phys_addr_t last)
{
	return first >= known->start && last - known->start < known->len;
}

/* What is RAM because the byte at @paddr is: its zone, if that has no holes, else nothing. */
static struct known known_around(phys_addr_t paddr)
{
	struct page *page = phys_to_page(paddr);
	struct zone *zone = page_zone(page);
	struct known known;
	bool has_holes;
	unsigned int seq;

	do {
		seq = zone_span_seqbegin(zone);
		known.start = PFN_PHYS(zone->zone_start_pfn);
		known.len = PFN_PHYS(zone->spanned_pages);
		has_holes = zone->present_pages != zone->spanned_pages;
	} while (zone_span_seqretry(zone, seq));
	if (has_holes || is_zone_device_page(page))
		known.len = 0;
	return known;
}

/* Whether all of it is RAM.  Tells what else is. */
static noinline bool is_all_ram(phys_addr_t first, phys_addr_t last, struct known *known)
{
	if (!is_ram(first))
		return false;
	*known = known_around(first);
	if (is_known(known, first, last))
		return true;
	for (phys_addr_t at = first; PHYS_PFN(at) != PHYS_PFN(last);) {
		at += PAGE_SIZE;
		if (!is_ram(at))
			return false;
	}
	return true;
}

/* As phyr_rw_virt(), for one range. */
bool phyr_rw_virt_one(struct dma_vec *range)
{
	phys_addr_t first = range->addr, last = first + range->len - 1;
	struct known known;

	if (PHYS_PFN(first) == PHYS_PFN(last) ? !is_ram(first) :
						!is_all_ram(first, last, &known))
		return false;
	range->addr = (uintptr_t)phys_to_virt(first);
	return true;
}

/**
 * phyr_rw_virt() - have physical ranges tell where they are
 * @ranges: what they are; each has bytes and does not wrap around
 * @nr: how many
 *
 * Return: whether all are RAM.
 */
bool phyr_rw_virt(struct dma_vec *ranges, unsigned int nr)
{
	struct known known = {};

	for (unsigned int i = 0; i < nr; i++) {
		phys_addr_t first = ranges[i].addr;
		phys_addr_t last = first + ranges[i].len - 1;

		if (!is_known(&known, first, last) && !is_all_ram(first, last, &known))
			return false;
		ranges[i].addr = (uintptr_t)phys_to_virt(first);
	}
	return true;
}
