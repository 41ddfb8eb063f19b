// SPDX-License-Identifier: GPL-2.0
/*
 * The least that dma_map_phyrs() could take, by hand: the limit, and each duty that the
 * limit has not.  What is not usual is refused, and nothing is counted or traced.  To
 * see what a duty takes, the same without it can be measured, too.
 */
#include "../../rust/glue.h"
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
 */
enum duty {
	DUTY_CALL = BIT(0),
	DUTY_DEVICE = BIT(1),
	DUTY_LIST = BIT(2),
	DUTY_VALID = BIT(3),
	DUTY_FIT = BIT(4),
	DUTY_ROOM = BIT(5),
	DUTY_KEEP = BIT(6),
	DUTY_ALL = BIT(7) - 1,
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

struct run {
	u64 start;
	u64 end;
};

static __always_inline bool is_one(const struct phyr_usual_device *usual,
				   u64 addr, u64 len)
{
	return len - 1 < usual->max_seg &&
	       len - 1 <= (~addr & usual->seg_boundary);
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

static noinline void undo_each(struct device *dev, const struct dma_vec *range,
			       const struct dma_vec *end,
			       enum dma_data_direction dir, unsigned long attrs)
{
	for (; range != end; range++)
		dma_unmap_phys(dev, range->addr, range->len, dir, attrs);
}

static __always_inline int map_each(const struct floor *list,
				    const struct phyr_usual_device *usual,
				    unsigned int duties)
{
	const u64 uncut = min(usual->max_seg - 1, usual->seg_boundary);
	const struct phys_vec *phyr = list->phyr;
	struct dma_vec *range = list->range;
	struct run run;

	while (phyr != list->end) {
		phyr = take_run(phyr, list->end, &run, duties);
		if ((duties & DUTY_VALID) && !phyr)
			goto undo;
		if ((duties & DUTY_ROOM) && range == list->last)
			goto undo;
		if ((duties & DUTY_FIT) && run.end - 1 > usual->reach)
			goto undo;
		if ((duties & DUTY_FIT) &&
		    ((run.end - 1) ^ run.start) > uncut &&
		    !is_one(usual, run.start, run.end - run.start))
			goto undo;
		range->addr = dma_map_phys(list->dev, run.start,
					   run.end - run.start, list->dir,
					   list->attrs);
		if (dma_mapping_error(list->dev, range->addr))
			goto undo;
		range++->len = run.end - run.start;
	}
	return range - list->range;

undo:
	undo_each(list->dev, list->range, range, list->dir, list->attrs);
	return -EOPNOTSUPP;
}

/* Bytes of all granules of all runs; 0 if there is an entry that is not valid. */
static __always_inline size_t size_of_pieces(const struct floor *list, u64 mask,
					     unsigned int duties)
{
	const struct phys_vec *phyr = list->phyr;
	size_t bytes = 0;
	struct run run;

	while (phyr != list->end) {
		phyr = take_run(phyr, list->end, &run, duties);
		if ((duties & DUTY_VALID) && !phyr)
			return 0;
		bytes += ((run.start & mask) + run.end - run.start + mask) & ~mask;
	}
	return bytes;
}

/* Bytes of a list whose granules are full; 0 if they are not. */
static __always_inline size_t size_of_whole(const struct floor *list, u64 mask,
					    unsigned int duties)
{
	const struct phys_vec *phyr = list->phyr;
	u64 end = phyr->paddr, gaps = 0;
	size_t bytes = 0;

	if (!(duties & DUTY_LIST) && (list->gaps & mask))
		return 0;
	for (; phyr != list->end; phyr++) {
		if ((duties & DUTY_LIST) && phyr->paddr != end)
			gaps |= phyr->paddr | end;
		end = phyr->paddr + phyr->len;
		if ((duties & DUTY_VALID) && end <= phyr->paddr)
			return 0;
		bytes += phyr->len;
	}
	return gaps & mask ? 0 : bytes;
}

/* Writes what @len bytes at @addr are cut into; returns how many ranges these are. */
static noinline int cut(struct dma_vec *ranges, const struct dma_vec *last,
			const struct phyr_usual_device *usual, u64 addr, u64 len)
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
				      const struct phyr_usual_device *usual,
				      struct dma_iova_state *iova, size_t *done,
				      unsigned int duties)
{
	const struct phys_vec *phyr = list->phyr;
	struct run run;
	int err;

	while (phyr != list->end) {
		phyr = take_run(phyr, list->end, &run, 0);
		err = dma_iova_link(list->dev, iova, run.start, *done,
				    run.end - run.start, list->dir, list->attrs);
		if (err)
			return err;
		*done += run.end - run.start;
	}
	if ((duties & DUTY_FIT) && !is_one(usual, iova->addr, *done))
		return cut(list->range, list->last, usual, iova->addr, *done);
	*list->range = (struct dma_vec) { iova->addr, *done };
	return 1;
}

static __always_inline int link_pieces(const struct floor *list,
				       struct dma_iova_state *iova, u64 mask,
				       size_t *done, unsigned int duties)
{
	const struct phys_vec *phyr = list->phyr;
	struct dma_vec *range = list->range;
	u64 before = mask;
	struct run run;
	int err;

	while (phyr != list->end) {
		size_t pad, len;

		phyr = take_run(phyr, list->end, &run, 0);
		pad = run.start & mask;
		len = (pad + run.end - run.start + mask) & ~mask;
		if ((duties & DUTY_ROOM) && range == list->last)
			return -EOPNOTSUPP;
		err = dma_iova_link(list->dev, iova, run.start - pad, *done,
				    len, list->dir, list->attrs);
		if (err)
			return err;
		if ((duties & DUTY_LIST) && !((run.start | before) & mask))
			range[-1].len += run.end - run.start;
		else
			*range++ = (struct dma_vec) { iova->addr + *done + pad,
						      run.end - run.start };
		before = run.end;
		*done += len;
	}
	return range - list->range;
}

static __always_inline int map_shared(const struct floor *list,
				      const struct phyr_usual_device *usual,
				      struct dma_phyr_map *map,
				      unsigned int duties)
{
	u64 mask = usual->merge_boundary;
	size_t size = size_of_whole(list, mask, duties), done = 0;
	bool is_whole = size;
	int nr;

	if (!is_whole)
		size = size_of_pieces(list, mask, duties);
	if ((duties & DUTY_VALID) && (!size || size > SSIZE_MAX))
		return -EOPNOTSUPP;
	if (!dma_iova_try_alloc(list->dev, &map->iova,
				is_whole ? list->phyr->paddr : 0, size))
		return -EOPNOTSUPP;
	if (is_whole)
		nr = link_whole(list, usual, &map->iova, &done, duties);
	else if ((duties & DUTY_FIT) && !is_one(usual, map->iova.addr, size))
		nr = -EOPNOTSUPP;
	else
		nr = link_pieces(list, &map->iova, mask, &done, duties);
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

/* What to assume of the device if it is not asked. */
static __always_inline void be_told(struct device *dev,
				    struct phyr_usual_device *usual)
{
	usual->merge_boundary = dma_get_merge_boundary(dev);
	usual->seg_boundary = ULONG_MAX;
	usual->max_seg = UINT_MAX;
	usual->reach = U64_MAX;
	usual->needs_unmap = dma_need_unmap(dev);
}

static __always_inline int map_list(struct floor *list, struct dma_phyr_map *map,
				    unsigned int duties)
{
	struct phyr_usual_device usual __uninitialized;
	enum dma_phyr_held held = DMA_PHYR_HELD_IOVA;
	int ret;

	if ((duties & DUTY_KEEP) &&
	    (list->dir >= DMA_NONE || (list->attrs & ~FLOOR_ATTRS)))
		return -EINVAL;
	if ((duties & DUTY_VALID) && list->phyr == list->end)
		return -EINVAL;
	if ((duties & DUTY_ROOM) && list->range == list->last)
		return -ENOSPC;
	if (!(duties & DUTY_DEVICE))
		be_told(list->dev, &usual);
	else if (phyr_usual_device(list->dev, &usual) <= 0)
		return -EOPNOTSUPP;

	if (usual.merge_boundary) {
		ret = map_shared(list, &usual, map, duties);
	} else {
		ret = map_each(list, &usual, duties);
		held = usual.needs_unmap ? DMA_PHYR_HELD_EACH :
					   DMA_PHYR_HELD_FREE;
	}
	if (ret < 0)
		held = DMA_PHYR_HELD_NOTHING;
	map->held = held;
	if (duties & DUTY_KEEP) {
		map->nr_ranges = ret;
		map->dir = list->dir;
		map->attrs = list->attrs;
	}
	return ret;
}

static __always_inline void unmap_list(struct device *dev,
				       struct dma_phyr_map *map,
				       struct dma_vec *ranges,
				       unsigned int nr_ranges,
				       enum dma_data_direction dir,
				       unsigned long attrs)
{
	switch (map->held) {
	case DMA_PHYR_HELD_IOVA:
		dma_iova_destroy(dev, &map->iova, map->size, dir, attrs);
		break;
	case DMA_PHYR_HELD_EACH:
		for (unsigned int i = 0; i < nr_ranges; i++, ranges++)
			dma_unmap_phys(dev, ranges->addr, ranges->len, dir,
				       attrs);
		break;
	}
	map->held = DMA_PHYR_HELD_NOTHING;
}

static size_t kept(const struct bench *bench)
{
	size_t ranges = 0;

	if (bench->map.held == DMA_PHYR_HELD_EACH)
		ranges = bench->nr_ranges * sizeof(*bench->ranges);
	return sizeof(bench->map) + ranges;
}

/*
 * A path with all duties, @_less some.  Without DUTY_CALL the functions are inlined,
 * and the arguments are not passed.
 */
#define FLOOR(_id, _name, _less)						\
enum { _id##_duties = DUTY_ALL & ~(_less) };					\
										\
static __noipa int called_map_##_id(struct device *dev,				\
				    const struct phys_vec *phyrs,		\
				    unsigned int nr,				\
				    struct dma_phyr_map *map,			\
				    struct dma_vec *ranges,			\
				    unsigned int max_ranges,			\
				    enum dma_data_direction dir,		\
				    unsigned long attrs, unsigned long gaps)	\
{										\
	struct floor list = {							\
		dev, phyrs, phyrs + nr, ranges, ranges + max_ranges, dir,	\
		attrs, gaps,							\
	};									\
										\
	return map_list(&list, map, _id##_duties);				\
}										\
										\
static __noipa void called_unmap_##_id(struct device *dev,			\
				       struct dma_phyr_map *map,		\
				       struct dma_vec *ranges)			\
{										\
	unmap_list(dev, map, ranges, map->nr_ranges, map->dir, map->attrs);	\
}										\
										\
static int map_##_id(struct bench *bench)					\
{										\
	const struct bench_list *list = &bench->list;				\
										\
	bench->nr_ranges = 0;							\
	if (_id##_duties & DUTY_CALL)						\
		return called_map_##_id(bench->dev, list->phyrs, list->nr,	\
					&bench->map, bench->ranges,		\
					bench->room, bench->dir, 0,		\
					list->gaps);				\
	return map_list(&(struct floor) {					\
		bench->dev, list->phyrs, list->phyrs + list->nr,		\
		bench->ranges, bench->ranges + bench->room, bench->dir, 0,	\
		list->gaps,							\
	}, &bench->map, _id##_duties);						\
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
			   bench->nr_ranges, bench->dir, 0);			\
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
FLOOR(less_all, "less_all", DUTY_ALL);
