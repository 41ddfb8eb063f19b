// SPDX-License-Identifier: GPL-2.0
/*
 * Where memory is for a device without DMA of its own, whose driver copies with the CPU.
 */
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>

#include "glue.h"

/* Whether the kernel can address what is at @pfn, which is valid, as it does RAM. */
static __always_inline bool is_ram_page(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	if (is_zone_device_page(page))
		return !is_pci_p2pdma_page(page) && !is_device_private_page(page);
	/* Holes in what was there at boot have pages, too. */
	return !PageReserved(page) || page_is_ram(pfn);
}

/* Pages from @start on that are known to be RAM. */
struct known {
	unsigned long start;
	unsigned long nr;
};

static __always_inline bool is_known(const struct known *known, unsigned long first,
				     unsigned long last)
{
	return first >= known->start && last - known->start < known->nr;
}

/*
 * What is RAM because @pfn, which is valid, is in the same zone: all of it, if that has no holes,
 * else nothing.  What a device has is never counted as present.
 */
static __always_inline struct known known_around(unsigned long pfn)
{
	struct zone *zone = page_zone(pfn_to_page(pfn));
	unsigned long present;
	struct known known;
	unsigned int seq;

	do {
		seq = zone_span_seqbegin(zone);
		known.start = zone->zone_start_pfn;
		known.nr = zone->spanned_pages;
		present = zone->present_pages;
	} while (zone_span_seqretry(zone, seq));
	if (present != known.nr)
		known.nr = 0;
	return known;
}

static noinline bool is_each_ram(unsigned long first, unsigned long last)
{
	for (unsigned long pfn = first; pfn <= last; pfn++)
		if (!pfn_valid(pfn) || !is_ram_page(pfn))
			return false;
	return true;
}

/* As phyr_rw_virt(), for one range: where it is, or 0. */
unsigned long phyr_rw_virt_one(phys_addr_t addr, u64 len)
{
	unsigned long first = PHYS_PFN(addr);
	unsigned long last = PHYS_PFN(addr + len - 1);

	if (!pfn_valid(first))
		return 0;
	if (first == last) {
		if (!is_ram_page(first))
			return 0;
	} else {
		const struct known known = known_around(first);

		if (!is_known(&known, first, last) && !is_each_ram(first, last))
			return 0;
	}
	return (unsigned long)phys_to_virt(addr);
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
		unsigned long first = PHYS_PFN(ranges[i].addr);
		unsigned long last = PHYS_PFN(ranges[i].addr + ranges[i].len - 1);

		if (!is_known(&known, first, last)) {
			if (!pfn_valid(first))
				return false;
			known = known_around(first);
			if (!is_known(&known, first, last) && !is_each_ram(first, last))
				return false;
		}
		ranges[i].addr = (uintptr_t)phys_to_virt(ranges[i].addr);
	}
	return true;
}
