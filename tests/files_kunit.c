// SPDX-License-Identifier: GPL-2.0
/*
 * From a file to the devices that its I/O uses: disks of devices without IOMMU, and disks that are
 * made of such disks.  It takes no hardware.
 */
#include <kunit/device.h>
#include <linux/blkdev.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/phyr-file.h>
#include <linux/shmem_fs.h>

#include "buffers.h"
#include "device.h"
#include "disk.h"

#define MOST	4

static char *file;
module_param(file, charp, 0444);
MODULE_PARM_DESC(file, "a file of this machine, whose devices are asked for");

static char *file_of;
module_param(file_of, charp, 0444);
MODULE_PARM_DESC(file_of, "slots of bus 0 that these are in, \"8.0,9.0\"; nothing if it is to be refused");

/* Whether the kernel knows what a disk is made of, and tells. */
#if defined(CONFIG_BLOCK_HOLDER_DEPRECATED) && defined(bd_walk_slaves)
#define TELLS_MEMBERS	true
#else
#define TELLS_MEMBERS	false
#endif

/**
 * struct files - what the tests have
 * @devs: two devices
 * @nr_disks: how many disks there are
 */
struct files {
	struct device *devs[2];
	unsigned int nr_disks;
};

static int phyr_files_init(struct kunit *test)
{
	struct files *own = kunit_kzalloc(test, sizeof(*own), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, own);
	own->devs[0] = device_without_iommu(test);
	own->devs[1] = another_without_iommu(test);
#ifdef CONFIG_SWIOTLB
	/* With swiotlb=force all of a buffer is refused. */
	own->devs[0]->dma_io_tlb_mem = NULL;
	own->devs[1]->dma_io_tlb_mem = NULL;
#endif
	test->priv = own;
	return 0;
}

static struct gendisk *disk_of(struct kunit *test, struct device *parent)
{
	struct files *own = test->priv;
	struct disk *disk = disk_alloc(test, NULL);
	char name[sizeof("phyr_disk") + 2];

	snprintf(name, sizeof(name), "phyr_disk%u", own->nr_disks++);
	disk_add(test, disk, parent, name);
	return disk->gendisk;
}

/* At once: it keeps this module. */
KUNIT_DEFINE_ACTION_WRAPPER(close_file, __fput_sync, struct file *);

/* Opened for @disk's own use, which is what makes it a claim. */
static struct file *opened(struct kunit *test, struct gendisk *disk)
{
	struct file *file = bdev_file_open_by_dev(disk_devt(disk), BLK_OPEN_READ, disk, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, file));
	return file;
}

/* How many devices there are, of which the references are given up. */
static int found(struct file *file, struct phyr_device **devices, unsigned int max)
{
	int nr = phyr_file_devices(file, devices, max);

	for (int i = 0; i < nr; i++)
		phyr_device_put(devices[i]);
	return nr;
}

/* Whether that is among them. */
static bool is_found(struct kunit *test, struct file *file, struct device *dev)
{
	struct phyr_device *device = device_of(test, dev);
	struct phyr_device *devices[MOST];
	bool is_there = false;

	for (int i = found(file, devices, MOST); i > 0; i--)
		is_there |= devices[i - 1] == device;
	phyr_device_put(device);
	return is_there;
}

static void a_disk_is_of_its_device(struct kunit *test)
{
	struct files *own = test->priv;
	struct file *file = opened(test, disk_of(test, own->devs[0]));
	struct phyr_device *devices[MOST];

	KUNIT_EXPECT_EQ(test, 1, found(file, devices, MOST));
	KUNIT_EXPECT_TRUE(test, is_found(test, file, own->devs[0]));
	KUNIT_EXPECT_FALSE(test, is_found(test, file, own->devs[1]));
}

static void a_disk_of_nobody_is_refused(struct kunit *test)
{
	struct file *file = opened(test, disk_of(test, NULL));
	struct phyr_device *devices[MOST];

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, found(file, devices, MOST));
}

static void what_is_on_no_disk_is_refused(struct kunit *test)
{
	struct phyr_device *devices[MOST];
	struct file *file = shmem_kernel_file_setup("phyr", PAGE_SIZE, EMPTY_VMA_FLAGS);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, found(file, devices, MOST));
	fput(file);
}

static void a_device_without_driver_is_refused(struct kunit *test)
{
	struct files *own = test->priv;
	struct file *file = opened(test, disk_of(test, own->devs[0]));
	struct phyr_device *devices[MOST];

	KUNIT_EXPECT_EQ(test, 1, found(file, devices, MOST));
	device_release_driver(own->devs[0]);
	KUNIT_EXPECT_EQ(test, -ENODEV, found(file, devices, MOST));
}

static void a_disk_that_has_gone_is_refused(struct kunit *test)
{
	struct files *own = test->priv;
	struct gendisk *disk = disk_of(test, own->devs[0]);
	struct file *file = opened(test, disk);
	struct phyr_device *devices[MOST];

	del_gendisk(disk);
	KUNIT_EXPECT_EQ(test, -ENODEV, found(file, devices, MOST));
}

/* What is between the disk and a device that does DMA has none; or it is not clear which has. */
static void a_disk_is_below_something_else(struct kunit *test)
{
	struct files *own = test->priv;
	struct device *between = kunit_device_register(test, "phyr-between");
	struct phyr_device *devices[MOST];
	struct device *parent;
	struct file *file;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, between);
	*between->dma_mask = 0;
	parent = between->parent;
	between->parent = own->devs[0];
	file = opened(test, disk_of(test, between));
	KUNIT_EXPECT_EQ(test, 1, found(file, devices, MOST));
	KUNIT_EXPECT_TRUE(test, is_found(test, file, own->devs[0]));
	KUNIT_EXPECT_EQ(test, 0, dma_set_mask(between, DMA_BIT_MASK(32)));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, found(file, devices, MOST));
	between->parent = parent;
}

static void too_little_room(struct kunit *test)
{
	struct files *own = test->priv;
	struct file *file = opened(test, disk_of(test, own->devs[0]));
	struct phyr_device *devices[1] = {};

	KUNIT_EXPECT_EQ(test, -ENOSPC, phyr_file_devices(file, devices, 0));
	KUNIT_EXPECT_NULL(test, devices[0]);
}

static void a_buffer_is_mapped_for_it(struct kunit *test)
{
	struct files *own = test->priv;
	struct file *file = opened(test, disk_of(test, own->devs[0]));
	struct phyr_device *device = device_of(test, own->devs[0]);
	struct phyr_device *other = device_of(test, own->devs[1]);
	struct memory *memory = memory_alloc(test);
	struct phyr_buffer *buffer;

	memory_add(memory, 0, 0, 0, PAGE_SIZE);
	buffer = buffer_of(test, memory, false, NULL);
	KUNIT_EXPECT_EQ(test, 1, phyr_buffer_map_file(buffer, file, PHYR_ACCESS_READ));
	KUNIT_EXPECT_TRUE(test, is_mapped(buffer, device, PHYR_ACCESS_READ));
	KUNIT_EXPECT_FALSE(test, is_mapped(buffer, other, PHYR_ACCESS_READ));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phyr_buffer_map_file(buffer, file, PHYR_ACCESS_WRITE));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phyr_buffer_map_file(buffer, file, PHYR_ACCESS_WRITE + 1));
	phyr_buffer_put(buffer);
	phyr_device_put(device);
	phyr_device_put(other);
}

#ifdef CONFIG_BLOCK_HOLDER_DEPRECATED
/* @disk is made of @member too, as md and dm say it. */
static void make_of(struct kunit *test, struct gendisk *disk, struct file *member)
{
	KUNIT_ASSERT_EQ(test, 0, bd_link_disk_holder(file_bdev(member), disk));
}

static void make_not_of(struct gendisk *disk, struct file *member)
{
	bd_unlink_disk_holder(file_bdev(member), disk);
}

static void a_stack_is_of_its_members(struct kunit *test)
{
	struct files *own = test->priv;
	struct file *members[] = {
		opened(test, disk_of(test, own->devs[0])),
		opened(test, disk_of(test, own->devs[1])),
		opened(test, disk_of(test, own->devs[1])),
	};
	struct gendisk *stack = disk_of(test, NULL), *top = disk_of(test, NULL);
	struct file *file = opened(test, top), *inner = opened(test, stack);
	struct phyr_device *devices[MOST];

	for (int i = 0; i < ARRAY_SIZE(members); i++)
		make_of(test, stack, members[i]);
	make_of(test, top, inner);
	if (TELLS_MEMBERS) {
		/* Two of the disks are one device's. */
		KUNIT_EXPECT_EQ(test, 2, found(file, devices, MOST));
		KUNIT_EXPECT_TRUE(test, is_found(test, file, own->devs[0]));
		KUNIT_EXPECT_TRUE(test, is_found(test, file, own->devs[1]));
		KUNIT_EXPECT_EQ(test, -ENOSPC, found(file, devices, 1));
	} else {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, found(file, devices, MOST));
	}
	make_not_of(top, inner);
	for (int i = 0; i < ARRAY_SIZE(members); i++)
		make_not_of(stack, members[i]);
}

static void a_member_of_no_device_is_refused(struct kunit *test)
{
	struct files *own = test->priv;
	struct file *member = opened(test, disk_of(test, own->devs[0]));
	struct file *nobodys = opened(test, disk_of(test, NULL));
	struct gendisk *stack = disk_of(test, NULL);
	struct file *file = opened(test, stack);
	struct phyr_device *devices[MOST];

	make_of(test, stack, member);
	make_of(test, stack, nobodys);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, found(file, devices, MOST));
	make_not_of(stack, member);
	make_not_of(stack, nobodys);
}

/* Whoever asks again before an I/O has the buffer mapped for the new one. */
static void a_member_that_is_replaced(struct kunit *test)
{
	struct files *own = test->priv;
	struct file *members[] = {
		opened(test, disk_of(test, own->devs[0])),
		opened(test, disk_of(test, own->devs[1])),
	};
	struct gendisk *stack = disk_of(test, NULL);
	struct file *file = opened(test, stack);
	struct phyr_device *device = device_of(test, own->devs[1]);
	struct memory *memory = memory_alloc(test);
	struct phyr_buffer *buffer;

	if (!TELLS_MEMBERS) {
		phyr_device_put(device);
		kunit_skip(test, "the kernel has no bd_walk_slaves(): apply patches/0003");
	}
	memory_add(memory, 0, 0, 0, PAGE_SIZE);
	buffer = buffer_of(test, memory, false, NULL);
	make_of(test, stack, members[0]);
	KUNIT_EXPECT_EQ(test, 1, phyr_buffer_map_file(buffer, file, PHYR_ACCESS_READ));
	KUNIT_EXPECT_FALSE(test, is_mapped(buffer, device, PHYR_ACCESS_READ));
	make_of(test, stack, members[1]);
	make_not_of(stack, members[0]);
	device_release_driver(own->devs[0]);
	KUNIT_EXPECT_EQ(test, 1, phyr_buffer_map_file(buffer, file, PHYR_ACCESS_READ));
	KUNIT_EXPECT_TRUE(test, is_mapped(buffer, device, PHYR_ACCESS_READ));
	make_not_of(stack, members[1]);
	phyr_buffer_put(buffer);
	phyr_device_put(device);
}
#endif

static void a_file_of_this_machine(struct kunit *test)
{
	struct phyr_device *devices[MOST];
	struct file *opened;
	int nr = 0;

	if (!file)
		kunit_skip(test, "no file is named: use phyr_kunit.file=");
	opened = filp_open(file, O_RDONLY, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, opened);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, opened));
	for (const char *slot = file_of; slot && *slot; slot += strspn(slot, ",")) {
		unsigned int device, function;
		struct pci_dev *pdev;
		int len = 0;

		if (sscanf(slot, "%x.%x%n", &device, &function, &len) != 2)
			kunit_skip(test, "phyr_kunit.file_of=%s is no list of slots", file_of);
		slot += len;
		pdev = pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(device, function));
		KUNIT_ASSERT_NOT_NULL_MSG(test, pdev, "slot %x.%x", device, function);
		KUNIT_EXPECT_TRUE_MSG(test, is_found(test, opened, &pdev->dev), "slot %x.%x",
				      device, function);
		pci_dev_put(pdev);
		nr++;
	}
	KUNIT_EXPECT_EQ(test, nr ?: -EOPNOTSUPP, found(opened, devices, MOST));
}

static struct kunit_case files_cases[] = {
	KUNIT_CASE(a_disk_is_of_its_device),
	KUNIT_CASE(a_disk_of_nobody_is_refused),
	KUNIT_CASE(what_is_on_no_disk_is_refused),
	KUNIT_CASE(a_device_without_driver_is_refused),
	KUNIT_CASE(a_disk_that_has_gone_is_refused),
	KUNIT_CASE(a_disk_is_below_something_else),
	KUNIT_CASE(too_little_room),
	KUNIT_CASE(a_buffer_is_mapped_for_it),
	KUNIT_CASE(a_file_of_this_machine),
#ifdef CONFIG_BLOCK_HOLDER_DEPRECATED
	KUNIT_CASE(a_stack_is_of_its_members),
	KUNIT_CASE(a_member_of_no_device_is_refused),
	KUNIT_CASE(a_member_that_is_replaced),
#endif
	{}
};

static struct kunit_suite files_suite = {
	.name = "phyr_files",
	.init = phyr_files_init,
	.test_cases = files_cases,
};

kunit_test_suite(files_suite);
