// SPDX-License-Identifier: GPL-2.0
/*
 * The C entry points of include/rdma/ib_phyr.h.
 */
#include <linux/export.h>
#include <linux/kmsan.h>
#include <rdma/ib_phyr.h>

#include "glue.h"

/* What follows: KMSAN does not see what Rust writes. */
static int found(struct dma_phyr_map *map, struct dma_vec *ranges, int ret)
{
	kmsan_unpoison_memory(map, sizeof(*map));
	if (ret > 0)
		kmsan_unpoison_memory(ranges, ret * sizeof(*ranges));
	return ret;
}

static int written(struct ib_sge *sges, int ret)
{
	if (ret > 0)
		kmsan_unpoison_memory(sges, ret * sizeof(*sges));
	return ret;
}

int ib_dma_map_phyrs(struct ib_device *dev, const struct phys_vec *phyrs,
		     unsigned int nr, struct dma_phyr_map *map,
		     struct dma_vec *ranges, unsigned int max_ranges,
		     enum dma_data_direction dir)
{
	if (!ib_uses_virt_dma(dev))
		return dma_map_phyrs(dev->dma_device, phyrs, nr, map, ranges,
				     max_ranges, dir, 0);
	return found(map, ranges, phyr_rs_rw_find(phyrs, nr, map, ranges,
					       max_ranges, dir));
}
EXPORT_SYMBOL_GPL(ib_dma_map_phyrs);

int ib_dma_map_phyr_iter(struct ib_device *dev, const struct phyr_iter *iter,
			 struct dma_phyr_map *map, struct dma_vec *ranges,
			 unsigned int max_ranges, enum dma_data_direction dir)
{
	if (!ib_uses_virt_dma(dev))
		return dma_map_phyr_iter(dev->dma_device, iter, map, ranges,
					 max_ranges, dir, 0);
	return found(map, ranges, phyr_rs_rw_find_iter(iter, map, ranges,
						    max_ranges, dir));
}
EXPORT_SYMBOL_GPL(ib_dma_map_phyr_iter);

int ib_phyr_sges(const struct dma_vec *ranges, unsigned int nr, u64 offset,
		 u64 len, u32 lkey, struct ib_sge *sges, unsigned int max_sges)
{
	return written(sges, phyr_rs_rw_sges(ranges, nr, offset, len, lkey, sges,
					  max_sges));
}
EXPORT_SYMBOL_GPL(ib_phyr_sges);

int ib_phyr_inline_sges(const struct phys_vec *phyrs, unsigned int nr,
			struct ib_sge *sges, unsigned int max_sges)
{
	return written(sges, phyr_rs_rw_inline(phyrs, nr, sges, max_sges));
}
EXPORT_SYMBOL_GPL(ib_phyr_inline_sges);
