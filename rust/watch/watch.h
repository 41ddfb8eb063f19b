/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What phyr tells of its work: tracepoints, counters and, with CONFIG_PHYR_DEBUG,
 * reports of misuse.
 */
#ifndef _PHYR_WATCH_H
#define _PHYR_WATCH_H

#include <linux/dma-direction.h>
#include <linux/jump_label.h>
#include <linux/types.h>

struct device;
struct dma_phyr_map;

/**
 * struct phyr_effort - what it took to map a list
 * @bytes: its length
 * @entries: physical ranges in
 * @ranges: DMA ranges out
 * @links: links, or map calls
 * @syncs: calls of dma_iova_sync()
 * @attrs: DMA_ATTR_*
 * @dir: enum dma_data_direction
 * @reason: enum Reason of rust/plan/strategy.rs
 */
struct phyr_effort {
	u64 bytes;
	u32 entries;
	u32 ranges;
	u32 links;
	u32 syncs;
	u16 attrs;
	u8 dir;
	u8 reason;
};

/**
 * struct phyr_refusal - what was not mapped, and why
 * @bytes: length of the list, or the largest number
 * @entries: physical ranges in
 * @needed: room that its DMA ranges need, if it was too small; else 0
 * @err: the errno, negative
 * @dir: as the caller gave it
 * @attrs: DMA_ATTR_*, as the caller gave them
 */
struct phyr_refusal {
	u64 bytes;
	u32 entries;
	u32 needed;
	int err;
	u32 dir;
	unsigned long attrs;
};

/* Why a list was mapped as it was: as many as enum Reason has. */
#define PHYR_REASONS	9

/**
 * enum phyr_counter - what is counted while phyr_is_counting()
 * @PHYR_MAPS: lists, or parts of lists, that were mapped
 * @PHYR_ERRORS: lists that were not
 * @PHYR_UNMAPS: lists that were unmapped
 * @PHYR_BYTES: bytes of the lists that were mapped
 * @PHYR_ENTRIES: physical ranges in
 * @PHYR_RANGES: DMA ranges out
 * @PHYR_LINKS: links and map calls
 * @PHYR_SYNCS: calls of dma_iova_sync()
 * @PHYR_FIRST_REASON: lists by the reason why they were mapped as they were
 * @PHYR_COUNTERS: how many there are that phyr_count() tells
 */
enum phyr_counter {
	PHYR_MAPS,
	PHYR_ERRORS,
	PHYR_UNMAPS,
	PHYR_BYTES,
	PHYR_ENTRIES,
	PHYR_RANGES,
	PHYR_LINKS,
	PHYR_SYNCS,
	PHYR_FIRST_REASON,
	PHYR_COUNTERS = PHYR_FIRST_REASON + PHYR_REASONS,
};

/*
 * For tracepoints that somebody listens to; to call one otherwise does nothing, and takes
 * longer than to ask.
 */
void phyr_note_map(struct device *dev, const struct phyr_effort *effort);
void phyr_note_error(struct device *dev, const struct phyr_refusal *refusal);
void phyr_note_unmap(struct device *dev, const struct dma_phyr_map *map);

/**
 * phyr_set_counting() - start to count, or stop
 * @on: whether to count from now on
 *
 * What was counted before stays.
 *
 * Context: Process.  May sleep.
 * Return: 0; -ENOMEM, or -ENOSYS without CONFIG_TRACEPOINTS.
 */
int phyr_set_counting(bool on);
bool phyr_is_counting(void);
u64 phyr_count(unsigned int counter);

/* Whether somebody wants each run to be mapped by itself: a key, for each list asks. */
DECLARE_STATIC_KEY_FALSE(phyr_per_run);

/**
 * phyr_force_per_run() - map each run by itself, or as it is best
 * @on: whether to, from now on
 *
 * Context: Process.  May sleep.
 */
void phyr_force_per_run(bool on);
bool phyr_is_forced_per_run(void);

#endif /* _PHYR_WATCH_H */
