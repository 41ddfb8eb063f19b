/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What posted work requests move.
 */
#ifndef _PHYR_TESTS_RDMA_MOVED_H
#define _PHYR_TESTS_RDMA_MOVED_H

#include <linux/dma-direction.h>

#include "../memory.h"
#include "fake.h"

#define REMOTE_ADDR	0x7000123400ULL
#define REMOTE_KEY	0x4242

/*
 * Plays through what was posted to @fake: each byte of @memory but the first @offset must be
 * moved, once and in order, by work requests that are what a device takes.  Forgets them.
 */
void expect_moved(struct kunit *test, struct fake_rdma *fake,
		  const struct memory *memory, size_t offset,
		  enum dma_data_direction dir);

/*
 * Registers and invalidates what was posted to @fake, as expect_moved() does, whatever it moves.
 * Forgets it.
 */
void expect_keys(struct kunit *test, struct fake_rdma *fake);

/*
 * Calls @at with each part of what the SGEs of the posted work requests name, where the device
 * reaches it, in order; MRs are not looked into.
 */
void each_reached(struct kunit *test, struct fake_rdma *fake,
		  void (*at)(void *state, void *mem, size_t len), void *state);

/* The same, of what @nr @sges name. */
void each_named(struct kunit *test, struct fake_rdma *fake, const struct ib_sge *sges, int nr,
		void (*at)(void *state, void *mem, size_t len), void *state);

/* @sges name @len bytes of @memory behind the first @offset, once and in order. */
void expect_named(struct kunit *test, struct fake_rdma *fake,
		  const struct memory *memory, size_t offset, size_t len,
		  const struct ib_sge *sges, int nr);

#endif /* _PHYR_TESTS_RDMA_MOVED_H */
