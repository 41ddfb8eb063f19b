// SPDX-License-Identifier: GPL-2.0
/*
 * Kprobes and tracepoints, only while one mapping is counted: they cost instructions.
 */
#include <linux/kprobes.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "counts.h"

static struct counts seen;

/* One of the members of @seen, and the function that is called for it. */
static struct probed {
	const char *function;
	size_t member;
	/* It is in every kernel; the drivers of some IOMMUs, and RDMA, are not. */
	bool is_needed;
	struct kprobe probe;
} probed[] = {
	{ "dma_map_phys", offsetof(struct counts, calls), true },
	{ "dma_map_sgtable", offsetof(struct counts, calls), true },
	{ "dma_iova_link", offsetof(struct counts, links), true },
	{ "alloc_iova_fast", offsetof(struct counts, iovas), true },
	{ "intel_iommu_iotlb_sync_map", offsetof(struct counts, syncs) },
	{ "intel_iommu_tlb_sync", offsetof(struct counts, syncs) },
	{ "amd_iommu_iotlb_sync_map", offsetof(struct counts, syncs) },
	{ "amd_iommu_iotlb_sync", offsetof(struct counts, syncs) },
	{ "viommu_iotlb_sync_map", offsetof(struct counts, syncs) },
	{ "viommu_iotlb_sync", offsetof(struct counts, syncs) },
	/* queue_iova() itself is inlined. */
	{ "fq_ring_free_locked", offsetof(struct counts, deferred) },
	{ "__viommu_add_req", offsetof(struct counts, requests) },
	{ "ib_mr_pool_get", offsetof(struct counts, mrs) },
	{ "iommu_alloc_pages_node_sz", offsetof(struct counts, tables) },
};

static int saw_call(struct kprobe *probe, struct pt_regs *regs)
{
	struct probed *of = container_of(probe, struct probed, probe);

	++*(unsigned int *)((void *)&seen + of->member);
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

static void untrace(unsigned int nr)
{
	while (nr--)
		tracepoint_probe_unregister(traced[nr].tracepoint, saw_event,
					    (void *)&seen + traced[nr].member);
	tracepoint_synchronize_unregister();
}

static int trace(void)
{
	for_each_kernel_tracepoint(find_event, NULL);
	for (int i = 0; i < ARRAY_SIZE(traced); i++) {
		int err = -ENOENT;

		if (traced[i].tracepoint)
			err = tracepoint_probe_register(traced[i].tracepoint, saw_event,
							(void *)&seen + traced[i].member);
		if (err) {
			untrace(i);
			return err;
		}
	}
	return 0;
}

static struct kprobe *probes[ARRAY_SIZE(probed)];
static unsigned int nr_probes;

/* All at once: each time it is waited until nobody can be in one. */
static void unprobe(void)
{
	unregister_kprobes(probes, nr_probes);
	nr_probes = 0;
}

static int probe(void)
{
	for (int i = 0; i < ARRAY_SIZE(probed); i++) {
		struct kprobe *probe = &probed[i].probe;
		int err;

		*probe = (struct kprobe) {
			.symbol_name = probed[i].function,
			.pre_handler = saw_call,
		};
		err = register_kprobe(probe);
		if (!err) {
			probes[nr_probes++] = probe;
		} else if (probed[i].is_needed) {
			unprobe();
			return err;
		}
	}
	return 0;
}

int counts_start(void)
{
	int err = trace();

	if (err)
		return err;
	err = probe();
	if (err)
		untrace(ARRAY_SIZE(traced));
	return err;
}

void counts_reset(void)
{
	seen = (struct counts) {};
}

struct counts counts_seen(void)
{
	struct counts counts = seen;

	/* Each was seen as an allocation, too. */
	counts.allocs -= counts.tables;
	return counts;
}

void counts_stop(void)
{
	unprobe();
	untrace(ARRAY_SIZE(traced));
}
