/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM phyr

#if !defined(_TRACE_PHYR_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_PHYR_H

#include <linux/device.h>
#include <linux/dma-direction.h>
#include <linux/tracepoint.h>

struct phyr_effort;

#define phyr_show_dir(dir) __print_symbolic(dir,		\
	{ DMA_BIDIRECTIONAL, "BIDIRECTIONAL" },			\
	{ DMA_TO_DEVICE, "TO_DEVICE" },				\
	{ DMA_FROM_DEVICE, "FROM_DEVICE" })

/* Why a list was mapped as it was: enum Reason of rust/plan/strategy.rs. */
#define phyr_show_reason(reason) __print_symbolic(reason,	\
	{ 0, "per-run: no IOMMU" },				\
	{ 1, "per-run: one run" },				\
	{ 2, "bus addresses only" },				\
	{ 3, "per-run: partial granules" },			\
	{ 4, "per-run: mixed kinds" },				\
	{ 5, "per-run: too large" },				\
	{ 6, "per-run: forced" },				\
	{ 7, "IOVA: shared" },					\
	{ 8, "per-run: no IOVA space" },			\
	{ 9, "per-run: link refused" })

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
	TP_PROTO(struct device *dev, unsigned int entries, int err),
	TP_ARGS(dev, entries, err),

	TP_STRUCT__entry(
		__string(device, dev_name(dev))
		__field(unsigned int, entries)
		__field(int, err)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->entries = entries;
		__entry->err = err;
	),

	TP_printk("%s entries=%u err=%d",
		  __get_str(device), __entry->entries, __entry->err)
);

TRACE_EVENT(phyr_unmap,
	TP_PROTO(struct device *dev, unsigned int ranges, unsigned long attrs,
		 enum dma_data_direction dir),
	TP_ARGS(dev, ranges, attrs, dir),

	TP_STRUCT__entry(
		__string(device, dev_name(dev))
		__field(unsigned int, ranges)
		__field(unsigned long, attrs)
		__field(enum dma_data_direction, dir)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->ranges = ranges;
		__entry->attrs = attrs;
		__entry->dir = dir;
	),

	TP_printk("%s dir=%s ranges=%u attrs=%#lx",
		  __get_str(device), phyr_show_dir(__entry->dir),
		  __entry->ranges, __entry->attrs)
);

#endif /* _TRACE_PHYR_H */

#include <trace/define_trace.h>
