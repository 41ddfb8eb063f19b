/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices of QEMU whose memory another device is given.
 */
#ifndef _PHYR_TESTS_P2P_DRIVER_H
#define _PHYR_TESTS_P2P_DRIVER_H

#include <kunit/test.h>
#include <linux/pci-p2pdma.h>

#include "../rust/glue.h"

enum p2p_peer_kind {
	P2P_WITHOUT_PAGES,	/* the shared memory of ivshmem-plain */
	P2P_WITH_PAGES,		/* the controller memory buffer of nvme */
	P2P_PEER_KINDS
};

/**
 * struct p2p_peer - a device that the driver is bound to
 * @pdev: the device
 * @provider: of its memory
 * @paddr: where its memory starts
 * @len: bytes of memory
 */
struct p2p_peer {
	struct pci_dev *pdev;
	struct p2pdma_provider *provider;
	phys_addr_t paddr;
	size_t len;
};

/* For .suite_init and .suite_exit of a suite. */
int p2p_driver_register(struct kunit_suite *suite);
void p2p_driver_unregister(struct kunit_suite *suite);

/* For KUNIT_CASE_PARAM(): the kinds of peer. */
const void *peer_gen_params(struct kunit *test, const void *prev, char *desc);

/* What tools/suites look for. */
const char *p2p_route_name(enum phyr_p2p_route route);

/* The peer of a kind, or %NULL if the guest has none. */
const struct p2p_peer *p2p_find(enum p2p_peer_kind kind);

/* The same, without which @test is skipped. */
const struct p2p_peer *p2p_need(struct kunit *test, enum p2p_peer_kind kind);

#endif /* _PHYR_TESTS_P2P_DRIVER_H */
