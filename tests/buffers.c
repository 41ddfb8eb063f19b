// SPDX-License-Identifier: GPL-2.0
/*
 * Makes buffers, and does things beside a test.
 */
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/phyr-list.h>

#include "buffers.h"

struct phyr_buffer *buffer_of(struct kunit *test, const struct memory *memory,
			      bool is_writable,
			      const struct phyr_buffer_limits *limits)
{
	struct phyr_buffer *buffer;
	struct phyr_list list;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	for (unsigned int i = 0; i < memory->nr; i++)
		KUNIT_ASSERT_EQ(test, 0,
				phyr_list_add(&list, memory->phyrs[i], GFP_KERNEL));
	buffer = phyr_buffer_create(&list, is_writable, limits);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, buffer);
	KUNIT_EXPECT_EQ(test, 0, list.len);
	return buffer;
}

struct phyr_device *device_of(struct kunit *test, struct device *dev)
{
	struct phyr_device *device = phyr_device_get(dev);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, device);
	return device;
}

struct phyr_mapping *used(struct kunit *test, struct phyr_buffer *buffer,
			  struct phyr_device *device, enum phyr_access access)
{
	struct phyr_mapping *mapping = phyr_buffer_use(buffer, device, access);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mapping);
	return mapping;
}

void map_once(struct kunit *test, struct phyr_buffer *buffer, struct phyr_device *device,
	      enum phyr_access access)
{
	phyr_mapping_unuse(used(test, buffer, device, access));
}

int outcome(struct phyr_mapping *mapping)
{
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	phyr_mapping_unuse(mapping);
	return 0;
}

bool is_mapped(struct phyr_buffer *buffer, struct phyr_device *device,
	       enum phyr_access access)
{
	return !outcome(phyr_buffer_try_use(buffer, device, access));
}

static int errand_run(void *data)
{
	struct errand *errand = data;

	errand->run(errand->data);
	kthread_complete_and_exit(&errand->done, 0);
}

void errand_begin(struct kunit *test, struct errand *errand, void (*run)(void *data),
		  void *data)
{
	errand->run = run;
	errand->data = data;
	init_completion(&errand->done);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kthread_run(errand_run, errand, "phyr_errand"));
}

static bool errand_ended(struct errand *errand, unsigned int ms)
{
	if (!wait_for_completion_timeout(&errand->done, msecs_to_jiffies(ms)))
		return false;
	/* For errand_end(). */
	complete(&errand->done);
	return true;
}

bool errand_waits(struct errand *errand)
{
	return !errand_ended(errand, 50);
}

bool errand_ends(struct errand *errand)
{
	return errand_ended(errand, 10 * MSEC_PER_SEC);
}

void errand_end(struct errand *errand)
{
	wait_for_completion(&errand->done);
}

void unbind(void *dev)
{
	device_release_driver(dev);
}
