// SPDX-License-Identifier: GPL-2.0
/*
 * For comparison, by hand: the limit, and what dma_map_phyrs() has to ask, to check and
 * to keep besides, for it is told neither which device it gets nor which list.  What is
 * not usual is refused, and nothing is counted or traced.
 */
#include "../../rust/glue.h"
#include "bench.h"

#define CHECKED_ATTRS							\
	(DMA_ATTR_WEAK_ORDERING | DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_NO_WARN | \
	 DMA_ATTR_PRIVILEGED | DMA_ATTR_REQUIRE_COHERENT | DMA_ATTR_MMIO)

/**
 * struct checked - what is to be mapped, as it is passed to dma_map_phyrs()
 * @dev: the device
 * @phyr: the first entry of the list
 * @end: the end of the list
 * @range: where the first DMA range goes
 * @last: the end of the room for these
 * @dir: the direction
 * @attrs: the attributes
 */
struct checked {
	struct device *dev;
	const struct phys_vec *phyr;
	const struct phys_vec *end;
	struct dma_vec *range;
	struct dma_vec *last;
	enum dma_data_direction dir;
	unsigned long attrs;
};

static __always_inline bool is_valid(const struct phys_vec *phyr)
{
	return phyr->paddr + phyr->len > phyr->paddr;
}

/* Whether @len bytes at @addr are one DMA range. */
static __always_inline bool is_one(const struct phyr_usual_device *usual,
				   u64 addr, u64 len)
{
	return len - 1 < usual->max_seg &&
	       len - 1 <= (~addr & usual->seg_boundary);
}

/* The valid entries from @phyr on that are adjacent, as one; %NULL if one is not. */
static __always_inline const struct phys_vec *
take_run(const struct phys_vec *phyr, const struct phys_vec *end,
	 struct phys_vec *run)
{
	if (!is_valid(phyr))
		return NULL;
	*run = *phyr++;
	for (; phyr != end && phyr->paddr == run->paddr + run->len; phyr++) {
		if (!is_valid(phyr))
			return NULL;
		run->len += phyr->len;
	}
	return phyr;
}

static noinline void unmap_each(const struct checked *list,
				const struct dma_vec *end)
{
	for (struct dma_vec *range = list->range; range != end; range++)
		dma_unmap_phys(list->dev, range->addr, range->len, list->dir,
			       list->attrs);
}

static __always_inline int map_each(const struct checked *list,
				    const struct phyr_usual_device *usual,
				    struct dma_phyr_map *map)
{
	const struct phys_vec *phyr = list->phyr;
	struct dma_vec *range = list->range;
	struct phys_vec run;

	while (phyr != list->end) {
		phyr = take_run(phyr, list->end, &run);
		if (!phyr || range == list->last ||
		    run.paddr + run.len - 1 > usual->reach ||
		    !is_one(usual, run.paddr, run.len))
			goto undo;
		range->addr = dma_map_phys(list->dev, run.paddr, run.len,
					   list->dir, list->attrs);
		if (dma_mapping_error(list->dev, range->addr))
			goto undo;
		range++->len = run.len;
	}
	map->held = usual->needs_unmap ? DMA_PHYR_HELD_EACH :
					 DMA_PHYR_HELD_FREE;
	return range - list->range;

undo:
	unmap_each(list, range);
	return -EOPNOTSUPP;
}

/* Bytes of all granules of all runs; 0 if there is an entry that is not valid. */
static size_t size_of_pieces(const struct checked *list, u64 mask)
{
	const struct phys_vec *phyr = list->phyr;
	struct phys_vec run;
	size_t bytes = 0;

	while (phyr != list->end) {
		phyr = take_run(phyr, list->end, &run);
		if (!phyr)
			return 0;
		bytes += ((run.paddr & mask) + run.len + mask) & ~mask;
	}
	return bytes;
}

/* Bytes of a list whose granules are full; 0 if they are not. */
static size_t size_of_whole(const struct checked *list, u64 mask)
{
	const struct phys_vec *phyr = list->phyr;
	u64 end = phyr->paddr, gaps = 0;
	size_t bytes = 0;

	for (; phyr != list->end; phyr++) {
		if (!is_valid(phyr))
			return 0;
		if (phyr->paddr != end)
			gaps |= phyr->paddr | end;
		end = phyr->paddr + phyr->len;
		bytes += phyr->len;
	}
	return gaps & mask ? 0 : bytes;
}

/* Writes what @len bytes at @addr are cut into; returns how many ranges these are. */
static noinline int cut(const struct checked *list,
			const struct phyr_usual_device *usual, u64 addr, u64 len)
{
	struct dma_vec *range = list->range;

	while (len) {
		u64 left = usual->seg_boundary - (addr & usual->seg_boundary);
		u64 part = min3(len, usual->max_seg, left + 1);

		if (range == list->last)
			return -EOPNOTSUPP;
		*range++ = (struct dma_vec) { addr, part };
		addr += part;
		len -= part;
	}
	return range - list->range;
}

static noinline int link_whole(const struct checked *list,
			       const struct phyr_usual_device *usual,
			       struct dma_iova_state *iova, size_t *done)
{
	const struct phys_vec *phyr = list->phyr;
	struct phys_vec run;
	int err;

	while (phyr != list->end) {
		phyr = take_run(phyr, list->end, &run);
		err = dma_iova_link(list->dev, iova, run.paddr, *done, run.len,
				    list->dir, list->attrs);
		if (err)
			return err;
		*done += run.len;
	}
	if (!is_one(usual, iova->addr, *done))
		return cut(list, usual, iova->addr, *done);
	*list->range = (struct dma_vec) { iova->addr, *done };
	return 1;
}

static noinline int link_pieces(const struct checked *list,
				struct dma_iova_state *iova, u64 mask,
				size_t *done)
{
	const struct phys_vec *phyr = list->phyr;
	struct dma_vec *range = list->range;
	u64 end = mask;
	int err;

	while (phyr != list->end) {
		struct phys_vec run;
		size_t pad, len;

		phyr = take_run(phyr, list->end, &run);
		pad = run.paddr & mask;
		len = (pad + run.len + mask) & ~mask;
		if (range == list->last)
			return -EOPNOTSUPP;
		err = dma_iova_link(list->dev, iova, run.paddr - pad, *done,
				    len, list->dir, list->attrs);
		if (err)
			return err;
		if (!((run.paddr | end) & mask))
			range[-1].len += run.len;
		else
			*range++ = (struct dma_vec) { iova->addr + *done + pad,
						      run.len };
		end = run.paddr + run.len;
		*done += len;
	}
	return range - list->range;
}

static __always_inline int map_shared(const struct checked *list,
				      const struct phyr_usual_device *usual,
				      struct dma_phyr_map *map)
{
	u64 mask = usual->merge_boundary;
	size_t size = size_of_whole(list, mask), done = 0;
	bool is_whole = size;
	int nr;

	if (!is_whole)
		size = size_of_pieces(list, mask);
	if (!size || size > SSIZE_MAX ||
	    (!is_whole && !is_one(usual, 0, size)) ||
	    !dma_iova_try_alloc(list->dev, &map->iova,
				is_whole ? list->phyr->paddr : 0, size))
		return -EOPNOTSUPP;
	if (is_whole)
		nr = link_whole(list, usual, &map->iova, &done);
	else if (!is_one(usual, map->iova.addr, size))
		nr = -EOPNOTSUPP;
	else
		nr = link_pieces(list, &map->iova, mask, &done);
	if (nr > 0 && !dma_iova_sync(list->dev, &map->iova, 0, size)) {
		map->held = DMA_PHYR_HELD_IOVA;
		map->size = size;
		return nr;
	}
	if (done)
		dma_iova_unlink(list->dev, &map->iova, 0, done, list->dir,
				list->attrs);
	dma_iova_free(list->dev, &map->iova);
	return -EOPNOTSUPP;
}

static noinline int map_phyrs(struct device *dev, const struct phys_vec *phyrs,
			      unsigned int nr, struct dma_phyr_map *map,
			      struct dma_vec *ranges, unsigned int max_ranges,
			      enum dma_data_direction dir, unsigned long attrs)
{
	struct checked list = {
		dev, phyrs, phyrs + nr, ranges, ranges + max_ranges, dir, attrs,
	};
	struct phyr_usual_device usual;
	int ret = -EOPNOTSUPP;

	map->held = DMA_PHYR_HELD_NOTHING;
	if (dir >= DMA_NONE || (attrs & ~CHECKED_ATTRS) || !nr || !max_ranges)
		return -EINVAL;
	if (phyr_usual_device(dev, &usual) <= 0)
		return ret;
	if (usual.merge_boundary)
		ret = map_shared(&list, &usual, map);
	else
		ret = map_each(&list, &usual, map);
	if (ret < 0)
		return ret;
	map->nr_ranges = ret;
	map->dir = dir;
	map->attrs = attrs;
	return ret;
}

static noinline void unmap_phyrs(struct device *dev, struct dma_phyr_map *map,
				 struct dma_vec *ranges)
{
	switch (map->held) {
	case DMA_PHYR_HELD_IOVA:
		dma_iova_destroy(dev, &map->iova, map->size, map->dir,
				 map->attrs);
		break;
	case DMA_PHYR_HELD_EACH:
		for (unsigned int i = 0; i < map->nr_ranges; i++, ranges++)
			dma_unmap_phys(dev, ranges->addr, ranges->len, map->dir,
				       map->attrs);
		break;
	}
	map->held = DMA_PHYR_HELD_NOTHING;
}

static int map(struct bench *bench)
{
	bench->nr_ranges = 0;
	return map_phyrs(bench->dev, bench->list.phyrs, bench->list.nr,
			 &bench->map, bench->ranges, bench->room, bench->dir, 0);
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

const struct bench_path bench_checked = { "checked", map, unmap, kept };
