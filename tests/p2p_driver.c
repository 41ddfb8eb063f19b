// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI driver that makes P2P providers of QEMU's ivshmem-plain and nvme while a
 * suite runs.
 */
#include <linux/module.h>

#include "p2p_driver.h"

/* The memory of either device. */
#define PEER_BAR 2

static struct p2p_peer peers[P2P_PEER_KINDS];

static const struct pci_device_id p2p_ids[] = {
	{ PCI_DEVICE(0x1af4, 0x1110), .driver_data = P2P_WITHOUT_PAGES },
	{ PCI_DEVICE(0x1b36, 0x0010), .driver_data = P2P_WITH_PAGES },
	{}
};

static int p2p_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct p2p_peer *peer = &peers[id->driver_data];
	int ret;

	if (peer->pdev || !pci_resource_len(pdev, PEER_BAR))
		return -ENODEV;
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;

	if (id->driver_data == P2P_WITH_PAGES)
		ret = pci_p2pdma_add_resource(pdev, PEER_BAR, 0, 0);
	else
		ret = pcim_p2pdma_init(pdev);
	if (ret)
		return ret;

	peer->pdev = pdev;
	peer->provider = pcim_p2pdma_provider(pdev, PEER_BAR);
	peer->paddr = pci_resource_start(pdev, PEER_BAR);
	peer->len = pci_resource_len(pdev, PEER_BAR);
	return 0;
}

static void p2p_remove(struct pci_dev *pdev)
{
	for (int i = 0; i < P2P_PEER_KINDS; i++)
		if (peers[i].pdev == pdev)
			peers[i] = (struct p2p_peer) {};
}

static struct pci_driver p2p_driver = {
	.name = "phyr_p2p_test",
	.id_table = p2p_ids,
	.probe = p2p_probe,
	.remove = p2p_remove,
};

int p2p_driver_register(struct kunit_suite *suite)
{
	return pci_register_driver(&p2p_driver);
}

void p2p_driver_unregister(struct kunit_suite *suite)
{
	pci_unregister_driver(&p2p_driver);
}

const void *peer_gen_params(struct kunit *test, const void *prev, char *desc)
{
	static const enum p2p_peer_kind kinds[] = {
		P2P_WITHOUT_PAGES, P2P_WITH_PAGES,
	};
	const enum p2p_peer_kind *kind = prev;

	kind = kind ? kind + 1 : kinds;
	if (kind == kinds + ARRAY_SIZE(kinds))
		return NULL;
	strscpy(desc, *kind == P2P_WITH_PAGES ? "with pages" : "without pages",
		KUNIT_PARAM_DESC_SIZE);
	return kind;
}

const char *p2p_route_name(enum phyr_p2p_route route)
{
	switch (route) {
	case PHYR_P2P_BUS_ADDR:
		return "bus address";
	case PHYR_P2P_HOST_BRIDGE:
		return "host bridge";
	default:
		return "refused";
	}
}

const struct p2p_peer *p2p_find(enum p2p_peer_kind kind)
{
	return peers[kind].pdev ? &peers[kind] : NULL;
}

const struct p2p_peer *p2p_need(struct kunit *test, enum p2p_peer_kind kind)
{
	const struct p2p_peer *peer = p2p_find(kind);

	if (!peer)
		kunit_skip(test, "the guest has no such peer");
	return peer;
}
