/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the C and the Rust half of phyr_rdma.ko call in each other.
 */
#ifndef _PHYR_RDMA_GLUE_H
#define _PHYR_RDMA_GLUE_H

#include <rdma/rw_phyr.h>

#include "port.h"

/**
 * struct phyr_rw_transfer - what is to be moved, but for the list
 * @qp: queue pair to operate on
 * @remote_addr: where the other side has it, relative to @rkey
 * @rkey: remote key
 * @dir: %DMA_TO_DEVICE for RDMA WRITE, %DMA_FROM_DEVICE for RDMA READ
 * @port: what it depends on
 */
struct phyr_rw_transfer {
	struct ib_qp *qp;
	u64 remote_addr;
	u32 rkey;
	enum dma_data_direction dir;
	struct phyr_rw_port port;
};

/* An MR, and the work requests that register, use and invalidate it. */
struct phyr_rw_mr {
	struct ib_sge		sge;
	struct ib_rdma_wr	wr;
	struct ib_reg_wr	reg_wr;
	struct ib_send_wr	inv_wr;
	struct ib_mr		*mr;
};

void *phyr_rw_alloc(size_t nr, size_t size);
int phyr_rw_tables_init(void);
void phyr_rw_tables_exit(void);
struct scatterlist *phyr_rw_table_get(unsigned int nents, gfp_t gfp);
void phyr_rw_table_put(struct scatterlist *sgl, unsigned int nents);
void phyr_rw_port(struct ib_qp *qp, u32 port_num, enum dma_data_direction dir,
		  struct phyr_rw_port *port);
struct device *phyr_rw_dma_dev(struct ib_qp *qp);
u32 phyr_rw_segments_per_mr(const struct ib_qp *qp);
u32 phyr_rw_pages_per_mr(const struct ib_qp *qp);
bool phyr_rw_signs(const struct ib_qp *qp);
int phyr_rw_post(struct ib_qp *qp, struct ib_send_wr *chain,
		 const struct ib_send_wr **refused);
bool phyr_rw_has_port(const struct ib_qp *qp, u32 port_num);
struct ib_device *phyr_rw_device_get(struct ib_device *dev);
struct device *phyr_rw_device_dma(struct ib_device *dev);
struct ib_mr *phyr_rw_mr_get(struct ib_qp *qp);
void phyr_rw_mr_put(struct ib_qp *qp, struct ib_mr *mr);
int phyr_rw_mr_map(struct ib_mr *mr, const struct dma_vec *ranges,
		   unsigned int nr, u64 skipped, u64 bytes,
		   struct scatterlist *sgl, struct ib_sge *sge);
struct ib_mr *phyr_rw_sig_mr_get(struct ib_qp *qp);
void phyr_rw_sig_mr_put(struct ib_qp *qp, struct ib_mr *mr);
int phyr_rw_sig_mr_map(struct ib_mr *mr, const struct dma_vec *data,
		       unsigned int nr, const struct dma_vec *prot,
		       unsigned int nr_prot, struct scatterlist *sgl,
		       const struct ib_sig_attrs *attrs, struct ib_sge *sge);
bool phyr_rw_mr_needs_inval(const struct ib_mr *mr);
u32 phyr_rw_mr_next_key(struct ib_mr *mr, bool need_inval);
void phyr_rw_mr_set_back(struct ib_mr *mr, u32 key, bool need_inval);
u32 phyr_rw_mr_key(const struct ib_mr *mr);

/**
 * phyr_rw_most_runs() - how many ranges a cursor gives at most
 * @iter: the cursor
 *
 * Return: that, or 0 if it is not known before it is read.
 */
unsigned int phyr_rw_most_runs(const struct phyr_iter *iter);
unsigned long phyr_rw_virt_one(phys_addr_t addr, u64 len);
bool phyr_rw_virt(struct dma_vec *ranges, unsigned int nr);

int phyr_rs_rw_init(struct phyr_rw_ctx *ctx,
		    const struct phyr_rw_transfer *transfer,
		    const struct phys_vec *phyrs, unsigned int nr);
int phyr_rs_rw_init_list(struct phyr_rw_ctx *ctx,
			 const struct phyr_rw_transfer *transfer,
			 const struct dma_phyr_list *list,
			 const struct dma_phyr_cursor *start);
int phyr_rs_rw_init_iter(struct phyr_rw_ctx *ctx,
			 const struct phyr_rw_transfer *transfer,
			 const struct phyr_iter *iter);
int phyr_rs_rw_init_mapped(struct phyr_rw_ctx *ctx,
			   const struct phyr_rw_transfer *transfer,
			   const struct dma_vec *ranges, unsigned int nr,
			   u64 offset);
int phyr_rs_rw_sign(struct phyr_rw_sig_ctx *ctx,
		    const struct phyr_rw_transfer *transfer,
		    const struct phys_vec *phyrs, unsigned int nr,
		    const struct phys_vec *prot, unsigned int nr_prot,
		    const struct ib_sig_attrs *sig_attrs);
void phyr_rs_rw_sync_signed(struct phyr_rw_sig_ctx *ctx, struct ib_qp *qp);
void phyr_rs_rw_destroy_signed(struct phyr_rw_sig_ctx *ctx, struct ib_qp *qp);
int phyr_rs_rw_find(const struct phys_vec *phyrs, unsigned int nr,
		    struct dma_phyr_map *map, struct dma_vec *ranges,
		    unsigned int max_ranges, enum dma_data_direction dir);
int phyr_rs_rw_find_iter(const struct phyr_iter *iter, struct dma_phyr_map *map,
			 struct dma_vec *ranges, unsigned int max_ranges,
			 enum dma_data_direction dir);
int phyr_rs_rw_sges(const struct dma_vec *ranges, unsigned int nr, u64 offset,
		    u64 len, u32 lkey, struct ib_sge *sges,
		    unsigned int max_sges);
int phyr_rs_rw_inline(const struct phys_vec *phyrs, unsigned int nr,
		      struct ib_sge *sges, unsigned int max_sges);
void phyr_rs_rw_sync(struct phyr_rw_ctx *ctx, struct ib_qp *qp);
struct ib_send_wr *phyr_rs_rw_wrs(struct phyr_rw_ctx *ctx, struct ib_cqe *cqe,
				  struct ib_send_wr *chain_wr);
void phyr_rs_rw_refused(struct phyr_rw_ctx *ctx,
			const struct ib_send_wr *refused);
void phyr_rs_rw_destroy(struct phyr_rw_ctx *ctx, struct ib_qp *qp);

#endif /* _PHYR_RDMA_GLUE_H */
