/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The same transfers, prepared by rdma/rw.h.
 */
#ifndef _PHYR_TESTS_RDMA_UPSTREAM_H
#define _PHYR_TESTS_RDMA_UPSTREAM_H

#include <kunit/test.h>
#include <linux/scatterlist.h>
#include <rdma/rw.h>

#include "../memory.h"

/**
 * struct upstream - a transfer
 * @ctx: for rdma_rw_ctx_wrs() and rdma_rw_ctx_post(), if it could be prepared
 */
struct upstream {
	struct rdma_rw_ctx	ctx;
	/* private: */
	struct ib_qp		*qp;
	struct sg_table		sgt;
	struct bio_vec		*bvecs;
	u32			port_num;
	unsigned int		nr;
	enum dma_data_direction	dir;
	bool			is_prepared;
};

/* Whether it would have more bounced at once than can be, which the kernel complains of. */
bool upstream_bounces_too_much(const struct ib_device *dev, const struct memory *memory);

/* Prepares it by rdma_rw_ctx_init(), or by rdma_rw_ctx_init_bvec(), and returns what that does. */
int upstream_init(struct kunit *test, struct upstream *up, struct ib_qp *qp, u32 port_num,
		  const struct memory *memory, u64 remote_addr, u32 rkey,
		  enum dma_data_direction dir, bool by_bvecs);

void upstream_destroy(struct upstream *up);

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

/* Counts what is in a chain of @wrs. */
struct taken taken_by(const struct ib_send_wr *wr, int wrs);

#endif /* _PHYR_TESTS_RDMA_UPSTREAM_H */
