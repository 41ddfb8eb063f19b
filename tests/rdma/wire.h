/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two connected queue pairs of a real RDMA device, and memory that one READs from and WRITEs to
 * the other's.
 */
#ifndef _PHYR_TESTS_RDMA_WIRE_H
#define _PHYR_TESTS_RDMA_WIRE_H

#include <kunit/test.h>
#include <rdma/rdma_cm.h>

/* Bytes of the other side's memory, and most of a list. */
#define WIRE_BYTES	SZ_1M

/**
 * struct wire - the connection
 * @listener: who waits for it
 * @client: who asks for it, and posts
 * @server: who was asked
 * @client_qp: queue pair of @client
 * @server_qp: queue pair of @server
 * @pd: of both
 * @cq: of both
 * @mr: names @remote
 * @remote: memory of the other side
 * @remote_dma: where the device has it
 * @step: it is one step further
 * @error: why it is not
 * @most: work requests that there is room for
 */
struct wire {
	struct rdma_cm_id	*listener;
	struct rdma_cm_id	*client;
	struct rdma_cm_id	*server;
	struct ib_qp		*client_qp;
	struct ib_qp		*server_qp;
	struct ib_pd		*pd;
	struct ib_cq		*cq;
	struct ib_mr		*mr;
	u8			*remote;
	u64			remote_dma;
	struct completion	step;
	int			error;
	u32			most;
};

/* Closed when @test ends.  Skips it if no RDMA device has the address 10.0.0.1. */
struct wire *wire_open(struct kunit *test);

/* Posts what a context has prepared, and waits until it is done. */
void wire_move(struct kunit *test, struct wire *wire, struct phyr_rw_ctx *ctx);

#endif /* _PHYR_TESTS_RDMA_WIRE_H */
