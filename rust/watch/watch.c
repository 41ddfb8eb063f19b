// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints, and counters that listen to them.  Rust has neither for modules, nor
 * per-CPU variables.
 */
#include <linux/cleanup.h>
#include <linux/dma-phyr.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/percpu.h>

#include "watch.h"

#define CREATE_TRACE_POINTS
#include <trace/events/phyr.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_map);
EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_map_err);
EXPORT_TRACEPOINT_SYMBOL_GPL(phyr_unmap);

/* As many as rust/watch/debugfs.rs has names. */
static_assert(PHYR_COUNTERS == 17);

/* What the tracepoint phyr_unmap has names for. */
static_assert(DMA_PHYR_HELD_FREE == 1);
static_assert(DMA_PHYR_HELD_RECORDED == 5);

void phyr_note_map(struct device *dev, const struct phyr_effort *effort)
{
	trace_phyr_map(dev, effort);
}
EXPORT_SYMBOL_GPL(phyr_note_map);

void phyr_note_error(struct device *dev, const struct phyr_refusal *refusal)
{
	trace_phyr_map_err(dev, refusal);
}
EXPORT_SYMBOL_GPL(phyr_note_error);

void phyr_note_unmap(struct device *dev, const struct dma_phyr_map *map)
{
	trace_phyr_unmap(dev, map);
}
EXPORT_SYMBOL_GPL(phyr_note_unmap);

DEFINE_STATIC_KEY_FALSE(phyr_per_run);

void phyr_force_per_run(bool on)
{
	if (on)
		static_branch_enable(&phyr_per_run);
	else
		static_branch_disable(&phyr_per_run);
}

bool phyr_is_forced_per_run(void)
{
	return static_key_enabled(&phyr_per_run);
}

static DEFINE_PER_CPU(u64[PHYR_COUNTERS], phyr_counters);

static void count(unsigned int counter, u64 by)
{
	this_cpu_add(phyr_counters[counter], by);
}

static void count_map(void *unused, struct device *dev,
		      const struct phyr_effort *effort)
{
	count(PHYR_MAPS, 1);
	count(PHYR_BYTES, effort->bytes);
	count(PHYR_ENTRIES, effort->entries);
	count(PHYR_RANGES, effort->ranges);
	count(PHYR_LINKS, effort->links);
	count(PHYR_SYNCS, effort->syncs);
	count(PHYR_FIRST_REASON + effort->reason, 1);
}

static void count_error(void *unused, struct device *dev,
			const struct phyr_refusal *refusal)
{
	count(PHYR_ERRORS, 1);
}

static void count_unmap(void *unused, struct device *dev,
			const struct dma_phyr_map *map)
{
	count(PHYR_UNMAPS, 1);
}

static DEFINE_MUTEX(counting_lock);
static bool is_counting;

static void stop_counting(void)
{
	unregister_trace_phyr_map(count_map, NULL);
	unregister_trace_phyr_map_err(count_error, NULL);
	unregister_trace_phyr_unmap(count_unmap, NULL);
	tracepoint_synchronize_unregister();
}

static int start_counting(void)
{
	int err = register_trace_phyr_map(count_map, NULL);

	if (err)
		return err;
	err = register_trace_phyr_map_err(count_error, NULL);
	if (err)
		goto forget_map;
	err = register_trace_phyr_unmap(count_unmap, NULL);
	if (err)
		goto forget_map_err;
	return 0;

forget_map_err:
	unregister_trace_phyr_map_err(count_error, NULL);
forget_map:
	unregister_trace_phyr_map(count_map, NULL);
	tracepoint_synchronize_unregister();
	return err;
}

int phyr_set_counting(bool on)
{
	int err = 0;

	guard(mutex)(&counting_lock);
	if (on == is_counting)
		return 0;
	if (on)
		err = start_counting();
	else
		stop_counting();
	if (!err)
		is_counting = on;
	return err;
}

bool phyr_is_counting(void)
{
	guard(mutex)(&counting_lock);
	return is_counting;
}

u64 phyr_count(unsigned int counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(phyr_counters[counter], cpu);
	return sum;
}
