// SPDX-License-Identifier: GPL-2.0
/*
 * Where memory is for a device without DMA of its own, whose driver copies with the CPU.
 */
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "glue.h"

/* What memory is does not change within so many bytes: SUBSECTION_SHIFT. */
#define STEP	SZ_2M

/* Whether the kernel can address what is at @paddr as it does RAM. */
static __always_inline bool is_ram(phys_addr_t paddr)
{
	unsigned long pfn = PHYS_PFN(paddr);
	struct page *page;

	if (!pfn_valid(pfn))
		return false;
	page = pfn_to_page(pfn);
	return !is_zone_device_page(page) ||
	       (!is_pci_p2pdma_page(page) && !is_device_private_page(page));
}

static noinline bool is_long_ram(phys_addr_t at, phys_addr_t last)
{
	for (; last - at >= STEP; at += STEP)
		if (!is_ram(at))
			return false;
	return is_ram(at) && is_ram(last);
}

static __always_inline bool is_all_ram(phys_addr_t first, phys_addr_t last)
{
	return first / STEP == last / STEP ? is_ram(first) : is_long_ram(first, last);
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

/*
 * What is RAM because the byte at @paddr is: its zone, if that has no holes.  A device's memory
 * makes one, and memory that is in use stays what it is.
 */
static struct known known_around(phys_addr_t paddr)
{
#if defined(CONFIG_COMPACTION) || defined(CONFIG_CMA)
	struct page *page = phys_to_page(paddr);
	struct zone *zone = page_zone(page);

	if (!is_zone_device_page(page) && READ_ONCE(zone->contiguous))
		return (struct known) {
			.start = PFN_PHYS(zone->zone_start_pfn),
			.len = PFN_PHYS(zone->spanned_pages),
		};
#endif
	return (struct known) { .start = ALIGN_DOWN(paddr, STEP), .len = STEP };
}

/* As phyr_rw_virt(), for one range. */
bool phyr_rw_virt_one(struct dma_vec *range)
{
	if (!is_all_ram(range->addr, range->addr + range->len - 1))
		return false;
	range->addr = (uintptr_t)phys_to_virt(range->addr);
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

		if (!is_known(&known, first, last)) {
			if (!is_all_ram(first, last))
				return false;
			known = known_around(last);
		}
		ranges[i].addr = (uintptr_t)phys_to_virt(first);
	}
	return true;
}
