/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What phyr_rust.rs has for C.
 */
#ifndef _PHYR_BENCH_PHYR_RUST_H
#define _PHYR_BENCH_PHYR_RUST_H

#include <linux/types.h>

struct bench;

/* Bytes of a Mapping. */
extern const size_t bench_rust_size;

/* As those of struct bench_path.  phyr's Mapping is in @bench->rust in between. */
int bench_rust_map(struct bench *bench);
void bench_rust_unmap(struct bench *bench);

#endif /* _PHYR_BENCH_PHYR_RUST_H */
