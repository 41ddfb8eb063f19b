// SPDX-License-Identifier: GPL-2.0
/*
 * Maps a list in each way as often as it takes, and says what is in the middle.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/delay.h>
#include <linux/sort.h>
#include <linux/timex.h>

#include "counts.h"
#include "instructions.h"
#include "row.h"

#define MOST_PATHS	8
#define MOST_REPEATS	64
/*
 * Until caches of IOVA space and of page tables have what they need: lazily unmapped
 * space comes round after some of these.
 */
#define WARM_UP		32

/* Instructions of one mapping. */
struct sample {
	u64 map;
	u64 unmap;
};

static int take_sample(struct bench *bench, const struct bench_path *path,
		       struct sample *sample)
{
	u64 overhead, start, mapped, unmapped;
	unsigned long flags;
	int nr;

	local_irq_save(flags);
	overhead = instructions_overhead();
	start = get_cycles();
	nr = path->map(bench);
	mapped = get_cycles();
	if (nr > 0) {
		bench->nr_ranges = nr;
		path->unmap(bench);
	}
	unmapped = get_cycles();
	local_irq_restore(flags);

	sample->map = mapped - start - overhead;
	sample->unmap = unmapped - mapped - overhead;
	return nr;
}

static int ascending(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Of what was measured: the middle, and how far the quarters are apart. */
struct summary {
	u64 median;
	u64 spread;
};

static struct summary summary(u64 *of, unsigned int nr)
{
	sort(of, nr, sizeof(*of), ascending, NULL);
	return (struct summary) { of[nr / 2], of[nr * 3 / 4] - of[nr / 4] };
}

/* What is printed of one path. */
struct row {
	struct summary map;
	struct summary unmap;
	struct summary both;
	struct counts counts;
	size_t kept;
	int ranges;
};

static int measure(struct bench *bench, const struct bench_path *path, unsigned int repeat,
		   struct row *row)
{
	static u64 map[MOST_REPEATS], unmap[MOST_REPEATS], both[MOST_REPEATS];
	unsigned int warm_up = row_is_long(bench) ? 4 : min(WARM_UP, 2 * repeat);

	for (unsigned int i = 0; i < warm_up + repeat; i++) {
		unsigned int at = i < warm_up ? 0 : i - warm_up;
		struct sample sample;
		int nr;

		/* The flush queue is empty after this. */
		if (!i || i == warm_up)
			msleep(25);
		nr = take_sample(bench, path, &sample);
		if (nr <= 0)
			return nr ?: -EIO;
		map[at] = sample.map;
		unmap[at] = sample.unmap;
		both[at] = sample.map + sample.unmap;
	}
	row->map = summary(map, repeat);
	row->unmap = summary(unmap, repeat);
	row->both = summary(both, repeat);
	return 0;
}

static int count_once(struct bench *bench, const struct bench_path *path, struct row *row)
{
	unsigned long flags;

	local_irq_save(flags);
	counts_reset();
	row->ranges = path->map(bench);
	if (row->ranges > 0) {
		bench->nr_ranges = row->ranges;
		row->kept = path->kept(bench);
		path->unmap(bench);
	}
	row->counts = counts_seen();
	local_irq_restore(flags);
	return row->ranges > 0 ? 0 : row->ranges ?: -EIO;
}

/* Whether a slab is out of objects depends on what went before: the least of three is told. */
static int count(struct bench *bench, const struct bench_path *path, struct row *row)
{
	unsigned int allocs = UINT_MAX;
	int err = 0;

	for (int i = 0; !err && i < 3; i++) {
		err = count_once(bench, path, row);
		allocs = min(allocs, row->counts.allocs);
	}
	row->counts.allocs = allocs;
	return err;
}

static void print(const struct bench *bench, const struct row *row, const char *path,
		  const char *kind, const char *layout)
{
	const struct counts *counts = &row->counts;

	pr_info("%s layout=%s n=%u path=%s map_insns=%llu unmap_insns=%llu both_insns=%llu map_spread=%llu unmap_spread=%llu both_spread=%llu entries=%u runs=%u bytes=%zu ranges=%d calls=%u links=%u walks=%u unmaps=%u iovas=%u syncs=%u deferred=%u requests=%u allocs=%u mrs=%u tables=%u kept=%zu\n",
		kind, layout, bench->list.nr, path, row->map.median, row->unmap.median,
		row->both.median, row->map.spread, row->unmap.spread, row->both.spread,
		bench->list.nr, bench->list.runs, bench->list.bytes, row->ranges, counts->calls,
		counts->links, counts->walks, counts->unmaps, counts->iovas, counts->syncs,
		counts->deferred, counts->requests, counts->allocs, counts->mrs, counts->tables,
		row->kept);
}

int rows_print(struct bench *bench, const struct bench_path *const *paths, unsigned int nr,
	       const char *kind, const char *layout, unsigned int repeat)
{
	static struct row rows[MOST_PATHS];
	int err = nr > MOST_PATHS ? -E2BIG : 0;
	unsigned int i;

	repeat = clamp(repeat, 1, MOST_REPEATS);
	for (i = 0; !err && i < nr; i++) {
		err = measure(bench, paths[i], repeat, &rows[i]);
		cond_resched();
	}
	if (err)
		goto out;
	/* To begin and to end to count takes longer than all that is counted. */
	err = counts_start();
	if (err)
		return err;
	for (i = 0; !err && i < nr; i++)
		err = count(bench, paths[i], &rows[i]);
	counts_stop();
	if (err)
		goto out;
	for (i = 0; i < nr; i++)
		print(bench, &rows[i], paths[i]->name, kind, layout);
	return 0;

out:
	pr_err("%s of %u entries cannot be mapped by %s: %d\n", layout, bench->list.nr,
	       i ? paths[i - 1]->name : "so many paths", err);
	return err;
}
EXPORT_SYMBOL_GPL(rows_print);
