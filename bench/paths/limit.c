// SPDX-License-Identifier: GPL-2.0
/*
 * The least that the exported calls take if adjacent entries are merged on the way: nothing
 * is checked, counted or kept that this list would not need.  If a call fails, what is mapped
 * stays so, and the bench ends: to know what to undo would take two instructions an entry.
 */
#include "bench.h"

/* The entries from @phyr on that are adjacent, as one; returns what comes next. */
static __always_inline const struct phys_vec *
take_run(const struct phys_vec *phyr, const struct phys_vec *end,
	 struct phys_vec *run)
{
	*run = *phyr++;
	for (; phyr != end && phyr->paddr == run->paddr + run->len; phyr++)
		run->len += phyr->len;
	return phyr;
}

static int map_each(struct bench *bench)
{
	const struct phys_vec *phyr = bench->list.phyrs;
	const struct phys_vec *end = phyr + bench->list.nr;
	struct dma_vec *range = bench->ranges;
	struct phys_vec run;

	bench->iova.__size = 0;
	while (phyr != end) {
		phyr = take_run(phyr, end, &run);
		range->addr = dma_map_phys(bench->dev, run.paddr, run.len,
					   bench->dir, 0);
		if (dma_mapping_error(bench->dev, range->addr))
			return -ENOMEM;
		range++->len = run.len;
	}
	return range - bench->ranges;
}

/* One run is merged before it is known how long it is, and is read once. */
static int map_run(struct bench *bench)
{
	const struct phys_vec *phyr = bench->list.phyrs;
	struct phys_vec run;
	int err;

	take_run(phyr, phyr + bench->list.nr, &run);
	if (!dma_iova_try_alloc(bench->dev, &bench->iova, run.paddr, run.len))
		return -ENOMEM;
	err = dma_iova_link(bench->dev, &bench->iova, run.paddr, 0, run.len,
			    bench->dir, 0);
	if (err)
		return err;
	err = dma_iova_sync(bench->dev, &bench->iova, 0, run.len);
	bench->ranges[0] = (struct dma_vec) { bench->iova.addr, run.len };
	return err ?: 1;
}

/*
 * Leaves the runs in the array of the ranges, of which they become one.  To read the list twice
 * takes more, but for lists that are nothing but runs.
 */
static const struct dma_vec *gather(struct bench *bench, size_t *bytes)
{
	const struct phys_vec *phyr = bench->list.phyrs;
	const struct phys_vec *end = phyr + bench->list.nr;
	struct dma_vec *range = bench->ranges;
	struct phys_vec run;

	while (phyr != end) {
		phyr = take_run(phyr, end, &run);
		*range++ = (struct dma_vec) { run.paddr, run.len };
		*bytes += run.len;
	}
	return range;
}

/* All granules are full, but for the list's first and last. */
static int map_gathered(struct bench *bench)
{
	size_t bytes = 0, done = 0;
	const struct dma_vec *end = gather(bench, &bytes);
	int err;

	if (!dma_iova_try_alloc(bench->dev, &bench->iova, bench->ranges->addr, bytes))
		return -ENOMEM;
	for (const struct dma_vec *run = bench->ranges; run != end; run++) {
		err = dma_iova_link(bench->dev, &bench->iova, run->addr, done, run->len,
				    bench->dir, 0);
		if (err)
			return err;
		done += run->len;
	}
	err = dma_iova_sync(bench->dev, &bench->iova, 0, bytes);
	bench->ranges[0] = (struct dma_vec) { bench->iova.addr, bytes };
	return err ?: 1;
}

/* The same where no entries adjoin. */
static int map_alone(struct bench *bench)
{
	const struct phys_vec *phyr = bench->list.phyrs;
	const struct phys_vec *end = phyr + bench->list.nr;
	size_t bytes = 0, done = 0;
	int err;

	for (const struct phys_vec *at = phyr; at != end; at++)
		bytes += at->len;
	if (!dma_iova_try_alloc(bench->dev, &bench->iova, phyr->paddr, bytes))
		return -ENOMEM;
	for (; phyr != end; phyr++) {
		err = dma_iova_link(bench->dev, &bench->iova, phyr->paddr, done, phyr->len,
				    bench->dir, 0);
		if (err)
			return err;
		done += phyr->len;
	}
	err = dma_iova_sync(bench->dev, &bench->iova, 0, bytes);
	bench->ranges[0] = (struct dma_vec) { bench->iova.addr, bytes };
	return err ?: 1;
}

/* The granules that are not full are linked as a whole. */
static int map_misaligned(struct bench *bench)
{
	const struct phys_vec *phyr = bench->list.phyrs;
	const struct phys_vec *end = phyr + bench->list.nr;
	const u64 mask = dma_get_merge_boundary(bench->dev);
	struct dma_vec *range = bench->ranges;
	size_t bytes = 0, done = 0;
	struct phys_vec run;
	int err;

	for (const struct phys_vec *at = phyr; at != end;) {
		at = take_run(at, end, &run);
		bytes += ((run.paddr & mask) + run.len + mask) & ~mask;
	}
	if (!dma_iova_try_alloc(bench->dev, &bench->iova, 0, bytes))
		return -ENOMEM;
	while (phyr != end) {
		size_t pad, len;

		phyr = take_run(phyr, end, &run);
		pad = run.paddr & mask;
		len = (pad + run.len + mask) & ~mask;
		err = dma_iova_link(bench->dev, &bench->iova, run.paddr - pad,
				    done, len, bench->dir, 0);
		if (err)
			return err;
		*range++ = (struct dma_vec) {
			.addr = bench->iova.addr + done + pad,
			.len = run.len,
		};
		done += len;
	}
	err = dma_iova_sync(bench->dev, &bench->iova, 0, bytes);
	return err ?: range - bench->ranges;
}

/* Which of them is right is known to whoever asks for the least. */
static int map(struct bench *bench)
{
	unsigned long boundary = dma_get_merge_boundary(bench->dev);

	if (!boundary)
		return map_each(bench);
	if (bench->list.runs == 1)
		return map_run(bench);
	if (bench->list.gaps & boundary)
		return map_misaligned(bench);
	if (bench->list.runs == bench->list.nr)
		return map_alone(bench);
	return map_gathered(bench);
}

static void unmap(struct bench *bench)
{
	struct dma_vec *range = bench->ranges;

	if (dma_use_iova(&bench->iova)) {
		dma_iova_destroy(bench->dev, &bench->iova,
				 dma_iova_size(&bench->iova), bench->dir, 0);
		return;
	}
	if (!dma_need_unmap(bench->dev))
		return;
	for (unsigned int i = 0; i < bench->nr_ranges; i++, range++)
		dma_unmap_phys(bench->dev, range->addr, range->len, bench->dir,
			       0);
}

static size_t kept(const struct bench *bench)
{
	size_t ranges = 0;

	if (!dma_use_iova((struct dma_iova_state *)&bench->iova))
		ranges = bench_kept_ranges(bench);
	return sizeof(bench->iova) + ranges;
}

const struct bench_path bench_limit = { "limit", map, unmap, kept };
