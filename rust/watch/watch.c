// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints and counters.  Rust has neither for modules, nor per-CPU variables.
 */
#include <linux/dma-phyr.h>
#include <linux/export.h>
#include <linux/percpu.h>

#include "watch.h"

#define CREATE_TRACE_POINTS
#include <trace/events/phyr.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_map);
EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_map_err);
EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_unmap);

/* The first 8 bytes of struct dma_phyr_map, which are passed in a register. */
union head {
	u64 raw;
	struct {
		u32 nr_ranges;
		u8 held;
		u8 dir;
		u16 attrs;
	};
};

/* As many as rust/watch/debugfs.rs has names. */
static_assert(PHYR_COUNTERS == 17);

/* What the tracepoint phyr_unmap has names for. */
static_assert(DMA_PHYR_HELD_FREE == 1);
static_assert(DMA_PHYR_HELD_RECORDED == 5);

/* Lists of one entry have counters of their own, by reason, for that is the least to count. */
#define FIRST_ENTRY	PHYR_COUNTERS

static DEFINE_PER_CPU(u64[FIRST_ENTRY + PHYR_REASONS], phyr_counters);

static void count(unsigned int counter, u64 by)
{
	this_cpu_add(phyr_counters[counter], by);
}

static noinline __cold void trace_map(struct device *dev, union head head, u64 bytes,
				      u32 entries, u32 links, u32 reason)
{
	struct phyr_effort effort = {
		.bytes = bytes,
		.entries = entries,
		.ranges = head.nr_ranges,
		.links = links,
		.syncs = reason == PHYR_REASON_SHARED,
		.attrs = head.attrs,
		.dir = head.dir,
		.reason = reason,
	};

	trace_call__phyr_map(dev, &effort);
}

void phyr_note_map(struct device *dev, u64 head, u64 bytes, u32 entries,
		   u32 links, u32 reason)
{
	union head map = { .raw = head };

	count(PHYR_BYTES, bytes);
	count(PHYR_ENTRIES, entries);
	count(PHYR_RANGES, map.nr_ranges);
	count(PHYR_LINKS, links);
	count(PHYR_FIRST_REASON + reason, 1);
	if (trace_phyr_map_enabled())
		trace_map(dev, map, bytes, entries, links, reason);
}
EXPORT_SYMBOL_GPL(phyr_note_map);

void phyr_note_entry(struct device *dev, u64 head, u64 bytes, u32 reason)
{
	count(PHYR_BYTES, bytes);
	count(FIRST_ENTRY + reason, 1);
	if (trace_phyr_map_enabled())
		trace_map(dev, (union head) { .raw = head }, bytes, 1, 1, reason);
}
EXPORT_SYMBOL_GPL(phyr_note_entry);

void phyr_note_error(struct device *dev, const struct phyr_refusal *refusal)
{
	count(PHYR_ERRORS, 1);
	trace_phyr_map_err(dev, refusal);
}
EXPORT_SYMBOL_GPL(phyr_note_error);

static noinline __cold void trace_unmap(struct device *dev,
					const struct dma_phyr_map *map)
{
	trace_call__phyr_unmap(dev, map);
}

void phyr_note_unmap(struct device *dev, struct dma_phyr_map *map)
{
	count(PHYR_UNMAPS, 1);
	if (trace_phyr_unmap_enabled())
		trace_unmap(dev, map);
	map->held = DMA_PHYR_HELD_NOTHING;
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

static u64 sum_of_entries(void)
{
	u64 sum = 0;

	for (int reason = 0; reason < PHYR_REASONS; reason++)
		sum += sum_of(FIRST_ENTRY + reason);
	return sum;
}

static u64 sum_of_reason(unsigned int reason)
{
	return sum_of(PHYR_FIRST_REASON + reason) + sum_of(FIRST_ENTRY + reason);
}

/* What others tell is not counted by itself. */
u64 phyr_count(unsigned int counter)
{
	u64 sum = 0;

	switch (counter) {
	case PHYR_MAPS:
		for (int reason = 0; reason < PHYR_REASONS; reason++)
			sum += sum_of_reason(reason);
		return sum;
	case PHYR_SYNCS:
		return sum_of_reason(PHYR_REASON_SHARED);
	case PHYR_ENTRIES:
	case PHYR_RANGES:
	case PHYR_LINKS:
		return sum_of(counter) + sum_of_entries();
	case PHYR_FIRST_REASON ... PHYR_COUNTERS - 1:
		return sum_of_reason(counter - PHYR_FIRST_REASON);
	default:
		return sum_of(counter);
	}
}
