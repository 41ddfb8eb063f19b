// SPDX-License-Identifier: GPL-2.0
/*
 * Maps a list as often as it takes, and says what is in the middle.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/sort.h>
#include <linux/timex.h>

#include "counts.h"
#include "instructions.h"
#include "row.h"

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

static int count(struct bench *bench, const struct bench_path *path,
		 struct counts *counts, size_t *kept)
{
	int err = counts_start(), nr;
	unsigned long flags;

	if (err)
		return err;
	local_irq_save(flags);
	counts_reset();
	nr = path->map(bench);
	if (nr > 0) {
		bench->nr_ranges = nr;
		*kept = path->kept(bench);
		path->unmap(bench);
	}
	*counts = counts_seen();
	local_irq_restore(flags);
	counts_stop();
	return nr;
}

int row_print(struct bench *bench, const struct bench_path *path, const char *kind,
	      const char *layout, unsigned int repeat)
{
	static u64 map[MOST_REPEATS], unmap[MOST_REPEATS], both[MOST_REPEATS];
	struct summary mapping, unmapping, together;
	struct counts counts;
	struct sample sample;
	unsigned int warm_up;
	size_t kept = 0;
	int nr;

	repeat = clamp(repeat, 1, MOST_REPEATS);
	warm_up = row_is_long(bench) ? 4 : min(WARM_UP, 2 * repeat);
	for (unsigned int i = 0; i < warm_up + repeat; i++) {
		unsigned int at = i < warm_up ? 0 : i - warm_up;

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
	nr = count(bench, path, &counts, &kept);
	if (nr <= 0)
		return nr ?: -EIO;

	mapping = summary(map, repeat);
	unmapping = summary(unmap, repeat);
	together = summary(both, repeat);
	pr_info("%s layout=%s n=%u path=%s map_insns=%llu unmap_insns=%llu both_insns=%llu map_spread=%llu unmap_spread=%llu both_spread=%llu entries=%u runs=%u bytes=%zu ranges=%d calls=%u links=%u walks=%u unmaps=%u iovas=%u syncs=%u deferred=%u requests=%u allocs=%u kept=%zu\n",
		kind, layout, bench->list.nr, path->name,
		mapping.median, unmapping.median, together.median,
		mapping.spread, unmapping.spread, together.spread,
		bench->list.nr, bench->list.runs, bench->list.bytes, nr,
		counts.calls, counts.links, counts.walks, counts.unmaps, counts.iovas,
		counts.syncs, counts.deferred, counts.requests, counts.allocs,
		kept);
	return 0;
}
