/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RDMA devices of every kind.
 */
#ifndef _PHYR_TESTS_RDMA_KINDS_H
#define _PHYR_TESTS_RDMA_KINDS_H

#include "fake.h"

/**
 * struct kind - what a device and its queue pair can be like
 * @max_sge: SGEs of a work request
 * @max_sgl_rd: SGEs from which on MRs are better for a READ; 0 if there is no such number
 * @mrs: MRs of the queue pair
 * @iwarp: whether it is iWARP
 */
struct kind {
	u32		max_sge;
	u32		max_sgl_rd;
	unsigned int	mrs;
	bool		iwarp;
};

#define KINDS	8
extern const struct kind kinds[KINDS];

/*
 * One without MRs, an iWARP device, one for which MRs are better for READs of more than two ranges,
 * and one whose MRs are there for ib_core.force_mr.
 */
#define UNFORCED	(&kinds[0])
#define IWARP		(&kinds[3])
#define READS_BY_MRS	(&kinds[5])
#define FORCED		(&kinds[7])

/* Has the device be of that kind; its MRs were not used yet. */
void fake_rdma_be(struct fake_rdma *fake, const struct kind *kind);

#endif /* _PHYR_TESTS_RDMA_KINDS_H */
