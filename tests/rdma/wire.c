// SPDX-License-Identifier: GPL-2.0
/*
 * Two connected queue pairs of a real RDMA device.
 */
#include <linux/dma-mapping.h>
#include <linux/inet.h>
#include <net/net_namespace.h>
#include <rdma/ib_phyr.h>
#include <rdma/rw_phyr.h>

#include "../memory.h"
#include "pattern.h"
#include "wire.h"

#define PATIENCE	(30 * HZ)

/* Contexts' MRs, and work requests beside them. */
#define CONTEXTS	32
#define MOST_SENDS	1024

static int create_qp(struct wire *wire, struct rdma_cm_id *id)
{
	const struct ib_device_attr *attrs = &id->device->attrs;
	struct ib_qp_init_attr attr = {
		.send_cq = wire->cq,
		.recv_cq = wire->cq,
		.qp_type = IB_QPT_RC,
		.sq_sig_type = IB_SIGNAL_REQ_WR,
		.port_num = id->port_num,
		.cap = {
			.max_send_wr = wire->most,
			/* To be received, and for ib_drain_qp(). */
			.max_recv_wr = 2,
			.max_send_sge = min(attrs->max_send_sge, 16),
			.max_recv_sge = 1,
			.max_inline_data = WIRE_INLINE,
			.max_rdma_ctxs = CONTEXTS,
		},
	};

	return rdma_create_qp(id, wire->pd, &attr);
}

static struct rdma_conn_param parameters(const struct rdma_cm_id *id)
{
	return (struct rdma_conn_param) {
		.responder_resources = min(id->device->attrs.max_qp_rd_atom, 8),
		.initiator_depth = min(id->device->attrs.max_qp_init_rd_atom, 8),
		.retry_count = 7,
		.rnr_retry_count = 7,
	};
}

static int accept(struct wire *wire, struct rdma_cm_id *id)
{
	struct rdma_conn_param param = parameters(id);
	int err = create_qp(wire, id);

	if (err)
		return err;
	err = rdma_accept(id, &param);
	if (err) {
		rdma_destroy_qp(id);
		return err;
	}
	wire->server = id;
	wire->server_qp = id->qp;
	return 0;
}

/* The first error stays. */
static void failed(struct wire *wire, int err)
{
	if (!wire->error)
		wire->error = err;
	complete(&wire->step);
}

static int event(struct rdma_cm_id *id, struct rdma_cm_event *event)
{
	struct wire *wire = id->context;
	int err = 0;

	switch (event->event) {
	case RDMA_CM_EVENT_ADDR_RESOLVED:
	case RDMA_CM_EVENT_ROUTE_RESOLVED:
		complete(&wire->step);
		break;
	case RDMA_CM_EVENT_CONNECT_REQUEST:
		err = accept(wire, id);
		if (err)
			failed(wire, err);
		break;
	case RDMA_CM_EVENT_ESTABLISHED:
		complete(&wire->step);
		break;
	case RDMA_CM_EVENT_DISCONNECTED:
	case RDMA_CM_EVENT_TIMEWAIT_EXIT:
		break;
	default:
		failed(wire, event->status < 0 ? event->status : -EIO);
	}
	return err;
}

static int next_step(struct wire *wire, int err)
{
	if (err)
		return err;
	if (!wait_for_completion_timeout(&wire->step, PATIENCE))
		return -ETIMEDOUT;
	return wire->error;
}

static void work_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct waiting *waiting = container_of(wc->wr_cqe, struct waiting, cqe);

	waiting->status = wc->status;
	complete(&waiting->done);
}

void wait_init(struct waiting *waiting)
{
	*waiting = (struct waiting) { .cqe.done = work_done };
	init_completion(&waiting->done);
}

/* The device must not write to the stack when nobody waits any more. */
static void wait_for(struct kunit *test, struct wire *wire, struct waiting *waiting)
{
	if (!wait_for_completion_timeout(&waiting->done, PATIENCE)) {
		KUNIT_FAIL(test, "nothing has completed");
		ib_drain_qp(wire->client_qp);
		ib_drain_qp(wire->server_qp);
	}
	KUNIT_EXPECT_EQ(test, IB_WC_SUCCESS, waiting->status);
}

static int name_remote(struct kunit *test, struct wire *wire)
{
	const struct dma_vec range = { .addr = wire->remote_dma, .len = WIRE_BYTES };
	struct waiting waiting;
	struct ib_reg_wr wr = {
		.wr = {
			.wr_cqe = &waiting.cqe,
			.opcode = IB_WR_REG_MR,
			.send_flags = IB_SEND_SIGNALED,
		},
		.access = IB_ACCESS_LOCAL_WRITE | IB_ACCESS_REMOTE_READ |
			  IB_ACCESS_REMOTE_WRITE,
	};
	int err;

	wait_init(&waiting);
	wire->mr = ib_alloc_mr(wire->pd, IB_MR_TYPE_MEM_REG, WIRE_BYTES / PAGE_SIZE);
	if (IS_ERR(wire->mr)) {
		err = PTR_ERR(wire->mr);
		wire->mr = NULL;
		return err;
	}
	err = ib_map_mr_phyrs(wire->mr, &range, 1, 0, WIRE_BYTES, PAGE_SIZE, GFP_KERNEL);
	if (err)
		return err;
	wr.mr = wire->mr;
	wr.key = wire->mr->rkey;
	err = ib_post_send(wire->server_qp, &wr.wr, NULL);
	if (err)
		return err;
	wait_for(test, wire, &waiting);
	return 0;
}

/* Memory that needs no syncing. */
static void *remote_alloc(struct ib_device *dev, u64 *dma)
{
	void *remote;

	if (!ib_uses_virt_dma(dev))
		return dma_alloc_coherent(dev->dma_device, WIRE_BYTES, dma, GFP_KERNEL);
	remote = alloc_pages_exact(WIRE_BYTES, GFP_KERNEL);
	*dma = (uintptr_t)remote;
	return remote;
}

static void remote_free(struct ib_device *dev, void *remote, u64 dma)
{
	if (ib_uses_virt_dma(dev))
		free_pages_exact(remote, WIRE_BYTES);
	else
		dma_free_coherent(dev->dma_device, WIRE_BYTES, remote, dma);
}

static struct sockaddr_in address(void)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons(4792),
		.sin_addr.s_addr = in_aton("10.0.0.1"),
	};
}

static int connect(struct kunit *test, struct wire *wire)
{
	struct rdma_conn_param param = parameters(wire->client);
	struct sockaddr_in addr = address();
	struct ib_device *dev = wire->client->device;
	int err;

	wire->most = min(dev->attrs.max_qp_wr / 4, MOST_SENDS);
	wire->pd = ib_alloc_pd(dev, 0);
	if (IS_ERR(wire->pd))
		return PTR_ERR(no_free_ptr(wire->pd));
	wire->cq = ib_alloc_cq_any(dev, NULL, 4 * MOST_SENDS, IB_POLL_WORKQUEUE);
	if (IS_ERR(wire->cq))
		return PTR_ERR(no_free_ptr(wire->cq));
	wire->remote = remote_alloc(dev, &wire->remote_dma);
	if (!wire->remote)
		return -ENOMEM;
	wire->listener = rdma_create_id(&init_net, event, wire, RDMA_PS_TCP, IB_QPT_RC);
	if (IS_ERR(wire->listener))
		return PTR_ERR(no_free_ptr(wire->listener));
	err = rdma_bind_addr(wire->listener, (struct sockaddr *)&addr);
	if (!err)
		err = rdma_listen(wire->listener, 1);
	if (!err)
		err = create_qp(wire, wire->client);
	if (err)
		return err;
	wire->client_qp = wire->client->qp;
	/* Both sides say so. */
	err = next_step(wire, rdma_connect(wire->client, &param));
	if (!err)
		err = next_step(wire, 0);
	return err ?: name_remote(test, wire);
}

static void drop_id(struct rdma_cm_id *id, struct ib_qp *qp)
{
	if (qp)
		rdma_destroy_qp(id);
	if (id)
		rdma_destroy_id(id);
}

static void wire_close(void *opened)
{
	struct wire *wire = opened;
	struct ib_device *dev = wire->client->device;

	if (wire->server_qp) {
		ib_drain_qp(wire->client_qp);
		ib_drain_qp(wire->server_qp);
		rdma_disconnect(wire->client);
	}
	if (wire->mr)
		ib_dereg_mr(wire->mr);
	drop_id(wire->listener, NULL);
	drop_id(wire->server, wire->server_qp);
	if (wire->client_qp)
		rdma_destroy_qp(wire->client);
	if (wire->remote)
		remote_free(dev, wire->remote, wire->remote_dma);
	if (wire->cq)
		ib_free_cq(wire->cq);
	if (wire->pd)
		ib_dealloc_pd(wire->pd);
	rdma_destroy_id(wire->client);
}

struct wire *wire_open(struct kunit *test)
{
	struct wire *wire = kunit_kzalloc(test, sizeof(*wire), GFP_KERNEL);
	struct sockaddr_in addr = address();
	int err;

	KUNIT_ASSERT_NOT_NULL(test, wire);
	init_completion(&wire->step);
	wire->client = rdma_create_id(&init_net, event, wire, RDMA_PS_TCP, IB_QPT_RC);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, wire->client);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, wire_close, wire));
	err = next_step(wire, rdma_resolve_addr(wire->client, NULL, (struct sockaddr *)&addr,
						2000));
	if (err || !wire->client->device)
		kunit_skip(test, "no RDMA device has the address 10.0.0.1");
	KUNIT_ASSERT_EQ(test, 0, next_step(wire, rdma_resolve_route(wire->client, 2000)));
	KUNIT_ASSERT_EQ(test, 0, connect(test, wire));
	return wire;
}

void wire_post(struct kunit *test, struct wire *wire, struct ib_send_wr *wrs,
	       struct waiting *waits)
{
	int err = ib_post_send(wire->client_qp, wrs, NULL);

	KUNIT_EXPECT_EQ(test, 0, err);
	if (!err)
		wait_for(test, wire, waits);
}

void wire_move(struct kunit *test, struct wire *wire, struct phyr_rw_ctx *ctx)
{
	struct waiting waiting;
	int err;

	wait_init(&waiting);
	err = rdma_rw_ctx_post_phyr(ctx, wire->client_qp, wire->client->port_num, &waiting.cqe,
				    NULL);
	KUNIT_EXPECT_EQ(test, 0, err);
	if (!err)
		wait_for(test, wire, &waiting);
}

void wire_send(struct kunit *test, struct wire *wire, struct ib_sge *sges, int nr, int flags,
	       const struct memory *memory)
{
	const struct dma_vec range = { .addr = wire->remote_dma, .len = WIRE_BYTES };
	struct waiting sent, received;
	struct ib_sge sge;
	struct ib_recv_wr recv = { .wr_cqe = &received.cqe, .sg_list = &sge, .num_sge = 1 };
	struct ib_send_wr send = {
		.wr_cqe = &sent.cqe,
		.opcode = IB_WR_SEND,
		.send_flags = IB_SEND_SIGNALED | flags,
		.sg_list = sges,
		.num_sge = nr,
	};

	wait_init(&sent);
	wait_init(&received);
	KUNIT_ASSERT_EQ(test, 1, ib_phyr_sges(&range, 1, 0, WIRE_BYTES, wire->pd->local_dma_lkey,
					      &sge, 1));
	KUNIT_ASSERT_EQ(test, 0, ib_post_recv(wire->server_qp, &recv, NULL));
	KUNIT_ASSERT_EQ(test, 0, ib_post_send(wire->client_qp, &send, NULL));
	if (flags & IB_SEND_INLINE)
		each_byte(memory, clear, NULL);
	wait_for(test, wire, &sent);
	wait_for(test, wire, &received);
}
