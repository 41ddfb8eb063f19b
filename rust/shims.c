// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line copies of inline functions that Rust cannot call.  They are
 * exported because generic Rust code is generated in the module that uses it.
 */
#include <linux/dma-map-ops.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/pci.h>

#include "glue.h"

static bool phyr_dev_is_trusted(struct device *dev)
{
	return !dev_is_pci(dev) || !to_pci_dev(dev)->untrusted;
}

/* One call for all of them: the language border is crossed once per mapping. */
void phyr_shim_device_traits(struct device *dev,
			     struct phyr_device_traits *traits)
{
	traits->has_mask = dev->dma_mask && *dev->dma_mask;
	if (!traits->has_mask)
		return;

	traits->merge_boundary = dma_get_merge_boundary(dev);
	traits->max_mapping =
		traits->merge_boundary ? 0 : dma_max_mapping_size(dev);
	traits->coherent = dev_is_dma_coherent(dev);
	traits->trusted = phyr_dev_is_trusted(dev);
}
EXPORT_SYMBOL_GPL(phyr_shim_device_traits);

phys_addr_t phyr_shim_page_to_phys(struct page *page)
{
	return page_to_phys(page);
}
EXPORT_SYMBOL_GPL(phyr_shim_page_to_phys);

/* The layouts that Rust code repeats: rust/entry.rs, rust/plan/{phyr,range}.rs. */
static_assert(sizeof(struct phys_vec) == 16);
static_assert(offsetof(struct phys_vec, len) == 8);
static_assert(sizeof(struct dma_vec) == 16);
static_assert(offsetof(struct dma_vec, len) == 8);
static_assert(sizeof(struct dma_phyr_map) == 32);
static_assert(offsetof(struct dma_phyr_map, nr_ranges) == 0);
static_assert(offsetof(struct dma_phyr_map, held) == 4);
static_assert(offsetof(struct dma_phyr_map, dir) == 5);
static_assert(offsetof(struct dma_phyr_map, attrs) == 6);
static_assert(offsetof(struct dma_phyr_map, iova) == 8);
static_assert(offsetof(struct dma_phyr_map, one) == 8);
static_assert(offsetof(struct dma_phyr_map, size) == 24);
static_assert(sizeof(struct phyr_device_traits) == 24);
