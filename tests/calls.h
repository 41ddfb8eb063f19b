/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts the calls that an IOMMU's users make, as kprobes see them.
 */
#ifndef _PHYR_TESTS_CALLS_H
#define _PHYR_TESTS_CALLS_H

#include <kunit/test.h>

/**
 * struct calls - what the task that called calls_count() has asked for since
 * @counted: whether this kernel has functions to probe
 * @iovas: allocations of IOVA space
 * @syncs: IOTLB syncs, after mapping and after unmapping
 */
struct calls {
	bool counted;
	unsigned int iovas;
	unsigned int syncs;
};

/* Counts until @test ends.  If nothing can be counted, @test's log says why. */
struct calls *calls_count(struct kunit *test);

static inline void calls_reset(struct calls *calls)
{
	calls->iovas = 0;
	calls->syncs = 0;
}

#endif /* _PHYR_TESTS_CALLS_H */
