/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A list of physical ranges, and the ways to map it that are compared.
 */
#ifndef _PHYR_BENCH_H
#define _PHYR_BENCH_H

#include <linux/dma-mapping.h>
#include <linux/dma-phyr.h>
#include <linux/scatterlist.h>

/**
 * struct bench_list - a list, and what its maker knows of it
 * @phyrs: the ranges
 * @nr: how many there are
 * @runs: how many are left when adjacent ones are merged
 * @bytes: of all of them, what the block layer has as blk_rq_payload_bytes()
 * @gaps: every address at which a range starts or ends inside of the list, or'd:
 *	what the block layer has as req_phys_gap_mask()
 */
struct bench_list {
	struct phys_vec *phyrs;
	unsigned int nr;
	unsigned int runs;
	size_t bytes;
	unsigned long gaps;
};

/* QEMU's edu device, for which lists are mapped. */
#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

/* What the mapping of a Rust driver takes, at most. */
#define BENCH_RUST_WORDS	24

/**
 * struct bench - one list and its mapping
 * @dev: the device that it is mapped for
 * @dir: for which direction
 * @list: the list
 * @ranges: what comes out
 * @room: entries in @ranges
 * @nr_ranges: entries that were written
 * @map: the mapping, by dma_map_phyrs()
 * @sgt: by dma_map_sgtable()
 * @iova: by dma_iova_link()
 * @rust: by phyr's Mapping
 */
struct bench {
	struct device *dev;
	enum dma_data_direction dir;
	struct bench_list list;
	struct dma_vec *ranges;
	unsigned int room;
	unsigned int nr_ranges;
	union {
		struct dma_phyr_map map;
		struct sg_table sgt;
		struct dma_iova_state iova;
		u64 rust[BENCH_RUST_WORDS];
	};
};

/**
 * struct bench_path - a way to map a list
 * @name: what it is called in the tables
 * @map: maps it and returns how many DMA ranges there are, or an errno
 * @unmap: unmaps it
 * @kept: bytes that have to be kept from map to unmap
 *
 * Both are called with interrupts off where instructions are counted, and with interrupts on
 * where threads map for some seconds.
 */
struct bench_path {
	const char *name;
	int (*map)(struct bench *bench);
	void (*unmap)(struct bench *bench);
	size_t (*kept)(const struct bench *bench);
};

extern const struct bench_path bench_phyr_c;
extern const struct bench_path bench_phyr_rust;
extern const struct bench_path bench_sg;
extern const struct bench_path bench_phys;
extern const struct bench_path bench_twostep_blk;
extern const struct bench_path bench_twostep_each;
extern const struct bench_path bench_limit;
extern const struct bench_path bench_by_hand;

extern const struct bench_path *const bench_paths[];
extern const unsigned int bench_nr_paths;

/* Arrays for lists of @nr entries. */
int bench_alloc(struct bench *bench, unsigned int nr);
void bench_free(struct bench *bench);

/* Bytes of DMA ranges that have to be kept, if each was a map call. */
static inline size_t bench_kept_ranges(const struct bench *bench)
{
	if (!dma_need_unmap(bench->dev))
		return 0;
	return bench->nr_ranges * sizeof(*bench->ranges);
}

#endif /* _PHYR_BENCH_H */
