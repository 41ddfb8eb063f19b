/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists that have memory of another PCI device.
 */
#ifndef _PHYR_TESTS_RDMA_PEERS_H
#define _PHYR_TESTS_RDMA_PEERS_H

#include "../memory.h"
#include "../p2p_driver.h"

#define MIXED_SEGMENTS	3

/* Adds @len bytes that start @offset bytes into the memory of @peer. */
void add_peer(struct memory *memory, const struct p2p_peer *peer, size_t offset, size_t len);

/* RAM, then memory of the peer of which some is misaligned, then RAM. */
struct dma_phyr_list mixed_list(struct memory *memory, const struct p2p_peer *peer,
				struct dma_phyr_segment segments[MIXED_SEGMENTS]);

#endif /* _PHYR_TESTS_RDMA_PEERS_H */
