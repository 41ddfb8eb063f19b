// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers that are mapped once, for PCI devices that come and go: behind an IOMMU, its page
 * table tells what is mapped.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/sizes.h>

#include "buffer_driver.h"
#include "buffers.h"
#include "edu.h"
#include "edu_dma.h"
#include "reach.h"
#include "user.h"

/* The SCSI controller that each guest has. */
#define TWIN	PCI_DEVFN(5, 0)

#define PAGES	40

static struct buffer_driver *driver;
static struct pci_dev *twin;

static int devices_init(struct kunit *test)
{
	int err = edu_init(test);

	if (err)
		return err;
	twin = pci_get_domain_bus_and_slot(0, 0, TWIN);
	if (!twin)
		kunit_skip(test, "no second device: run QEMU with -device lsi53c895a,addr=5");
	if (edu_bounces(test))
		kunit_skip(test, "swiotlb=force: what is bounced is refused");
	driver = buffer_driver_load(test);
	if (!edu_dev(test)->driver || !twin->dev.driver)
		kunit_skip(test, "another driver is bound to one of the devices");
	return 0;
}

static void devices_exit(struct kunit *test)
{
	buffer_driver_unload();
	pci_dev_put(twin);
	twin = NULL;
	edu_exit(test);
}

static struct memory *pages(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	for (unsigned int i = 0; i < PAGES; i++)
		memory_add(memory, i % BLOCKS, i / BLOCKS * 2, 0, PAGE_SIZE);
	return memory;
}

static void bind(struct kunit *test, struct device *dev)
{
	KUNIT_ASSERT_EQ(test, 1, device_attach(dev));
}

/* All DMA ranges of a mapping, into those of @memory. */
static int ranges_of(struct kunit *test, struct memory *memory,
		     const struct phyr_mapping *mapping)
{
	int nr = phyr_mapping_ranges(mapping, 0, PAGES * PAGE_SIZE, memory->ranges,
				     MAX_ENTRIES);

	KUNIT_ASSERT_GT(test, nr, 0);
	return nr;
}

static phys_addr_t reaches(struct device *dev, dma_addr_t addr)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain ? iommu_iova_to_phys(domain, addr) : addr;
}

/* Whether @dev finds the first byte of each page of @memory. */
static bool reaches_all(struct device *dev, const struct memory *memory,
			const struct phyr_mapping *mapping)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		struct dma_vec range;

		if (phyr_mapping_ranges(mapping, i * PAGE_SIZE, 1, &range, 1) != 1 ||
		    reaches(dev, range.addr) != memory->phyrs[i].paddr)
			return false;
	}
	return true;
}

static void two_devices_use_a_buffer(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct phyr_buffer *buffer = buffer_of(test, memory, true, NULL);
	struct phyr_device *edu = device_of(test, edu_dev(test));
	struct phyr_device *other = device_of(test, &twin->dev);
	struct phyr_mapping *mapping = used(test, buffer, edu, PHYR_ACCESS_READ);
	struct phyr_mapping *twins = used(test, buffer, other, PHYR_ACCESS_WRITE);
	int nr = ranges_of(test, memory, mapping);
	unsigned int maps = edu_of(test)->maps;

	expect_reached(test, memory, memory->ranges, nr);
	KUNIT_EXPECT_TRUE(test, reaches_all(&twin->dev, memory, twins));
	phyr_mapping_unuse(mapping);
	/* It is not mapped again. */
	for (int i = 0; i < 10; i++)
		map_once(test, buffer, edu, PHYR_ACCESS_READ);
	KUNIT_EXPECT_EQ(test, maps, edu_of(test)->maps);
	expect_reached(test, memory, memory->ranges, nr);

	/* What one loses the other keeps. */
	unbind(edu_dev(test));
	expect_unreached(test, memory->ranges, nr);
	KUNIT_EXPECT_TRUE(test, reaches_all(&twin->dev, memory, twins));
	phyr_mapping_unuse(twins);
	phyr_buffer_put(buffer);
	phyr_device_put(other);
	phyr_device_put(edu);
}

static void a_device_that_is_back_is_mapped_anew(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct phyr_buffer *buffer = buffer_of(test, memory, false, NULL);
	struct phyr_device *before = device_of(test, edu_dev(test)), *device;
	struct phyr_mapping *mapping = used(test, buffer, before, PHYR_ACCESS_READ);
	int nr = ranges_of(test, memory, mapping);

	phyr_mapping_unuse(mapping);
	unbind(edu_dev(test));
	expect_unreached(test, memory->ranges, nr);
	bind(test, edu_dev(test));
	device = device_of(test, edu_dev(test));
	KUNIT_EXPECT_PTR_NE(test, before, device);
	mapping = used(test, buffer, device, PHYR_ACCESS_READ);
	expect_reached(test, memory, memory->ranges, ranges_of(test, memory, mapping));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			outcome(phyr_buffer_use(buffer, before, PHYR_ACCESS_READ)));
	phyr_mapping_unuse(mapping);
	phyr_buffer_put(buffer);
	phyr_device_put(before);
	phyr_device_put(device);
}

/* What the driver finds when it is unbound, and whether the device can be had then. */
static struct {
	dma_addr_t addr;
	phys_addr_t found;
	bool is_called;
	int err;
} at_removal;

static void look(struct kunit *test, struct pci_dev *pdev)
{
	struct phyr_device *device = phyr_device_get(&pdev->dev);

	at_removal.found = reaches(&pdev->dev, at_removal.addr);
	at_removal.err = PTR_ERR_OR_ZERO(device);
	if (!IS_ERR(device))
		phyr_device_put(device);
	at_removal.is_called = true;
}

static void nothing_is_mapped_when_the_driver_is_removed(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct phyr_buffer *buffer = buffer_of(test, memory, false, NULL);
	struct phyr_device *device = device_of(test, edu_dev(test));
	struct phyr_mapping *mapping = used(test, buffer, device, PHYR_ACCESS_READ);
	bool translates = edu_of(test)->domain;

	ranges_of(test, memory, mapping);
	phyr_mapping_unuse(mapping);
	at_removal.addr = memory->ranges[0].addr;
	at_removal.is_called = false;
	driver->removing = look;
	unbind(edu_dev(test));
	driver->removing = NULL;
	KUNIT_EXPECT_TRUE(test, at_removal.is_called);
	KUNIT_EXPECT_EQ(test, -ENODEV, at_removal.err);
	if (translates)
		KUNIT_EXPECT_EQ(test, 0, at_removal.found);
	phyr_buffer_put(buffer);
	phyr_device_put(device);
}

static void nothing_is_made_of_a_device_whose_driver_is_removed(struct kunit *test)
{
	struct phyr_device *device;

	at_removal.addr = 0;
	at_removal.is_called = false;
	driver->removing = look;
	/* Nobody has asked for it before, so there was nothing to end. */
	unbind(edu_dev(test));
	driver->removing = NULL;
	KUNIT_EXPECT_TRUE(test, at_removal.is_called);
	KUNIT_EXPECT_EQ(test, -ENODEV, at_removal.err);
	bind(test, edu_dev(test));
	device = device_of(test, edu_dev(test));
	phyr_device_put(device);
}

static void a_driver_may_stop_its_device_itself(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct phyr_buffer *buffer = buffer_of(test, memory, false, NULL);
	struct phyr_mapping *mapping;
	struct phyr_device *device;
	int nr;

	unbind(edu_dev(test));
	driver->registers = edu_of(test)->pdev;
	bind(test, edu_dev(test));
	device = device_of(test, edu_dev(test));
	KUNIT_EXPECT_PTR_EQ(test, driver->registered, device);
	mapping = used(test, buffer, device, PHYR_ACCESS_READ);
	nr = ranges_of(test, memory, mapping);
	phyr_mapping_unuse(mapping);

	at_removal.addr = memory->ranges[0].addr;
	at_removal.is_called = false;
	driver->removing = look;
	unbind(edu_dev(test));
	driver->removing = NULL;
	driver->registers = NULL;
	/* It was still mapped then. */
	KUNIT_EXPECT_TRUE(test, at_removal.is_called);
	KUNIT_EXPECT_EQ(test, -ENODEV, at_removal.err);
	KUNIT_EXPECT_EQ(test, memory->phyrs[0].paddr, at_removal.found);
	expect_unreached(test, memory->ranges, nr);
	phyr_buffer_put(buffer);
	phyr_device_put(device);
}

static void what_the_device_reads_stays_until_it_has(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct device *dev = edu_dev(test);
	const size_t len = EDU_DMA_MAX;
	struct phyr_mapping *mapping;
	struct phyr_buffer *buffer;
	struct phyr_device *device;
	struct errand errand;
	struct edu_dma dma;
	dma_addr_t copy;
	u64 mask;
	u8 *seen;

	if (!edu_of(test)->domain)
		kunit_skip(test, "no IOMMU, hence memory that the edu device may not reach");
	mask = *dev->dma_mask;
	seen = kunit_kzalloc(test, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seen);
	/* What QEMU's device has, unless it is told otherwise. */
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(dev, DMA_BIT_MASK(28)));
	dma = edu_dma_open(test);
	buffer = buffer_of(test, memory, false, NULL);
	device = device_of(test, dev);
	memset(phys_to_virt(memory->phyrs[0].paddr), 0x5a, PAGE_SIZE);

	mapping = used(test, buffer, device, PHYR_ACCESS_READ);
	phyr_mapping_sync_for_device(mapping, 0, len);
	KUNIT_EXPECT_EQ(test, 1, phyr_mapping_ranges(mapping, 0, len, memory->ranges, 1));
	edu_dma_begin_read(&dma, memory->ranges[0].addr, len);
	errand_begin(test, &errand, unbind, dev);
	KUNIT_EXPECT_TRUE(test, errand_waits(&errand));
	KUNIT_EXPECT_EQ(test, memory->phyrs[0].paddr,
			edu_reaches(test, memory->ranges[0].addr));
	KUNIT_EXPECT_EQ(test, 0, edu_dma_wait(&dma));
	phyr_mapping_unuse(mapping);
	errand_end(&errand);
	expect_unreached(test, memory->ranges, 1);

	/* The unmapping was not this task's. */
	edu_of(test)->mapped = 0;
	copy = dma_map_single(dev, seen, len, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, 0, dma_mapping_error(dev, copy));
	KUNIT_EXPECT_EQ(test, 0, edu_dma_write(&dma, copy, len));
	dma_unmap_single(dev, copy, len, DMA_FROM_DEVICE);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(seen, 0x5a, len));
	*dev->dma_mask = mask;
	phyr_buffer_put(buffer);
	phyr_device_put(device);
}

/* More than the device has IOVA space for, if that has 20 bits. */
static struct memory *too_much(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	for (unsigned int i = 0; i < 2 * SZ_1M / PAGE_SIZE; i++)
		memory_add(memory, i % BLOCKS, i / BLOCKS * 2, 0, PAGE_SIZE);
	return memory;
}

static void what_finds_no_room_takes_little(struct kunit *test)
{
	struct device *dev = edu_dev(test);
	struct memory *memory = pages(test);
	struct phyr_buffer *large, *buffers[40];
	struct phyr_device *edu, *other;
	u64 mask = *dev->dma_mask;
	int left = 0;

	if (!edu_of(test)->domain)
		kunit_skip(test, "no IOMMU, hence no IOVA space");
	edu = device_of(test, dev);
	other = device_of(test, &twin->dev);
	large = buffer_of(test, too_much(test), false, NULL);
	for (int i = 0; i < ARRAY_SIZE(buffers); i++) {
		buffers[i] = buffer_of(test, memory, false, NULL);
		map_once(test, buffers[i], edu, PHYR_ACCESS_READ);
	}
	map_once(test, buffers[0], other, PHYR_ACCESS_READ);

	*dev->dma_mask = DMA_BIT_MASK(20);
	KUNIT_EXPECT_EQ(test, -ENOMEM, outcome(phyr_buffer_use(large, edu, PHYR_ACCESS_READ)));
	*dev->dma_mask = mask;
	/* Another device has nothing to do with it. */
	KUNIT_EXPECT_TRUE(test, is_mapped(buffers[0], other, PHYR_ACCESS_READ));
	for (int i = 0; i < ARRAY_SIZE(buffers); i++)
		left += is_mapped(buffers[i], edu, PHYR_ACCESS_READ);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(buffers) - 31, left);

	/* Whether it would fit now is up to the IOVA allocator, which remembers that it did not. */
	for (int i = 0; i < ARRAY_SIZE(buffers); i++)
		phyr_buffer_put(buffers[i]);
	phyr_buffer_put(large);
	phyr_device_put(other);
	phyr_device_put(edu);
}

static void user_memory_is_registered_by_rust(struct kunit *test)
{
	struct device *dev = edu_dev(test);
	unsigned long start = user_pages_apart(test, PAGES);
	int refs = user_page_refs(test, start);
	u64 mask = *dev->dma_mask;
	int given;

	/* The pages may be anywhere. */
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(dev, DMA_BIT_MASK(64)));
	given = phyr_buffers_read_by_rust(dev, start + 10, PAGES * PAGE_SIZE - 10,
					  PAGE_SIZE + 100);
	*dev->dma_mask = mask;
	KUNIT_EXPECT_EQ(test, PAGES * PAGE_SIZE - 10, given);
	KUNIT_EXPECT_EQ(test, refs, user_page_refs(test, start));
}

/**
 * struct stack - a device on top of two others
 * @members: those
 * @buffer: what is used for each of them in turn
 * @memory: what that is of
 * @is_over: whether it is enough
 */
struct stack {
	struct device *members[2];
	struct phyr_buffer *buffer;
	struct memory *memory;
	bool is_over;
};

/**
 * struct load - who uses it
 * @stack: the device
 * @devices: what it knows of the members
 * @uses: how often each was used
 * @lost: how often one had gone
 * @is_wrong: whether something was not mapped that should be
 */
struct load {
	struct stack *stack;
	struct phyr_device *devices[2];
	unsigned long uses[2];
	unsigned long lost;
	bool is_wrong;
};

/* Looks for a member, perhaps another one in the place of one that has gone. */
static void find_member(struct load *load, int i)
{
	struct device *dev = load->stack->members[i];
	struct phyr_device *device;

	device_lock(dev);
	device = dev->driver ? phyr_device_get(dev) : ERR_PTR(-ENODEV);
	device_unlock(dev);
	load->devices[i] = IS_ERR(device) ? NULL : device;
}

static void lose_member(struct load *load, int i)
{
	phyr_device_put(load->devices[i]);
	load->devices[i] = NULL;
	load->lost++;
}

static void use_member(struct load *load, int i)
{
	struct stack *stack = load->stack;
	struct phyr_mapping *mapping;

	if (!load->devices[i])
		find_member(load, i);
	if (!load->devices[i])
		return;
	mapping = phyr_buffer_use(stack->buffer, load->devices[i], PHYR_ACCESS_READ);
	if (PTR_ERR_OR_ZERO(mapping) == -ENODEV) {
		lose_member(load, i);
		return;
	}
	if (IS_ERR(mapping)) {
		load->is_wrong = true;
		return;
	}
	if (!reaches_all(stack->members[i], stack->memory, mapping))
		load->is_wrong = true;
	load->uses[i]++;
	phyr_mapping_unuse(mapping);
}

static void use_members(void *data)
{
	struct load *load = data;

	while (!READ_ONCE(load->stack->is_over)) {
		use_member(load, 0);
		use_member(load, 1);
		cond_resched();
	}
	for (int i = 0; i < 2; i++)
		if (load->devices[i])
			phyr_device_put(load->devices[i]);
}

static void a_member_is_replaced_under_load(struct kunit *test)
{
	struct stack stack = {
		.members = { edu_dev(test), &twin->dev },
		.memory = pages(test),
	};
	struct errand errands[3];
	struct load loads[3] = {};
	unsigned long lost = 0;

	/* Others map, too. */
	edu_of(test)->task = NULL;
	stack.buffer = buffer_of(test, stack.memory, false, NULL);
	for (int i = 0; i < ARRAY_SIZE(loads); i++) {
		loads[i].stack = &stack;
		errand_begin(test, &errands[i], use_members, &loads[i]);
	}
	for (int i = 0; i < 30; i++) {
		msleep(20);
		unbind(stack.members[1]);
		msleep(20);
		KUNIT_EXPECT_EQ(test, 1, device_attach(stack.members[1]));
	}
	msleep(50);
	WRITE_ONCE(stack.is_over, true);
	for (int i = 0; i < ARRAY_SIZE(loads); i++) {
		errand_end(&errands[i]);
		KUNIT_EXPECT_FALSE(test, loads[i].is_wrong);
		KUNIT_EXPECT_GT(test, loads[i].uses[0], 0);
		KUNIT_EXPECT_GT(test, loads[i].uses[1], 0);
		lost += loads[i].lost;
	}
	KUNIT_EXPECT_GT(test, lost, 0);
	phyr_buffer_put(stack.buffer);
}

static struct kunit_case devices_cases[] = {
	KUNIT_CASE(two_devices_use_a_buffer),
	KUNIT_CASE(a_device_that_is_back_is_mapped_anew),
	KUNIT_CASE(nothing_is_mapped_when_the_driver_is_removed),
	KUNIT_CASE(nothing_is_made_of_a_device_whose_driver_is_removed),
	KUNIT_CASE(a_driver_may_stop_its_device_itself),
	KUNIT_CASE(what_the_device_reads_stays_until_it_has),
	KUNIT_CASE(what_finds_no_room_takes_little),
	KUNIT_CASE(user_memory_is_registered_by_rust),
	KUNIT_CASE(a_member_is_replaced_under_load),
	{}
};

static struct kunit_suite devices_suite = {
	.name = "phyr_buffer_devices",
	.init = devices_init,
	.exit = devices_exit,
	.test_cases = devices_cases,
};

kunit_test_suite(devices_suite);
