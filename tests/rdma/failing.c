// SPDX-License-Identifier: GPL-2.0
/*
 * Calls whose allocations fail, one after the other.
 */
#include <linux/sched.h>

#include "../edu.h"
#include "failing.h"

#ifdef CONFIG_FAULT_INJECTION
/*
 * KASAN, kmemleak and lockdep take some 20 ms for a page behind virtio-iommu, most of it to walk
 * the stack for each of its allocations.
 */
#define SKIPPED	(IS_ENABLED(CONFIG_KASAN) ? 16 : 1)

unsigned int each_allocation_fails(struct kunit *test, struct attempt *attempt)
{
	unsigned int failures = 0;
	bool injected = true;

	for (int nth = 1; injected && nth < 10000; nth += 1 + nth / 16 * SKIPPED) {
		int ret;

		current->fail_nth = nth;
		ret = attempt->begin(attempt);
		injected = !current->fail_nth;
		current->fail_nth = 0;
		if (ret == -ENOMEM) {
			KUNIT_EXPECT_TRUE(test, injected);
			failures++;
		} else {
			KUNIT_EXPECT_GT(test, ret, 0);
		}
		/* What has failed need not be undone, but may. */
		if (ret > 0 || nth % 2)
			attempt->end(attempt);
		attempt->expect_nothing_held(test, attempt);
	}
	KUNIT_EXPECT_FALSE(test, injected);
	return failures;
}

void need_failing_allocations(struct kunit *test, bool is_for_dma)
{
	if (is_for_dma && IS_ENABLED(CONFIG_DMA_API_DEBUG) && !edu_of(test)->domain)
		kunit_skip(test, "without memory dma-debug switches itself off");
}
#else
unsigned int each_allocation_fails(struct kunit *test, struct attempt *attempt)
{
	return 0;
}

void need_failing_allocations(struct kunit *test, bool is_for_dma)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}
#endif
