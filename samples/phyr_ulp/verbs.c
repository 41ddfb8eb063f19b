// SPDX-License-Identifier: GPL-2.0
/*
 * What Rust has no bindings for: ids of the RDMA connection manager, queue pairs, MRs.  Each
 * function is a call or two of the kernel's.
 */
#include <linux/err.h>
#include <rdma/rw.h>

#include "verbs.h"

/* Milliseconds. */
#define TIMEOUT	2000

/* A device may take many more in an MR. */
#define MOST_MR_PAGES	512

static int on_event(struct rdma_cm_id *id, struct rdma_cm_event *event)
{
	return phyr_ulp_rs_event(id->context, id, event->event, event->status);
}

struct rdma_cm_id *phyr_ulp_id(void *context)
{
	return rdma_create_id(&init_net, on_event, context, RDMA_PS_TCP,
			      IB_QPT_RC);
}

void phyr_ulp_set_context(struct rdma_cm_id *id, void *context)
{
	id->context = context;
}

int phyr_ulp_listen(struct rdma_cm_id *id, struct sockaddr_storage *addr)
{
	int ret = rdma_set_reuseaddr(id, 1);

	if (!ret)
		ret = rdma_bind_addr(id, (struct sockaddr *)addr);
	return ret ?: rdma_listen(id, 16);
}

int phyr_ulp_resolve(struct rdma_cm_id *id, struct sockaddr_storage *addr)
{
	return rdma_resolve_addr(id, NULL, (struct sockaddr *)addr, TIMEOUT);
}

int phyr_ulp_route(struct rdma_cm_id *id)
{
	return rdma_resolve_route(id, TIMEOUT);
}

static struct rdma_conn_param conn_param(const struct rdma_cm_id *id)
{
	const struct ib_device_attr *attrs = &id->device->attrs;

	return (struct rdma_conn_param) {
		.responder_resources = min(attrs->max_qp_rd_atom, 16),
		.initiator_depth = min(attrs->max_qp_init_rd_atom, 16),
		.retry_count = 7,
		.rnr_retry_count = 7,
	};
}

int phyr_ulp_connect(struct rdma_cm_id *id)
{
	struct rdma_conn_param param = conn_param(id);

	return rdma_connect_locked(id, &param);
}

int phyr_ulp_accept(struct rdma_cm_id *id)
{
	struct rdma_conn_param param = conn_param(id);

	return rdma_accept(id, &param);
}

struct ib_device *phyr_ulp_device(struct rdma_cm_id *id)
{
	return id->device;
}

/* Entries of the send queue that a transfer of @pages takes, and the MRs. */
static u32 wqes(const struct rdma_cm_id *id, u32 sges, u32 pages, u32 *mrs)
{
	*mrs = rdma_rw_mr_factor(id->device, id->port_num, pages);
	return max(DIV_ROUND_UP(pages, sges), 3 * *mrs);
}

/* For @depth transfers at a time, of memory that has up to @pages. */
int phyr_ulp_open(struct rdma_cm_id *id, u32 depth, u32 pages,
		  struct phyr_ulp_queue *queue)
{
	const struct ib_device_attr *attrs = &id->device->attrs;
	u32 sges = clamp(attrs->max_send_sge, 1, 16), mrs, most, room;
	struct ib_qp_init_attr attr = {};
	int ret;

	most = wqes(id, sges, pages, &mrs);
	/* A message for each, and what ib_drain_qp() posts. */
	room = min_t(u32, depth * (most + 1) + 1, attrs->max_qp_wr);
	queue->pd = ib_alloc_pd(id->device, 0);
	if (IS_ERR(queue->pd))
		return PTR_ERR(queue->pd);
	queue->cq = ib_alloc_cq_any(id->device, NULL, room + depth + 1,
				    IB_POLL_WORKQUEUE);
	if (IS_ERR(queue->cq)) {
		ret = PTR_ERR(queue->cq);
		goto free_pd;
	}
	attr.send_cq = queue->cq;
	attr.recv_cq = queue->cq;
	attr.qp_type = IB_QPT_RC;
	attr.sq_sig_type = IB_SIGNAL_REQ_WR;
	attr.port_num = id->port_num;
	/* ib_create_qp() adds what the contexts take, or less if there is not as much. */
	attr.cap.max_rdma_ctxs = depth * mrs;
	attr.cap.max_send_wr = room - min(room - 1, rdma_rw_max_send_wr(id->device, id->port_num,
									depth * mrs, 0));
	attr.cap.max_recv_wr = depth + 1;
	attr.cap.max_send_sge = sges;
	attr.cap.max_recv_sge = 1;
	attr.cap.max_inline_data = 64;
	ret = rdma_create_qp(id, queue->pd, &attr);
	if (ret)
		goto free_cq;
	queue->qp = id->qp;
	queue->room = room - 1;
	queue->most = most;
	queue->port = id->port_num;
	queue->pages_per_mr = min_t(u32, attrs->max_fast_reg_page_list_len,
				    MOST_MR_PAGES);
	return 0;

free_cq:
	ib_free_cq(queue->cq);
free_pd:
	ib_dealloc_pd(queue->pd);
	return ret;
}

/* After this nothing of the queue pair will complete. */
void phyr_ulp_drain(struct phyr_ulp_queue *queue)
{
	ib_drain_qp(queue->qp);
}

void phyr_ulp_close(struct rdma_cm_id *id, struct phyr_ulp_queue *queue)
{
	rdma_destroy_qp(id);
	ib_free_cq(queue->cq);
	ib_dealloc_pd(queue->pd);
}

int phyr_ulp_receive(struct phyr_ulp_queue *queue, struct ib_cqe *cqe,
		     const struct ib_sge *sge)
{
	struct ib_sge to = *sge;
	const struct ib_recv_wr wr = {
		.wr_cqe = cqe,
		.sg_list = &to,
		.num_sge = 1,
	};

	return ib_post_recv(queue->qp, &wr, NULL);
}

/* The message is copied: it need not be mapped, nor kept. */
int phyr_ulp_send(struct phyr_ulp_queue *queue, struct ib_cqe *cqe,
		  const void *message, u32 bytes)
{
	struct ib_sge sge = {
		.addr = (uintptr_t)message,
		.length = bytes,
	};
	const struct ib_send_wr wr = {
		.wr_cqe = cqe,
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IB_WR_SEND,
		.send_flags = IB_SEND_SIGNALED | IB_SEND_INLINE,
	};

	return ib_post_send(queue->qp, &wr, NULL);
}

u32 phyr_ulp_lkey(const struct phyr_ulp_queue *queue)
{
	return queue->pd->local_dma_lkey;
}

struct ib_mr *phyr_ulp_mr(struct phyr_ulp_queue *queue)
{
	return ib_alloc_mr(queue->pd, IB_MR_TYPE_MEM_REG, queue->pages_per_mr);
}

/* For the other side to read and to write.  @mr may be used when this has completed. */
int phyr_ulp_register(struct phyr_ulp_queue *queue, struct ib_mr *mr,
		      const struct dma_vec *ranges, unsigned int nr, u64 offset,
		      u64 len, struct ib_cqe *cqe)
{
	struct ib_reg_wr wr = {
		.wr.wr_cqe = cqe,
		.wr.opcode = IB_WR_REG_MR,
		.wr.send_flags = IB_SEND_SIGNALED,
		.mr = mr,
		.access = IB_ACCESS_LOCAL_WRITE | IB_ACCESS_REMOTE_READ |
			  IB_ACCESS_REMOTE_WRITE,
	};
	int ret = ib_map_mr_phyrs(mr, ranges, nr, offset, len, PAGE_SIZE,
				  GFP_KERNEL);

	if (ret)
		return ret;
	ib_update_fast_reg_key(mr, ib_inc_rkey(mr->rkey));
	wr.key = mr->rkey;
	return ib_post_send(queue->qp, &wr.wr, NULL);
}

u32 phyr_ulp_rkey(const struct ib_mr *mr)
{
	return mr->rkey;
}

u64 phyr_ulp_iova(const struct ib_mr *mr)
{
	return mr->iova;
}

void phyr_ulp_free_mr(struct ib_mr *mr)
{
	ib_dereg_mr(mr);
}

/* id.rs */
static_assert(RDMA_CM_EVENT_ADDR_RESOLVED == 0);
static_assert(RDMA_CM_EVENT_ROUTE_RESOLVED == 2);
static_assert(RDMA_CM_EVENT_CONNECT_REQUEST == 4);
static_assert(RDMA_CM_EVENT_UNREACHABLE == 7);
static_assert(RDMA_CM_EVENT_REJECTED == 8);
static_assert(RDMA_CM_EVENT_ESTABLISHED == 9);
static_assert(RDMA_CM_EVENT_DISCONNECTED == 10);
static_assert(RDMA_CM_EVENT_DEVICE_REMOVAL == 11);
static_assert(RDMA_CM_EVENT_TIMEWAIT_EXIT == 15);
static_assert(sizeof(struct sockaddr_storage) == 128);
static_assert(sizeof(struct phyr_ulp_queue) == 40);
