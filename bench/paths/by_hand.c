// SPDX-License-Identifier: GPL-2.0
/*
 * dma_map_phyrs() by hand, in C, for devices and lists that are usual: what is promised is the
 * same.  Any device may be passed and is asked what it needs, entries are checked, no range is
 * longer than a segment, no more are written than there is room for, and what unmapping has to
 * know is kept.  Nobody is told, and what is not usual is refused.  It shows which bounds are out
 * of reach of a call that promises this.
 */
#include <linux/dma-mapping.h>
#include <linux/iommu-dma.h>

#include "../../rust/glue.h"
#include "../bench.h"

#define ATTRS								\
	(DMA_ATTR_WEAK_ORDERING | DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN | \
	 DMA_ATTR_PRIVILEGED | DMA_ATTR_REQUIRE_COHERENT | DMA_ATTR_MMIO | \
	 DMA_ATTR_DEBUGGING_IGNORE_CACHELINES)

/* The arguments of dma_map_phyrs(). */
#define PARAMS									\
	struct device *dev, const struct phys_vec *phyr, unsigned int nr,	\
	struct dma_phyr_map *map, struct dma_vec *ranges,			\
	unsigned int max_ranges, enum dma_data_direction dir, unsigned long attrs

struct run {
	u64 start;
	u64 end;
};

static bool are_valid(enum dma_data_direction dir, unsigned long attrs)
{
	return dir < DMA_NONE && !(attrs & ~ATTRS);
}

static __always_inline bool is_one(u64 max_seg, u64 seg_boundary, u64 addr, u64 len)
{
	return len - 1 < max_seg && len - 1 <= (~addr & seg_boundary);
}

static __always_inline bool fits(const struct phyr_usual_direct *usual, struct run run)
{
	return run.end - 1 <= usual->reach &&
	       (((run.end - 1) ^ run.start) <= usual->uncut ||
		is_one(usual->max_seg, usual->seg_boundary, run.start, run.end - run.start));
}

static __always_inline int keep(struct dma_phyr_map *map, int nr, enum dma_phyr_held held,
				enum dma_data_direction dir, unsigned long attrs)
{
	map->nr_ranges = nr;
	map->held = held;
	map->dir = dir;
	map->attrs = attrs;
	return nr;
}

/* Whether the first of several entries is not adjacent to the second. */
static __always_inline bool begins_apart(const struct phys_vec *phyr)
{
	return phyr[0].paddr + phyr[0].len != phyr[1].paddr;
}

static noinline int refuse(struct dma_phyr_map *map, int err)
{
	*map = (struct dma_phyr_map) {};
	return err;
}

/* The entries from @phyr on that are adjacent, as one; %NULL if one is not valid. */
static __always_inline const struct phys_vec *
take_run(const struct phys_vec *phyr, const struct phys_vec *end, struct run *run)
{
	run->start = phyr->paddr;
	run->end = run->start + phyr->len;
	if (run->end <= run->start)
		return NULL;
	for (phyr++; phyr != end && phyr->paddr == run->end; phyr++) {
		u64 before = run->end;

		run->end += phyr->len;
		if (run->end <= before)
			return NULL;
	}
	return phyr;
}

static __noipa int map_direct_entry(PARAMS)
{
	struct phyr_usual_direct usual __uninitialized;
	const struct run run = { phyr->paddr, phyr->paddr + phyr->len };

	if (!are_valid(dir, attrs))
		return refuse(map, -EINVAL);
	if (phyr_usual_direct(dev, &usual) <= 0 || run.end <= run.start || !fits(&usual, run))
		return refuse(map, -EOPNOTSUPP);
	ranges->addr = dma_map_phys(dev, run.start, run.end - run.start, dir, attrs);
	if (dma_mapping_error(dev, ranges->addr))
		return refuse(map, -ENOMEM);
	ranges->len = run.end - run.start;
	if (usual.needs_no_unmap)
		return keep(map, 1, DMA_PHYR_HELD_FREE, dir, attrs);
	map->one = *ranges;
	return keep(map, 1, DMA_PHYR_HELD_ONE, dir, attrs);
}

static noinline void undo(struct device *dev, const struct dma_vec *range,
			  const struct dma_vec *end, enum dma_data_direction dir,
			  unsigned long attrs)
{
	for (; range != end; range++)
		dma_unmap_phys(dev, range->addr, range->len, dir, attrs);
}

static __noipa int map_direct_list(PARAMS)
{
	const struct phys_vec *end = phyr + nr;
	const struct dma_vec *last = ranges + max_ranges;
	struct phyr_usual_direct usual __uninitialized;
	struct dma_vec *range = ranges;
	struct run run;

	if (!are_valid(dir, attrs))
		return refuse(map, -EINVAL);
	if (phyr_usual_direct(dev, &usual) <= 0)
		return refuse(map, -EOPNOTSUPP);
	do {
		phyr = take_run(phyr, end, &run);
		if (!phyr || !fits(&usual, run) || range == last)
			goto out_undo;
		/* For it to take no register while the run is mapped. */
		range->len = run.end - run.start;
		range->addr = dma_map_phys(dev, run.start, run.end - run.start, dir, attrs);
		if (dma_mapping_error(dev, range->addr))
			goto out_undo;
		range++;
	} while (phyr != end);
	return keep(map, range - ranges,
		    !usual.needs_no_unmap ? DMA_PHYR_HELD_EACH : DMA_PHYR_HELD_FREE, dir, attrs);

out_undo:
	undo(dev, ranges, range, dir, attrs);
	return refuse(map, -EOPNOTSUPP);
}

/* Entries that stand alone, which need not be joined; what is not is left to map_direct_list(). */
static __noipa int map_direct_alone(PARAMS)
{
	const struct phys_vec *first = phyr, *last = phyr + nr - 1;
	struct phyr_usual_direct usual __uninitialized;
	struct dma_vec *range = ranges;

	if (!are_valid(dir, attrs))
		return refuse(map, -EINVAL);
	if (phyr_usual_direct(dev, &usual) <= 0 || nr > max_ranges)
		return refuse(map, -EOPNOTSUPP);
	for (;; phyr++, range++) {
		const struct run run = { phyr->paddr, phyr->paddr + phyr->len };

		if (run.end <= run.start || !fits(&usual, run) ||
		    (phyr != last && phyr[1].paddr == run.end))
			break;
		range->len = phyr->len;
		range->addr = dma_map_phys(dev, run.start, phyr->len, dir, attrs);
		if (dma_mapping_error(dev, range->addr))
			break;
		if (phyr == last)
			return keep(map, nr, usual.needs_no_unmap ? DMA_PHYR_HELD_FREE :
								    DMA_PHYR_HELD_EACH, dir, attrs);
	}
	undo(dev, ranges, range, dir, attrs);
	return map_direct_list(dev, first, nr, map, ranges, max_ranges, dir, attrs);
}

static __noipa int map_shared_entry(PARAMS)
{
	struct phyr_usual_shared usual __uninitialized;
	const u64 start = phyr->paddr;
	const size_t len = phyr->len;

	if (!are_valid(dir, attrs))
		return refuse(map, -EINVAL);
	if (phyr_usual_shared(dev, &usual) <= 0 || start + len <= start ||
	    !dma_iova_try_alloc(dev, &map->iova, start, len))
		return refuse(map, -EOPNOTSUPP);
	if (dma_iova_link(dev, &map->iova, start, 0, len, dir, attrs))
		goto out_free;
	if (!is_one(usual.max_seg, usual.seg_boundary, map->iova.addr, len) ||
	    dma_iova_sync(dev, &map->iova, 0, len))
		goto out_unlink;
	*ranges = (struct dma_vec) { map->iova.addr, len };
	map->size = len;
	return keep(map, 1, DMA_PHYR_HELD_IOVA, dir, attrs);

out_unlink:
	dma_iova_unlink(dev, &map->iova, 0, len, dir, attrs);
out_free:
	dma_iova_free(dev, &map->iova);
	return refuse(map, -EOPNOTSUPP);
}

/*
 * Leaves the runs in the array of the ranges.  Returns what is behind them; %NULL if an
 * entry is not valid, or there is no room.
 */
static __always_inline struct dma_vec *gather(const struct phys_vec *phyr,
					      const struct phys_vec *end, struct dma_vec *range,
					      const struct dma_vec *last, size_t *bytes,
					      u64 *gaps)
{
	struct run run;

	for (;;) {
		phyr = take_run(phyr, end, &run);
		if (!phyr || range == last)
			return NULL;
		*range++ = (struct dma_vec) { run.start, run.end - run.start };
		*bytes += run.end - run.start;
		if (phyr == end)
			return range;
		*gaps |= run.end | phyr->paddr;
	}
}

static __always_inline size_t granules(const struct dma_vec *run, u64 mask)
{
	return ((run->addr & mask) + run->len + mask) & ~mask;
}

/* Writes what @len bytes at @addr are cut into; returns how many ranges these are. */
static noinline int cut(struct dma_vec *ranges, unsigned int max_ranges,
			const struct phyr_usual_shared *usual, u64 addr, u64 len)
{
	unsigned int nr = 0;

	while (len) {
		u64 left = usual->seg_boundary - (addr & usual->seg_boundary);
		/* The sum may be too large by one. */
		u64 part = min3(len - 1, usual->max_seg - 1, left) + 1;

		if (nr == max_ranges)
			return -EOPNOTSUPP;
		ranges[nr++] = (struct dma_vec) { addr, part };
		addr += part;
		len -= part;
	}
	return nr;
}

static __always_inline int link_whole(struct device *dev, struct dma_vec *ranges,
				      const struct dma_vec *end, struct dma_iova_state *iova,
				      size_t *done, enum dma_data_direction dir,
				      unsigned long attrs)
{
	for (const struct dma_vec *run = ranges; run != end; run++) {
		int err = dma_iova_link(dev, iova, run->addr, *done, run->len, dir, attrs);

		if (err)
			return err;
		*done += run->len;
	}
	*ranges = (struct dma_vec) { iova->addr, *done };
	return 1;
}

static __always_inline int link_pieces(struct device *dev, struct dma_vec *ranges,
				       const struct dma_vec *end, struct dma_iova_state *iova,
				       u64 mask, size_t *done, enum dma_data_direction dir,
				       unsigned long attrs)
{
	struct dma_vec *range = ranges;
	u64 before = mask;

	for (const struct dma_vec *at = ranges; at != end; at++) {
		const struct dma_vec run = *at;
		size_t pad = run.addr & mask, len = granules(&run, mask);
		int err = dma_iova_link(dev, iova, run.addr - pad, *done, len, dir, attrs);

		if (err)
			return err;
		if (!((run.addr | before) & mask))
			range[-1].len += run.len;
		else
			*range++ = (struct dma_vec) { iova->addr + *done + pad, run.len };
		before = run.addr + run.len;
		*done += len;
	}
	return range - ranges;
}

/*
 * Entries that stand alone, fill their granules and come to one range: nothing is left in the
 * array of the ranges, and it is linked from the list.  Returns 0 if they are otherwise.
 */
static __always_inline int map_shared_alone(PARAMS, const struct phyr_usual_shared *usual,
					    u64 mask)
{
	const struct phys_vec *end = phyr + nr;
	u64 gaps = 0, before = phyr->paddr;
	size_t size = 0, done = 0;

	for (const struct phys_vec *at = phyr; at != end; at++) {
		u64 next = at->paddr + at->len;

		if (next <= at->paddr || (at != phyr && at->paddr == before))
			return 0;
		if (at != phyr)
			gaps |= before | at->paddr;
		size += at->len;
		before = next;
	}
	/* No entry is longer than where it ends, which is or'd: whether their sum is right. */
	if ((gaps & mask) || (gaps | before) > SSIZE_MAX / nr || size - 1 >= usual->max_seg ||
	    !dma_iova_try_alloc(dev, &map->iova, phyr->paddr, size))
		return 0;
	if (!is_one(usual->max_seg, usual->seg_boundary, map->iova.addr, size)) {
		dma_iova_free(dev, &map->iova);
		return 0;
	}
	for (; phyr != end; phyr++) {
		if (dma_iova_link(dev, &map->iova, phyr->paddr, done, phyr->len, dir, attrs))
			goto out;
		done += phyr->len;
	}
	if (!dma_iova_sync(dev, &map->iova, 0, size)) {
		*ranges = (struct dma_vec) { map->iova.addr, size };
		map->size = size;
		return keep(map, 1, DMA_PHYR_HELD_IOVA, dir, attrs);
	}
out:
	if (done)
		dma_iova_unlink(dev, &map->iova, 0, done, dir, attrs);
	dma_iova_free(dev, &map->iova);
	return refuse(map, -EOPNOTSUPP);
}

static __noipa int map_shared_list(PARAMS)
{
	struct phyr_usual_shared usual __uninitialized;
	u64 mask, gaps = 0, first = phyr->paddr;
	size_t size = 0, done = 0;
	struct dma_vec *end;
	int ret;

	if (!are_valid(dir, attrs))
		return refuse(map, -EINVAL);
	if (phyr_usual_shared(dev, &usual) <= 0)
		return refuse(map, -EOPNOTSUPP);
	mask = dma_get_merge_boundary(dev);
	if (begins_apart(phyr) && !((phyr[0].paddr + phyr[0].len) & mask)) {
		ret = map_shared_alone(dev, phyr, nr, map, ranges, max_ranges, dir, attrs, &usual,
				       mask);
		if (ret)
			return ret;
	}
	end = gather(phyr, phyr + nr, ranges, ranges + max_ranges, &size, &gaps);
	if (!end)
		return refuse(map, -EOPNOTSUPP);
	if (gaps & mask) {
		size = 0;
		first = 0;
		for (const struct dma_vec *run = ranges; run != end; run++)
			size += granules(run, mask);
	}
	if (size > SSIZE_MAX || !dma_iova_try_alloc(dev, &map->iova, first, size))
		return refuse(map, -EOPNOTSUPP);
	if (!(gaps & mask)) {
		ret = link_whole(dev, ranges, end, &map->iova, &done, dir, attrs);
		if (ret > 0 && !is_one(usual.max_seg, usual.seg_boundary, map->iova.addr, size))
			ret = cut(ranges, max_ranges, &usual, map->iova.addr, size);
	} else if (!is_one(usual.max_seg, usual.seg_boundary, map->iova.addr, size)) {
		ret = -EOPNOTSUPP;
	} else {
		ret = link_pieces(dev, ranges, end, &map->iova, mask, &done, dir, attrs);
	}
	if (ret > 0 && !dma_iova_sync(dev, &map->iova, 0, size)) {
		map->size = size;
		return keep(map, ret, DMA_PHYR_HELD_IOVA, dir, attrs);
	}
	if (done)
		dma_iova_unlink(dev, &map->iova, 0, done, dir, attrs);
	dma_iova_free(dev, &map->iova);
	return refuse(map, -EOPNOTSUPP);
}

static __noipa int map_phyrs(PARAMS)
{
	if (unlikely(!phyr || !nr || !max_ranges))
		return refuse(map, -EINVAL);
	if (use_dma_iommu(dev)) {
		if (nr == 1)
			return map_shared_entry(dev, phyr, nr, map, ranges, max_ranges, dir,
						attrs);
		return map_shared_list(dev, phyr, nr, map, ranges, max_ranges, dir, attrs);
	}
	if (nr == 1)
		return map_direct_entry(dev, phyr, nr, map, ranges, max_ranges, dir, attrs);
	if (begins_apart(phyr))
		return map_direct_alone(dev, phyr, nr, map, ranges, max_ranges, dir, attrs);
	return map_direct_list(dev, phyr, nr, map, ranges, max_ranges, dir, attrs);
}

static __noipa void unmap_phyrs(struct device *dev, struct dma_phyr_map *map,
				const struct dma_vec *ranges)
{
	const enum dma_phyr_held held = map->held;

	map->held = DMA_PHYR_HELD_NOTHING;
	switch (held) {
	case DMA_PHYR_HELD_IOVA:
		dma_iova_destroy(dev, &map->iova, map->size, map->dir, map->attrs);
		break;
	case DMA_PHYR_HELD_ONE:
		dma_unmap_phys(dev, map->one.addr, map->one.len, map->dir, map->attrs);
		break;
	case DMA_PHYR_HELD_EACH:
		undo(dev, ranges, ranges + map->nr_ranges, map->dir, map->attrs);
		break;
	default:
		break;
	}
}

static int map(struct bench *bench)
{
	return map_phyrs(bench->dev, bench->list.phyrs, bench->list.nr, &bench->map,
			 bench->ranges, bench->room, bench->dir, 0);
}

static void unmap(struct bench *bench)
{
	unmap_phyrs(bench->dev, &bench->map, bench->ranges);
}

static size_t kept(const struct bench *bench)
{
	size_t ranges = 0;

	if (bench->map.held == DMA_PHYR_HELD_EACH)
		ranges = bench->nr_ranges * sizeof(*bench->ranges);
	return sizeof(bench->map) + ranges;
}

const struct bench_path bench_by_hand = { "by_hand", map, unmap, kept };
