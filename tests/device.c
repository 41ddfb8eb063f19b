// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the device that the suites map for which need no hardware.
 */
#include <kunit/device.h>
#include <linux/dma-mapping.h>

#include "device.h"

struct device *device_named(struct kunit *test, const char *name)
{
	struct device *dev = kunit_device_register(test, name);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(dev, DMA_BIT_MASK(32)));
	return dev;
}

struct device *device_without_iommu(struct kunit *test)
{
	return device_named(test, "phyr");
}

struct device *another_without_iommu(struct kunit *test)
{
	return device_named(test, "phyr-other");
}
