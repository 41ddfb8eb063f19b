/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How mapping and unmapping scales with the CPUs that do it.
 */
#ifndef _PHYR_BENCH_SCALE_H
#define _PHYR_BENCH_SCALE_H

#include "bench.h"

/**
 * struct scale - what is to be done, in kernel/dma/map_benchmark's terms
 * @dev: the device
 * @threads: most threads that map at the same time
 * @seconds: how long they do
 * @dma_dir: for which direction
 * @granule: pages of each list
 */
struct scale {
	struct device *dev;
	unsigned int threads;
	unsigned int seconds;
	enum dma_data_direction dma_dir;
	unsigned int granule;
};

/*
 * Prints a line for each way to map and each number of threads: powers of two below the most,
 * and the most.
 */
int scale_print(const struct scale *scale);

#endif /* _PHYR_BENCH_SCALE_H */
