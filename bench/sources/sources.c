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

/* How the pages are measured. */
struct measure {
	unsigned int repeat;
	bool functions;
};

static int print_functions(struct bench *bench, const struct bench_path *const *paths,
			   unsigned int nr, const char *of)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < nr; i++) {
		err = functions_print(bench, paths[i], of);
		cond_resched();
	}
	return err;
}

static int print_ways(struct bench *bench, const struct bench_source *source,
		      const char *layout, const struct measure *measure)
{
	const struct bench_path *paths[ARRAY_SIZE(source->ways)];
	unsigned int nr = 0;
	char kind[32], of[48];
	int ret;

	for (const struct bench_way *way = source->ways; way->bytes; way++) {
		int err = check_way(bench, way);

		if (err) {
			pr_err("cannot map %s of %u pages by %s: %d\n", source->name,
			       bench->list.nr, way->path.name, err);
			return err;
		}
		paths[nr++] = &way->path;
	}
	snprintf(kind, sizeof(kind), "source of=%s", source->name);
	ret = rows_print(bench, paths, nr, kind, layout, measure->repeat);
	if (ret || !measure->functions)
		return ret;
	snprintf(of, sizeof(of), "%s.%s", source->name, layout);
	return print_functions(bench, paths, nr, of);
}

static int print_source(struct bench *bench, const struct bench_source *source,
			const char *layout, unsigned int n,
			const struct measure *measure)
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
	err = print_ways(bench, source, layout, measure);
	source->drop();
	return err;
}

int sources_print(struct bench *bench, bool (*is_wanted)(const char *layout),
		  const unsigned int *n, unsigned int nr_n, unsigned int repeat,
		  bool functions)
{
	const struct measure measure = { repeat, functions };
	int err = 0;

	for (int i = 0; i < ARRAY_SIZE(sources); i++)
		for (int j = 0; j < ARRAY_SIZE(layouts); j++)
			for (int k = 0; !err && is_wanted(layouts[j]) && k < nr_n; k++)
				err = print_source(bench, sources[i], layouts[j], n[k],
						   &measure);
	return err;
}
