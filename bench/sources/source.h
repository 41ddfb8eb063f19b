/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a caller has, and the ways from there to DMA ranges and back.
 */
#ifndef _PHYR_BENCH_SOURCE_H
#define _PHYR_BENCH_SOURCE_H

#include <linux/phyr-list.h>

#include "../bench.h"

/**
 * struct bench_way - a way to map what a caller has
 * @path: the way; its map and its unmap do all that a caller has to
 * @bytes: of the DMA ranges that came out
 */
struct bench_way {
	struct bench_path path;
	size_t (*bytes)(const struct bench *bench);
};

/**
 * struct bench_source - a kind of thing that memory is had in
 * @name: what it is called in the tables
 * @most: pages, at most
 * @make: makes one of the pages of bench->list, before anything is counted, or of others
 *	which it writes there; returns 0 or an errno
 * @drop: gives it back
 * @ways: the ways to map it, of which phyr's is the first; behind the last is none
 */
struct bench_source {
	const char *name;
	unsigned int most;
	int (*make)(struct bench *bench);
	void (*drop)(void);
	struct bench_way ways[4];
};

extern const struct bench_source bench_request_source;
extern const struct bench_source bench_bvec_source;
extern const struct bench_source bench_ubuf_source;
extern const struct bench_source bench_user_source;

/* By phyr: what @iter gives. */
int bench_map_iter(struct bench *bench, struct phyr_iter iter);
void bench_unmap_phyrs(struct bench *bench);
size_t bench_kept_phyrs(const struct bench *bench);

/* By bench->sgt, which has been filled; it is freed if that fails, and by the unmap. */
int bench_map_sgt(struct bench *bench);
void bench_unmap_sgt(struct bench *bench);

/* By extract_iter_to_sg(), which follows no chain: into an array, which the unmap frees. */
int bench_map_extracted(struct bench *bench, struct iov_iter iov);
void bench_unmap_extracted(struct bench *bench);

size_t bench_kept_sgt(const struct bench *bench);

size_t bench_bytes_of_ranges(const struct bench *bench);
size_t bench_bytes_of_sgt(const struct bench *bench);

/*
 * By phyr: memory of the process, pinned into @list, whose bytes @pinned is, or what failed.
 * The list is released if that is not all of it, and by the unmap.
 */
int bench_map_pinned(struct bench *bench, struct phyr_list *list, ssize_t pinned);
void bench_unmap_pinned(struct bench *bench, struct phyr_list *list);

/*
 * User memory of as many pages as bench->list, up to BENCH_USER_PAGES, which becomes the list
 * of them: one run in each block of the page allocator, or as many runs as pages if bench->list
 * has several.
 */
#define BENCH_USER_PAGES	4096
int bench_user_make(struct bench *bench);
void bench_user_drop(void);
unsigned long bench_user_start(void);

#endif /* _PHYR_BENCH_SOURCE_H */
