// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line copies of inline functions that Rust cannot call.  They are
 * exported because generic Rust code is generated in the module that uses it.
 */
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/error-injection.h>
#include <linux/export.h>
#include <linux/iommu-dma.h>
#include <linux/kmsan.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/phyr-iter.h>
#include <linux/swiotlb.h>

#include "glue.h"
#include "watch/watch.h"

static bool phyr_dev_is_trusted(struct device *dev)
{
	return !dev_is_pci(dev) || !to_pci_dev(dev)->untrusted;
}

static bool phyr_dev_is_offset(struct device *dev)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_PHYS_TO_DMA) || dev->dma_range_map;
}

/*
 * Whether it is known, without an IOMMU, where between two boundaries a DMA address
 * is: at the physical address plus @offset.
 */
static bool phyr_dev_in_phase(struct device *dev, u64 boundary, u64 *offset)
{
	const struct bus_dma_region *region = dev->dma_range_map;
	u64 differ = 0;

	*offset = 0;
	if (IS_ENABLED(CONFIG_ARCH_HAS_PHYS_TO_DMA))
		return false;
	if (!region || !region->size)
		return true;

	*offset = region->dma_start - region->cpu_start;
	for (; region->size; region++)
		differ |= (region->dma_start - region->cpu_start) ^ *offset;
	return !(differ & boundary);
}

bool phyr_shim_has_bounce_buffers(struct device *dev)
{
#ifdef CONFIG_SWIOTLB
	return dev->dma_io_tlb_mem && dev->dma_io_tlb_mem->nslabs;
#else
	return false;
#endif
}
EXPORT_SYMBOL_GPL(phyr_shim_has_bounce_buffers);

/* Bytes that a bounce buffer can hold: it does not cross the boundary. */
static size_t phyr_dev_max_mapping(struct device *dev)
{
	unsigned long boundary = dma_get_seg_boundary(dev);
	size_t align = roundup(dma_get_min_align_mask(dev), IO_TLB_SIZE);
	size_t most = dma_max_mapping_size(dev);

	if (boundary < most && boundary + 1 > align)
		most = min(most, boundary + 1 - align);
	return most;
}

static u64 phyr_dev_reach(struct device *dev)
{
	return min_not_zero(*dev->dma_mask, dev->bus_dma_limit);
}

/*
 * Bus addresses are physical addresses, for nothing translates, and what the device
 * reaches is not bounced.
 */
static bool phyr_dev_is_plain(struct device *dev)
{
	return !((unsigned long)get_dma_ops(dev) | dev->bus_dma_limit |
		 (unsigned long)dev->dma_range_map) &&
	       !IS_ENABLED(CONFIG_ARCH_HAS_PHYS_TO_DMA) &&
	       !phys_to_dma(dev, 0) && !is_swiotlb_force_bounce(dev);
}

static bool phyr_dev_has_mask(struct device *dev)
{
	return dev->dma_mask && *dev->dma_mask;
}

/* Out of line, or the compiler carries the 0 in a register past all that is usual. */
static __noipa int not_usual(void)
{
	return 0;
}

int phyr_usual_direct(struct device *dev, struct phyr_usual_direct *usual)
{
	const struct device_dma_parameters *limits = dev->dma_parms;
	unsigned long boundary;
	u64 max_seg;
	u64 reach;

	if (unlikely(!phyr_dev_has_mask(dev) || !limits || !dev_is_dma_coherent(dev) ||
		     !phyr_dev_is_plain(dev)))
		return not_usual();
	boundary = limits->segment_boundary_mask;
	max_seg = limits->max_segment_size;
	reach = *dev->dma_mask;
	/* Nothing is cut here, and no two bytes lie within a boundary of 0. */
	if (unlikely((boundary & (boundary + 1)) || !max_seg))
		return not_usual();
	/* In the bit in which the device has it: to move it would take longer. */
	usual->needs_no_unmap = dma_dev_need_sync(dev) ? 0 : BIT(DEV_FLAG_DMA_SKIP_SYNC);
	usual->seg_boundary = boundary;
	usual->max_seg = max_seg;
	usual->uncut = min(max_seg - 1, (u64)boundary);
	usual->reach = reach;
	return 1;
}
EXPORT_SYMBOL_GPL(phyr_usual_direct);
ALLOW_ERROR_INJECTION(phyr_usual_direct, ERRNO);

int phyr_usual_shared(struct device *dev, struct phyr_usual_shared *usual)
{
	const struct device_dma_parameters *limits = dev->dma_parms;
	unsigned long boundary;
	u64 max_seg;

	if (unlikely(!phyr_dev_has_mask(dev) || !limits || !dev_is_dma_coherent(dev) ||
		     !phyr_dev_is_trusted(dev) || static_branch_unlikely(&phyr_per_run)))
		return not_usual();
	boundary = limits->segment_boundary_mask;
	max_seg = limits->max_segment_size;
	/* In an allocation, what crosses a boundary of 0 would be cut at every byte. */
	if (unlikely(!boundary || (boundary & (boundary + 1)) || !max_seg))
		return not_usual();
	usual->seg_boundary = boundary;
	usual->max_seg = max_seg;
	return 1;
}
EXPORT_SYMBOL_GPL(phyr_usual_shared);
ALLOW_ERROR_INJECTION(phyr_usual_shared, ERRNO);

/* One call for all of them: the language border is crossed once per mapping. */
int phyr_device_traits(struct device *dev, struct phyr_device_traits *traits)
{
	if (!phyr_dev_has_mask(dev))
		return -EINVAL;

	traits->merge_boundary = dma_get_merge_boundary(dev);
	traits->seg_boundary = dma_get_seg_boundary(dev);
	traits->reach = phyr_dev_reach(dev);
	traits->max_seg = dma_get_max_seg_size(dev);
	traits->coherent = dev_is_dma_coherent(dev);
	traits->trusted = phyr_dev_is_trusted(dev);
	traits->in_phase = phyr_dev_in_phase(dev, traits->seg_boundary,
					     &traits->offset);
	traits->bounces = phyr_shim_has_bounce_buffers(dev);
	traits->bounces_all = is_swiotlb_force_bounce(dev) ||
			      get_dma_ops(dev) || phyr_dev_is_offset(dev) ||
			      phys_to_dma(dev, 0) > traits->reach;
	/* As dma_kmalloc_size_aligned() has it. */
	traits->min_merge = traits->coherent ? 0 : 2 * ARCH_DMA_MINALIGN;
	traits->max_mapping = 0;
	if (!traits->merge_boundary || !traits->trusted)
		traits->max_mapping = phyr_dev_max_mapping(dev);
	return 0;
}
EXPORT_SYMBOL_GPL(phyr_device_traits);
ALLOW_ERROR_INJECTION(phyr_device_traits, ERRNO);

bool phyr_shim_is_coherent(struct device *dev)
{
	return dev_is_dma_coherent(dev);
}
EXPORT_SYMBOL_GPL(phyr_shim_is_coherent);

/* As dma_direct_map_phys() asks, which warns if it cannot bounce what is not reached. */
bool phyr_shim_reaches(struct device *dev, phys_addr_t phys, size_t len)
{
	return dma_capable(dev, phys_to_dma(dev, phys), len, true);
}
EXPORT_SYMBOL_GPL(phyr_shim_reaches);

void phyr_shim_sync(struct device *dev, dma_addr_t addr, size_t len,
		    enum dma_data_direction dir, bool for_cpu)
{
	if (for_cpu)
		dma_sync_single_for_cpu(dev, addr, len, dir);
	else
		dma_sync_single_for_device(dev, addr, len, dir);
}
EXPORT_SYMBOL_GPL(phyr_shim_sync);

#ifdef CONFIG_KMSAN
void phyr_shim_kmsan(phys_addr_t phys, size_t len, enum dma_data_direction dir)
{
	kmsan_handle_dma(phys, len, dir);
}
EXPORT_SYMBOL_GPL(phyr_shim_kmsan);
#endif

phys_addr_t phyr_shim_page_to_phys(struct page *page)
{
	return page_to_phys(page);
}
EXPORT_SYMBOL_GPL(phyr_shim_page_to_phys);

/* The layouts that Rust code repeats: rust/{raw_map,list}.rs, rust/plan/{phyr,range}.rs. */
static_assert(sizeof(struct phys_vec) == 16);
static_assert(offsetof(struct phys_vec, len) == 8);
static_assert(sizeof(struct dma_vec) == 16);
static_assert(offsetof(struct dma_vec, len) == 8);
static_assert(sizeof(struct dma_phyr_map) == (IS_ENABLED(CONFIG_PHYR_DEBUG) ? 40 : 32));
static_assert(offsetof(struct dma_phyr_map, nr_ranges) == 0);
static_assert(offsetof(struct dma_phyr_map, held) == 4);
static_assert(offsetof(struct dma_phyr_map, dir) == 5);
static_assert(offsetof(struct dma_phyr_map, attrs) == 6);
static_assert(offsetof(struct dma_phyr_map, iova) == 8);
static_assert(offsetof(struct dma_phyr_map, one) == 8);
static_assert(offsetof(struct dma_phyr_map, size) == 24);
static_assert(sizeof(struct dma_phyr_segment) == 16);
static_assert(offsetof(struct dma_phyr_segment, provider) == 8);
static_assert(sizeof(struct dma_phyr_list) == 32);
static_assert(offsetof(struct dma_phyr_list, nr) == 8);
static_assert(offsetof(struct dma_phyr_list, flags) == 12);
static_assert(offsetof(struct dma_phyr_list, segments) == 16);
static_assert(offsetof(struct dma_phyr_list, nr_segments) == 24);
static_assert(sizeof(struct dma_phyr_cursor) == 16);
static_assert(offsetof(struct dma_phyr_cursor, offset) == 8);
static_assert(sizeof(struct phyr_iter) == 48);
static_assert(offsetof(struct phyr_iter, state) == 8);
static_assert(sizeof(struct phyr_device_traits) == 56);
static_assert(sizeof(struct phyr_usual_direct) == 40);
static_assert(offsetof(struct phyr_usual_direct, uncut) == 16);
static_assert(offsetof(struct phyr_usual_direct, reach) == 24);
static_assert(sizeof(struct phyr_usual_shared) == 16);
