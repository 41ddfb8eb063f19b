// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the device that the suites map for which need no hardware.
 */
#include <kunit/device.h>
#include <linux/dma-mapping.h>

#include "device.h"

struct device *device_without_iommu(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "phyr");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(dev, DMA_BIT_MASK(32)));
	return dev;
}
