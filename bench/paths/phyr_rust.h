/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What phyr_rust.rs has for C.
 */
#ifndef _PHYR_BENCH_PHYR_RUST_H
#define _PHYR_BENCH_PHYR_RUST_H

#include <linux/dma-mapping.h>

/* Maps, and leaves phyr's Mapping in @held.  The number of DMA ranges, or an errno. */
int bench_rust_map(struct device *dev, const struct phys_vec *phyrs,
		   unsigned int nr, struct dma_vec *ranges, unsigned int room,
		   enum dma_data_direction dir, u64 *held);
void bench_rust_unmap(u64 *held);

#endif /* _PHYR_BENCH_PHYR_RUST_H */
