// SPDX-License-Identifier: GPL-2.0
/*
 * The loop over dma_iova_link() that block/blk-mq-dma.c has, with what the block layer
 * knows of a request before it maps it: its length and whether it has gaps.  And the
 * same loop where nothing is merged.
 */
#include "bench.h"

/**
 * struct segments - the way through a list
 * @list: the list
 * @next: entry of @list that comes next
 * @merges: whether adjacent entries are one segment
 */
struct segments {
	const struct bench_list *list;
	unsigned int next;
	bool merges;
};

static bool next_segment(struct segments *segments, struct phys_vec *vec)
{
	const struct bench_list *list = segments->list;
	const struct phys_vec *phyr = &list->phyrs[segments->next];

	if (segments->next == list->nr)
		return false;
	*vec = *phyr++;
	segments->next++;
	if (!segments->merges)
		return true;
	while (segments->next < list->nr && vec->paddr + vec->len == phyr->paddr) {
		vec->len += phyr++->len;
		segments->next++;
	}
	return true;
}

static int link_all(struct bench *bench, struct segments *segments,
		    struct phys_vec *vec)
{
	size_t mapped = 0;
	int err;

	do {
		err = dma_iova_link(bench->dev, &bench->iova, vec->paddr, mapped,
				    vec->len, bench->dir, 0);
		if (err)
			goto out_destroy;
		mapped += vec->len;
	} while (next_segment(segments, vec));

	err = dma_iova_sync(bench->dev, &bench->iova, 0, mapped);
	if (err)
		goto out_destroy;
	bench->ranges[0] = (struct dma_vec) { bench->iova.addr, mapped };
	return 1;

out_destroy:
	dma_iova_destroy(bench->dev, &bench->iova, mapped, bench->dir, 0);
	return err;
}

static void unmap_each(struct bench *bench, unsigned int nr)
{
	if (!dma_need_unmap(bench->dev))
		return;
	for (unsigned int i = 0; i < nr; i++)
		dma_unmap_phys(bench->dev, bench->ranges[i].addr,
			       bench->ranges[i].len, bench->dir, 0);
}

static int map_each(struct bench *bench, struct segments *segments,
		    struct phys_vec *vec)
{
	unsigned int nr = 0;

	do {
		dma_addr_t addr = dma_map_phys(bench->dev, vec->paddr, vec->len,
					       bench->dir, 0);

		if (dma_mapping_error(bench->dev, addr)) {
			unmap_each(bench, nr);
			return -ENOMEM;
		}
		bench->ranges[nr++] = (struct dma_vec) { addr, vec->len };
	} while (next_segment(segments, vec));
	return nr;
}

static int map(struct bench *bench, bool merges)
{
	struct segments segments = { .list = &bench->list, .merges = merges };
	struct phys_vec vec;

	if (!next_segment(&segments, &vec))
		return -EINVAL;
	if (!(bench->list.gaps & dma_get_merge_boundary(bench->dev)) &&
	    dma_iova_try_alloc(bench->dev, &bench->iova, vec.paddr,
			       bench->list.bytes))
		return link_all(bench, &segments, &vec);
	memset(&bench->iova, 0, sizeof(bench->iova));
	return map_each(bench, &segments, &vec);
}

static int map_blk(struct bench *bench)
{
	return map(bench, true);
}

static int map_every(struct bench *bench)
{
	return map(bench, false);
}

static void unmap(struct bench *bench)
{
	if (dma_use_iova(&bench->iova))
		dma_iova_destroy(bench->dev, &bench->iova, bench->list.bytes,
				 bench->dir, 0);
	else
		unmap_each(bench, bench->nr_ranges);
}

static size_t kept(const struct bench *bench)
{
	size_t ranges = 0;

	if (!dma_use_iova((struct dma_iova_state *)&bench->iova))
		ranges = bench_kept_ranges(bench);
	return sizeof(bench->iova) + ranges;
}

const struct bench_path bench_twostep_blk = { "twostep_blk", map_blk, unmap, kept };
const struct bench_path bench_twostep_each = {
	"twostep_each", map_every, unmap, kept
};
