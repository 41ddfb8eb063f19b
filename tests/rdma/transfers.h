/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transfers that are the same for every device: @dma_dev, or one without DMA of its own if that
 * is %NULL.  What has a layout takes that of the test.
 */
#ifndef _PHYR_TESTS_RDMA_TRANSFERS_H
#define _PHYR_TESTS_RDMA_TRANSFERS_H

#include <kunit/test.h>
#include <rdma/rw_phyr.h>

#include "fake.h"

/* Each byte is moved, by each kind of device, both ways, from several offsets on. */
void expect_all_transfers(struct kunit *test, struct device *dma_dev);

/* What must be refused is, and nothing is left. */
void expect_refused(struct kunit *test, struct device *dma_dev);

/*
 * Each list is taken that rdma_rw_ctx_init() or rdma_rw_ctx_init_bvec() takes, with no more READs
 * or WRITEs and no more MRs than either prepares, and no more work requests than the first.
 */
void expect_no_more_than_upstream(struct kunit *test, struct device *dma_dev);

/**
 * struct taken - what is prepared for a list
 * @wrs: work requests, or the errno that it is refused with
 * @requests: READs or WRITEs among them: what registers and invalidates does not leave the device
 * @mrs: MRs that are registered
 */
struct taken {
	int	wrs;
	int	requests;
	int	mrs;
};

/* What rdma_rw_ctx_init_bvec() prepares for a list. */
struct taken bvecs_take(struct kunit *test, struct fake_rdma *fake, const struct memory *memory,
			enum dma_data_direction dir);

/* What a ULP maps itself is where its SGEs say. */
void expect_own_sges(struct kunit *test, struct device *dma_dev);

/* What rdma_rw_ctx_init_phyr() returns; nothing is left of it. */
int init_of(struct fake_rdma *fake, struct phyr_rw_ctx *ctx,
	    const struct phys_vec *phyrs, unsigned int nr, size_t offset,
	    enum dma_data_direction dir);

#endif /* _PHYR_TESTS_RDMA_TRANSFERS_H */
