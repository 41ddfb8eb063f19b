// SPDX-License-Identifier: GPL-2.0
/*
 * Lists that have memory of another PCI device.
 */
#include "peers.h"

void add_peer(struct memory *memory, const struct p2p_peer *peer, size_t offset, size_t len)
{
	memory->phyrs[memory->nr++] = (struct phys_vec) { peer->paddr + offset, len };
}

struct dma_phyr_list mixed_list(struct memory *memory, const struct p2p_peer *peer,
				struct dma_phyr_segment segments[MIXED_SEGMENTS])
{
	memory_add(memory, 0, 7, 100, PAGE_SIZE - 100);
	memory_add(memory, 0, 3, 0, 2 * PAGE_SIZE);
	add_peer(memory, peer, 0, 2 * PAGE_SIZE);
	add_peer(memory, peer, 5 * PAGE_SIZE + 512, 2048);
	add_peer(memory, peer, 8 * PAGE_SIZE, PAGE_SIZE);
	memory_add(memory, 1, 5, 0, 1000);
	segments[0] = (struct dma_phyr_segment) { .nr = 2 };
	segments[1] = (struct dma_phyr_segment) { .nr = 3, .provider = peer->provider };
	segments[2] = (struct dma_phyr_segment) { .nr = 1 };
	return (struct dma_phyr_list) {
		.phyrs = memory->phyrs,
		.nr = memory->nr,
		.segments = segments,
		.nr_segments = MIXED_SEGMENTS,
	};
}
