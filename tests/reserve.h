/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A mempool that gets nothing but what it begins with.
 */
#ifndef _PHYR_TESTS_RESERVE_H
#define _PHYR_TESTS_RESERVE_H

#include <kunit/test.h>
#include <linux/mempool.h>

/**
 * struct reserve - pages for lists, until the test ends
 * @pool: where they come from
 * @is_empty: whether there are no others
 */
struct reserve {
	mempool_t *pool;
	bool is_empty;
};

/* So many pages, and no more. */
struct reserve *reserve_of(struct kunit *test, int pages);

/* How many of them are not used. */
unsigned int reserve_left(const struct reserve *reserve);

#endif /* _PHYR_TESTS_RESERVE_H */
