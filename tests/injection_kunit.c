// SPDX-License-Identifier: GPL-2.0
/*
 * An error that the kernel's fault injection puts in place of a mapping, if whoever runs
 * this has armed it once, for the first call.
 */
#include <linux/dma-phyr.h>
#include <linux/moduleparam.h>
#include <trace/events/phyr.h>

#include "../rust/watch/watch.h"
#include "edu.h"
#include "memory.h"

static bool injected;
module_param(injected, bool, 0444);
MODULE_PARM_DESC(injected, "the first dma_map_phyrs() is made to fail with -ENOMEM");

static void hear(void *heard, struct device *dev,
		 const struct phyr_refusal *refusal)
{
	*(int *)heard = refusal->err;
}

static void an_injected_error_leaves_an_empty_map(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	int heard = 0;
	struct dma_phyr_map map;

	if (!injected)
		kunit_skip(test, "nobody armed fail_function for phyr_usual_*");
	memory_add(memory, 0, 0, 0, PAGE_SIZE);
	memset(&map, 0xff, sizeof(map));
	KUNIT_ASSERT_EQ(test, 0, register_trace_phyr_map_err(hear, &heard));
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr,
				      &map, memory->ranges, MAX_ENTRIES,
				      DMA_TO_DEVICE, 0));
	unregister_trace_phyr_map_err(hear, &heard);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, -ENOMEM, heard);
	KUNIT_EXPECT_EQ(test, 0, map.nr_ranges);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);

	KUNIT_EXPECT_EQ(test, 1,
			dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr,
				      &map, memory->ranges, MAX_ENTRIES,
				      DMA_TO_DEVICE, 0));
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
}

static struct kunit_case injection_cases[] = {
	KUNIT_CASE(an_injected_error_leaves_an_empty_map),
	{}
};

static struct kunit_suite injection_suite = {
	.name = "phyr_injection",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = injection_cases,
};

kunit_test_suite(injection_suite);
