/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RDMA READ and WRITE from and into lists of physical ranges.
 *
 * What rdma_rw_ctx_init() of rdma/rw.h does for a scatterlist.  The list is mapped first, by
 * dma_map_phyrs(), and what comes out decides: one SGE, several, or MRs.  It is not needed
 * any more afterwards.
 */
#ifndef _RDMA_RW_PHYR_H
#define _RDMA_RW_PHYR_H

#include <linux/dma-phyr.h>
#include <linux/phyr-iter.h>
#include <rdma/ib_verbs.h>

/* DMA ranges that are in the context itself. */
#define PHYR_RW_FEW	4

/* How a list is moved. */
enum phyr_rw_way {
	PHYR_RW_NONE = 0,
	PHYR_RW_SGES,
	PHYR_RW_MRS,
	PHYR_RW_SIGNED,
};

struct phyr_rw_mr;

/**
 * struct phyr_rw_ctx - an RDMA READ or WRITE of a list
 *
 * The storage is the caller's.  Work requests point into it, so it must not be moved from
 * rdma_rw_ctx_init_phyr() to rdma_rw_ctx_destroy_phyr(), nor given back while a work request
 * of it may be outstanding.
 */
struct phyr_rw_ctx {
	/* private: */
	struct dma_phyr_map	map;
	struct dma_vec		*ranges;	/* @few, or allocated */
	struct ib_sge		*sges;		/* @ranges, as SGEs, or allocated */
	struct ib_rdma_wr	*wrs;		/* @wr, or allocated */
	struct phyr_rw_mr	*mrs;
	u32			nr;		/* entries of @wrs, or of @mrs */
	u8			way;		/* enum phyr_rw_way */
	struct dma_vec		few[PHYR_RW_FEW];
	struct ib_rdma_wr	wr;
};

/**
 * rdma_rw_ctx_init_phyr() - prepare an RDMA READ or WRITE of an array of physical ranges
 * @ctx: [out] the context
 * @qp: queue pair to operate on
 * @port_num: port that the connection is bound to
 * @phyrs: physical ranges to READ into, or to WRITE from, of RAM that stays until
 *	rdma_rw_ctx_destroy_phyr(); lengths in bytes, of any alignment
 * @nr: entries in @phyrs, at least 1
 * @offset: bytes at the start of @phyrs that are left out
 * @remote_addr: remote address to READ from or to WRITE to, relative to @rkey
 * @rkey: remote key to operate on
 * @dir: %DMA_TO_DEVICE for RDMA WRITE, %DMA_FROM_DEVICE for RDMA READ
 *
 * Maps the list for the device of @qp and prepares the work requests that move it.  Adjacent
 * ranges are merged, and behind an IOMMU most lists become one SGE.  @phyrs may be given back
 * when this returns, the memory that it tells of not before the context is destroyed.
 *
 * Where an MR has to be, or is better (&ib_device_attr.max_sgl_rd, unless MRs were more READs
 * than SGEs take; ib_core.force_mr), it takes
 * MRs of @qp: one for as many pages as rdma_rw_mr_factor() counts, and one more for each place
 * inside of the list where a range begins or ends inside of a page.  If they cannot
 * be had, SGEs are taken where they are allowed: everywhere but for an RDMA READ of iWARP.
 *
 * An RDMA WRITE moves what is in memory now if the device is not coherent, or memory is
 * bounced.  What is written to memory later needs rdma_rw_ctx_sync_phyr().
 *
 * Context: Process context.  May sleep.
 * Return: the number of work requests that rdma_rw_ctx_wrs_phyr() will give, or a negative
 *	errno, after which @ctx need not be destroyed:
 *
 * * %-EINVAL     - @phyrs is empty, or not longer than @offset, or has an entry that is empty
 *                  or wraps around; @dir is another; or the device takes no such MR.  Never
 *                  succeeds if retried.
 * * %-ENOMEM     - memory, IOVA space or a bounce buffer cannot be had.  May succeed later.
 * * %-EAGAIN     - there has to be an MR, and none is left.  Succeeds when other contexts of
 *                  @qp are destroyed, unless it needs more than @qp has.
 * * %-EREMOTEIO  - the device has no DMA of its own (rxe, siw), and something in the list is
 *                  not RAM that the kernel can address.  Never succeeds if retried.
 *
 * and what else dma_map_phyrs() returns.
 */
int rdma_rw_ctx_init_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			  u32 port_num, const struct phys_vec *phyrs,
			  unsigned int nr, size_t offset, u64 remote_addr,
			  u32 rkey, enum dma_data_direction dir);

/**
 * rdma_rw_ctx_init_phyr_list() - prepare an RDMA READ or WRITE of a list that is not simply RAM
 * @ctx: [out] as for rdma_rw_ctx_init_phyr()
 * @qp: as there
 * @port_num: as there
 * @list: the list, with whose memory its entries are; of its flags, %DMA_PHYR_UNCUT has the
 *	device's segment limits not count
 * @offset: bytes at the start of @list that are left out
 * @remote_addr: as there
 * @rkey: as there
 * @dir: as there
 *
 * For memory of other PCI devices, with struct pages or without: below the same bridge it is
 * named by its bus address, through the host bridge it is mapped, as dma_map_phyr_list() does.
 * MRs and SGEs take both.
 *
 * Context: Process context.  May sleep.  The provider's driver must stay bound until the
 *	context is destroyed.
 * Return: as rdma_rw_ctx_init_phyr(), and %-EREMOTEIO if the device cannot reach some of it.
 */
int rdma_rw_ctx_init_phyr_list(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			       u32 port_num, const struct dma_phyr_list *list,
			       size_t offset, u64 remote_addr, u32 rkey,
			       enum dma_data_direction dir);

/**
 * rdma_rw_ctx_init_phyr_iter() - prepare an RDMA READ or WRITE of what a cursor gives
 * @ctx: [out] as for rdma_rw_ctx_init_phyr()
 * @qp: as there
 * @port_num: as there
 * @iter: the cursor; it is not moved.  It begins where the transfer does
 * @remote_addr: as there
 * @rkey: as there
 * @dir: as there
 *
 * The same as rdma_rw_ctx_init_phyr() of an array of all that @iter gives, without that array:
 * a &struct phyr_list (phyr_iter_list()), bio_vecs, an xdr_buf, a request.
 *
 * Context: Process context.  May sleep.
 * Return: as rdma_rw_ctx_init_phyr(), and what @iter->next() returns.
 */
int rdma_rw_ctx_init_phyr_iter(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			       u32 port_num, const struct phyr_iter *iter,
			       u64 remote_addr, u32 rkey,
			       enum dma_data_direction dir);

/**
 * rdma_rw_ctx_init_phyr_mapped() - prepare an RDMA READ or WRITE of DMA ranges
 * @ctx: [out] as for rdma_rw_ctx_init_phyr()
 * @qp: as there
 * @port_num: as there
 * @ranges: DMA ranges that are mapped for the device of @qp until the context is destroyed
 * @nr: entries in @ranges, at least 1
 * @offset: bytes at the start of @ranges that are left out
 * @remote_addr: as there
 * @rkey: as there
 * @dir: as there
 *
 * Maps nothing, and rdma_rw_ctx_destroy_phyr() unmaps nothing.  @ranges may be given back when
 * this returns.
 *
 * Context: Process context.  May sleep.
 * Return: as rdma_rw_ctx_init_phyr(), without what comes from mapping.
 */
int rdma_rw_ctx_init_phyr_mapped(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
				 u32 port_num, const struct dma_vec *ranges,
				 unsigned int nr, size_t offset,
				 u64 remote_addr, u32 rkey,
				 enum dma_data_direction dir);

/**
 * struct phyr_rw_sig_ctx - an RDMA READ or WRITE of a list and its protection information
 * @data: the list, for rdma_rw_ctx_wrs_phyr() and rdma_rw_ctx_post_phyr() alone
 *
 * As &struct phyr_rw_ctx.
 */
struct phyr_rw_sig_ctx {
	struct phyr_rw_ctx	data;
	/* private: */
	struct phyr_rw_ctx	prot;
};

/**
 * rdma_rw_ctx_signature_init_phyr() - prepare an RDMA READ or WRITE with signature offload
 * @ctx: [out] the context
 * @qp: queue pair with &ib_qp.integrity_en
 * @port_num: as for rdma_rw_ctx_init_phyr()
 * @phyrs: as there
 * @nr: as there
 * @prot: physical ranges of the protection information in memory, as @phyrs
 * @nr_prot: entries in @prot; 0 if it is on the wire alone, or inside of @phyrs
 * @sig_attrs: what is checked, made or stripped; copied
 * @remote_addr: as there
 * @rkey: as there
 * @dir: as there
 *
 * As rdma_rw_ctx_signature_init(): one MR of &ib_qp.sig_mrs names both lists.
 *
 * Context: Process context.  May sleep.
 * Return: as rdma_rw_ctx_init_phyr(), and:
 *
 * * %-EOPNOTSUPP - @qp or its device does no signatures.  Never succeeds if retried.
 * * %-EINVAL     - a list comes to more DMA ranges than an MR has pages, too.
 * * %-EAGAIN     - no MR for signatures is left, too.
 */
int rdma_rw_ctx_signature_init_phyr(struct phyr_rw_sig_ctx *ctx,
				    struct ib_qp *qp, u32 port_num,
				    const struct phys_vec *phyrs,
				    unsigned int nr,
				    const struct phys_vec *prot,
				    unsigned int nr_prot,
				    const struct ib_sig_attrs *sig_attrs,
				    u64 remote_addr, u32 rkey,
				    enum dma_data_direction dir);

/**
 * rdma_rw_ctx_sync_signature_phyr() - as rdma_rw_ctx_sync_phyr(), for both lists
 * @ctx: a context of %DMA_TO_DEVICE
 * @qp: queue pair that it was prepared for
 *
 * Context: Any.
 */
void rdma_rw_ctx_sync_signature_phyr(struct phyr_rw_sig_ctx *ctx,
				     struct ib_qp *qp);

/**
 * rdma_rw_ctx_destroy_signature_phyr() - release what a signature context holds
 * @ctx: a context of which no work request is outstanding
 * @qp: queue pair that it was prepared for
 *
 * As rdma_rw_ctx_destroy_phyr().  &ib_mr.sig_attrs and ib_check_mr_status() tell of errors before.
 *
 * Context: Any.
 */
void rdma_rw_ctx_destroy_signature_phyr(struct phyr_rw_sig_ctx *ctx,
					struct ib_qp *qp);

/**
 * rdma_rw_ctx_sync_phyr() - hand what was written to memory since it was mapped to the device
 * @ctx: a context of %DMA_TO_DEVICE
 * @qp: queue pair that it was prepared for
 *
 * For memory that is filled between rdma_rw_ctx_init_phyr() and rdma_rw_ctx_post_phyr().  Does
 * nothing where the device sees memory as it is.
 *
 * Context: Any.
 */
void rdma_rw_ctx_sync_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp);

/**
 * rdma_rw_ctx_wrs_phyr() - the chain of work requests of a context
 * @ctx: the context
 * @qp: queue pair that it was prepared for
 * @port_num: port that the connection is bound to
 * @cqe: completion queue entry of the last work request, if @chain_wr is %NULL
 * @chain_wr: work request to append, or %NULL
 *
 * As rdma_rw_ctx_wrs(): to be called once for each time that the chain is posted.  MRs are taken
 * to be registered from then on: who goes on to use the queue pair if it cannot be posted calls
 * rdma_rw_ctx_post_phyr().
 *
 * Context: Any.
 * Return: the first of them.
 */
struct ib_send_wr *rdma_rw_ctx_wrs_phyr(struct phyr_rw_ctx *ctx,
					struct ib_qp *qp, u32 port_num,
					struct ib_cqe *cqe,
					struct ib_send_wr *chain_wr);

/**
 * rdma_rw_ctx_post_phyr() - post the work requests of a context
 * @ctx: as for rdma_rw_ctx_wrs_phyr()
 * @qp: as there
 * @port_num: as there
 * @cqe: as there
 * @chain_wr: as there
 *
 * If it fails, MRs whose registration the device has not taken are as they were.  A context of
 * which the device has taken nothing may be posted again, or be destroyed; else to be destroyed it
 * has to wait until the queue pair is drained.
 *
 * Context: Any.
 * Return: 0, or what ib_post_send() returns.
 */
int rdma_rw_ctx_post_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp,
			  u32 port_num, struct ib_cqe *cqe,
			  struct ib_send_wr *chain_wr);

/**
 * rdma_rw_ctx_destroy_phyr() - release what a context holds
 * @ctx: a context of which no work request is outstanding
 * @qp: queue pair that it was prepared for
 *
 * Gives MRs back to @qp, unmaps the list, and frees what was allocated.  A context that is
 * zeroed, was destroyed, or could not be prepared, holds nothing.
 *
 * Context: Any.
 */
void rdma_rw_ctx_destroy_phyr(struct phyr_rw_ctx *ctx, struct ib_qp *qp);

/**
 * rdma_phyr_pageless() - whether a device takes memory that has no struct page
 * @dev: the device
 *
 * Devices without DMA of their own (rxe, siw) do not: their driver copies, and has to find
 * memory in the kernel's address space.  Of the others most do, but not if all that they map is
 * bounced: then preparing it says %-EOPNOTSUPP.
 *
 * Return: whether rdma_rw_ctx_init_phyr_list() and ib_dma_map_phyr_list() may take what is not RAM.
 * The calls that are not told whose memory it is take RAM alone.
 */
static inline bool rdma_phyr_pageless(struct ib_device *dev)
{
	return !ib_uses_virt_dma(dev);
}

#endif /* _RDMA_RW_PHYR_H */
