/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM phyr

#if !defined(_TRACE_PHYR_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_PHYR_H

#include <linux/device.h>
#include <linux/dma-direction.h>
#include <linux/tracepoint.h>

struct dma_phyr_map;
struct phyr_effort;
struct phyr_refusal;

#define phyr_show_dir(dir) __print_symbolic(dir,		\
	{ DMA_BIDIRECTIONAL, "BIDIRECTIONAL" },			\
	{ DMA_TO_DEVICE, "TO_DEVICE" },				\
	{ DMA_FROM_DEVICE, "FROM_DEVICE" })

/* Why a list was mapped as it was: enum Reason of rust/plan/strategy.rs. */
#define phyr_show_reason(reason) __print_symbolic(reason,	\
	{ 0, "per-run: no IOMMU" },				\
	{ 1, "bus addresses only" },				\
	{ 2, "per-run: partial granules" },			\
	{ 3, "per-run: mixed kinds" },				\
	{ 4, "per-run: too large" },				\
	{ 5, "per-run: forced" },				\
	{ 6, "IOVA: shared" },					\
	{ 7, "per-run: no IOVA space" },			\
	{ 8, "per-run: link refused" })

/* What had to be undone: enum dma_phyr_held. */
#define phyr_show_held(held) __print_symbolic(held,		\
	{ 1, "nothing" },					\
	{ 2, "IOVA" },						\
	{ 3, "one map call" },					\
	{ 4, "a map call each" },				\
	{ 5, "map calls on record" })

TRACE_EVENT(phyr_map,
	TP_PROTO(struct device *dev, const struct phyr_effort *effort),
	TP_ARGS(dev, effort),

	TP_STRUCT__entry(
		__string(device, dev_name(dev))
		__field(u64, bytes)
		__field(u32, entries)
		__field(u32, ranges)
		__field(u32, links)
		__field(u32, syncs)
		__field(unsigned long, attrs)
		__field(enum dma_data_direction, dir)
		__field(u8, reason)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->bytes = effort->bytes;
		__entry->entries = effort->entries;
		__entry->ranges = effort->ranges;
		__entry->links = effort->links;
		__entry->syncs = effort->syncs;
		__entry->attrs = effort->attrs;
		__entry->dir = effort->dir;
		__entry->reason = effort->reason;
	),

	TP_printk("%s dir=%s entries=%u ranges=%u bytes=%llu links=%u syncs=%u attrs=%#lx strategy=%s",
		  __get_str(device), phyr_show_dir(__entry->dir),
		  __entry->entries, __entry->ranges, __entry->bytes,
		  __entry->links, __entry->syncs,
		  __entry->attrs,
		  phyr_show_reason(__entry->reason))
);

TRACE_EVENT(phyr_map_err,
	TP_PROTO(struct device *dev, const struct phyr_refusal *refusal),
	TP_ARGS(dev, refusal),

	TP_STRUCT__entry(
		__string(device, dev_name(dev))
		__field(u64, bytes)
		__field(u32, entries)
		__field(u32, needed)
		__field(int, err)
		__field(u32, dir)
		__field(unsigned long, attrs)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->bytes = refusal->bytes;
		__entry->entries = refusal->entries;
		__entry->needed = refusal->needed;
		__entry->err = refusal->err;
		__entry->dir = refusal->dir;
		__entry->attrs = refusal->attrs;
	),

	TP_printk("%s dir=%s entries=%u bytes=%llu attrs=%#lx err=%d needed=%u",
		  __get_str(device), phyr_show_dir(__entry->dir),
		  __entry->entries, __entry->bytes, __entry->attrs,
		  __entry->err, __entry->needed)
);

TRACE_EVENT(phyr_unmap,
	TP_PROTO(struct device *dev, const struct dma_phyr_map *map),
	TP_ARGS(dev, map),

	TP_STRUCT__entry(
		__string(device, dev_name(dev))
		__field(u64, size)
		__field(u32, ranges)
		__field(unsigned long, attrs)
		__field(enum dma_data_direction, dir)
		__field(u8, held)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->size = map->held == DMA_PHYR_HELD_IOVA ? map->size : 0;
		__entry->ranges = map->nr_ranges;
		__entry->attrs = map->attrs;
		__entry->dir = map->dir;
		__entry->held = map->held;
	),

	TP_printk("%s dir=%s ranges=%u attrs=%#lx held=%s size=%llu",
		  __get_str(device), phyr_show_dir(__entry->dir),
		  __entry->ranges, __entry->attrs,
		  phyr_show_held(__entry->held), __entry->size)
);

#endif /* _TRACE_PHYR_H */

#include <trace/define_trace.h>
