// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI driver that does nothing with QEMU's edu and lsi53c895a but to be bound to them.
 */
#include <linux/module.h>
#include <linux/phyr-buffer.h>

#include "buffer_driver.h"
#include "edu.h"

static struct buffer_driver own;
static bool is_loaded;

static const struct pci_device_id buffer_ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{ PCI_DEVICE(PCI_VENDOR_ID_LSI_LOGIC, PCI_DEVICE_ID_LSI_53C895A) },
	{}
};

static int buffer_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct phyr_device *device;

	if (pdev != own.registers)
		return 0;
	device = phyr_device_register(&pdev->dev);
	if (IS_ERR(device))
		return PTR_ERR(device);
	own.registered = device;
	return 0;
}

static void buffer_remove(struct pci_dev *pdev)
{
	if (own.removing)
		own.removing(own.test, pdev);
	if (own.registered && pdev == own.registers) {
		phyr_device_unregister(own.registered);
		own.registered = NULL;
	}
}

static struct pci_driver buffer_driver = {
	.name = "phyr_buffer_test",
	.id_table = buffer_ids,
	.probe = buffer_probe,
	.remove = buffer_remove,
};

struct buffer_driver *buffer_driver_load(struct kunit *test)
{
	own = (struct buffer_driver) { .test = test };
	KUNIT_ASSERT_EQ(test, 0, pci_register_driver(&buffer_driver));
	is_loaded = true;
	return &own;
}

void buffer_driver_unload(void)
{
	if (is_loaded)
		pci_unregister_driver(&buffer_driver);
	is_loaded = false;
}
