// SPDX-License-Identifier: GPL-2.0
/*
 * The C entry points.  They are C functions, not Rust ones, because fentry and
 * modversions need them to be.
 */
#include <linux/dma-phyr.h>
#include <linux/export.h>

#include "glue.h"

int dma_map_phyrs(struct device *dev, const struct phys_vec *phyrs,
		  unsigned int nr, struct dma_phyr_map *map,
		  struct dma_vec *ranges, unsigned int max_ranges,
		  enum dma_data_direction dir, unsigned long attrs)
{
	return phyr_rs_map(dev, phyrs, nr, map, ranges, max_ranges, dir, attrs);
}
EXPORT_SYMBOL_GPL(dma_map_phyrs);

void dma_unmap_phyrs(struct device *dev, struct dma_phyr_map *map,
		     const struct dma_vec *ranges)
{
	phyr_rs_unmap(dev, map, ranges);
}
EXPORT_SYMBOL_GPL(dma_unmap_phyrs);
