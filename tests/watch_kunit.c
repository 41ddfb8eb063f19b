// SPDX-License-Identifier: GPL-2.0
/*
 * What phyr tells of its work, and with CONFIG_PHYR_DEBUG of its misuse.
 */
#include <linux/dma-phyr.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include <trace/events/phyr.h>

#include "../rust/watch/watch.h"
#include "edu.h"
#include "memory.h"

#define SHARED	6

/* What the tracepoints said last. */
struct heard {
	struct device *dev;
	struct phyr_effort effort;
	struct phyr_refusal refusal;
	struct dma_phyr_map ending;
	unsigned int maps;
	unsigned int unmaps;
};

static void heard_map(void *data, struct device *dev,
		      const struct phyr_effort *effort)
{
	struct heard *heard = data;

	heard->dev = dev;
	heard->effort = *effort;
	heard->maps++;
}

static void heard_map_err(void *data, struct device *dev,
			  const struct phyr_refusal *refusal)
{
	struct heard *heard = data;

	heard->refusal = *refusal;
}

static void heard_unmap(void *data, struct device *dev,
			const struct dma_phyr_map *ending)
{
	struct heard *heard = data;

	heard->ending = *ending;
	heard->unmaps++;
}

static void stop_listening(void *heard)
{
	unregister_trace_phyr_map(heard_map, heard);
	unregister_trace_phyr_map_err(heard_map_err, heard);
	unregister_trace_phyr_unmap(heard_unmap, heard);
	tracepoint_synchronize_unregister();
}

static struct heard *listen(struct kunit *test)
{
	struct heard *heard = kunit_kzalloc(test, sizeof(*heard), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, heard);
	KUNIT_ASSERT_EQ(test, 0, register_trace_phyr_map(heard_map, heard));
	KUNIT_ASSERT_EQ(test, 0,
			register_trace_phyr_map_err(heard_map_err, heard));
	KUNIT_ASSERT_EQ(test, 0, register_trace_phyr_unmap(heard_unmap, heard));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, stop_listening, heard));
	return heard;
}

static struct memory *pages(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	for (int i = 0; i < 8; i++)
		memory_add(memory, 0, 2 * i, 0, PAGE_SIZE);
	return memory;
}

static int map_pages(struct kunit *test, struct memory *memory,
		     struct dma_phyr_map *map)
{
	return dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, map,
			     memory->ranges, MAX_ENTRIES, DMA_TO_DEVICE, 0);
}

static void tracepoints_tell_what_it_took(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct heard *heard = listen(test);
	bool translated = edu_of(test)->domain;
	struct dma_phyr_map map;
	int nr = map_pages(test, memory, &map);

	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_EXPECT_PTR_EQ(test, edu_dev(test), heard->dev);
	KUNIT_EXPECT_EQ(test, 1, heard->maps);
	KUNIT_EXPECT_EQ(test, 8, heard->effort.entries);
	KUNIT_EXPECT_EQ(test, nr, heard->effort.ranges);
	KUNIT_EXPECT_EQ(test, 8 * PAGE_SIZE, heard->effort.bytes);
	KUNIT_EXPECT_EQ(test, 8, heard->effort.links);
	KUNIT_EXPECT_EQ(test, translated, heard->effort.syncs);
	KUNIT_EXPECT_EQ(test, translated ? SHARED : 0, heard->effort.reason);

	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	KUNIT_EXPECT_EQ(test, 1, heard->unmaps);
	KUNIT_EXPECT_EQ(test, nr, heard->ending.nr_ranges);
	KUNIT_EXPECT_EQ(test, DMA_TO_DEVICE, heard->ending.dir);
	if (translated) {
		KUNIT_EXPECT_EQ(test, DMA_PHYR_HELD_IOVA, heard->ending.held);
		KUNIT_EXPECT_EQ(test, 8 * PAGE_SIZE, heard->ending.size);
	} else {
		KUNIT_EXPECT_NE(test, DMA_PHYR_HELD_IOVA, heard->ending.held);
	}
}

/* Even if there is nothing to undo. */
static void tracepoints_tell_the_caller_s_attributes(struct kunit *test)
{
	static const unsigned long attrs[] = {
		0, DMA_ATTR_MMIO, DMA_ATTR_NO_WARN | DMA_ATTR_WEAK_ORDERING,
	};
	const struct phys_vec bar = {
		.paddr = pci_resource_start(edu_of(test)->pdev, 0),
		.len = PAGE_SIZE,
	};
	struct device *dev = edu_dev(test);
	struct memory *memory = pages(test);
	struct heard *heard = listen(test);
	u64 mask = *dev->dma_mask;

	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(dev, DMA_BIT_MASK(64)));
	for (int i = 0; i < ARRAY_SIZE(attrs); i++) {
		bool mmio = attrs[i] & DMA_ATTR_MMIO;
		struct dma_phyr_map map;
		int nr = dma_map_phyrs(dev, mmio ? &bar : memory->phyrs, 1, &map,
				       memory->ranges, 1, DMA_FROM_DEVICE,
				       attrs[i]);

		/* Registers are not bounced, and this device bounces everything. */
		if (mmio && nr == -EOPNOTSUPP)
			continue;
		KUNIT_EXPECT_EQ(test, 1, nr);
		KUNIT_EXPECT_EQ(test, attrs[i], heard->effort.attrs);
		KUNIT_EXPECT_EQ(test, DMA_FROM_DEVICE, heard->effort.dir);
		dma_unmap_phyrs(dev, &map, memory->ranges);
		KUNIT_EXPECT_EQ(test, attrs[i], heard->ending.attrs);
	}
	dma_set_mask(dev, mask);
}

static void tracepoints_tell_what_was_not_mapped(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct heard *heard = listen(test);
	struct dma_phyr_map map;

	memory->phyrs[3].len = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, map_pages(test, memory, &map));
	KUNIT_EXPECT_EQ(test, -EINVAL, heard->refusal.err);
	KUNIT_EXPECT_EQ(test, 8, heard->refusal.entries);
	KUNIT_EXPECT_EQ(test, 7 * PAGE_SIZE, heard->refusal.bytes);
	KUNIT_EXPECT_EQ(test, DMA_TO_DEVICE, heard->refusal.dir);
	KUNIT_EXPECT_EQ(test, 0, heard->refusal.needed);

	memory->phyrs[3].len = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr,
				      &map, memory->ranges, 0, DMA_TO_DEVICE,
				      DMA_ATTR_NO_WARN));
	KUNIT_EXPECT_EQ(test, -ENOSPC, heard->refusal.err);
	KUNIT_EXPECT_EQ(test, map.nr_ranges, heard->refusal.needed);
	KUNIT_EXPECT_EQ(test, DMA_ATTR_NO_WARN, heard->refusal.attrs);
	KUNIT_EXPECT_EQ(test, 0, heard->maps);
}

/* User memory, for that is what the files in debugfs take. */
static char __user *user_page(struct kunit *test)
{
	unsigned long page = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE,
					   PROT_READ | PROT_WRITE,
					   MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, 0, page);
	return (char __user *)page;
}

static struct file *open_file(struct kunit *test, const char *path, int flags)
{
	struct file *file = filp_open(path, flags, 0);

	if (IS_ERR(file))
		kunit_skip(test, "debugfs is not mounted");
	return file;
}

static ssize_t write_counting(struct kunit *test, const char *text)
{
	struct file *file = open_file(test, "/sys/kernel/debug/phyr/counting", O_WRONLY);
	char __user *user = user_page(test);
	ssize_t len = strlen(text);
	loff_t pos = 0;

	KUNIT_ASSERT_EQ(test, 0, copy_to_user(user, text, len));
	len = file->f_op->write(file, user, len, &pos);
	filp_close(file, NULL);
	return len;
}

static void read_file(struct kunit *test, const char *path, char *text)
{
	struct file *file = open_file(test, path, O_RDONLY);
	char __user *user = user_page(test);
	loff_t pos = 0;
	ssize_t len;

	len = file->f_op->read(file, user, PAGE_SIZE - 1, &pos);
	filp_close(file, NULL);
	KUNIT_ASSERT_GT(test, len, 0);
	KUNIT_ASSERT_EQ(test, 0, copy_from_user(text, user, len));
	text[len] = '\0';
}

static void stop_counting(void *context)
{
	struct kunit *test = context;

	KUNIT_EXPECT_EQ(test, 1, write_counting(test, "0"));
}

static void start_counting(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "nothing is counted without tracepoints");
	KUNIT_ASSERT_EQ(test, 1, write_counting(test, "1"));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_counting, test));
}

static u64 statistic(struct kunit *test, const char *name)
{
	char *text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	u64 number = U64_MAX;
	char *at;

	KUNIT_ASSERT_NOT_NULL(test, text);
	read_file(test, "/sys/kernel/debug/phyr/statistics", text);
	at = strstr(text, name);
	KUNIT_ASSERT_NOT_NULL(test, at);
	at += strlen(name) + strlen(": ");
	at[strcspn(at, "\n")] = '\0';
	KUNIT_EXPECT_EQ(test, 0, kstrtoull(at, 10, &number));
	return number;
}

static const char *const names[] = {
	"maps", "errors", "unmaps", "bytes", "entries", "ranges", "links", "iova-syncs",
	"per-run: no IOMMU", "IOVA: shared",
};

static void remember_statistics(struct kunit *test, u64 *numbers)
{
	for (int i = 0; i < ARRAY_SIZE(names); i++)
		numbers[i] = statistic(test, names[i]);
}

static void expect_statistics(struct kunit *test, const u64 *before, const u64 *more)
{
	for (int i = 0; i < ARRAY_SIZE(names); i++)
		KUNIT_EXPECT_EQ_MSG(test, before[i] + more[i],
				    statistic(test, names[i]), "%s", names[i]);
}

static void one_entry_is_counted(struct kunit *test)
{
	bool translated = edu_of(test)->domain;
	const u64 more[ARRAY_SIZE(names)] = {
		1, 0, 1, PAGE_SIZE, 1, 1, 1, translated, !translated, translated,
	};
	struct memory *memory = memory_alloc(test);
	u64 before[ARRAY_SIZE(names)];
	struct dma_phyr_map map;

	memory_add(memory, 0, 0, 0, PAGE_SIZE);
	start_counting(test);
	remember_statistics(test, before);
	KUNIT_ASSERT_EQ(test, 1, map_pages(test, memory, &map));
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	/* Nothing is held any more. */
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	expect_statistics(test, before, more);
}

static void statistics_count(struct kunit *test)
{
	struct memory *memory = pages(test);
	bool translated = edu_of(test)->domain;
	u64 before[ARRAY_SIZE(names)];
	struct dma_phyr_map map;
	int nr;

	start_counting(test);
	remember_statistics(test, before);
	nr = map_pages(test, memory, &map);
	KUNIT_ASSERT_GT(test, nr, 0);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	memory->nr = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, map_pages(test, memory, &map));

	expect_statistics(test, before, (u64[]) {
		1, 1, 1, 8 * PAGE_SIZE, 8, nr, 8, translated, !translated, translated,
	});
}

static void nothing_is_counted_until_somebody_wants_it(struct kunit *test)
{
	const u64 more[ARRAY_SIZE(names)] = {};
	struct memory *memory = pages(test);
	u64 before[ARRAY_SIZE(names)];
	struct dma_phyr_map map;

	start_counting(test);
	KUNIT_EXPECT_EQ(test, 4, write_counting(test, "off\n"));
	remember_statistics(test, before);
	KUNIT_ASSERT_GT(test, map_pages(test, memory, &map), 0);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	memory->nr = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, map_pages(test, memory, &map));
	expect_statistics(test, before, more);
}

static void counting_is_switched(struct kunit *test)
{
	static const char path[] = "/sys/kernel/debug/phyr/counting";
	char *text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	read_file(test, path, text);
	KUNIT_EXPECT_STREQ(test, "0\n", text);
	start_counting(test);
	read_file(test, path, text);
	KUNIT_EXPECT_STREQ(test, "1\n", text);
	KUNIT_EXPECT_EQ(test, 1, write_counting(test, "1"));
	KUNIT_EXPECT_EQ(test, -EINVAL, write_counting(test, "maybe"));
	read_file(test, path, text);
	KUNIT_EXPECT_STREQ(test, "1\n", text);
	KUNIT_EXPECT_EQ(test, 1, write_counting(test, "0"));
	read_file(test, path, text);
	KUNIT_EXPECT_STREQ(test, "0\n", text);
}

#ifdef CONFIG_PHYR_DEBUG
static void unmapped_twice_through_a_copy(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct dma_phyr_map map, copy;

	KUNIT_ASSERT_GT(test, map_pages(test, memory, &map), 0);
	copy = map;
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	kunit_warning_suppress(test) {
		dma_unmap_phyrs(edu_dev(test), &copy, memory->ranges);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
}

static void unmapped_for_another_device(struct kunit *test)
{
	struct pci_dev *other = pci_get_class(PCI_CLASS_BRIDGE_ISA << 8, NULL);
	struct memory *memory = pages(test);
	struct dma_phyr_map map, copy;

	if (!other)
		kunit_skip(test, "no other PCI device");
	KUNIT_ASSERT_GT(test, map_pages(test, memory, &map), 0);
	copy = map;
	kunit_warning_suppress(test) {
		dma_unmap_phyrs(&other->dev, &copy, memory->ranges);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	pci_dev_put(other);
}

static void direction_and_attributes_are_changed(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct dma_phyr_map map;

	KUNIT_ASSERT_GT(test, map_pages(test, memory, &map), 0);
	map.attrs ^= DMA_ATTR_WEAK_ORDERING;
	kunit_warning_suppress(test) {
		dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
}

static void kept_ranges_are_changed(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct dma_phyr_map map;
	int nr = map_pages(test, memory, &map);
	struct dma_vec first = memory->ranges[0];

	KUNIT_ASSERT_GT(test, nr, 0);
	if (!dma_phyrs_keep_ranges(&map)) {
		dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
		kunit_skip(test, "nothing has to be kept");
	}
	/* Two that are both mapped, so that nothing worse happens. */
	memory->ranges[0] = memory->ranges[1];
	memory->ranges[1] = first;
	kunit_warning_suppress(test) {
		dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
}

static int leaky_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return 0;
}

static const struct pci_device_id leaky_ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{}
};

static struct pci_driver leaky_driver = {
	.name = "phyr_leaky",
	.id_table = leaky_ids,
	.probe = leaky_probe,
};

static void left_mapped_by_a_driver(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct dma_phyr_map map;

	if (!edu_of(test)->domain)
		kunit_skip(test, "dma-debug would say it, and then nothing any more");
	KUNIT_ASSERT_EQ(test, 0, pci_register_driver(&leaky_driver));
	KUNIT_EXPECT_PTR_EQ(test, &leaky_driver.driver, edu_dev(test)->driver);
	KUNIT_EXPECT_GT(test, map_pages(test, memory, &map), 0);
	kunit_warning_suppress(test) {
		pci_unregister_driver(&leaky_driver);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
}

static void synced_beyond_the_end_and_after_it(struct kunit *test)
{
	struct memory *memory = pages(test);
	struct dma_phyr_map map, copy;

	KUNIT_ASSERT_GT(test, map_pages(test, memory, &map), 0);
	kunit_warning_suppress(test) {
		dma_sync_phyrs_for_cpu(edu_dev(test), &map, memory->ranges,
				       8 * PAGE_SIZE, 1);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	copy = map;
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	kunit_warning_suppress(test) {
		dma_sync_phyrs_for_cpu(edu_dev(test), &copy, memory->ranges, 0,
				       1);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
}
#endif

static struct kunit_case watch_cases[] = {
	KUNIT_CASE(tracepoints_tell_what_it_took),
	KUNIT_CASE(tracepoints_tell_the_caller_s_attributes),
	KUNIT_CASE(tracepoints_tell_what_was_not_mapped),
	KUNIT_CASE(one_entry_is_counted),
	KUNIT_CASE(statistics_count),
	KUNIT_CASE(nothing_is_counted_until_somebody_wants_it),
	KUNIT_CASE(counting_is_switched),
#ifdef CONFIG_PHYR_DEBUG
	KUNIT_CASE(unmapped_twice_through_a_copy),
	KUNIT_CASE(unmapped_for_another_device),
	KUNIT_CASE(direction_and_attributes_are_changed),
	KUNIT_CASE(kept_ranges_are_changed),
	KUNIT_CASE(left_mapped_by_a_driver),
	KUNIT_CASE(synced_beyond_the_end_and_after_it),
#endif
	{}
};

static struct kunit_suite watch_suite = {
	.name = "phyr_watch",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = watch_cases,
};

kunit_test_suite(watch_suite);
