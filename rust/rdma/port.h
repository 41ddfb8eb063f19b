/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a transfer depends on beside its list.
 */
#ifndef _PHYR_RDMA_PORT_H
#define _PHYR_RDMA_PORT_H

#include <linux/iommu-dma.h>
#include <rdma/ib_verbs.h>

/**
 * struct phyr_rw_port - what a transfer depends on in a queue pair, its device and port
 * @dma_dev: the device that memory is mapped for; %NULL if it has no DMA of its own
 * @lkey: key of SGEs that name mapped memory
 * @max_sge: most SGEs of a work request in this direction
 * @max_sgl_rd: &ib_device_attr.max_sgl_rd
 * @iwarp: rdma_protocol_iwarp()
 * @force_mr: there are MRs for no other reason than ib_core.force_mr
 * @read_inv: rdma_cap_read_inv()
 * @translated: memory is mapped through an IOMMU
 */
struct phyr_rw_port {
	struct device *dma_dev;
	u32 lkey;
	u32 max_sge;
	u32 max_sgl_rd;
	/* Each is 0 or 1, and has a word of its own: to pack them takes longer. */
	u32 iwarp;
	u32 force_mr;
	u32 read_inv;
	u32 translated;
};

static inline struct device *phyr_rw_dma_device(struct ib_device *dev)
{
	return ib_uses_virt_dma(dev) ? NULL : dev->dma_device;
}

static inline struct phyr_rw_port
phyr_rw_port_of(const struct ib_qp *qp, u32 port_num,
		enum dma_data_direction dir)
{
	struct ib_device *dev = qp->device;
	struct device *dma_dev = phyr_rw_dma_device(dev);
	bool iwarp = rdma_protocol_iwarp(dev, port_num);

	return (struct phyr_rw_port) {
		.dma_dev = dma_dev,
		.lkey = qp->pd->local_dma_lkey,
		.max_sge = dir == DMA_TO_DEVICE ? qp->max_write_sge :
						  qp->max_read_sge,
		.max_sgl_rd = dev->attrs.max_sgl_rd,
		.iwarp = iwarp,
		/* The parameter itself cannot be read. */
		.force_mr = unlikely(!list_empty(&qp->rdma_mrs)) && !iwarp &&
			    !dev->attrs.max_sgl_rd && !qp->integrity_en,
		.read_inv = rdma_cap_read_inv(dev, port_num),
		.translated = likely(dma_dev) && use_dma_iommu(dma_dev),
	};
}

#endif /* _PHYR_RDMA_PORT_H */
