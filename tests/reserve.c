// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a mempool that gets nothing but what it begins with.
 */
#include <linux/gfp.h>

#include "reserve.h"

static void *reserve_alloc(gfp_t gfp, void *data)
{
	const struct reserve *reserve = data;

	return reserve->is_empty ? NULL : alloc_page(gfp);
}

static void reserve_free(void *page, void *data)
{
	__free_page(page);
}

static void reserve_destroy(void *pool)
{
	mempool_destroy(pool);
}

struct reserve *reserve_of(struct kunit *test, int pages)
{
	struct reserve *reserve = kunit_kzalloc(test, sizeof(*reserve), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, reserve);
	reserve->pool = mempool_create(pages, reserve_alloc, reserve_free, reserve);
	KUNIT_ASSERT_NOT_NULL(test, reserve->pool);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, reserve_destroy, reserve->pool));
	reserve->is_empty = true;
	return reserve;
}

unsigned int reserve_left(const struct reserve *reserve)
{
	return reserve->pool->curr_nr;
}
