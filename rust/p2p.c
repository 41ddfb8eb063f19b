// SPDX-License-Identifier: GPL-2.0
/*
 * Finds out which way a device reaches the memory of another PCI device.
 */
#include <linux/export.h>
#include <linux/pci-p2pdma.h>
#include <linux/pci.h>

#include "glue.h"

/*
 * A kernel that exports pci_p2pdma_map_type() to modules defines a macro of that
 * name.
 */
#if !defined(MODULE) || defined(pci_p2pdma_map_type) || \
	!IS_ENABLED(CONFIG_PCI_P2PDMA)

static enum phyr_p2p_route phyr_p2p_route(struct p2pdma_provider *provider,
					  struct device *dev)
{
	switch (pci_p2pdma_map_type(provider, dev)) {
	case PCI_P2PDMA_MAP_BUS_ADDR:
		return PHYR_P2P_BUS_ADDR;
	case PCI_P2PDMA_MAP_THRU_HOST_BRIDGE:
		return PHYR_P2P_HOST_BRIDGE;
	default:
		return PHYR_P2P_REFUSED;
	}
}

#else /* What drivers/pci/p2pdma.c decides, from what it exports. */

static bool phyr_redirects_upstream(struct pci_dev *pdev)
{
	u16 ctrl;

	if (!pdev->acs_cap)
		return false;
	pci_read_config_word(pdev, pdev->acs_cap + PCI_ACS_CTRL, &ctrl);
	return ctrl & (PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC);
}

static bool phyr_is_on_path(struct pci_dev *port, struct pci_dev *pdev)
{
	while (pdev && pdev != port)
		pdev = pci_upstream_bridge(pdev);
	return pdev;
}

/* The first device that is on the way up from both, or %NULL. */
static struct pci_dev *phyr_meeting_point(struct pci_dev *a, struct pci_dev *b)
{
	while (a && !phyr_is_on_path(a, b))
		a = pci_upstream_bridge(a);
	return a;
}

static bool phyr_path_redirects(struct pci_dev *pdev, struct pci_dev *top)
{
	for (; pdev != top; pdev = pci_upstream_bridge(pdev))
		if (phyr_redirects_upstream(pdev))
			return true;
	return false;
}

static bool phyr_stays_below_host_bridge(struct pci_dev *owner,
					 struct pci_dev *client)
{
	struct pci_dev *top = phyr_meeting_point(owner, client);

	return top && !phyr_redirects_upstream(top) &&
	       !phyr_path_redirects(owner, top) &&
	       !phyr_path_redirects(client, top);
}

static enum phyr_p2p_route phyr_p2p_route(struct p2pdma_provider *provider,
					  struct device *dev)
{
	struct pci_dev *owner = to_pci_dev(provider->owner);

	if (!dev_is_pci(dev) || !rcu_access_pointer(owner->p2pdma))
		return PHYR_P2P_REFUSED;
	if (phyr_stays_below_host_bridge(owner, to_pci_dev(dev)))
		return PHYR_P2P_BUS_ADDR;
	if (pci_p2pdma_distance(owner, dev, false) < 0)
		return PHYR_P2P_REFUSED;
	return PHYR_P2P_HOST_BRIDGE;
}

#endif

enum phyr_p2p_route phyr_shim_p2p_route(struct p2pdma_provider *provider,
					struct device *dev, u64 *bus_offset)
{
	*bus_offset = provider->bus_offset;
	return phyr_p2p_route(provider, dev);
}
EXPORT_SYMBOL_GPL(phyr_shim_p2p_route);
