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

void phyr_note_map(struct device *dev, const struct phyr_effort *effort)
{
	count(PHYR_MAPS, 1);
	count(PHYR_BYTES, effort->bytes);
	count(PHYR_ENTRIES, effort->entries);
	count(PHYR_RANGES, effort->ranges);
	count(PHYR_LINKS, effort->links);
	count(PHYR_SYNCS, effort->syncs);
	count(PHYR_FIRST_REASON + effort->reason, 1);
	trace_phyr_map(dev, effort);
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

u64 phyr_count(unsigned int counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(phyr_counters[counter], cpu);
	return sum;
}
