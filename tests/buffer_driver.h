/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver of the PCI devices that buffers are mapped for.
 */
#ifndef _PHYR_TESTS_BUFFER_DRIVER_H
#define _PHYR_TESTS_BUFFER_DRIVER_H

#include <kunit/test.h>
#include <linux/pci.h>

struct phyr_device;

/**
 * struct buffer_driver - what the driver does while a test runs
 * @test: the test
 * @registers: the device that it registers when it is bound to it, or %NULL
 * @registered: what came of that
 * @removing: called when it is unbound, before anything else; may be %NULL
 */
struct buffer_driver {
	struct kunit *test;
	struct pci_dev *registers;
	struct phyr_device *registered;
	void (*removing)(struct kunit *test, struct pci_dev *pdev);
};

/* Binds the driver to the edu device and the SCSI controller; and takes it away again. */
struct buffer_driver *buffer_driver_load(struct kunit *test);
void buffer_driver_unload(void);

#endif /* _PHYR_TESTS_BUFFER_DRIVER_H */
