/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device that no machine needs to have.
 */
#ifndef _PHYR_TESTS_DEVICE_H
#define _PHYR_TESTS_DEVICE_H

#include <kunit/test.h>

struct device;

/* Addresses memory with 32 bits, without an IOMMU.  Goes when @test ends. */
struct device *device_without_iommu(struct kunit *test);

/* A second one. */
struct device *another_without_iommu(struct kunit *test);

/* One more, of a name that no other has. */
struct device *device_named(struct kunit *test, const char *name);

#endif /* _PHYR_TESTS_DEVICE_H */
