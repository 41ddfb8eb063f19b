// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers that are mapped once, for devices without IOMMU: when they are mapped, for how long,
 * and what gives way to what.  It takes no hardware.
 */
#include <kunit/device.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/phyr-list.h>
#include <linux/sched.h>
#include <linux/swiotlb.h>
#include <trace/events/phyr.h>

#include "buffers.h"
#include "device.h"

/* Pages of a buffer, no two of them adjacent. */
#define PAGES	40

/**
 * struct buffers - what the tests have
 * @dev: a device
 * @other: another
 * @memory: what the buffers are of
 * @device: @dev
 */
struct buffers {
	struct device *dev;
	struct device *other;
	struct memory *memory;
	struct phyr_device *device;
};

static int buffers_init(struct kunit *test)
{
	struct buffers *own = kunit_kzalloc(test, sizeof(*own), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, own);
	own->dev = device_without_iommu(test);
	own->other = another_without_iommu(test);
	own->memory = memory_alloc(test);
	for (unsigned int i = 0; i < PAGES; i++)
		memory_add(own->memory, i % BLOCKS, i / BLOCKS * 2, 0, PAGE_SIZE);
	own->device = device_of(test, own->dev);
	test->priv = own;
	return 0;
}

static void buffers_exit(struct kunit *test)
{
	struct buffers *own = test->priv;

	if (own)
		phyr_device_put(own->device);
}

static bool bounces(struct kunit *test)
{
	struct buffers *own = test->priv;

	return is_swiotlb_force_bounce(own->dev);
}

static struct buffers *buffers_of(struct kunit *test)
{
	struct buffers *own = test->priv;

#ifdef CONFIG_SWIOTLB
	/* With swiotlb=force all of it is refused. */
	own->dev->dma_io_tlb_mem = NULL;
	own->other->dma_io_tlb_mem = NULL;
#endif
	return own;
}

static void what_is_bounced_is_refused(struct kunit *test)
{
	struct buffers *own = test->priv;
	struct phyr_buffer *buffer = buffer_of(test, own->memory, true, NULL);
	u64 mask = *own->dev->dma_mask;

	/* Of the memory that this reaches there is none among the pages. */
	if (!bounces(test) && own->memory->phyrs[0].paddr >= BIT(24))
		*own->dev->dma_mask = DMA_BIT_MASK(24);
	else if (!bounces(test))
		kunit_skip(test, "all of the pages are low");
	for (int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_READ)));
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_WRITE)));
	}
	KUNIT_EXPECT_FALSE(test, is_mapped(buffer, own->device, PHYR_ACCESS_READ));
	*own->dev->dma_mask = mask;
	/* What failed can be tried again. */
	if (!bounces(test))
		map_once(test, buffer, own->device, PHYR_ACCESS_READ);
	phyr_buffer_put(buffer);
}

static void what_the_bus_has_elsewhere_is_refused_quietly(struct kunit *test)
{
	const struct bus_dma_region beyond[] = {
		{ .dma_start = BIT_ULL(40), .size = BIT_ULL(40) },
		{}
	};
	const struct bus_dma_region same[] = {
		{ .size = BIT_ULL(40) },
		{}
	};
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, true, NULL);

	if (!IS_ENABLED(CONFIG_ARCH_HAS_PHYS_TO_DMA)) {
		/* The DMA API would warn of it. */
		own->dev->dma_range_map = beyond;
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_READ)));
		own->dev->dma_range_map = same;
		map_once(test, buffer, own->device, PHYR_ACCESS_READ);
	}
	phyr_buffer_put(buffer);
	own->dev->dma_range_map = NULL;
}

static void it_is_mapped_at_the_first_use(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, true, NULL);
	struct phyr_mapping *first, *second;

	KUNIT_EXPECT_EQ(test, PAGES * PAGE_SIZE, phyr_buffer_len(buffer));
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			outcome(phyr_buffer_try_use(buffer, own->device, PHYR_ACCESS_READ)));
	first = used(test, buffer, own->device, PHYR_ACCESS_READ);
	second = phyr_buffer_try_use(buffer, own->device, PHYR_ACCESS_READ);
	KUNIT_EXPECT_PTR_EQ(test, first, second);
	phyr_mapping_unuse(first);
	if (!IS_ERR(second))
		phyr_mapping_unuse(second);
	/* It stays mapped. */
	KUNIT_EXPECT_TRUE(test, is_mapped(buffer, own->device, PHYR_ACCESS_READ));
	phyr_buffer_put(buffer);
}

/* What is mapped during a test, and whether by a task that might wait for I/O. */
struct maps {
	atomic_t nr;
	bool may_wait;
};

static void hear_map(void *data, struct device *dev, const struct phyr_effort *effort)
{
	struct maps *maps = data;

	atomic_inc(&maps->nr);
	if (!(current->flags & PF_MEMALLOC_NOIO))
		maps->may_wait = true;
}

static void to_map_waits_for_no_io(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, true, NULL);
	struct maps maps = {};

	if (!IS_ENABLED(CONFIG_TRACEPOINTS)) {
		phyr_buffer_put(buffer);
		kunit_skip(test, "needs CONFIG_TRACEPOINTS");
	}
	KUNIT_ASSERT_EQ(test, 0, register_trace_phyr_map(hear_map, &maps));
	map_once(test, buffer, own->device, PHYR_ACCESS_READ);
	unregister_trace_phyr_map(hear_map, &maps);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&maps.nr));
	/* That may be of a device that waits until this is mapped. */
	KUNIT_EXPECT_FALSE(test, maps.may_wait);
	KUNIT_EXPECT_FALSE(test, current->flags & PF_MEMALLOC_NOIO);
	phyr_buffer_put(buffer);
}

static void a_part_has_its_bytes(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);
	struct phyr_mapping *mapping = used(test, buffer, own->device, PHYR_ACCESS_READ);
	const struct phys_vec *phyrs = own->memory->phyrs;
	struct dma_vec ranges[3];

	for (unsigned int i = 0; i + 2 < PAGES; i++) {
		u64 offset = i * PAGE_SIZE + 100;

		KUNIT_ASSERT_EQ(test, 1, phyr_mapping_ranges(mapping, offset, 7, ranges, 3));
		KUNIT_EXPECT_EQ(test, phyrs[i].paddr + 100, ranges[0].addr);
		KUNIT_EXPECT_EQ(test, 7, ranges[0].len);
		KUNIT_ASSERT_EQ(test, 3, phyr_mapping_ranges(mapping, offset, 2 * PAGE_SIZE,
							     ranges, 3));
		KUNIT_EXPECT_EQ(test, phyrs[i].paddr + 100, ranges[0].addr);
		KUNIT_EXPECT_EQ(test, PAGE_SIZE - 100, ranges[0].len);
		KUNIT_EXPECT_EQ(test, phyrs[i + 1].paddr, ranges[1].addr);
		KUNIT_EXPECT_EQ(test, PAGE_SIZE, ranges[1].len);
		KUNIT_EXPECT_EQ(test, phyrs[i + 2].paddr, ranges[2].addr);
		KUNIT_EXPECT_EQ(test, 100, ranges[2].len);
		KUNIT_EXPECT_EQ(test, -ENOSPC,
				phyr_mapping_ranges(mapping, offset, 2 * PAGE_SIZE, ranges, 2));
	}
	KUNIT_EXPECT_EQ(test, -EINVAL, phyr_mapping_ranges(mapping, 0, 0, ranges, 3));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phyr_mapping_ranges(mapping, PAGES * PAGE_SIZE - 1, 2, ranges, 3));
	phyr_mapping_sync_for_device(mapping, 100, PAGE_SIZE);
	phyr_mapping_sync_for_cpu(mapping, 100, PAGE_SIZE);
	phyr_mapping_unuse(mapping);
	phyr_buffer_put(buffer);
}

static void to_read_and_to_write_are_apart(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, true, NULL);
	struct phyr_mapping *read = used(test, buffer, own->device, PHYR_ACCESS_READ);
	struct phyr_mapping *write;

	KUNIT_EXPECT_FALSE(test, is_mapped(buffer, own->device, PHYR_ACCESS_WRITE));
	write = used(test, buffer, own->device, PHYR_ACCESS_WRITE);
	KUNIT_EXPECT_PTR_NE(test, read, write);
	phyr_mapping_unuse(read);
	phyr_mapping_unuse(write);
	phyr_buffer_put(buffer);
}

static void what_may_not_be_written_is_not(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);

	KUNIT_EXPECT_EQ(test, -EINVAL,
			outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_WRITE)));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_WRITE + 1)));
	map_once(test, buffer, own->device, PHYR_ACCESS_READ);
	phyr_buffer_put(buffer);
}

/* Who comes first maps it. */
struct racer {
	struct errand errand;
	struct phyr_buffer *buffer;
	struct phyr_device *device;
	struct completion *start;
	struct phyr_mapping *mapping;
	bool is_wrong;
};

static void race(void *data)
{
	struct racer *racer = data;
	struct dma_vec range;

	wait_for_completion(racer->start);
	racer->mapping = phyr_buffer_use(racer->buffer, racer->device, PHYR_ACCESS_READ);
	if (IS_ERR(racer->mapping)) {
		racer->is_wrong = true;
		return;
	}
	racer->is_wrong = phyr_mapping_ranges(racer->mapping, 0, 1, &range, 1) != 1;
	phyr_mapping_unuse(racer->mapping);
}

static void many_that_come_first_have_one_mapping(struct kunit *test)
{
	const int nr = 8;
	struct buffers *own = buffers_of(test);
	struct racer *racers = kunit_kcalloc(test, nr, sizeof(*racers), GFP_KERNEL);
	struct maps maps = {};

	KUNIT_ASSERT_NOT_NULL(test, racers);
	if (IS_ENABLED(CONFIG_TRACEPOINTS))
		KUNIT_ASSERT_EQ(test, 0, register_trace_phyr_map(hear_map, &maps));
	for (int round = 0; round < 50; round++) {
		struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);
		DECLARE_COMPLETION_ONSTACK(start);

		for (int i = 0; i < nr; i++) {
			racers[i] = (struct racer) {
				.buffer = buffer, .device = own->device, .start = &start,
			};
			errand_begin(test, &racers[i].errand, race, &racers[i]);
		}
		complete_all(&start);
		for (int i = 0; i < nr; i++) {
			errand_end(&racers[i].errand);
			KUNIT_EXPECT_FALSE(test, racers[i].is_wrong);
			KUNIT_EXPECT_PTR_EQ(test, racers[0].mapping, racers[i].mapping);
		}
		phyr_buffer_put(buffer);
	}
	if (IS_ENABLED(CONFIG_TRACEPOINTS)) {
		unregister_trace_phyr_map(hear_map, &maps);
		tracepoint_synchronize_unregister();
		KUNIT_EXPECT_EQ(test, 50, atomic_read(&maps.nr));
	}
}

/* The table of a buffer's mappings grows meanwhile, more than once. */
static void many_devices_have_a_mapping_each(struct kunit *test)
{
	struct phyr_device *devices[16];
	struct phyr_mapping *mappings[ARRAY_SIZE(devices)];
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);

	for (int i = 0; i < ARRAY_SIZE(devices); i++) {
		char name[sizeof("phyr-") + 2];
		struct device *dev;

		snprintf(name, sizeof(name), "phyr-%d", i);
		dev = device_named(test, name);
#ifdef CONFIG_SWIOTLB
		dev->dma_io_tlb_mem = NULL;
#endif
		devices[i] = device_of(test, dev);
		mappings[i] = used(test, buffer, devices[i], PHYR_ACCESS_READ);
	}
	for (int i = 0; i < ARRAY_SIZE(devices); i++) {
		struct phyr_mapping *again = phyr_buffer_try_use(buffer, devices[i],
								 PHYR_ACCESS_READ);

		KUNIT_EXPECT_PTR_EQ(test, mappings[i], again);
		KUNIT_EXPECT_EQ(test, 0, outcome(again));
		phyr_mapping_unuse(mappings[i]);
		phyr_device_put(devices[i]);
	}
	phyr_buffer_put(buffer);
}

static void what_is_idle_gives_way_to_the_same_buffer(struct kunit *test)
{
	const struct phyr_buffer_limits one = { .mappings = 1, .bytes = U64_MAX };
	struct buffers *own = buffers_of(test);
	struct phyr_device *other = device_of(test, own->other);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, &one);
	struct phyr_mapping *mapping = used(test, buffer, own->device, PHYR_ACCESS_READ);

	KUNIT_EXPECT_EQ(test, -EBUSY,
			outcome(phyr_buffer_use(buffer, other, PHYR_ACCESS_READ)));
	phyr_mapping_unuse(mapping);
	map_once(test, buffer, other, PHYR_ACCESS_READ);
	KUNIT_EXPECT_FALSE(test, is_mapped(buffer, own->device, PHYR_ACCESS_READ));
	/* And back. */
	map_once(test, buffer, own->device, PHYR_ACCESS_READ);
	KUNIT_EXPECT_FALSE(test, is_mapped(buffer, other, PHYR_ACCESS_READ));
	phyr_buffer_put(buffer);
	phyr_device_put(other);
}

static void what_is_larger_than_its_limit_is_refused(struct kunit *test)
{
	const struct phyr_buffer_limits less = { .mappings = 9, .bytes = PAGES * PAGE_SIZE - 1 };
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, &less);

	KUNIT_EXPECT_EQ(test, -E2BIG,
			outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_READ)));
	phyr_buffer_put(buffer);
}

static void lift_limits(void *before)
{
	phyr_buffers_limits = *(struct phyr_buffer_limits *)before;
}

/* Until the test ends. */
static void limit_all(struct kunit *test, unsigned int mappings, u64 bytes)
{
	struct phyr_buffer_limits *before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, before);
	*before = phyr_buffers_limits;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, lift_limits, before));
	phyr_buffers_limits = (struct phyr_buffer_limits) {
		.mappings = mappings, .bytes = bytes,
	};
}

static void what_was_used_last_stays(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffers[4];

	limit_all(test, 2, U64_MAX);
	for (int i = 0; i < ARRAY_SIZE(buffers); i++)
		buffers[i] = buffer_of(test, own->memory, false, NULL);
	/* The third takes the room of one of the first two, and the fourth that of the other. */
	for (int i = 0; i < ARRAY_SIZE(buffers); i++)
		map_once(test, buffers[i], own->device, PHYR_ACCESS_READ);
	for (int i = 0; i < ARRAY_SIZE(buffers); i++)
		KUNIT_EXPECT_EQ(test, i >= 2,
				is_mapped(buffers[i], own->device, PHYR_ACCESS_READ));
	for (int i = 0; i < ARRAY_SIZE(buffers); i++)
		phyr_buffer_put(buffers[i]);
}

static void all_buffers_have_a_limit(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);
	struct phyr_buffer *other = buffer_of(test, own->memory, false, NULL);
	struct phyr_mapping *mapping;

	limit_all(test, UINT_MAX, PAGES * PAGE_SIZE);
	mapping = used(test, buffer, own->device, PHYR_ACCESS_READ);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			outcome(phyr_buffer_use(other, own->device, PHYR_ACCESS_READ)));
	phyr_mapping_unuse(mapping);
	map_once(test, other, own->device, PHYR_ACCESS_READ);
	KUNIT_EXPECT_FALSE(test, is_mapped(buffer, own->device, PHYR_ACCESS_READ));
	phyr_buffers_limits.bytes = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, -E2BIG,
			outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_READ)));
	phyr_buffer_put(buffer);
	phyr_buffer_put(other);
}

/* Has all shrinkers called. */
static int call_shrinkers(void)
{
	struct file *file = filp_open("/proc/sys/vm/drop_caches", O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t written;

	if (IS_ERR(file))
		return PTR_ERR(file);
	written = kernel_write(file, "2", 1, &pos);
	filp_close(file, NULL);
	return written == 1 ? 0 : -EIO;
}

static void what_is_idle_gives_way_to_the_shrinker(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *idle = buffer_of(test, own->memory, false, NULL);
	struct phyr_buffer *busy = buffer_of(test, own->memory, false, NULL);
	struct phyr_mapping *mapping = used(test, busy, own->device, PHYR_ACCESS_READ);
	bool is_called;

	map_once(test, idle, own->device, PHYR_ACCESS_READ);
	is_called = !call_shrinkers();
	if (is_called) {
		KUNIT_EXPECT_FALSE(test, is_mapped(idle, own->device, PHYR_ACCESS_READ));
		KUNIT_EXPECT_TRUE(test, is_mapped(busy, own->device, PHYR_ACCESS_READ));
		map_once(test, idle, own->device, PHYR_ACCESS_READ);
	}
	phyr_mapping_unuse(mapping);
	phyr_buffer_put(busy);
	phyr_buffer_put(idle);
	if (!is_called)
		kunit_skip(test, "no /proc/sys/vm/drop_caches");
}

static void a_device_that_has_gone_is_told_from_its_successor(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);
	struct phyr_device *successor;

	map_once(test, buffer, own->device, PHYR_ACCESS_READ);
	unbind(own->dev);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENODEV), phyr_device_get(own->dev));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			outcome(phyr_buffer_try_use(buffer, own->device, PHYR_ACCESS_READ)));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_READ)));

	/* It has the number of the one that has gone. */
	successor = device_of(test, own->other);
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			outcome(phyr_buffer_try_use(buffer, successor, PHYR_ACCESS_READ)));
	map_once(test, buffer, successor, PHYR_ACCESS_READ);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_READ)));
	KUNIT_EXPECT_TRUE(test, is_mapped(buffer, successor, PHYR_ACCESS_READ));
	phyr_buffer_put(buffer);
	phyr_device_put(successor);
}

static void to_unbind_waits_for_users(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);
	struct phyr_mapping *mapping = used(test, buffer, own->device, PHYR_ACCESS_READ);
	struct dma_vec range;
	struct errand errand;

	errand_begin(test, &errand, unbind, own->dev);
	KUNIT_EXPECT_TRUE(test, errand_waits(&errand));
	/* It stays mapped for who uses it, and there are no more. */
	KUNIT_EXPECT_EQ(test, 1, phyr_mapping_ranges(mapping, 0, 1, &range, 1));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			outcome(phyr_buffer_try_use(buffer, own->device, PHYR_ACCESS_READ)));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			outcome(phyr_buffer_use(buffer, own->device, PHYR_ACCESS_READ)));
	phyr_mapping_unuse(mapping);
	errand_end(&errand);
	phyr_buffer_put(buffer);
}

static void put_buffer(void *buffer)
{
	phyr_buffer_put(buffer);
}

static void the_last_put_waits_for_users(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);
	struct phyr_mapping *mapping = used(test, buffer, own->device, PHYR_ACCESS_READ);
	struct dma_vec range;
	struct errand errand;

	/* This is not the last. */
	phyr_buffer_put(phyr_buffer_get(buffer));
	errand_begin(test, &errand, put_buffer, buffer);
	KUNIT_EXPECT_TRUE(test, errand_waits(&errand));
	KUNIT_EXPECT_EQ(test, 1, phyr_mapping_ranges(mapping, 0, 1, &range, 1));
	phyr_mapping_unuse(mapping);
	errand_end(&errand);
}

struct stopper {
	struct phyr_device_listener listener;
	struct phyr_mapping *mapping;
	unsigned int calls;
};

static void stop(struct phyr_device_listener *listener)
{
	struct stopper *stopper = container_of(listener, struct stopper, listener);

	stopper->calls++;
	phyr_mapping_unuse(stopper->mapping);
}

static void users_are_told_to_stop(struct kunit *test)
{
	struct buffers *own = buffers_of(test);
	struct phyr_buffer *buffer = buffer_of(test, own->memory, false, NULL);
	struct stopper stopper = { .listener.stop = stop }, ignored = stopper;
	struct errand errand;

	stopper.mapping = used(test, buffer, own->device, PHYR_ACCESS_READ);
	KUNIT_ASSERT_EQ(test, 0, phyr_device_listen(own->device, &ignored.listener));
	KUNIT_ASSERT_EQ(test, 0, phyr_device_listen(own->device, &stopper.listener));
	phyr_device_ignore(own->device, &ignored.listener);
	errand_begin(test, &errand, unbind, own->dev);
	KUNIT_EXPECT_TRUE(test, errand_ends(&errand));
	/* It would wait for ever. */
	if (!stopper.calls)
		phyr_mapping_unuse(stopper.mapping);
	errand_end(&errand);
	KUNIT_EXPECT_EQ(test, 1, stopper.calls);
	KUNIT_EXPECT_EQ(test, 0, ignored.calls);
	phyr_device_ignore(own->device, &stopper.listener);
	KUNIT_EXPECT_EQ(test, -ENODEV, phyr_device_listen(own->device, &stopper.listener));
	phyr_buffer_put(buffer);
}

static void an_empty_list_makes_no_buffer(struct kunit *test)
{
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL), phyr_buffer_create(&list, true, NULL));
}

static struct kunit_case buffers_cases[] = {
	KUNIT_CASE(what_is_bounced_is_refused),
	KUNIT_CASE(what_the_bus_has_elsewhere_is_refused_quietly),
	KUNIT_CASE(it_is_mapped_at_the_first_use),
	KUNIT_CASE(to_map_waits_for_no_io),
	KUNIT_CASE(a_part_has_its_bytes),
	KUNIT_CASE(to_read_and_to_write_are_apart),
	KUNIT_CASE(what_may_not_be_written_is_not),
	KUNIT_CASE(many_that_come_first_have_one_mapping),
	KUNIT_CASE(many_devices_have_a_mapping_each),
	KUNIT_CASE(what_is_idle_gives_way_to_the_same_buffer),
	KUNIT_CASE(what_is_larger_than_its_limit_is_refused),
	KUNIT_CASE(what_was_used_last_stays),
	KUNIT_CASE(all_buffers_have_a_limit),
	KUNIT_CASE(what_is_idle_gives_way_to_the_shrinker),
	KUNIT_CASE(a_device_that_has_gone_is_told_from_its_successor),
	KUNIT_CASE(to_unbind_waits_for_users),
	KUNIT_CASE(the_last_put_waits_for_users),
	KUNIT_CASE(users_are_told_to_stop),
	KUNIT_CASE(an_empty_list_makes_no_buffer),
	{}
};

static struct kunit_suite buffers_suite = {
	.name = "phyr_buffers",
	.init = buffers_init,
	.exit = buffers_exit,
	.test_cases = buffers_cases,
};

kunit_test_suite(buffers_suite);
