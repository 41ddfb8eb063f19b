/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the C and the Rust half of phyr_ulp.ko call in each other.
 */
#ifndef _PHYR_ULP_VERBS_H
#define _PHYR_ULP_VERBS_H

#include <rdma/ib_phyr.h>
#include <rdma/rdma_cm.h>

/**
 * struct phyr_ulp_queue - a queue pair, and what belongs to it
 * @pd: its protection domain
 * @cq: the completion queue of both of its queues
 * @qp: itself, which is the id's
 * @room: entries of its send queue
 * @most: entries that one transfer may take
 * @port: port that it is bound to
 * @pages_per_mr: pages of an MR that the client registers
 */
struct phyr_ulp_queue {
	struct ib_pd *pd;
	struct ib_cq *cq;
	struct ib_qp *qp;
	u32 room;
	u32 most;
	u32 port;
	u32 pages_per_mr;
};

struct rdma_cm_id *phyr_ulp_id(void *context);
void phyr_ulp_set_context(struct rdma_cm_id *id, void *context);
int phyr_ulp_listen(struct rdma_cm_id *id, struct sockaddr_storage *addr);
int phyr_ulp_resolve(struct rdma_cm_id *id, struct sockaddr_storage *addr);
int phyr_ulp_route(struct rdma_cm_id *id);
int phyr_ulp_connect(struct rdma_cm_id *id);
int phyr_ulp_accept(struct rdma_cm_id *id);
struct ib_device *phyr_ulp_device(struct rdma_cm_id *id);

int phyr_ulp_open(struct rdma_cm_id *id, u32 depth, u32 pages,
		  struct phyr_ulp_queue *queue);
void phyr_ulp_drain(struct phyr_ulp_queue *queue);
void phyr_ulp_close(struct rdma_cm_id *id, struct phyr_ulp_queue *queue);
int phyr_ulp_receive(struct phyr_ulp_queue *queue, struct ib_cqe *cqe,
		     const struct ib_sge *sge);
int phyr_ulp_send(struct phyr_ulp_queue *queue, struct ib_cqe *cqe,
		  const void *message, u32 bytes);
u32 phyr_ulp_lkey(const struct phyr_ulp_queue *queue);

struct ib_mr *phyr_ulp_mr(struct phyr_ulp_queue *queue);
int phyr_ulp_register(struct phyr_ulp_queue *queue, struct ib_mr *mr,
		      const struct dma_vec *ranges, unsigned int nr, u64 offset,
		      u64 len, struct ib_cqe *cqe);
u32 phyr_ulp_rkey(const struct ib_mr *mr);
u64 phyr_ulp_iova(const struct ib_mr *mr);
void phyr_ulp_free_mr(struct ib_mr *mr);

int phyr_ulp_rs_event(void *context, struct rdma_cm_id *id, u32 event,
		      int status);

#endif /* _PHYR_ULP_VERBS_H */
