/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What phyr tells of its work: tracepoints, counters and, with CONFIG_PHYR_DEBUG,
 * reports of misuse.
 */
#ifndef _PHYR_WATCH_H
#define _PHYR_WATCH_H

#include <linux/dma-direction.h>
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
#define PHYR_REASON_NO_IOMMU	0
/* The one in which a list is synced, once. */
#define PHYR_REASON_SHARED	6

/**
 * enum phyr_counter - what is counted, since phyr was loaded
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

/* @head: the first 8 bytes of the struct dma_phyr_map. */
void phyr_note_map(struct device *dev, u64 head, u64 bytes, u32 entries,
		   u32 links, u32 reason);
/* The same for one entry that became one DMA range with one link or map call. */
void phyr_note_entry(struct device *dev, u64 head, u64 bytes, u32 reason);
void phyr_note_error(struct device *dev, const struct phyr_refusal *refusal);
/*
 * A list is about to be unmapped.  Also writes to @map that nothing is held any more; what
 * was held is still in its other members.
 */
void phyr_note_unmap(struct device *dev, struct dma_phyr_map *map);
u64 phyr_count(unsigned int counter);

#endif /* _PHYR_WATCH_H */
