/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An RDMA device that does nothing but remember what it is given.
 */
#ifndef _PHYR_TESTS_RDMA_FAKE_H
#define _PHYR_TESTS_RDMA_FAKE_H

#include <kunit/test.h>
#include <rdma/ib_verbs.h>

#define FAKE_MRS	24
#define FAKE_SIG_MRS	2
#define FAKE_MR_PAGES	16
#define FAKE_WRS	8192
#define FAKE_PORT	1
#define FAKE_LKEY	0x1717
#define FAKE_SIG_IOVA	0x5000

/**
 * struct fake_mr - an MR of the device
 * @mr: as the core knows it
 * @pages: DMA addresses of its pages
 * @nr: how many there are
 * @key: the key that it is registered with; 0 if it is not
 */
struct fake_mr {
	struct ib_mr	mr;
	u64		pages[FAKE_MR_PAGES];
	unsigned int	nr;
	u32		key;
};

/**
 * struct fake_sig_mr - an MR of the device that does signatures
 * @mr: as the core knows it
 * @attrs: what it checks
 * @data: DMA ranges of what it names
 * @prot: DMA ranges of the protection information
 * @nr: entries in @data
 * @nr_prot: entries in @prot
 */
struct fake_sig_mr {
	struct ib_mr		mr;
	struct ib_sig_attrs	attrs;
	struct ib_sge		data[FAKE_MR_PAGES];
	struct ib_sge		prot[FAKE_MR_PAGES];
	int			nr;
	int			nr_prot;
};

/**
 * struct fake_peer - memory of another device, below the same bridge
 * @bus: where it is on the bus
 * @paddr: where it is
 * @len: its length in bytes
 */
struct fake_peer {
	u64		bus;
	phys_addr_t	paddr;
	size_t		len;
};

/**
 * struct fake_rdma - the device, and a queue pair of it
 * @dev: the device; @dev.dma_device is that of the suite, or %NULL
 * @ports: what is asked of its port
 * @pd: its only protection domain
 * @qp: its only queue pair
 * @peer: whose memory has bus addresses; none if it has no bytes
 * @sig_mrs: MRs that do signatures, if fake_rdma_sign() was called
 * @mrs: MRs, of which @qp has as many as fake_rdma_mrs() says
 * @wrs: work requests that were posted, as they were
 * @sges: SGEs of them, in order
 * @nr_wrs: how many work requests
 * @nr_sges: how many SGEs
 * @post_error: what ib_post_send() returns once @nr_wrs is @full_at; 0 if it does not
 * @full_at: work requests that it takes till then
 * @mute: it takes the rest, too, and does not say which one failed
 * @refuses: the call of ib_map_mr_sg() or its kin, counted from 1 on, that takes nothing; or 0
 * @bounces: all that the device reaches are bounce buffers
 */
struct fake_rdma {
	struct ib_device	dev;
	struct ib_port_data	ports[FAKE_PORT + 1];
	struct ib_pd		pd;
	struct ib_qp		qp;
	struct fake_peer	peer;
	struct fake_sig_mr	sig_mrs[FAKE_SIG_MRS];
	struct fake_mr		mrs[FAKE_MRS];
	union {
		struct ib_send_wr	wr;
		struct ib_rdma_wr	rdma;
		struct ib_reg_wr	reg;
	}			*wrs;
	struct ib_sge		*sges;
	unsigned int		nr_wrs;
	unsigned int		nr_sges;
	int			post_error;
	unsigned int		full_at;
	bool			mute;
	unsigned int		refuses;
	bool			bounces;
};

/* A device that maps for @dma_dev; one without DMA of its own if that is %NULL. */
struct fake_rdma *fake_rdma_new(struct kunit *test, struct device *dma_dev);

/* Has the queue pair have @nr MRs, none of which was used before. */
void fake_rdma_mrs(struct fake_rdma *fake, unsigned int nr);

/* Has the device do signatures, and the queue pair have FAKE_SIG_MRS for it. */
void fake_rdma_sign(struct fake_rdma *fake);

/* MRs that are in the pool. */
unsigned int fake_rdma_mrs_left(struct fake_rdma *fake);

/* The MR that is registered with @key. */
struct fake_mr *fake_rdma_find(struct fake_rdma *fake, u32 key);

#endif /* _PHYR_TESTS_RDMA_FAKE_H */
