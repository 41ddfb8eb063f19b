// SPDX-License-Identifier: GPL-2.0
/*
 * Kprobes and tracepoints, only while one mapping is counted: they cost instructions.
 */
#include <linux/kprobes.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "counts.h"

static struct counts *counts;

/* One of the members of @counts, and the function that is called for it. */
static struct probed {
	const char *function;
	size_t member;
	bool is_probed;
	struct kprobe probe;
} probed[] = {
	{ "dma_map_phys", offsetof(struct counts, calls) },
	{ "dma_iova_link", offsetof(struct counts, calls) },
	{ "dma_map_sgtable", offsetof(struct counts, calls) },
	{ "alloc_iova_fast", offsetof(struct counts, iovas) },
	{ "intel_iommu_iotlb_sync_map", offsetof(struct counts, syncs) },
	{ "intel_iommu_tlb_sync", offsetof(struct counts, syncs) },
	{ "amd_iommu_iotlb_sync_map", offsetof(struct counts, syncs) },
	{ "amd_iommu_iotlb_sync", offsetof(struct counts, syncs) },
	{ "viommu_iotlb_sync_map", offsetof(struct counts, syncs) },
	{ "viommu_iotlb_sync", offsetof(struct counts, syncs) },
	{ "queue_iova", offsetof(struct counts, deferred) },
	{ "__viommu_add_req", offsetof(struct counts, requests) },
};

static int saw_call(struct kprobe *probe, struct pt_regs *regs)
{
	struct probed *of = container_of(probe, struct probed, probe);

	++*(unsigned int *)((void *)counts + of->member);
	return 0;
}

/* The first argument is what was registered; the rest differs, and is not looked at. */
static void saw_event(void *member)
{
	++*(unsigned int *)member;
}

static struct traced {
	const char *event;
	size_t member;
	struct tracepoint *tracepoint;
} traced[] = {
	{ "map", offsetof(struct counts, walks) },
	{ "unmap", offsetof(struct counts, unmaps) },
	{ "kmalloc", offsetof(struct counts, allocs) },
	{ "kmem_cache_alloc", offsetof(struct counts, allocs) },
	{ "mm_page_alloc", offsetof(struct counts, allocs) },
};

static void find_event(struct tracepoint *tracepoint, void *unused)
{
	for (int i = 0; i < ARRAY_SIZE(traced); i++)
		if (!strcmp(tracepoint->name, traced[i].event))
			traced[i].tracepoint = tracepoint;
}

int counts_start(struct counts *of)
{
	int err;

	*of = (struct counts) {};
	counts = of;
	for_each_kernel_tracepoint(find_event, NULL);
	for (int i = 0; i < ARRAY_SIZE(traced); i++) {
		if (!traced[i].tracepoint)
			return -ENOENT;
		err = tracepoint_probe_register(traced[i].tracepoint, saw_event,
						(void *)of + traced[i].member);
		if (err)
			return err;
	}
	/* The drivers of other IOMMUs may not be there. */
	for (int i = 0; i < ARRAY_SIZE(probed); i++) {
		probed[i].probe = (struct kprobe) {
			.symbol_name = probed[i].function,
			.pre_handler = saw_call,
		};
		probed[i].is_probed = !register_kprobe(&probed[i].probe);
	}
	*of = (struct counts) {};
	return 0;
}

void counts_stop(void)
{
	for (int i = 0; i < ARRAY_SIZE(probed); i++)
		if (probed[i].is_probed)
			unregister_kprobe(&probed[i].probe);
	for (int i = 0; i < ARRAY_SIZE(traced); i++)
		tracepoint_probe_unregister(traced[i].tracepoint, saw_event,
					    (void *)counts + traced[i].member);
	tracepoint_synchronize_unregister();
}
