/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Map a list of physical ranges for DMA.
 *
 * A list of physical ranges (struct phys_vec) goes in, a separate list of DMA
 * ranges (struct dma_vec) comes out.  The input is read during the call only.
 */
#ifndef _LINUX_DMA_PHYR_H
#define _LINUX_DMA_PHYR_H

#include <linux/bits.h>
#include <linux/dma-direction.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/types.h>

struct device;
struct p2pdma_provider;

/*
 * What a struct dma_phyr_map holds.  Private to phyr.
 */
enum dma_phyr_held {
	DMA_PHYR_HELD_NOTHING = 0,
	DMA_PHYR_HELD_FREE,
	DMA_PHYR_HELD_IOVA,
	DMA_PHYR_HELD_ONE,
	DMA_PHYR_HELD_EACH,
	DMA_PHYR_HELD_RECORDED,
};

/**
 * struct dma_phyr_map - a list that is mapped for DMA
 * @nr_ranges: DMA ranges that were written.  After %-ENOSPC: the entries that there
 *	must be room for.  After any other error: 0.
 *
 * The storage is the caller's.  It holds all that dma_unmap_phyrs() needs
 * except, where dma_phyrs_keep_ranges() says so, the array of DMA ranges.  It
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
	/*
	 * DMA_PHYR_HELD_IOVA: bytes, as dma_iova_destroy() takes them.
	 * DMA_PHYR_HELD_RECORDED: entries of the array, the record among them.
	 */
	size_t			size;
#ifdef CONFIG_PHYR_DEBUG
	u64			ticket;
#endif
};

/**
 * struct dma_phyr_segment - what some entries of a list are made of
 * @nr:	entries, at least 1
 * @provider: PCI device memory: whose it is, from pcim_p2pdma_provider().  The
 *	provider's driver must stay bound until the list is unmapped.  %NULL: RAM, or
 *	what @attrs of the mapping say.
 *
 * An address does not tell whose memory it is, and phyr does not guess: PCI memory
 * in a list without segments, or in a segment without provider, is mapped as if it
 * were RAM.
 */
struct dma_phyr_segment {
	unsigned int		nr;
	struct p2pdma_provider	*provider;
};

/**
 * define DMA_PHYR_UNCUT - DMA ranges are not cut at the segment limits of the device
 *
 * For drivers that cut by themselves, or whose limits are not those of segments.
 */
#define DMA_PHYR_UNCUT		BIT(0)

/**
 * define DMA_PHYR_LEN32 - the length of every DMA range fits in 32 bits
 *
 * It is 2 GiB at most, which is the longest message of RDMA, too.  Only makes a difference
 * beside %DMA_PHYR_UNCUT: dma_get_max_seg_size() has 32 bits.
 */
#define DMA_PHYR_LEN32		BIT(1)

/**
 * struct dma_phyr_list - a list of physical ranges
 * @phyrs: physical ranges in transfer order, lengths in bytes, of any alignment
 * @nr:	entries in @phyrs, at least 1
 * @flags: %DMA_PHYR_UNCUT, %DMA_PHYR_LEN32 or 0
 * @segments: what the entries are made of, in the order of @phyrs; %NULL if all of
 *	them are RAM, or what @attrs of the mapping say
 * @nr_segments: entries in @segments; together they have @nr entries of @phyrs
 *
 * It is read while it is mapped, not changed, and not needed any more afterwards.
 */
struct dma_phyr_list {
	const struct phys_vec		*phyrs;
	unsigned int			nr;
	unsigned int			flags;
	const struct dma_phyr_segment	*segments;
	unsigned int			nr_segments;
};

/**
 * struct dma_phyr_cursor - how much of a list was mapped, part by part
 * @entry: entries that are done
 * @offset: bytes of the next entry that are done
 *
 * Zeroed, it is at the start of the list.
 */
struct dma_phyr_cursor {
	unsigned int	entry;
	size_t		offset;
};

/**
 * dma_map_phyrs() - map a list of physical ranges for DMA
 * @dev:	device that will do the DMA, bound to its driver, its DMA mask set
 * @phyrs:	physical ranges of RAM in transfer order, lengths in bytes, of any
 *		alignment.  Not changed, and not needed any more after the call.
 * @nr:		entries in @phyrs, at least 1
 * @map:	[out] the mapping, for dma_unmap_phyrs(); written whatever the result
 * @ranges:	[out] array for the DMA ranges, which are written to its front in
 *		transfer order, together as many bytes as @phyrs.  There may be fewer
 *		than @nr.  After an error the contents have no meaning.  Must not
 *		overlap @phyrs.
 * @max_ranges:	room in @ranges, in entries.  @nr entries are enough if none of
 *		@phyrs is longer than a segment of the device or crosses its segment
 *		boundary; where ranges are cut and must be kept, one more for every 64
 *		is needed.
 * @dir:	direction of the transfer
 * @attrs:	%DMA_ATTR_SKIP_CPU_SYNC, %DMA_ATTR_NO_WARN,
 *		%DMA_ATTR_WEAK_ORDERING, %DMA_ATTR_PRIVILEGED,
 *		%DMA_ATTR_DEBUGGING_IGNORE_CACHELINES,
 *		%DMA_ATTR_REQUIRE_COHERENT, %DMA_ATTR_MMIO (then @phyrs is not RAM but
 *		registers or memory of devices, none of it P2P), or 0
 *
 * Physically adjacent entries are merged.  Behind an IOMMU all of these runs go
 * into one IOVA allocation, whatever the alignment of the entries, with one
 * dma_iova_link() for each run and one dma_iova_sync().  (Runs that would be cut at
 * a segment boundary may be moved behind it, and the gap linked to them too, with
 * no more links than there are runs.)
 * Runs that meet at a granule boundary (the IOMMU's smallest page) are one DMA
 * range; a list that is aligned inside is one DMA range as a whole.  Granules
 * that a run fills only in part are visible to the device as a whole, as they
 * are with dma_map_sgtable().  Without an IOMMU each run is one
 * dma_map_phys() call and one DMA range.
 *
 * A device that is not trusted (struct pci_dev.untrusted) or not coherent never
 * sees, and no cache operation touches, a granule that the list fills in part:
 * such a list is mapped run by run, and the DMA API bounces what it has to.  What
 * cannot be bounced is refused for a device that is not trusted: device memory, or
 * all of it where there are no bounce buffers.
 *
 * DMA ranges are cut at dma_get_max_seg_size() and dma_get_seg_boundary(), which
 * takes no further mapping; hence each fits in 32 bits.
 *
 * The CPU must not touch the memory until dma_unmap_phyrs(), except between
 * dma_sync_phyrs_for_cpu() and dma_sync_phyrs_for_device().
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
 *                  succeed if retried later.
 * * %-ENOSPC     - @max_ranges is too small.  Succeeds with room for
 *                  @map->nr_ranges entries.
 * * %-EREMOTEIO  - @dev cannot reach device memory in the list.  Never succeeds if
 *                  retried.
 * * %-EOPNOTSUPP - @attrs forbids bouncing and cache maintenance
 *                  (%DMA_ATTR_REQUIRE_COHERENT) and @dev needs them, @dev bounces all
 *                  of its DMA and the list is not RAM, @dev is not trusted and a
 *                  granule that the list fills in part cannot be bounced, RAM is out
 *                  of the reach of @dev and there are no bounce buffers, or @attrs
 *                  holds %DMA_ATTR_CC_SHARED.  Never succeeds if retried.
 */
int dma_map_phyrs(struct device *dev, const struct phys_vec *phyrs,
		  unsigned int nr, struct dma_phyr_map *map,
		  struct dma_vec *ranges, unsigned int max_ranges,
		  enum dma_data_direction dir, unsigned long attrs);

/**
 * dma_map_phyr_list() - map a list that is not simply RAM for DMA
 * @dev:	as for dma_map_phyrs()
 * @list:	the list, with what its entries are made of
 * @map:	[out] as for dma_map_phyrs()
 * @ranges:	[out] as for dma_map_phyrs()
 * @max_ranges:	as for dma_map_phyrs(); a list of RAM and device memory may need one more
 *		for every 64
 * @dir:	as for dma_map_phyrs()
 * @attrs:	as for dma_map_phyrs()
 *
 * Memory of a provider below the same PCI bridge as @dev is not mapped: its DMA
 * address is its bus address.  What is reached through the host bridge is mapped with
 * %DMA_ATTR_MMIO.  What cannot be reached is refused.  RAM and device memory may
 * stand in one list, in any order; behind an IOMMU all that is mapped of it still
 * shares one IOVA allocation.
 *
 * Context: As for dma_map_phyrs().  With a provider: not in interrupts before
 *	pci_p2pdma_distance() was called once for the two devices elsewhere; and if
 *	pci_p2pdma_map_type() is not exported and phyr is a module, not in interrupts
 *	at all.
 * Return: As dma_map_phyrs(), and %-EINVAL if a segment is empty or the segments do not
 *	make up the list, or @list has unknown flags.
 */
int dma_map_phyr_list(struct device *dev, const struct dma_phyr_list *list,
		      struct dma_phyr_map *map, struct dma_vec *ranges,
		      unsigned int max_ranges, enum dma_data_direction dir,
		      unsigned long attrs);

/**
 * dma_map_phyrs_next() - map as much of a list as there is room for
 * @dev:	as for dma_map_phyrs()
 * @list:	the list, the same in each call
 * @cursor:	where the part begins; zeroed before the first call.  Moved behind the part
 *		if one is mapped, and left alone otherwise.
 * @map:	[out] the part's mapping.  Each part is unmapped by itself.
 * @ranges:	[out] as for dma_map_phyrs()
 * @max_ranges:	room in @ranges, in entries; 4 are always enough
 * @dir:	as for dma_map_phyrs()
 * @attrs:	as for dma_map_phyrs()
 *
 * For long lists and small arrays: a part is mapped, the device is given it, and the
 * next part is mapped while it works, or when it is done.
 *
 * Context: As for dma_map_phyr_list().
 * Return: The number of DMA ranges written to @ranges; 0 if nothing is left of the
 *	list; or an error as from dma_map_phyr_list().
 */
int dma_map_phyrs_next(struct device *dev, const struct dma_phyr_list *list,
		       struct dma_phyr_cursor *cursor, struct dma_phyr_map *map,
		       struct dma_vec *ranges, unsigned int max_ranges,
		       enum dma_data_direction dir, unsigned long attrs);

/**
 * dma_unmap_phyrs() - unmap what was mapped
 * @dev:	the device of that call
 * @map:	the mapping.  Afterwards it holds nothing.
 * @ranges:	the array of that call, unchanged.  May be %NULL unless
 *		dma_phyrs_keep_ranges() says that it is needed.
 *
 * Direction and attributes are those of the mapping.  The device must have
 * finished its DMA.  Afterwards the CPU may use the memory.
 *
 * Context: Any context.  Does not sleep.
 */
void dma_unmap_phyrs(struct device *dev, struct dma_phyr_map *map,
		     const struct dma_vec *ranges);

/**
 * dma_phyrs_keep_ranges() - whether the array of DMA ranges is needed to unmap
 * @map:	a mapping
 *
 * Behind an IOMMU, and where nothing has to be unmapped, it usually is not:
 * then a driver may write the ranges straight into its descriptors and keep @map alone,
 * if it does not sync: the syncs may need the array all the same.
 * Ask after each mapping: when IOVA space runs short, the same list on the same
 * device may need the array.
 *
 * Context: Any context.
 * Return: %true if the array, all of its max_ranges entries, must be kept unchanged until
 *	dma_unmap_phyrs().  A record of what was mapped may lie behind the ranges.
 */
static inline bool dma_phyrs_keep_ranges(const struct dma_phyr_map *map)
{
	return map->held >= DMA_PHYR_HELD_EACH;
}

/**
 * dma_sync_phyrs_for_cpu() - take a list, or part of it, back from the device
 * @dev:	the device that it is mapped for
 * @map:	the mapping
 * @ranges:	the array of the mapping, unchanged
 * @offset:	where the part begins, in bytes from the start of the list
 * @len:	length of the part in bytes; nothing beyond the list is touched
 *
 * Afterwards the CPU may read what the device wrote, and write, until
 * dma_sync_phyrs_for_device(); the device must not use the part meanwhile.  Costs
 * next to nothing where neither bounce buffers nor caches are in the way.
 *
 * Right on DMA ranges of any number of runs, which dma_sync_single_for_cpu() is not:
 * that takes an IOVA range for physically contiguous.
 *
 * With CONFIG_DMA_API_DEBUG, dma-debug does not know of IOVA allocations.  For a
 * device that is not coherent it then complains that memory is synced that was not
 * mapped.
 *
 * Context: Any context.  Does not sleep.
 */
void dma_sync_phyrs_for_cpu(struct device *dev, const struct dma_phyr_map *map,
			    const struct dma_vec *ranges, size_t offset,
			    size_t len);

/**
 * dma_sync_phyrs_for_device() - give a list, or part of it, back to the device
 * @dev:	the device that it is mapped for
 * @map:	the mapping
 * @ranges:	the array of the mapping, unchanged
 * @offset:	where the part begins, in bytes from the start of the list
 * @len:	length of the part in bytes; nothing beyond the list is touched
 *
 * Afterwards the device may use what the CPU wrote, and the CPU must not touch it.
 *
 * Context: Any context.  Does not sleep.
 */
void dma_sync_phyrs_for_device(struct device *dev,
			       const struct dma_phyr_map *map,
			       const struct dma_vec *ranges, size_t offset,
			       size_t len);

/**
 * dma_phyrs_premapped() - a mapping of DMA ranges that the caller holds already
 * @map:	[out] the mapping
 * @nr_ranges:	DMA ranges that there are
 *
 * For code that takes a mapping, where somebody else has mapped the memory and will
 * unmap it: dma_unmap_phyrs() and the syncs then do nothing.
 *
 * Context: Any context.
 */
static inline void dma_phyrs_premapped(struct dma_phyr_map *map,
				       unsigned int nr_ranges)
{
	*map = (struct dma_phyr_map) { .nr_ranges = nr_ranges };
}

/**
 * dma_phyrs_index() - prepare DMA ranges for dma_phyrs_find()
 * @ranges:	DMA ranges, of a mapping or of the caller's own
 * @nr:		how many, at least 1
 * @ends:	[out] where each range ends, in bytes from the start of the list; room
 *		for @nr numbers
 * @total:	[out] length of the list in bytes
 *
 * Context: Any context.
 * Return: 0, or %-EINVAL if @nr is 0, a range is empty or wraps, or their lengths do
 *	not add up.
 */
int dma_phyrs_index(const struct dma_vec *ranges, unsigned int nr, u64 *ends,
		    u64 *total);

/**
 * dma_phyrs_find() - find a byte of a list among its DMA ranges
 * @ranges:	DMA ranges
 * @ends:	what dma_phyrs_index() made of them
 * @nr:		how many
 * @offset:	where the byte is, in bytes from the start of the list
 * @found:	[out] what is left of its range, from that byte on
 *
 * Takes a number of steps that grows with the logarithm of @nr.
 *
 * Context: Any context.
 * Return: the number of the range, or %-EINVAL if the list ends before @offset.
 */
int dma_phyrs_find(const struct dma_vec *ranges, const u64 *ends,
		   unsigned int nr, u64 offset, struct dma_vec *found);

#endif /* _LINUX_DMA_PHYR_H */
