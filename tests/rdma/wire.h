/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two connected queue pairs of a real RDMA device, and memory that one READs from and WRITEs to
 * the other's.
 */
#ifndef _PHYR_TESTS_RDMA_WIRE_H
#define _PHYR_TESTS_RDMA_WIRE_H

#include <kunit/test.h>
#include <rdma/rdma_cm.h>

#include "../memory.h"

struct phyr_rw_ctx;

/* Bytes of the other side's memory, and most of a list. */
#define WIRE_BYTES	SZ_1M
/* Bytes that are sent inline, at most. */
#define WIRE_INLINE	64

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

/**
 * struct waiting - a completion that somebody waits for
 * @cqe: of the work request
 * @done: it has completed
 * @status: how
 */
struct waiting {
	struct ib_cqe		cqe;
	struct completion	done;
	enum ib_wc_status	status;
};

/* To be called before its CQE is used. */
void wait_init(struct waiting *waiting);

/* Closed when @test ends.  Skips it if no RDMA device has the address 10.0.0.1. */
struct wire *wire_open(struct kunit *test);

/* Posts what a context has prepared, and waits until it is done. */
void wire_move(struct kunit *test, struct wire *wire, struct phyr_rw_ctx *ctx);

/* Posts a chain of which the last work request has @waits's CQE, and waits until that is done. */
void wire_post(struct kunit *test, struct wire *wire, struct ib_send_wr *wrs,
	       struct waiting *waits);

/*
 * Sends what @sges name, which the other side receives at the start of its memory.  If @flags has
 * it be sent inline, @memory is cleared as soon as it is posted.
 */
void wire_send(struct kunit *test, struct wire *wire, struct ib_sge *sges, int nr, int flags,
	       const struct memory *memory);

#endif /* _PHYR_TESTS_RDMA_WIRE_H */
