// SPDX-License-Identifier: GPL-2.0
/*
 * phyr, as Rust calls it: see phyr_rust.rs.
 */
#include "bench.h"
#include "phyr_rust.h"

/* The structure that phyr_rust.rs repeats. */
static_assert(offsetof(struct bench, dir) == 8);
static_assert(offsetof(struct bench, list.phyrs) == 16);
static_assert(offsetof(struct bench, list.nr) == 24);
static_assert(offsetof(struct bench, ranges) == 48);
static_assert(offsetof(struct bench, room) == 56);
static_assert(offsetof(struct bench, rust) == 64);

/* The mapping borrows the array in any case. */
static size_t kept(const struct bench *bench)
{
	return bench_rust_size + bench->nr_ranges * sizeof(*bench->ranges);
}

const struct bench_path bench_phyr_rust = {
	"phyr_rust", bench_rust_map, bench_rust_unmap, kept
};
