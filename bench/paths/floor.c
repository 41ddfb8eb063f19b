// SPDX-License-Identifier: GPL-2.0
/*
 * The least that dma_map_phyrs() could take, by hand: the limit, and each duty that the
 * limit has not.  What is not usual is refused.  To see what a duty takes, the same
 * without it can be measured, too.
 */
#include <linux/iommu-dma.h>

#include "../../rust/glue.h"
#include "../../rust/watch/watch.h"
#include "bench.h"

/**
 * enum duty - what dma_map_phyrs() has to do and the limit has not
 * @DUTY_CALL: to be functions that are called, with arguments
 * @DUTY_DEVICE: to ask what the device is and needs, for any could be passed
 * @DUTY_LIST: to find out whether granules are full; the limit is told
 * @DUTY_VALID: to refuse entries of no bytes, and those that pass the end of memory
 * @DUTY_FIT: to map only what the device reaches, and takes as one segment
 * @DUTY_ROOM: to write no more ranges than there is room for
 * @DUTY_KEEP: to check direction and attributes, and to keep how to unmap
 * @DUTY_TELL: to count what is mapped and unmapped, and to have tracepoints
 */
enum duty {
	DUTY_CALL = BIT(0),
	DUTY_DEVICE = BIT(1),
	DUTY_LIST = BIT(2),
	DUTY_VALID = BIT(3),
	DUTY_FIT = BIT(4),
	DUTY_ROOM = BIT(5),
	DUTY_KEEP = BIT(6),
	DUTY_TELL = BIT(7),
	DUTY_ALL = BIT(8) - 1,
};

#define FLOOR_ATTRS							\
	(DMA_ATTR_WEAK_ORDERING | DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN | \
	 DMA_ATTR_PRIVILEGED | DMA_ATTR_REQUIRE_COHERENT | DMA_ATTR_MMIO | \
	 DMA_ATTR_DEBUGGING_IGNORE_CACHELINES)

/**
 * struct floor - a list that is being mapped
 * @dev: the device
 * @phyr: the first entry
 * @end: the end of the list
 * @range: where the first DMA range goes
 * @last: the end of the room for these
 * @dir: the direction
 * @attrs: the attributes
 * @gaps: as in struct bench_list, without DUTY_LIST
 */
struct floor {
	struct device *dev;
	const struct phys_vec *phyr;
	const struct phys_vec *end;
	struct dma_vec *range;
	struct dma_vec *last;
	enum dma_data_direction dir;
	unsigned long attrs;
	unsigned long gaps;
};

/* What is told of the list without DUTY_LIST: it is no argument of dma_map_phyrs(). */
static unsigned long floor_gaps;

struct run {
	u64 start;
	u64 end;
};

static __always_inline bool is_one(u64 max_seg, u64 seg_boundary, u64 addr, u64 len)
{
	return len - 1 < max_seg && len - 1 <= (~addr & seg_boundary);
}

/* The entries from @phyr on that are adjacent, as one; %NULL if one is not valid. */
static __always_inline const struct phys_vec *
take_run(const struct phys_vec *phyr, const struct phys_vec *end,
	 struct run *run, unsigned int duties)
{
	run->start = phyr->paddr;
	run->end = run->start + phyr->len;
	if ((duties & DUTY_VALID) && run->end <= run->start)
		return NULL;
	for (phyr++; phyr != end && phyr->paddr == run->end; phyr++) {
		u64 before = run->end;

		run->end += phyr->len;
		if ((duties & DUTY_VALID) && run->end <= before)
			return NULL;
	}
	return phyr;
}

static noinline int undo_each(struct device *dev, const struct dma_vec *range,
			      const struct dma_vec *end,
			      enum dma_data_direction dir, unsigned long attrs)
{
	for (; range != end; range++)
		dma_unmap_phys(dev, range->addr, range->len, dir, attrs);
	return -EOPNOTSUPP;
}

static __always_inline int map_each(const struct floor *list,
				    const struct phyr_usual_direct *usual,
				    u64 *bytes, unsigned int duties)
{
	const u64 uncut = min(usual->max_seg - 1, usual->seg_boundary);
	const struct phys_vec *phyr = list->phyr;
	struct dma_vec *range = list->range;
	struct run run;

	do {
		phyr = take_run(phyr, list->end, &run, duties);
		if ((duties & DUTY_VALID) && !phyr)
			goto undo;
		if ((duties & DUTY_FIT) && run.end - 1 > usual->reach)
			goto undo;
		if ((duties & DUTY_FIT) &&
		    ((run.end - 1) ^ run.start) > uncut &&
		    !is_one(usual->max_seg, usual->seg_boundary, run.start,
			    run.end - run.start))
			goto undo;
		if ((duties & DUTY_ROOM) && range == list->last)
			goto undo;
		range->addr = dma_map_phys(list->dev, run.start,
					   run.end - run.start, list->dir,
					   list->attrs);
		if (dma_mapping_error(list->dev, range->addr))
			goto undo;
		range++->len = run.end - run.start;
		*bytes += run.end - run.start;
	} while (phyr != list->end);
	return range - list->range;

undo:
	return undo_each(list->dev, list->range, range, list->dir, list->attrs);
}

/*
 * Leaves the runs in the array of the ranges.  Returns what is behind them; %NULL if an
 * entry is not valid, or there is no room.
 */
static __always_inline struct dma_vec *gather(const struct floor *list,
					      size_t *bytes, u64 *gaps,
					      unsigned int duties)
{
	const struct phys_vec *phyr = list->phyr;
	struct dma_vec *range = list->range;
	struct run run;

	for (;;) {
		phyr = take_run(phyr, list->end, &run, duties);
		if ((duties & DUTY_VALID) && !phyr)
			return NULL;
		if ((duties & DUTY_ROOM) && range == list->last)
			return NULL;
		*range++ = (struct dma_vec) { run.start, run.end - run.start };
		*bytes += run.end - run.start;
		if (phyr == list->end)
			return range;
		if (duties & DUTY_LIST)
			*gaps |= run.end | phyr->paddr;
	}
}

static __always_inline size_t granules(const struct dma_vec *run, u64 mask)
{
	return ((run->addr & mask) + run->len + mask) & ~mask;
}

/* Writes what @len bytes at @addr are cut into; returns how many ranges these are. */
static noinline int cut(struct dma_vec *ranges, const struct dma_vec *last,
			const struct phyr_usual_shared *usual, u64 addr, u64 len)
{
	struct dma_vec *range = ranges;

	while (len) {
		u64 left = usual->seg_boundary - (addr & usual->seg_boundary);
		u64 part = min3(len, usual->max_seg, left + 1);

		if (range == last)
			return -EOPNOTSUPP;
		*range++ = (struct dma_vec) { addr, part };
		addr += part;
		len -= part;
	}
	return range - ranges;
}

static __always_inline int link_whole(const struct floor *list,
				      const struct dma_vec *end,
				      const struct phyr_usual_shared *usual,
				      struct dma_iova_state *iova, size_t *done,
				      unsigned int duties)
{
	int err;

	for (const struct dma_vec *run = list->range; run != end; run++) {
		err = dma_iova_link(list->dev, iova, run->addr, *done, run->len,
				    list->dir, list->attrs);
		if (err)
			return err;
		*done += run->len;
	}
	if ((duties & DUTY_FIT) && !is_one(usual->max_seg, usual->seg_boundary,
					   iova->addr, *done))
		return cut(list->range, list->last, usual, iova->addr, *done);
	*list->range = (struct dma_vec) { iova->addr, *done };
	return 1;
}

static __always_inline int link_pieces(const struct floor *list,
				       const struct dma_vec *end,
				       struct dma_iova_state *iova, u64 mask,
				       size_t *done, unsigned int duties)
{
	struct dma_vec *range = list->range;
	u64 before = mask;
	int err;

	for (const struct dma_vec *at = list->range; at != end; at++) {
		const struct dma_vec run = *at;
		size_t pad = run.addr & mask, len = granules(&run, mask);

		err = dma_iova_link(list->dev, iova, run.addr - pad, *done, len,
				    list->dir, list->attrs);
		if (err)
			return err;
		if ((duties & DUTY_LIST) && !((run.addr | before) & mask))
			range[-1].len += run.len;
		else
			*range++ = (struct dma_vec) { iova->addr + *done + pad,
						      run.len };
		before = run.addr + run.len;
		*done += len;
	}
	return range - list->range;
}

static __always_inline int map_whole(const struct floor *list,
				     const struct phyr_usual_shared *usual,
				     struct dma_phyr_map *map, u64 *bytes,
				     unsigned int *links, unsigned int duties)
{
	u64 mask = usual->merge_boundary, gaps = list->gaps;
	size_t size = 0, done = 0;
	struct dma_vec *end;
	int nr;

	if (duties & DUTY_LIST)
		gaps = 0;
	end = gather(list, &size, &gaps, duties);
	if ((duties & (DUTY_VALID | DUTY_ROOM)) && !end)
		return -EOPNOTSUPP;
	*bytes = size;
	*links = end - list->range;
	if (gaps & mask) {
		size = 0;
		for (const struct dma_vec *run = list->range; run != end; run++)
			size += granules(run, mask);
	}
	if ((duties & DUTY_VALID) && size > SSIZE_MAX)
		return -EOPNOTSUPP;
	if (!dma_iova_try_alloc(list->dev, &map->iova,
				gaps & mask ? 0 : list->phyr->paddr, size))
		return -EOPNOTSUPP;
	if (!(gaps & mask))
		nr = link_whole(list, end, usual, &map->iova, &done, duties);
	else if ((duties & DUTY_FIT) &&
		 !is_one(usual->max_seg, usual->seg_boundary, map->iova.addr, size))
		nr = -EOPNOTSUPP;
	else
		nr = link_pieces(list, end, &map->iova, mask, &done, duties);
	if (nr > 0 && !dma_iova_sync(list->dev, &map->iova, 0, size)) {
		map->size = size;
		return nr;
	}
	if (done)
		dma_iova_unlink(list->dev, &map->iova, 0, done, list->dir,
				list->attrs);
	dma_iova_free(list->dev, &map->iova);
	return -EOPNOTSUPP;
}

static __always_inline int keep(const struct floor *list, struct dma_phyr_map *map,
				int nr, enum dma_phyr_held held,
				unsigned int duties)
{
	map->held = nr < 0 ? DMA_PHYR_HELD_NOTHING : held;
	if (duties & DUTY_KEEP) {
		map->nr_ranges = nr;
		map->dir = list->dir;
		map->attrs = list->attrs;
	}
	return nr;
}

/* The head of the map, for phyr_note_map(). */
static __always_inline u64 head_of(const struct floor *list, int nr,
				   enum dma_phyr_held held)
{
	return nr | (u64)held << 32 | (u64)list->dir << 40 | (u64)list->attrs << 48;
}

/* One entry becomes one range: if that is not cut. */
static __always_inline void tell(const struct floor *list, u64 head, u64 bytes,
				 unsigned int links, unsigned int reason)
{
	if (list->phyr + 1 == list->end && (u32)head == 1)
		phyr_note_entry(list->dev, head, bytes, reason);
	else
		phyr_note_map(list->dev, head, bytes, list->end - list->phyr,
			      links, reason);
}

static __always_inline bool is_refused(const struct floor *list,
				       unsigned int duties)
{
	return (duties & DUTY_KEEP) &&
	       (list->dir >= DMA_NONE || (list->attrs & ~FLOOR_ATTRS));
}

static __always_inline int map_direct(const struct floor *list,
				      struct dma_phyr_map *map,
				      unsigned int duties)
{
	struct phyr_usual_direct usual __uninitialized;
	enum dma_phyr_held held;
	u64 bytes = 0;
	int nr;

	if (is_refused(list, duties))
		return -EINVAL;
	if (duties & DUTY_DEVICE) {
		if (phyr_usual_direct(list->dev, &usual) <= 0)
			return -EOPNOTSUPP;
	} else {
		usual.seg_boundary = ULONG_MAX;
		usual.max_seg = UINT_MAX;
		usual.reach = U64_MAX;
		usual.needs_unmap = dma_need_unmap(list->dev);
	}
	nr = map_each(list, &usual, &bytes, duties);
	held = usual.needs_unmap ? DMA_PHYR_HELD_EACH : DMA_PHYR_HELD_FREE;
	if ((duties & DUTY_TELL) && nr > 0)
		tell(list, head_of(list, nr, held), bytes, nr, PHYR_REASON_NO_IOMMU);
	return keep(list, map, nr, held, duties);
}

static __always_inline int map_shared(const struct floor *list,
				      struct dma_phyr_map *map,
				      unsigned int duties)
{
	struct phyr_usual_shared usual __uninitialized;
	unsigned int links;
	u64 bytes;
	int nr;

	if (is_refused(list, duties))
		return -EINVAL;
	if (duties & DUTY_DEVICE) {
		if (phyr_usual_shared(list->dev, &usual) <= 0)
			return -EOPNOTSUPP;
	} else {
		usual.merge_boundary = dma_get_merge_boundary(list->dev);
		usual.seg_boundary = ULONG_MAX;
		usual.max_seg = UINT_MAX;
	}
	nr = map_whole(list, &usual, map, &bytes, &links, duties);
	if ((duties & DUTY_TELL) && nr > 0)
		tell(list, head_of(list, nr, DMA_PHYR_HELD_IOVA), bytes, links,
		     PHYR_REASON_SHARED);
	return keep(list, map, nr, DMA_PHYR_HELD_IOVA, duties);
}

static __always_inline void unmap_list(struct device *dev,
				       struct dma_phyr_map *map,
				       struct dma_vec *ranges,
				       unsigned int nr_ranges,
				       enum dma_data_direction dir,
				       unsigned long attrs, unsigned int duties)
{
	const enum dma_phyr_held held = map->held;

	if (duties & DUTY_TELL)
		phyr_note_unmap(dev, map);
	else
		map->held = DMA_PHYR_HELD_NOTHING;
	switch (held) {
	case DMA_PHYR_HELD_IOVA:
		dma_iova_destroy(dev, &map->iova, map->size, dir, attrs);
		break;
	case DMA_PHYR_HELD_EACH:
		for (unsigned int i = 0; i < nr_ranges; i++, ranges++)
			dma_unmap_phys(dev, ranges->addr, ranges->len, dir,
				       attrs);
		break;
	default:
		break;
	}
}

static size_t kept(const struct bench *bench)
{
	size_t ranges = 0;

	if (bench->map.held == DMA_PHYR_HELD_EACH)
		ranges = bench->nr_ranges * sizeof(*bench->ranges);
	return sizeof(bench->map) + ranges;
}

#define FLOOR_PARAMS								\
	struct device *dev, const struct phys_vec *phyrs, unsigned int nr,	\
	struct dma_phyr_map *map, struct dma_vec *ranges,			\
	unsigned int max_ranges, enum dma_data_direction dir, unsigned long attrs

/*
 * A path with all duties, @_less some.  Without DUTY_CALL the functions are inlined,
 * and the arguments are not passed.
 */
#define FLOOR(_id, _name, _less)						\
enum { _id##_duties = DUTY_ALL & ~(_less) };					\
										\
static __noipa int direct_##_id(FLOOR_PARAMS)					\
{										\
	const struct floor list = {						\
		dev, phyrs, phyrs + nr, ranges, ranges + max_ranges, dir,	\
		attrs, floor_gaps,						\
	};									\
										\
	return map_direct(&list, map, _id##_duties);				\
}										\
										\
static __noipa int shared_##_id(FLOOR_PARAMS)					\
{										\
	const struct floor list = {						\
		dev, phyrs, phyrs + nr, ranges, ranges + max_ranges, dir,	\
		attrs, floor_gaps,						\
	};									\
										\
	return map_shared(&list, map, _id##_duties);				\
}										\
										\
static __noipa int called_map_##_id(FLOOR_PARAMS)				\
{										\
	if ((_id##_duties & DUTY_VALID) && !nr)					\
		return -EINVAL;							\
	if ((_id##_duties & DUTY_ROOM) && !max_ranges)				\
		return -ENOSPC;							\
	if (use_dma_iommu(dev))							\
		return shared_##_id(dev, phyrs, nr, map, ranges, max_ranges,	\
				    dir, attrs);				\
	return direct_##_id(dev, phyrs, nr, map, ranges, max_ranges, dir,	\
			    attrs);						\
}										\
										\
static __noipa void called_unmap_##_id(struct device *dev,			\
				       struct dma_phyr_map *map,		\
				       struct dma_vec *ranges)			\
{										\
	unmap_list(dev, map, ranges, map->nr_ranges, map->dir, map->attrs,	\
		   _id##_duties);						\
}										\
										\
static int map_##_id(struct bench *bench)					\
{										\
	const struct bench_list *of = &bench->list;				\
	const struct floor list = {						\
		bench->dev, of->phyrs, of->phyrs + of->nr, bench->ranges,	\
		bench->ranges + bench->room, bench->dir, 0, of->gaps,		\
	};									\
										\
	bench->nr_ranges = 0;							\
	if (!(_id##_duties & DUTY_LIST))						\
		floor_gaps = of->gaps;						\
	if (_id##_duties & DUTY_CALL)						\
		return called_map_##_id(bench->dev, of->phyrs, of->nr,		\
					&bench->map, bench->ranges,		\
					bench->room, bench->dir, 0);		\
	if (use_dma_iommu(bench->dev))						\
		return map_shared(&list, &bench->map, _id##_duties);		\
	return map_direct(&list, &bench->map, _id##_duties);			\
}										\
										\
static void unmap_##_id(struct bench *bench)					\
{										\
	const unsigned int called = DUTY_CALL | DUTY_KEEP;			\
										\
	if ((_id##_duties & called) == called)					\
		called_unmap_##_id(bench->dev, &bench->map, bench->ranges);	\
	else									\
		unmap_list(bench->dev, &bench->map, bench->ranges,		\
			   bench->nr_ranges, bench->dir, 0, _id##_duties);	\
}										\
										\
const struct bench_path bench_##_id = { _name, map_##_id, unmap_##_id, kept }

FLOOR(floor, "floor", 0);
FLOOR(less_call, "less_call", DUTY_CALL);
FLOOR(less_device, "less_device", DUTY_DEVICE);
FLOOR(less_list, "less_list", DUTY_LIST);
FLOOR(less_valid, "less_valid", DUTY_VALID);
FLOOR(less_fit, "less_fit", DUTY_FIT);
FLOOR(less_room, "less_room", DUTY_ROOM);
FLOOR(less_keep, "less_keep", DUTY_KEEP);
FLOOR(less_tell, "less_tell", DUTY_TELL);
FLOOR(less_all, "less_all", DUTY_ALL);
