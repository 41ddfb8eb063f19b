/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes that both sides of a connection have, before and after they are moved.
 */
#ifndef _PHYR_TESTS_RDMA_SIDES_H
#define _PHYR_TESTS_RDMA_SIDES_H

#include "../memory.h"
#include "wire.h"

/* What comes first of the test's layout, if that has more bytes than the other side. */
struct memory *memory_of_layout(struct kunit *test);

/* Has the other side have what is to be READ, and the list nothing. */
void fill_remote(struct wire *wire, const struct memory *memory);

/* All of that but the first @offset bytes of the list is there, and nothing is beside it. */
void expect_arrived(struct kunit *test, const struct memory *memory, size_t offset);

/* Has the list have what is to be WRITTEN, and the other side nothing. */
void fill_memory(struct wire *wire, const struct memory *memory);

/* All of that but the first @offset bytes is on the other side, which has nothing else then. */
void expect_written(struct kunit *test, struct wire *wire, const struct memory *memory,
		    size_t offset);

#endif /* _PHYR_TESTS_RDMA_SIDES_H */
