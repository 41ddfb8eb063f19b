// SPDX-License-Identifier: GPL-2.0
/*
 * phyr, as Rust calls it: see phyr_rust.rs.
 */
#include "bench.h"
#include "phyr_rust.h"

static int map(struct bench *bench)
{
	return bench_rust_map(bench->dev, bench->list.phyrs, bench->list.nr,
			      bench->ranges, bench->room, bench->dir,
			      bench->rust);
}

static void unmap(struct bench *bench)
{
	bench_rust_unmap(bench->rust);
}

/* The mapping borrows the array in any case. */
static size_t kept(const struct bench *bench)
{
	return sizeof(bench->rust) + bench->nr_ranges * sizeof(*bench->ranges);
}

const struct bench_path bench_phyr_rust = { "phyr_rust", map, unmap, kept };
