/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls whose allocations fail, one after the other.
 */
#ifndef _PHYR_TESTS_RDMA_FAILING_H
#define _PHYR_TESTS_RDMA_FAILING_H

#include <kunit/test.h>

/**
 * struct attempt - something that allocates
 * @begin: does it; returns an errno, or how much it has done, which is not 0
 * @end: undoes it; must not mind if it has failed
 * @expect_nothing_held: called when it has failed, or was undone
 */
struct attempt {
	int (*begin)(struct attempt *attempt);
	void (*end)(struct attempt *attempt);
	void (*expect_nothing_held)(struct kunit *test, struct attempt *attempt);
};

/*
 * Each of the first allocations of @attempt is made to fail once, then fewer and fewer: behind
 * virtio-iommu each page has some.  Returns how often whoever made it was told.
 */
unsigned int each_allocation_fails(struct kunit *test, struct attempt *attempt);

/* Skips @test if it cannot be done: for a device that maps without an IOMMU, say. */
void need_failing_allocations(struct kunit *test, bool is_for_dma);

#endif /* _PHYR_TESTS_RDMA_FAILING_H */
