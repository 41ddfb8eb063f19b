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
#include "kinds.h"
#include "upstream.h"

/* ib_core.force_mr cannot be read, but where it is set there are MRs for any device. */
bool mrs_are_forced(struct fake_rdma *fake);

/* Whether rdma/rw.h takes a device of @kind for one, where MRs are @forced or not. */
bool is_known_to_upstream(const struct kind *kind, bool forced);

/*
 * Each byte but the first @offset is moved by a device of @kind: twice where there are MRs, for one
 * that was used has to be invalidated first.
 */
void expect_transfers(struct kunit *test, struct fake_rdma *fake, const struct kind *kind,
		      const struct memory *memory, size_t offset, enum dma_data_direction dir,
		      bool forced);

/* Each byte is moved, by each kind of device, both ways, from several offsets on. */
void expect_all_transfers(struct kunit *test, struct device *dma_dev);

/* What must be refused is, and nothing is left. */
void expect_refused(struct kunit *test, struct device *dma_dev);

/*
 * Each list is taken that rdma_rw_ctx_init() or rdma_rw_ctx_init_bvec() takes, with no more READs
 * or WRITEs and no more MRs than either prepares, and no more work requests than the first.
 */
void expect_no_more_than_upstream(struct kunit *test, struct device *dma_dev);

/* The same of one list, by a device of @kind, which rdma/rw.h takes it for. */
void expect_no_more_by(struct kunit *test, struct fake_rdma *fake, const struct kind *kind,
		       const struct memory *memory, enum dma_data_direction dir);

/*
 * What rdma_rw_ctx_init(), or rdma_rw_ctx_init_bvec(), prepares for a list, which must move each
 * byte of it.
 */
struct taken upstream_takes(struct kunit *test, struct fake_rdma *fake,
			    const struct memory *memory, enum dma_data_direction dir,
			    bool by_bvecs);

/* What a ULP maps itself is where its SGEs say. */
void expect_own_sges(struct kunit *test, struct device *dma_dev);

/* What rdma_rw_ctx_init_phyr() returns; nothing is left of it. */
int init_of(struct fake_rdma *fake, struct phyr_rw_ctx *ctx,
	    const struct phys_vec *phyrs, unsigned int nr, size_t offset,
	    enum dma_data_direction dir);

#endif /* _PHYR_TESTS_RDMA_TRANSFERS_H */
