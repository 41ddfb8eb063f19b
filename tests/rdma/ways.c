// SPDX-License-Identifier: GPL-2.0
/*
 * The ways in which a list is given.
 */
#include <linux/phyr-iter.h>

#include "moved.h"
#include "ways.h"

static int by_array(struct fake_rdma *fake, struct phyr_rw_ctx *ctx, const struct memory *memory,
		    enum dma_data_direction dir)
{
	return rdma_rw_ctx_init_phyr(ctx, &fake->qp, FAKE_PORT, memory->phyrs, memory->nr, 1,
				     REMOTE_ADDR, REMOTE_KEY, dir);
}

static int by_list(struct fake_rdma *fake, struct phyr_rw_ctx *ctx, const struct memory *memory,
		   enum dma_data_direction dir)
{
	const struct dma_phyr_list list = { .phyrs = memory->phyrs, .nr = memory->nr };

	return rdma_rw_ctx_init_phyr_list(ctx, &fake->qp, FAKE_PORT, &list, 1, REMOTE_ADDR,
					  REMOTE_KEY, dir);
}

static int by_cursor(struct fake_rdma *fake, struct phyr_rw_ctx *ctx,
		     const struct memory *memory, enum dma_data_direction dir)
{
	const struct phyr_iter iter = phyr_iter_phyrs(memory->phyrs, memory->nr);

	return rdma_rw_ctx_init_phyr_iter(ctx, &fake->qp, FAKE_PORT, &iter, REMOTE_ADDR,
					  REMOTE_KEY, dir);
}

static int by_ranges(struct fake_rdma *fake, struct phyr_rw_ctx *ctx,
		     const struct memory *memory, enum dma_data_direction dir)
{
	for (int i = 0; i < memory->nr; i++) {
		phys_addr_t paddr = memory->phyrs[i].paddr;

		memory->ranges[i] = (struct dma_vec) {
			.addr = fake->dev.dma_device ? paddr : (uintptr_t)phys_to_virt(paddr),
			.len = memory->phyrs[i].len,
		};
	}
	return rdma_rw_ctx_init_phyr_mapped(ctx, &fake->qp, FAKE_PORT, memory->ranges, memory->nr,
					    1, REMOTE_ADDR, REMOTE_KEY, dir);
}

const struct way ways[WAYS] = {
	{ by_array, 1 },
	{ by_list, 1 },
	{ by_cursor, 0 },
	{ by_ranges, 1 },
};
