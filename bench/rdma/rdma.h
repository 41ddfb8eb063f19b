/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A queue pair, and the ways to prepare a transfer of a list by it.
 */
#ifndef _PHYR_BENCH_RDMA_H
#define _PHYR_BENCH_RDMA_H

#include <rdma/rw.h>
#include <rdma/rw_phyr.h>

#include "../bench.h"

#define RDMA_PORT	1
#define REMOTE_ADDR	0x100000
#define REMOTE_KEY	0x4711

/* The queue pair that all lists are prepared for.  It is connected to nothing. */
extern struct ib_qp *rdma_qp;

extern const struct bench_path bench_rdma_phyr;
extern const struct bench_path bench_rdma_sg;
extern const struct bench_path bench_rdma_bvec;

/* Bytes that a context of rdma/rw.h keeps beside itself, if it has @wqes. */
size_t rdma_rw_kept(const struct rdma_rw_ctx *ctx, int wqes);

#endif /* _PHYR_BENCH_RDMA_H */
