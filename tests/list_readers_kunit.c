// SPDX-License-Identifier: GPL-2.0
/*
 * Lists that several use at the same time: to read one, or to map it, changes nothing in
 * it.
 */
#include <linux/dma-mapping.h>
#include <linux/kthread.h>
#include <linux/phyr-list.h>

#include "edu.h"
#include "memory.h"
#include "reach.h"

/* More ranges than fit in three pages. */
#define RANGES	1600

/* A list of scattered pages, which are those of @memory. */
static void make_list(struct kunit *test, struct phyr_list *list, struct memory *memory)
{
	for (unsigned int i = 0; i < RANGES; i++)
		memory_add(memory, i % BLOCKS, i / BLOCKS * 2, 0, PAGE_SIZE);
	phyr_list_init(list, PHYR_HOLD_NONE, NULL);
	for (unsigned int i = 0; i < RANGES; i++)
		KUNIT_ASSERT_EQ(test, 0, phyr_list_add(list, memory->phyrs[i], GFP_KERNEL));
}

/* Whether the list gives each range of @memory, and no other. */
static bool is_memory(const struct phyr_list *list, const struct memory *memory)
{
	struct phyr_iter iter = phyr_iter_list(list, 0, list->len);
	struct phys_vec phyr;

	for (unsigned int i = 0; i < memory->nr; i++) {
		if (iter.next(&iter, &phyr) != 1 || phyr.paddr != memory->phyrs[i].paddr ||
		    phyr.len != memory->phyrs[i].len)
			return false;
	}
	return iter.next(&iter, &phyr) == 0;
}

struct reader {
	const struct phyr_list *list;
	const struct memory *memory;
	bool is_wrong;
	struct completion done;
};

static int read_all(void *data)
{
	struct reader *reader = data;

	for (int i = 0; i < 20; i++)
		if (!is_memory(reader->list, reader->memory))
			reader->is_wrong = true;
	kthread_complete_and_exit(&reader->done, 0);
}

static void several_read_a_list_at_the_same_time(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct phyr_list list;
	struct reader readers[4];

	make_list(test, &list, memory);
	for (int i = 0; i < ARRAY_SIZE(readers); i++) {
		readers[i] = (struct reader) { .list = &list, .memory = memory };
		init_completion(&readers[i].done);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test,
					     kthread_run(read_all, &readers[i], "phyr_reader"));
	}
	for (int i = 0; i < ARRAY_SIZE(readers); i++) {
		wait_for_completion(&readers[i].done);
		KUNIT_EXPECT_FALSE(test, readers[i].is_wrong);
	}
	phyr_list_release(&list);
}

/* The SCSI controller that each guest has, with no driver bound to it. */
#define TWIN	PCI_DEVFN(5, 0)

static void put_twin(void *pdev)
{
	pci_dev_put(pdev);
}

static struct device *twin_of(struct kunit *test)
{
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(0, 0, TWIN);

	if (!pdev)
		kunit_skip(test, "no second device: run QEMU with -device lsi53c895a,addr=5");
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_twin, pdev));
	return &pdev->dev;
}

static int map_all(struct device *dev, const struct phyr_list *list, struct dma_phyr_map *map,
		   struct dma_vec *ranges)
{
	struct phyr_iter iter = phyr_iter_list(list, 0, list->len);

	return dma_map_phyr_iter(dev, &iter, map, ranges, RANGES, DMA_TO_DEVICE, 0);
}

/* Each page of @memory is where @dev is told. */
static void expect_twin_reaches(struct kunit *test, struct device *dev,
				const struct memory *memory, const struct dma_vec *ranges)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);
	size_t done = 0;

	if (edu_bounces(test))
		return;
	for (unsigned int i = 0; i < memory->nr; i++) {
		dma_addr_t addr = ranges->addr + done;

		KUNIT_ASSERT_EQ(test, memory->phyrs[i].paddr,
				domain ? iommu_iova_to_phys(domain, addr) : addr);
		done += memory->phyrs[i].len;
		if (done == ranges->len) {
			ranges++;
			done = 0;
		}
	}
}

static void two_devices_are_given_a_list(struct kunit *test)
{
	struct device *twin = twin_of(test), *edu = edu_dev(test);
	struct memory *memory = memory_alloc(test);
	struct dma_vec *ranges = kunit_kcalloc(test, RANGES, sizeof(*ranges), GFP_KERNEL);
	struct dma_phyr_map map, twin_map;
	struct phyr_list list, before;
	int nr, twin_nr;

	KUNIT_ASSERT_NOT_NULL(test, ranges);
	/* Of its words some are not used, and are compared below. */
	memset(&list, 0, sizeof(list));
	make_list(test, &list, memory);
	before = list;

	nr = map_all(edu, &list, &map, memory->ranges);
	KUNIT_ASSERT_GT(test, nr, 0);
	twin_nr = map_all(twin, &list, &twin_map, ranges);
	KUNIT_ASSERT_GT(test, twin_nr, 0);
	expect_reached(test, memory, memory->ranges, nr);
	expect_twin_reaches(test, twin, memory, ranges);
	/* What one gives back the other keeps. */
	dma_unmap_phyrs(edu, &map, memory->ranges);
	expect_unreached(test, memory->ranges, nr);
	expect_twin_reaches(test, twin, memory, ranges);
	dma_unmap_phyrs(twin, &twin_map, ranges);

	KUNIT_EXPECT_MEMEQ(test, &list, &before, sizeof(list));
	KUNIT_EXPECT_TRUE(test, is_memory(&list, memory));
	phyr_list_release(&list);
}

static struct kunit_case list_readers_cases[] = {
	KUNIT_CASE(several_read_a_list_at_the_same_time),
	KUNIT_CASE(two_devices_are_given_a_list),
	{}
};

static struct kunit_suite list_readers_suite = {
	.name = "phyr_list_readers",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = list_readers_cases,
};

kunit_test_suite(list_readers_suite);
