/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways in which a list is given.
 */
#ifndef _PHYR_TESTS_RDMA_WAYS_H
#define _PHYR_TESTS_RDMA_WAYS_H

#include <rdma/rw_phyr.h>

#include "../memory.h"
#include "fake.h"

/**
 * struct way - a way in which a list is given
 * @init: prepares a transfer of a list behind its first @offset bytes
 * @offset: those bytes
 */
struct way {
	int (*init)(struct fake_rdma *fake, struct phyr_rw_ctx *ctx, const struct memory *memory,
		    enum dma_data_direction dir);
	size_t offset;
};

#define WAYS	4
extern const struct way ways[WAYS];

#define BY_ARRAY	(&ways[0])
/* The others map the list.  This one says that it is mapped to where it is, which it is not. */
#define BY_RANGES	(&ways[WAYS - 1])

#endif /* _PHYR_TESTS_RDMA_WAYS_H */
