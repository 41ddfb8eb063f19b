// SPDX-License-Identifier: GPL-2.0
/*
 * Maps memory from what a caller has it in, in every way.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "../functions.h"
#include "../layouts.h"
#include "../row.h"
#include "source.h"
#include "sources.h"

static const struct bench_source *const sources[] = {
	&bench_request_source,
	&bench_bvec_source,
	&bench_ubuf_source,
	&bench_user_source,
};

static const char *const layouts[] = { "contiguous", "scattered" };

/* A way that maps less than all of it is not one. */
static int check_way(struct bench *bench, const struct bench_way *way)
{
	int nr = way->path.map(bench);
	bool whole;

	if (nr <= 0)
		return nr ?: -EIO;
	bench->nr_ranges = nr;
	whole = way->bytes(bench) == bench->list.bytes;
	way->path.unmap(bench);
	return whole ? 0 : -EIO;
}

/* How often each way is measured, or 0 if it is to be told where its instructions are. */
static int print_paths(struct bench *bench, const struct bench_path *const *paths,
		       unsigned int nr, const char *source, const char *layout,
		       unsigned int repeat)
{
	char of[48];
	int err = 0;

	if (repeat) {
		snprintf(of, sizeof(of), "source of=%s", source);
		return rows_print(bench, paths, nr, of, layout, repeat);
	}
	snprintf(of, sizeof(of), "%s.%s", source, layout);
	for (unsigned int i = 0; !err && i < nr; i++) {
		err = functions_print(bench, paths[i], of);
		cond_resched();
	}
	return err;
}

static int print_ways(struct bench *bench, const struct bench_source *source,
		      const char *layout, unsigned int repeat)
{
	const struct bench_path *paths[ARRAY_SIZE(source->ways)];
	unsigned int nr = 0;

	for (const struct bench_way *way = source->ways; way->bytes; way++) {
		int err = check_way(bench, way);

		if (err) {
			pr_err("cannot map %s of %u pages by %s: %d\n", source->name,
			       bench->list.nr, way->path.name, err);
			return err;
		}
		paths[nr++] = &way->path;
	}
	return print_paths(bench, paths, nr, source->name, layout, repeat);
}

static int print_source(struct bench *bench, const struct bench_source *source,
			const char *layout, unsigned int n, unsigned int repeat)
{
	int err;

	if (n > source->most)
		return 0;
	bench_layout_fill(bench_find_layout(layout), n, &bench->list);
	err = source->make(bench);
	if (err) {
		pr_err("cannot make %s of %u pages: %d\n", source->name, n, err);
		return err;
	}
	err = print_ways(bench, source, layout, repeat);
	source->drop();
	return err;
}

static int print_sources(struct bench *bench, bool (*is_wanted)(const char *layout),
			 const unsigned int *n, unsigned int nr_n, unsigned int repeat)
{
	int err = 0;

	for (int i = 0; i < ARRAY_SIZE(sources); i++)
		for (int j = 0; j < ARRAY_SIZE(layouts); j++)
			for (int k = 0; !err && is_wanted(layouts[j]) && k < nr_n; k++)
				err = print_source(bench, sources[i], layouts[j], n[k], repeat);
	return err;
}

int sources_print(struct bench *bench, bool (*is_wanted)(const char *layout),
		  const unsigned int *n, unsigned int nr_n, unsigned int repeat,
		  bool functions)
{
	int err = print_sources(bench, is_wanted, n, nr_n, repeat);

	/* Afterwards, for the rows to be the same without it. */
	if (!err && functions)
		err = print_sources(bench, is_wanted, n, nr_n, 0);
	return err;
}
