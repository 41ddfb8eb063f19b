/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Map a list of physical ranges for DMA.
 *
 * A list of physical ranges (struct phys_vec) goes in, a separate list of DMA
 * ranges (struct dma_vec) comes out.  The input is read during the call only.
 */
#ifndef _LINUX_DMA_PHYR_H
#define _LINUX_DMA_PHYR_H

#include <linux/dma-direction.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/types.h>

struct device;

/*
 * What a struct dma_phyr_map holds.  Private to phyr.
 */
enum dma_phyr_held {
	DMA_PHYR_HELD_NOTHING = 0,
	DMA_PHYR_HELD_IOVA,
	DMA_PHYR_HELD_ONE,
	DMA_PHYR_HELD_EACH,
};

/**
 * struct dma_phyr_map - a list that is mapped for DMA
 * @nr_ranges: DMA ranges that dma_map_phyrs() wrote.  After %-ENOSPC: the
 *	entries that it needs room for.  After any other error: 0.
 *
 * The storage is the caller's.  It holds all that dma_unmap_phyrs() needs
 * except, where dma_phyrs_keep_ranges() says so, the DMA ranges themselves.  It
 * may be copied, but must be unmapped once only.  Unmapping a map that is zeroed,
 * was unmapped or comes from a failed call does nothing.
 */
struct dma_phyr_map {
	unsigned int		nr_ranges;
	/* private: */
	u8			held;	/* enum dma_phyr_held */
	u8			dir;	/* enum dma_data_direction */
	u16			attrs;	/* DMA_ATTR_* */
	union {
		struct dma_iova_state	iova;	/* DMA_PHYR_HELD_IOVA */
		struct dma_vec		one;	/* DMA_PHYR_HELD_ONE */
	};
	/* DMA_PHYR_HELD_IOVA: bytes linked */
	size_t			size;
};

/**
 * dma_map_phyrs() - map a list of physical ranges for DMA
 * @dev:	device that will do the DMA, bound to its driver, its DMA mask set
 * @phyrs:	physical ranges of RAM in transfer order, lengths in bytes, of any
 *		alignment.  Not changed, and not needed any more after the call.
 * @nr:		entries in @phyrs, at least 1
 * @map:	[out] the mapping, for dma_unmap_phyrs(); written whatever the result
 * @ranges:	[out] DMA ranges in transfer order, together as many bytes as
 *		@phyrs.  There may be fewer than @nr.  After an error the contents
 *		have no meaning.  Must not overlap @phyrs.
 * @max_ranges:	room in @ranges, in entries.  @nr entries are enough unless the
 *		device bounces entries that are longer than dma_max_mapping_size().
 * @dir:	direction of the transfer
 * @attrs:	%DMA_ATTR_SKIP_CPU_SYNC, %DMA_ATTR_NO_WARN,
 *		%DMA_ATTR_WEAK_ORDERING, %DMA_ATTR_PRIVILEGED or 0
 *
 * Physically adjacent entries are merged.  Behind an IOMMU a list of several
 * such runs goes into one IOVA allocation, whatever the alignment of its entries,
 * with one dma_iova_link() for each run and one dma_iova_sync(); a single run is
 * one dma_map_phys() call.
 * Runs that meet at a granule boundary (the IOMMU's smallest page) are one DMA
 * range; a list that is aligned inside is one DMA range as a whole.  Granules
 * that a run fills only in part are visible to the device as a whole, as they
 * are with dma_map_sgtable().  Without an IOMMU each run is one
 * dma_map_phys() call and one DMA range.
 *
 * The CPU must not touch the memory until dma_unmap_phyrs().  DMA ranges are not
 * cut at dma_get_max_seg_size() or dma_get_seg_boundary().
 *
 * The device must be cache-coherent and trusted (struct pci_dev.untrusted).
 *
 * Context: Any context, but not in hard interrupts for a device without IOMMU whose
 *	addresses are offset (struct device.dma_range_map), because
 *	dma_max_mapping_size() then walks the resource tree.  Does not sleep.  phyr
 *	allocates nothing; the DMA layers below allocate IOVA space and page tables
 *	with GFP_ATOMIC.
 * Return: the number of DMA ranges written to @ranges, at least 1, or
 *
 * * %-EINVAL     - @nr is 0, an entry is empty or runs past the end of the
 *                  address space, @dir or @attrs is invalid, or @dev has no DMA
 *                  mask.  Never succeeds if retried.
 * * %-ENOMEM     - no IOVA space, page table or bounce buffer could be had.  May
 *                  succeed if retried later, unless memory is out of the reach of
 *                  @dev and there are no bounce buffers at all, of which
 *                  dma_map_phys() warns.
 * * %-ENOSPC     - @max_ranges is too small.  Succeeds with room for
 *                  @map->nr_ranges entries.
 * * %-EOPNOTSUPP - @dev is not coherent or not trusted, or @attrs holds one that
 *                  phyr does not map (%DMA_ATTR_MMIO,
 *                  %DMA_ATTR_REQUIRE_COHERENT, %DMA_ATTR_CC_SHARED).  Never
 *                  succeeds if retried.
 */
int dma_map_phyrs(struct device *dev, const struct phys_vec *phyrs,
		  unsigned int nr, struct dma_phyr_map *map,
		  struct dma_vec *ranges, unsigned int max_ranges,
		  enum dma_data_direction dir, unsigned long attrs);

/**
 * dma_unmap_phyrs() - unmap what dma_map_phyrs() mapped
 * @dev:	the device of that call
 * @map:	the mapping.  Afterwards it holds nothing.
 * @ranges:	the DMA ranges that the call wrote, unchanged.  May be %NULL unless
 *		dma_phyrs_keep_ranges() says that they are needed.
 *
 * Direction and attributes are those of the mapping.  The device must have
 * finished its DMA.  Afterwards the CPU may use the memory.
 *
 * Context: Any context.  Does not sleep.
 */
void dma_unmap_phyrs(struct device *dev, struct dma_phyr_map *map,
		     const struct dma_vec *ranges);

/**
 * dma_phyrs_keep_ranges() - whether the DMA ranges are needed to unmap
 * @map:	a mapping by dma_map_phyrs()
 *
 * Behind an IOMMU, and where nothing has to be unmapped, they usually are not:
 * then a driver may write them straight into its descriptors and keep @map alone.
 * Ask after each dma_map_phyrs(): when IOVA space runs short, the same list on
 * the same device may need them.
 *
 * Context: Any context.
 * Return: %true if the ranges must be kept unchanged until dma_unmap_phyrs().
 */
static inline bool dma_phyrs_keep_ranges(const struct dma_phyr_map *map)
{
	return map->held == DMA_PHYR_HELD_EACH;
}

#endif /* _LINUX_DMA_PHYR_H */
