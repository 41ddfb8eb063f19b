/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the C and the Rust half of phyr.ko call in each other.
 */
#ifndef _PHYR_GLUE_H
#define _PHYR_GLUE_H

#include <linux/dma-phyr.h>

struct page;

/**
 * struct phyr_device_traits - what a mapping depends on in a device
 * @merge_boundary: dma_get_merge_boundary(): granule less one, 0 without IOMMU
 * @max_mapping: dma_max_mapping_size() in bytes; only asked without IOMMU
 * @has_mask: the device has a DMA mask
 * @coherent: CPU caches need no maintenance
 * @trusted: it may see the neighbours of a buffer
 */
struct phyr_device_traits {
	unsigned long merge_boundary;
	size_t max_mapping;
	bool has_mask;
	bool coherent;
	bool trusted;
};

void phyr_shim_device_traits(struct device *dev,
			     struct phyr_device_traits *traits);
phys_addr_t phyr_shim_page_to_phys(struct page *page);

int phyr_rs_map(struct device *dev, const struct phys_vec *phyrs,
		unsigned int nr, struct dma_phyr_map *map,
		struct dma_vec *ranges, unsigned int max_ranges,
		enum dma_data_direction dir, unsigned long attrs);
void phyr_rs_unmap(struct device *dev, struct dma_phyr_map *map,
		   const struct dma_vec *ranges);

#endif /* _PHYR_GLUE_H */
