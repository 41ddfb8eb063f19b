// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints and counters.  Rust has neither for modules, nor per-CPU variables.
 */
#include <linux/bitfield.h>
#include <linux/dma-phyr.h>
#include <linux/export.h>
#include <linux/percpu.h>

#include "watch.h"

#define CREATE_TRACE_POINTS
#include <trace/events/phyr.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_map);
EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_map_err);
EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_unmap);

/* In what rust/watch/hooks.rs passes as one. */
#define PHYR_HOW_REASON	GENMASK_ULL(7, 0)
#define PHYR_HOW_DIR	GENMASK_ULL(15, 8)
#define PHYR_HOW_ATTRS	GENMASK_ULL(31, 16)
#define PHYR_HOW_SYNCS	GENMASK_ULL(63, 32)

/* As many as rust/watch/debugfs.rs has names. */
static_assert(PHYR_COUNTERS == 18);

/* What the tracepoint phyr_unmap has names for. */
static_assert(DMA_PHYR_HELD_FREE == 1);
static_assert(DMA_PHYR_HELD_RECORDED == 5);

static DEFINE_PER_CPU(u64[PHYR_COUNTERS], phyr_counters);

static void count(enum phyr_counter counter, u64 by)
{
	this_cpu_add(phyr_counters[counter], by);
}

static noinline __cold void trace_map(struct device *dev, u64 bytes, u32 entries,
				      u32 ranges, u32 links, u64 how)
{
	struct phyr_effort effort = {
		.bytes = bytes,
		.entries = entries,
		.ranges = ranges,
		.links = links,
		.syncs = FIELD_GET(PHYR_HOW_SYNCS, how),
		.attrs = FIELD_GET(PHYR_HOW_ATTRS, how),
		.dir = FIELD_GET(PHYR_HOW_DIR, how),
		.reason = FIELD_GET(PHYR_HOW_REASON, how),
	};

	trace_call__phyr_map(dev, &effort);
}

void phyr_note_map(struct device *dev, u64 bytes, u32 entries, u32 ranges,
		   u32 links, u64 how)
{
	count(PHYR_BYTES, bytes);
	count(PHYR_ENTRIES, entries);
	count(PHYR_RANGES, ranges);
	count(PHYR_LINKS, links);
	count(PHYR_FIRST_REASON + FIELD_GET(PHYR_HOW_REASON, how), 1);
	if (trace_phyr_map_enabled())
		trace_map(dev, bytes, entries, ranges, links, how);
}
EXPORT_SYMBOL_GPL(phyr_note_map);

void phyr_note_error(struct device *dev, const struct phyr_refusal *refusal)
{
	count(PHYR_ERRORS, 1);
	trace_phyr_map_err(dev, refusal);
}
EXPORT_SYMBOL_GPL(phyr_note_error);

void phyr_note_unmap(struct device *dev, const struct dma_phyr_map *map)
{
	count(PHYR_UNMAPS, 1);
	trace_phyr_unmap(dev, map);
}
EXPORT_SYMBOL_GPL(phyr_note_unmap);

static u64 sum_of(unsigned int counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(phyr_counters[counter], cpu);
	return sum;
}

/* What others tell is not counted by itself. */
u64 phyr_count(unsigned int counter)
{
	u64 sum = 0;

	switch (counter) {
	case PHYR_MAPS:
		for (int reason = 0; reason < PHYR_REASONS; reason++)
			sum += sum_of(PHYR_FIRST_REASON + reason);
		return sum;
	case PHYR_SYNCS:
		return sum_of(PHYR_FIRST_REASON + PHYR_REASON_SHARED);
	default:
		return sum_of(counter);
	}
}
