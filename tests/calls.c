// SPDX-License-Identifier: GPL-2.0
/*
 * Kprobes on the kernel's IOVA allocator and on each IOMMU driver's IOTLB syncs.
 */
#include <linux/kprobes.h>
#include <linux/sched.h>

#include "calls.h"

static int saw_iova(struct kprobe *probe, struct pt_regs *regs);
static int saw_sync(struct kprobe *probe, struct pt_regs *regs);

/* The drivers' own syncs: the compiler may inline those that call them. */
static struct counted {
	const char *function;
	kprobe_pre_handler_t saw;
	bool probed;
	struct kprobe probe;
} counted[] = {
	{ "alloc_iova_fast", saw_iova },
	{ "intel_iommu_iotlb_sync_map", saw_sync },
	{ "intel_iommu_tlb_sync", saw_sync },
	{ "amd_iommu_iotlb_sync_map", saw_sync },
	{ "amd_iommu_iotlb_sync", saw_sync },
	{ "viommu_iotlb_sync_map", saw_sync },
	{ "viommu_iotlb_sync", saw_sync },
};

static struct task_struct *counted_task;
static struct calls *counts;

static int saw_iova(struct kprobe *probe, struct pt_regs *regs)
{
	if (current == counted_task)
		counts->iovas++;
	return 0;
}

static int saw_sync(struct kprobe *probe, struct pt_regs *regs)
{
	if (current == counted_task)
		counts->syncs++;
	return 0;
}

static void stop(void *unused)
{
	for (int i = 0; i < ARRAY_SIZE(counted); i++) {
		if (counted[i].probed)
			unregister_kprobe(&counted[i].probe);
		counted[i].probed = false;
	}
}

struct calls *calls_count(struct kunit *test)
{
	struct calls *calls = kunit_kzalloc(test, sizeof(*calls), GFP_KERNEL);
	bool iovas = false, syncs = false;

	KUNIT_ASSERT_NOT_NULL(test, calls);
	counted_task = current;
	counts = calls;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, stop, NULL));

	for (int i = 0; i < ARRAY_SIZE(counted); i++) {
		counted[i].probe = (struct kprobe) {
			.symbol_name = counted[i].function,
			.pre_handler = counted[i].saw,
		};
		if (register_kprobe(&counted[i].probe))
			continue;
		counted[i].probed = true;
		if (counted[i].saw == saw_iova)
			iovas = true;
		else
			syncs = true;
	}
	calls->counted = iovas && syncs;
	if (!calls->counted)
		kunit_info(test, "nothing is counted: no function to probe for %s",
			   iovas ? "IOTLB syncs" : "IOVA allocations");
	return calls;
}
