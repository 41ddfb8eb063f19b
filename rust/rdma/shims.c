// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line copies of inline functions that Rust cannot call, and what it has to know of
 * structures whose layout it does not.
 */
#include <linux/dma-map-ops.h>
#include <linux/kmsan.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <rdma/mr_pool.h>
#include <rdma/rw.h>

#include "glue.h"

/* As rdma_rw_fr_page_list_len() of drivers/infiniband/core/rw.c, by which the pool was made. */
u32 phyr_rw_segments_per_mr(const struct ib_qp *qp)
{
	const struct ib_device_attr *attrs = &qp->device->attrs;
	u32 pages = qp->integrity_en ? attrs->max_pi_fast_reg_page_list_len :
				       attrs->max_fast_reg_page_list_len;

	return min_t(u32, pages, 256);
}

/* Those of siw are lists of ranges of any length, of which a message has no more than 1 GiB. */
u32 phyr_rw_pages_per_mr(const struct ib_qp *qp)
{
	if (qp->device->ops.driver_id == RDMA_DRIVER_SIW)
		return SZ_1G >> PAGE_SHIFT;
	return phyr_rw_segments_per_mr(qp);
}

/* What Rust writes to it KMSAN does not see. */
void *phyr_rw_alloc(size_t nr, size_t size)
{
	void *array = kmalloc_array(nr, size, GFP_KERNEL | __GFP_NOWARN);

	if (array)
		kmsan_unpoison_memory(array, nr * size);
	return array;
}

bool phyr_rw_signs(const struct ib_qp *qp)
{
	return qp->integrity_en && qp->device->ops.map_mr_sg_pi;
}

void phyr_rw_port(struct ib_qp *qp, u32 port_num, enum dma_data_direction dir,
		  struct phyr_rw_port *port)
{
	*port = phyr_rw_port_of(qp, port_num, dir);
}

struct device *phyr_rw_dma_dev(struct ib_qp *qp)
{
	return phyr_rw_dma_device(qp->device);
}

/*
 * Not all drivers say which work request they have @refused: siw does not if it has taken all, but
 * cannot begin.
 */
int phyr_rw_post(struct ib_qp *qp, struct ib_send_wr *chain,
		 const struct ib_send_wr **refused)
{
	*refused = NULL;
	return ib_post_send(qp, chain, refused);
}

bool phyr_rw_has_port(const struct ib_qp *qp, u32 port_num)
{
	return rdma_is_port_valid(qp->device, port_num);
}

struct ib_device *phyr_rw_device_get(struct ib_device *dev)
{
	return ib_device_try_get(dev) ? dev : NULL;
}

struct device *phyr_rw_device_dma(struct ib_device *dev)
{
	return phyr_rw_dma_device(dev);
}

struct ib_mr *phyr_rw_mr_get(struct ib_qp *qp)
{
	return ib_mr_pool_get(qp, &qp->rdma_mrs);
}

void phyr_rw_mr_put(struct ib_qp *qp, struct ib_mr *mr)
{
	ib_mr_pool_put(qp, &qp->rdma_mrs, mr);
}

/*
 * Drivers only know scatterlists, of which they read the DMA addresses and lengths: @bytes of
 * @ranges, but for the first @skipped.
 */
static void fill_sgl(struct scatterlist *sgl, const struct dma_vec *ranges,
		     unsigned int nr, u64 skipped, u64 bytes)
{
	for (unsigned int i = 0; i < nr; i++) {
		u64 len = min(ranges[i].len - skipped, bytes);

		sgl[i] = (struct scatterlist) { .length = len };
		sg_dma_address(&sgl[i]) = ranges[i].addr + skipped;
		sg_dma_len(&sgl[i]) = len;
		bytes -= len;
		skipped = 0;
	}
	sg_init_marker(sgl, nr);
}

/*
 * Has an MR name @bytes of @ranges, but for the first @skipped.  @sgl has room for @nr entries and
 * is not needed afterwards.
 */
int phyr_rw_mr_map(struct ib_mr *mr, const struct dma_vec *ranges,
		   unsigned int nr, u64 skipped, u64 bytes,
		   struct scatterlist *sgl, struct ib_sge *sge)
{
	int ret;

	fill_sgl(sgl, ranges, nr, skipped, bytes);
	ret = ib_map_mr_sg(mr, sgl, nr, NULL, PAGE_SIZE);
	if (ret < 0)
		return ret;
	if (ret != nr || mr->length != bytes)
		return -EINVAL;
	sge->addr = mr->iova;
	sge->length = mr->length;
	return 0;
}

struct ib_mr *phyr_rw_sig_mr_get(struct ib_qp *qp)
{
	return ib_mr_pool_get(qp, &qp->sig_mrs);
}

void phyr_rw_sig_mr_put(struct ib_qp *qp, struct ib_mr *mr)
{
	ib_mr_pool_put(qp, &qp->sig_mrs, mr);
}

/* As phyr_rw_mr_map(), with room in @sgl for both lists. */
int phyr_rw_sig_mr_map(struct ib_mr *mr, const struct dma_vec *data,
		       unsigned int nr, const struct dma_vec *prot,
		       unsigned int nr_prot, struct scatterlist *sgl,
		       const struct ib_sig_attrs *attrs, struct ib_sge *sge)
{
	struct scatterlist *meta = nr_prot ? sgl + nr : NULL;
	int ret;

	*mr->sig_attrs = *attrs;
	fill_sgl(sgl, data, nr, 0, U64_MAX);
	if (meta)
		fill_sgl(meta, prot, nr_prot, 0, U64_MAX);
	ret = ib_map_mr_sg_pi(mr, sgl, nr, NULL, meta, nr_prot, NULL, SZ_4K);
	if (ret)
		return ret < 0 ? ret : -EINVAL;
	sge->addr = mr->iova;
	sge->length = mr->length;
	/* The driver has found how much of it is protection information. */
	if (attrs->wire.sig_type == IB_SIG_TYPE_NONE)
		sge->length -= mr->sig_attrs->meta_length;
	return 0;
}

bool phyr_rw_mr_needs_inval(const struct ib_mr *mr)
{
	return mr->need_inval;
}

u32 phyr_rw_mr_key(const struct ib_mr *mr)
{
	return mr->lkey;
}

/* It was not registered with the key that it has: what it had before is still so. */
void phyr_rw_mr_set_back(struct ib_mr *mr, u32 key, bool need_inval)
{
	mr->need_inval = need_inval;
	ib_update_fast_reg_key(mr, key);
}

u32 phyr_rw_mr_next_key(struct ib_mr *mr, bool need_inval)
{
	mr->need_inval = need_inval;
	ib_update_fast_reg_key(mr, ib_inc_rkey(mr->lkey));
	return mr->lkey;
}

static_assert(sizeof(struct phyr_rw_port) == 40);
static_assert(offsetof(struct phyr_rw_port, lkey) == 8);
static_assert(offsetof(struct phyr_rw_port, max_sge) == 12);
static_assert(offsetof(struct phyr_rw_port, max_sgl_rd) == 16);
static_assert(offsetof(struct phyr_rw_port, iwarp) == 20);
static_assert(offsetof(struct phyr_rw_port, force_mr) == 24);
static_assert(offsetof(struct phyr_rw_port, read_inv) == 28);
static_assert(offsetof(struct phyr_rw_port, translated) == 32);

/* lists.rs */
static_assert(DMA_PHYR_HELD_NOTHING == 0);
static_assert(DMA_PHYR_HELD_EACH == 4);
static_assert(DMA_PHYR_HELD_RECORDED == 5);

/* transfer.rs */
static_assert(sizeof(struct phyr_rw_transfer) == 64);
static_assert(offsetof(struct phyr_rw_transfer, remote_addr) == 8);
static_assert(offsetof(struct phyr_rw_transfer, rkey) == 16);
static_assert(offsetof(struct phyr_rw_transfer, dir) == 20);
static_assert(offsetof(struct phyr_rw_transfer, port) == 24);

/* verbs.rs */
static_assert(IB_WR_RDMA_WRITE == 0);
static_assert(IB_WR_RDMA_READ == 4);
static_assert(IB_WR_LOCAL_INV == 7);
static_assert(IB_WR_RDMA_READ_WITH_INV == 11);
static_assert(IB_WR_REG_MR == 0x20);
static_assert(IB_WR_REG_MR_INTEGRITY == 0x21);
static_assert(IB_SEND_SIGNALED == 1 << 1);
static_assert(IB_ACCESS_LOCAL_WRITE == 1);
static_assert(IB_ACCESS_REMOTE_WRITE == 1 << 1);
static_assert(sizeof(struct ib_cqe) == 8);
static_assert(IB_WC_SUCCESS == 0);
static_assert(IB_WC_WR_FLUSH_ERR == 5);
static_assert(offsetof(struct ib_wc, wr_cqe) == 0);
static_assert(offsetof(struct ib_wc, status) == 8);
static_assert(offsetof(struct ib_wc, byte_len) == 20);
static_assert(sizeof(struct ib_sge) == 16);
static_assert(offsetof(struct ib_sge, length) == 8);
static_assert(offsetof(struct ib_sge, lkey) == 12);
static_assert(sizeof(struct ib_send_wr) == 40);
static_assert(offsetof(struct ib_send_wr, wr_cqe) == 8);
static_assert(offsetof(struct ib_send_wr, sg_list) == 16);
static_assert(offsetof(struct ib_send_wr, num_sge) == 24);
static_assert(offsetof(struct ib_send_wr, opcode) == 28);
static_assert(offsetof(struct ib_send_wr, send_flags) == 32);
static_assert(offsetof(struct ib_send_wr, ex.invalidate_rkey) == 36);
static_assert(sizeof(struct ib_rdma_wr) == 56);
static_assert(offsetof(struct ib_rdma_wr, wr) == 0);
static_assert(offsetof(struct ib_rdma_wr, remote_addr) == 40);
static_assert(offsetof(struct ib_rdma_wr, rkey) == 48);
static_assert(sizeof(struct ib_reg_wr) == 56);
static_assert(offsetof(struct ib_reg_wr, mr) == 40);
static_assert(offsetof(struct ib_reg_wr, key) == 48);
static_assert(offsetof(struct ib_reg_wr, access) == 52);

/* context/mod.rs */
#define MAP_END	sizeof(struct dma_phyr_map)
static_assert(PHYR_RW_NONE == 0 && PHYR_RW_SGES == 1 && PHYR_RW_MRS == 2 &&
	      PHYR_RW_SIGNED == 3);
static_assert(PHYR_RW_FEW == 4);
static_assert(offsetof(struct phyr_rw_ctx, map) == 0);
static_assert(offsetof(struct phyr_rw_ctx, ranges) == MAP_END);
static_assert(offsetof(struct phyr_rw_ctx, sges) == MAP_END + 8);
static_assert(offsetof(struct phyr_rw_ctx, wrs) == MAP_END + 16);
static_assert(offsetof(struct phyr_rw_ctx, mrs) == MAP_END + 24);
static_assert(offsetof(struct phyr_rw_ctx, nr) == MAP_END + 32);
static_assert(offsetof(struct phyr_rw_ctx, way) == MAP_END + 36);
static_assert(offsetof(struct phyr_rw_ctx, few) == MAP_END + 40);
static_assert(offsetof(struct phyr_rw_ctx, wr) == MAP_END + 104);
static_assert(sizeof(struct phyr_rw_ctx) == MAP_END + 160);

/* context/signed.rs */
static_assert(sizeof(struct phyr_rw_sig_ctx) == 2 * sizeof(struct phyr_rw_ctx));
static_assert(offsetof(struct phyr_rw_sig_ctx, prot) == sizeof(struct phyr_rw_ctx));
