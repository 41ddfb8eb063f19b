// SPDX-License-Identifier: GPL-2.0
/*
 * Makes random lists: mostly short and small, of every alignment, with ranges
 * that are adjacent, that are folios, that come twice.
 */
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include "random_list.h"

#define BLOCK_BYTES	(BLOCK_PAGES * PAGE_SIZE)
#define MAX_NR		48
/* Of an entry, so that a list fits into MAX_ENTRIES pieces. */
#define MAX_PIECES	64

/* Entries start at multiples of @start and are up to @max times @unit long. */
static const struct shape {
	size_t start;
	size_t unit;
	unsigned int max;
} shapes[] = {
	{ PAGE_SIZE, PAGE_SIZE, 4 },
	{ SZ_16K, SZ_16K, 1 },
	{ 512, 512, 16 },
	{ 4, 4, 2048 },
	{ 1, 1, 64 },
	{ 1, 1, 3 * PAGE_SIZE },
};

static const struct shape large[] = {
	{ 1, 1, SZ_1M },
	{ SZ_64K, SZ_64K, 8 },
};

static const unsigned int sizes[] = {
	512, 4096, 6144, SZ_64K, UINT_MAX,
};

static const unsigned long boundaries[] = {
	SZ_64K - 1, SZ_1M - 1, U32_MAX, ULONG_MAX,
};

static const enum dma_data_direction dirs[] = {
	DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE,
};

/* A list that is being made; the last entry ends at @end in block @block. */
struct draft {
	struct rnd_state rnd;
	struct memory *memory;
	struct random_list list;
	int block;
	size_t end;
};

static u32 below(struct draft *draft, u32 n)
{
	return prandom_u32_state(&draft->rnd) % n;
}

static bool one_in(struct draft *draft, u32 n)
{
	return !below(draft, n);
}

static bool overlaps(const struct memory *memory, phys_addr_t start, size_t len)
{
	for (int i = 0; i < memory->nr; i++) {
		const struct phys_vec *phyr = &memory->phyrs[i];

		if (start < phyr->paddr + phyr->len && phyr->paddr < start + len)
			return true;
	}
	return false;
}

static void add_once_more(struct draft *draft)
{
	struct memory *memory = draft->memory;

	memory->phyrs[memory->nr] = memory->phyrs[below(draft, memory->nr)];
	memory->nr++;
}

/* One more entry, or none if that overlaps another and must not. */
static void add(struct draft *draft, const struct shape *shape)
{
	u64 most = (u64)draft->list.max_seg_size * MAX_PIECES;
	size_t len = (1 + below(draft, shape->max)) * shape->unit;
	struct memory *memory = draft->memory;
	phys_addr_t start;

	if (!memory->nr || !one_in(draft, 4)) {
		draft->block = below(draft, BLOCKS);
		draft->end = below(draft, BLOCK_BYTES / shape->start) *
			     shape->start;
	}
	len = min3(len, most, BLOCK_BYTES - draft->end);
	start = page_to_phys(memory->blocks[draft->block]) + draft->end;
	if (!len ||
	    (draft->list.dir != DMA_TO_DEVICE && overlaps(memory, start, len)))
		return;
	memory_add(memory, draft->block, 0, draft->end, len);
	draft->end += len;
}

static void add_entries(struct draft *draft)
{
	unsigned int nr = 1 + below(draft, one_in(draft, 8) ? MAX_NR : 8);
	const struct shape *usual = &shapes[below(draft, ARRAY_SIZE(shapes))];
	bool uniform = one_in(draft, 2);

	while (nr--) {
		const struct shape *shape = usual;

		if (!uniform && one_in(draft, 4))
			shape = &shapes[below(draft, ARRAY_SIZE(shapes))];
		if (one_in(draft, 256))
			shape = &large[below(draft, ARRAY_SIZE(large))];
		if (draft->memory->nr && draft->list.dir == DMA_TO_DEVICE &&
		    one_in(draft, 16))
			add_once_more(draft);
		else
			add(draft, shape);
	}
}

struct random_list random_list(struct memory *memory, u64 name)
{
	struct draft draft = { .memory = memory };
	struct random_list *list = &draft.list;

	prandom_seed_state(&draft.rnd, hash_64(name, 64));
	/* The first numbers of neighbouring seeds are alike. */
	for (int i = 0; i < 8; i++)
		below(&draft, 1);

	list->dir = dirs[below(&draft, ARRAY_SIZE(dirs))];
	list->max_seg_size = sizes[below(&draft, ARRAY_SIZE(sizes))];
	list->seg_boundary = boundaries[below(&draft, ARRAY_SIZE(boundaries))];

	memory->nr = 0;
	add_entries(&draft);
	for (int i = 0; i < memory->nr; i++)
		list->bytes += memory->phyrs[i].len;
	return *list;
}

size_t random_list_piece(const struct random_list *list, phys_addr_t paddr,
			 size_t left)
{
	unsigned long to_boundary =
		list->seg_boundary - (paddr & list->seg_boundary);

	return min3(left - 1, list->max_seg_size - 1, to_boundary) + 1;
}
