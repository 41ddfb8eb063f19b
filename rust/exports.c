// SPDX-License-Identifier: GPL-2.0
/*
 * The C entry points.  They are C functions, not Rust ones, because fentry and
 * modversions need them to be.
 */
#include <linux/dma-map-ops.h>
#include <linux/dma-phyr.h>
#include <linux/export.h>
#include <linux/iommu-dma.h>
#include <linux/kmsan.h>
#include <linux/phyr-iter.h>

#include "glue.h"
#include "sources/source.h"
#include "watch/debug.h"

/* Kconfig says so too, but modules outside of the tree do not ask it. */
#ifdef CONFIG_CFI
#error "phyr calls C by pointers from Rust, whose types kCFI takes for others: set CONFIG_CFI=n"
#endif

/* Who has called.  A function that finds that out ends with no jump to another. */
#ifdef CONFIG_PHYR_DEBUG
#define CALLER	_RET_IP_
#else
#define CALLER	0
#endif

/*
 * What follows a mapping that returns @ret: KMSAN does not see what Rust writes, and the
 * ledger wants to know who asked.  Where neither is built in, the call before this is the
 * last thing that its caller does.
 */
static __always_inline int mapped(struct dma_phyr_map *map,
				  struct dma_vec *ranges, int ret,
				  unsigned long caller)
{
	kmsan_unpoison_memory(map, sizeof(*map));
	if (ret > 0)
		kmsan_unpoison_memory(ranges, ret * sizeof(*ranges));
#ifdef CONFIG_PHYR_DEBUG
	phyr_rs_debug_caller(map->ticket, caller);
#endif
	return ret;
}

int dma_map_phyr_list(struct device *dev, const struct dma_phyr_list *list,
		      struct dma_phyr_map *map, struct dma_vec *ranges,
		      unsigned int max_ranges, enum dma_data_direction dir,
		      unsigned long attrs)
{
	int ret = phyr_rs_map(dev, list, map, ranges, max_ranges, dir, attrs);

	return mapped(map, ranges, ret, CALLER);
}
EXPORT_SYMBOL_GPL(dma_map_phyr_list);

/* Whether the first of several entries is not adjacent to the second. */
static bool begins_apart(const struct phys_vec *phyrs)
{
	return phyrs[0].paddr + phyrs[0].len != phyrs[1].paddr;
}

/* dma_map_phyrs() without an IOMMU. */
static __always_inline int map_direct(struct device *dev,
				      const struct phys_vec *phyrs,
				      unsigned int nr, struct dma_phyr_map *map,
				      struct dma_vec *ranges,
				      unsigned int max_ranges,
				      enum dma_data_direction dir,
				      unsigned long attrs)
{
	/* One comparison tells these apart. */
	if ((int)nr > 1) {
		if (begins_apart(phyrs))
			return phyr_rs_map_direct_apart(dev, phyrs, nr, map,
							ranges, max_ranges, dir,
							attrs);
		return phyr_rs_map_direct_adjacent(dev, phyrs, nr, map,
						   ranges, max_ranges, dir,
						   attrs);
	}
	if (likely(nr == 1))
		return phyr_rs_map_direct_entry(dev, phyrs, nr, map, ranges,
						max_ranges, dir, attrs);
	return phyr_rs_map_unusual(dev, phyrs, nr, map, ranges, max_ranges, dir,
				   attrs);
}

/* dma_map_phyrs() behind an IOMMU. */
static __always_inline int map_shared(struct device *dev,
				      const struct phys_vec *phyrs,
				      unsigned int nr, struct dma_phyr_map *map,
				      struct dma_vec *ranges,
				      unsigned int max_ranges,
				      enum dma_data_direction dir,
				      unsigned long attrs)
{
	/* One comparison tells these apart. */
	if ((int)nr > 1) {
		if (begins_apart(phyrs))
			return phyr_rs_map_shared_apart(dev, phyrs, nr, map,
							ranges, max_ranges, dir,
							attrs);
		return phyr_rs_map_shared_adjacent(dev, phyrs, nr, map,
						   ranges, max_ranges, dir,
						   attrs);
	}
	if (likely(nr == 1))
		return phyr_rs_map_shared_entry(dev, phyrs, nr, map, ranges,
						max_ranges, dir, attrs);
	return phyr_rs_map_unusual(dev, phyrs, nr, map, ranges, max_ranges, dir,
				   attrs);
}

static __always_inline int map_phyrs(struct device *dev,
				     const struct phys_vec *phyrs,
				     unsigned int nr, struct dma_phyr_map *map,
				     struct dma_vec *ranges,
				     unsigned int max_ranges,
				     enum dma_data_direction dir,
				     unsigned long attrs)
{
	/* What is known here need not be found out, or provided for, there. */
	if (likely(phyrs && (int)max_ranges > 0)) {
		if (use_dma_iommu(dev))
			return map_shared(dev, phyrs, nr, map, ranges,
					  max_ranges, dir, attrs);
		return map_direct(dev, phyrs, nr, map, ranges, max_ranges, dir,
				  attrs);
	}
	return phyr_rs_map_unusual(dev, phyrs, nr, map, ranges, max_ranges, dir,
				   attrs);
}

int dma_map_phyrs(struct device *dev, const struct phys_vec *phyrs,
		  unsigned int nr, struct dma_phyr_map *map,
		  struct dma_vec *ranges, unsigned int max_ranges,
		  enum dma_data_direction dir, unsigned long attrs)
{
	int ret = map_phyrs(dev, phyrs, nr, map, ranges, max_ranges, dir,
			    attrs);

	return mapped(map, ranges, ret, CALLER);
}
EXPORT_SYMBOL_GPL(dma_map_phyrs);

/* A list that most likely is short, of which the array is no longer needed when it is mapped. */
static noinline int map_at_once(struct device *dev, const struct phyr_iter *iter,
				struct dma_phyr_map *map, struct dma_vec *ranges,
				unsigned int max_ranges,
				enum dma_data_direction dir, unsigned long attrs)
{
	/* Kernels with INIT_STACK_ALL_ZERO would clear it for each list. */
	struct phys_vec phyrs[SOURCE_SHORT] __uninitialized;
	unsigned int nr = phyr_source_read(iter, phyrs);

	if (likely(nr))
		return map_phyrs(dev, phyrs, nr, map, ranges, max_ranges, dir,
				 attrs);
	return phyr_rs_map_cursor(dev, iter, map, ranges, max_ranges, dir,
				  attrs);
}

/* A list that may be of one range, which takes less than an array. */
static noinline int map_short(struct device *dev, const struct phyr_iter *iter,
			      struct dma_phyr_map *map, struct dma_vec *ranges,
			      unsigned int max_ranges,
			      enum dma_data_direction dir, unsigned long attrs)
{
	struct phys_vec phyr __uninitialized;

	if (source_read_one(iter, &phyr))
		return map_phyrs(dev, &phyr, 1, map, ranges, max_ranges, dir,
				 attrs);
	return map_at_once(dev, iter, map, ranges, max_ranges, dir, attrs);
}

int dma_map_phyrs_next(struct device *dev, const struct dma_phyr_list *list,
		       struct dma_phyr_cursor *cursor, struct dma_phyr_map *map,
		       struct dma_vec *ranges, unsigned int max_ranges,
		       enum dma_data_direction dir, unsigned long attrs)
{
	int ret = phyr_rs_map_next(dev, list, cursor, map, ranges, max_ranges,
				   dir, attrs);

	return mapped(map, ranges, ret, CALLER);
}
EXPORT_SYMBOL_GPL(dma_map_phyrs_next);

int dma_map_phyr_iter(struct device *dev, const struct phyr_iter *iter,
		      struct dma_phyr_map *map, struct dma_vec *ranges,
		      unsigned int max_ranges, enum dma_data_direction dir,
		      unsigned long attrs)
{
	int ret;

	if (phyr_iter_is_of_list(iter))
		ret = phyr_rs_map_list(dev, iter, map, ranges, max_ranges, dir,
				       attrs);
	else if (source_is_read_at_once(iter))
		ret = map_short(dev, iter, map, ranges, max_ranges, dir, attrs);
	else
		ret = phyr_rs_map_cursor(dev, iter, map, ranges, max_ranges,
					 dir, attrs);
	return mapped(map, ranges, ret, CALLER);
}
EXPORT_SYMBOL_GPL(dma_map_phyr_iter);

void dma_unmap_phyrs(struct device *dev, struct dma_phyr_map *map,
		     const struct dma_vec *ranges)
{
	phyr_rs_unmap(dev, map, ranges);
}
EXPORT_SYMBOL_GPL(dma_unmap_phyrs);

/* With CONFIG_PHYR_DEBUG a sync that does nothing is checked all the same. */
static bool may_need_sync(struct device *dev)
{
	return IS_ENABLED(CONFIG_PHYR_DEBUG) || dma_dev_need_sync(dev);
}

void dma_sync_phyrs_for_cpu(struct device *dev, const struct dma_phyr_map *map,
			    const struct dma_vec *ranges, size_t offset,
			    size_t len)
{
	if (may_need_sync(dev))
		phyr_rs_sync(dev, map, ranges, offset, len, true);
}
EXPORT_SYMBOL_GPL(dma_sync_phyrs_for_cpu);

void dma_sync_phyrs_for_device(struct device *dev,
			       const struct dma_phyr_map *map,
			       const struct dma_vec *ranges, size_t offset,
			       size_t len)
{
	if (may_need_sync(dev))
		phyr_rs_sync(dev, map, ranges, offset, len, false);
}
EXPORT_SYMBOL_GPL(dma_sync_phyrs_for_device);

int dma_phyrs_index(const struct dma_vec *ranges, unsigned int nr, u64 *ends,
		    u64 *total)
{
	int ret = phyr_rs_index(ranges, nr, ends, total);

	if (!ret) {
		kmsan_unpoison_memory(ends, nr * sizeof(*ends));
		kmsan_unpoison_memory(total, sizeof(*total));
	}
	return ret;
}
EXPORT_SYMBOL_GPL(dma_phyrs_index);

int dma_phyrs_find(const struct dma_vec *ranges, const u64 *ends,
		   unsigned int nr, u64 offset, struct dma_vec *found)
{
	int ret = phyr_rs_find(ranges, ends, nr, offset, found);

	if (ret >= 0)
		kmsan_unpoison_memory(found, sizeof(*found));
	return ret;
}
EXPORT_SYMBOL_GPL(dma_phyrs_find);
