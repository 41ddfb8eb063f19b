/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of physical ranges for ULPs that build work requests of their own: SENDs, RECVs, and
 * RDMA that rdma/rw_phyr.h does not do for them.
 *
 * What ib_dma_map_sgtable_attrs() and its kin of rdma/ib_verbs.h do for scatterlists.
 */
#ifndef _RDMA_IB_PHYR_H
#define _RDMA_IB_PHYR_H

#include <linux/dma-phyr.h>
#include <linux/phyr-iter.h>
#include <rdma/ib_verbs.h>

/**
 * ib_dma_map_phyrs() - map an array of physical ranges for an RDMA device
 * @dev: the device
 * @phyrs: as for dma_map_phyrs()
 * @nr: as there
 * @map: [out] as there; ib_dma_unmap_phyrs() wants it
 * @ranges: [out] as there, for ib_phyr_sges()
 * @max_ranges: as there, in entries; as many as in @phyrs are enough unless one is longer than a
 *	segment of the device or crosses a segment boundary
 * @dir: as there
 *
 * For a device without DMA of its own (rxe, siw) @ranges are addresses of the kernel's, and
 * nothing is mapped.
 *
 * Context: Any.  Does not sleep.
 * Return: as dma_map_phyrs(), and %-EREMOTEIO if such a device is given what is not RAM.
 */
int ib_dma_map_phyrs(struct ib_device *dev, const struct phys_vec *phyrs,
		     unsigned int nr, struct dma_phyr_map *map,
		     struct dma_vec *ranges, unsigned int max_ranges,
		     enum dma_data_direction dir);

/**
 * ib_dma_map_phyr_list() - map a list that may have memory of peers for an RDMA device
 * @dev: as for ib_dma_map_phyrs()
 * @list: as for dma_map_phyr_list()
 * @map: as for ib_dma_map_phyrs()
 * @ranges: as there
 * @max_ranges: as there
 * @dir: as there
 *
 * Context: As dma_map_phyr_list().
 * Return: as dma_map_phyr_list(), and %-EREMOTEIO if a device without DMA of its own is given what
 *	is not RAM.
 */
int ib_dma_map_phyr_list(struct ib_device *dev,
			 const struct dma_phyr_list *list,
			 struct dma_phyr_map *map, struct dma_vec *ranges,
			 unsigned int max_ranges, enum dma_data_direction dir);

/**
 * ib_dma_map_phyr_iter() - map what a cursor gives for an RDMA device
 * @dev: as for ib_dma_map_phyrs()
 * @iter: the cursor; it is not moved
 * @map: as there
 * @ranges: as there
 * @max_ranges: as there
 * @dir: as there
 *
 * Context: That of @iter->next().  Does not sleep otherwise.
 * Return: as ib_dma_map_phyrs(), and what @iter->next() returns.
 */
int ib_dma_map_phyr_iter(struct ib_device *dev, const struct phyr_iter *iter,
			 struct dma_phyr_map *map, struct dma_vec *ranges,
			 unsigned int max_ranges, enum dma_data_direction dir);

/**
 * ib_dma_unmap_phyrs() - unmap what ib_dma_map_phyrs() or one of its kin mapped
 * @dev: the device that it was mapped for
 * @map: the map
 * @ranges: the ranges, if dma_phyrs_keep_ranges()
 *
 * Context: Any.
 */
static inline void ib_dma_unmap_phyrs(struct ib_device *dev,
				      struct dma_phyr_map *map,
				      const struct dma_vec *ranges)
{
	if (!ib_uses_virt_dma(dev))
		dma_unmap_phyrs(dev->dma_device, map, ranges);
}

/**
 * ib_dma_sync_phyrs_for_cpu() - hand memory back to the CPU, as dma_sync_phyrs_for_cpu()
 * @dev: the device that it is mapped for
 * @map: the map
 * @ranges: the ranges
 * @offset: bytes of the list before those that are handed over
 * @len: bytes that are
 *
 * Context: Any.
 */
static inline void ib_dma_sync_phyrs_for_cpu(struct ib_device *dev,
					     const struct dma_phyr_map *map,
					     const struct dma_vec *ranges,
					     size_t offset, size_t len)
{
	if (!ib_uses_virt_dma(dev))
		dma_sync_phyrs_for_cpu(dev->dma_device, map, ranges, offset,
				       len);
}

/**
 * ib_dma_sync_phyrs_for_device() - hand memory to the device, as dma_sync_phyrs_for_device()
 * @dev: as for ib_dma_sync_phyrs_for_cpu()
 * @map: as there
 * @ranges: as there
 * @offset: as there
 * @len: as there
 *
 * Context: Any.
 */
static inline void ib_dma_sync_phyrs_for_device(struct ib_device *dev,
						const struct dma_phyr_map *map,
						const struct dma_vec *ranges,
						size_t offset, size_t len)
{
	if (!ib_uses_virt_dma(dev))
		dma_sync_phyrs_for_device(dev->dma_device, map, ranges, offset,
					  len);
}

/**
 * ib_phyr_sges() - SGEs of DMA ranges
 * @ranges: the ranges
 * @nr: entries in @ranges
 * @offset: bytes at their start that are left out
 * @len: bytes from there on, at least 1
 * @lkey: key of the SGEs, &ib_pd.local_dma_lkey for what ib_dma_map_phyrs() mapped
 * @sges: [out] the SGEs
 * @max_sges: room in @sges, in entries
 *
 * No SGE is longer than 1 GiB, the longest message that all devices know.
 *
 * Context: Any.
 * Return: the number of SGEs, or:
 *
 * * %-EINVAL - @len is 0, or @ranges end before.  Never succeeds if retried.
 * * %-ENOSPC - @max_sges are too few.  Succeeds with more, or with a lesser @len.
 */
int ib_phyr_sges(const struct dma_vec *ranges, unsigned int nr, u64 offset,
		 u64 len, u32 lkey, struct ib_sge *sges, unsigned int max_sges);

/**
 * ib_phyr_inline_sges() - SGEs of an inline SEND or WRITE of physical ranges
 * @phyrs: physical ranges of RAM, which need not be mapped
 * @nr: entries in @phyrs, at least 1
 * @sges: [out] the SGEs, for work requests with %IB_SEND_INLINE alone
 * @max_sges: room in @sges, in entries
 *
 * The CPU copies what is sent inline when the work request is posted: SGEs have addresses of the
 * kernel's, and no key.  @phyrs and their memory may be given back then.
 *
 * Context: Any.
 * Return: the number of SGEs, or:
 *
 * * %-EINVAL    - @phyrs is empty, or has an entry that is empty or wraps around.  Never succeeds
 *                 if retried.
 * * %-ENOSPC    - @max_sges are too few.  Succeeds with more.
 * * %-EREMOTEIO - something in @phyrs is not RAM.  Never succeeds if retried.
 * * %-EMSGSIZE  - an adjacent part of @phyrs is longer than a message.
 */
int ib_phyr_inline_sges(const struct phys_vec *phyrs, unsigned int nr,
			struct ib_sge *sges, unsigned int max_sges);

/**
 * ib_map_mr_phyrs() - have an MR name DMA ranges
 * @mr: an MR of ib_alloc_mr(), which is not in use
 * @ranges: the ranges, as ib_dma_map_phyrs() found them
 * @nr: entries in @ranges
 * @offset: bytes of @ranges before those that are named
 * @len: bytes that are
 * @page_size: pages of @mr, in bytes: between the first and the last each range begins and ends
 *	with one
 * @gfp: how to allocate, for more than a few ranges, a table for the driver that is gone when
 *	this returns.  For up to 256 ranges there is a reserve of tables: if this does not succeed
 *	at once, it does when others have returned, however short memory is.
 *
 * What ib_map_mr_sg() does for a scatterlist, but all of it or nothing.  To be registered by
 * %IB_WR_REG_MR.
 *
 * Context: Any if @gfp is %GFP_ATOMIC.
 * Return: 0, or:
 *
 * * %-EINVAL - there are not so many bytes, or @mr has too few pages, or there is a gap inside.
 * * %-ENOMEM - the table cannot be had.  Succeeds later, unless there are more than 256 ranges.
 *
 * and what the driver returns.
 */
int ib_map_mr_phyrs(struct ib_mr *mr, const struct dma_vec *ranges,
		    unsigned int nr, u64 offset, u64 len,
		    unsigned int page_size, gfp_t gfp);

/**
 * ib_map_mr_phyrs_table() - as ib_map_mr_phyrs(), without an allocation
 * @mr: as for ib_map_mr_phyrs()
 * @ranges: as there
 * @nr: as there
 * @offset: as there
 * @len: as there
 * @page_size: as there
 * @table: room for the driver's table; need not be initialized, and is not needed any more when
 *	this returns
 * @max_entries: room in @table, in entries; @nr are enough
 *
 * For what has to be registered whatever memory there is.  Calls that do not run at the same time
 * may share a table.
 *
 * Context: Any.
 * Return: 0, or:
 *
 * * %-EINVAL - as from ib_map_mr_phyrs().
 * * %-ENOSPC - @max_entries are too few.  Succeeds with more, or with a lesser @len.
 *
 * and what the driver returns.
 */
int ib_map_mr_phyrs_table(struct ib_mr *mr, const struct dma_vec *ranges,
			  unsigned int nr, u64 offset, u64 len,
			  unsigned int page_size, struct scatterlist *table,
			  unsigned int max_entries);

#endif /* _RDMA_IB_PHYR_H */
