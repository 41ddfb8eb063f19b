// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of every shape.
 */
#include "layouts.h"

/* 0..@n in an order in which neighbours do not stay neighbours. */
static unsigned int scattered(unsigned int i, unsigned int n)
{
	return (i * 85 + 7) % n;
}

static void one_byte(struct memory *memory)
{
	memory_add(memory, 0, 0, 1234, 1);
}

void one_page(struct memory *memory)
{
	memory_add(memory, 0, 3, 0, PAGE_SIZE);
}

static void across_a_page_boundary(struct memory *memory)
{
	memory_add(memory, 0, 0, PAGE_SIZE - 1, 2);
}

static void adjacent_pages(struct memory *memory)
{
	for (int i = 0; i < 64; i++)
		memory_add(memory, 0, i, 0, PAGE_SIZE);
}

static void adjacent_pieces(struct memory *memory)
{
	for (int i = 0; i < 64; i++)
		memory_add(memory, 0, i / 4, i % 4 * 1024, 1024);
}

static void contiguous_with_odd_ends(struct memory *memory)
{
	memory_add(memory, 0, 0, 3, BLOCK_PAGES * PAGE_SIZE - 10);
}

void scattered_pages(struct memory *memory)
{
	for (int i = 0; i < 256; i++)
		memory_add(memory, 0, scattered(i, 256), 0, PAGE_SIZE);
}

static void folios(struct memory *memory)
{
	for (int i = 0; i < 64; i++)
		memory_add(memory, i % BLOCKS, scattered(i, 64) * 16, 0, 16 * PAGE_SIZE);
}

static void misaligned_head(struct memory *memory)
{
	memory_add(memory, 1, 9, 100, PAGE_SIZE - 100);
	scattered_pages(memory);
}

static void misaligned_tail(struct memory *memory)
{
	scattered_pages(memory);
	memory_add(memory, 1, 9, 0, 100);
}

void misaligned_seams(struct memory *memory)
{
	for (int i = 0; i < 512; i++)
		memory_add(memory, 0, scattered(i, 512), 512, 2048);
}

void head_pages_tail(struct memory *memory)
{
	memory_add(memory, 1, 9, 1096, 120);
	scattered_pages(memory);
	memory_add(memory, 2, 9, 8, 4);
}

static void pieces_of_one_page(struct memory *memory)
{
	for (int i = 0; i < 32; i++)
		memory_add(memory, 0, 0, i * 128, 64);
}

static void the_same_page_again(struct memory *memory)
{
	for (int i = 0; i < 8; i++)
		memory_add(memory, 0, 0, 0, PAGE_SIZE);
}

static void backwards(struct memory *memory)
{
	for (int i = 64; i-- > 0;)
		memory_add(memory, 0, i, 0, PAGE_SIZE);
}

static void sixteen_mib(struct memory *memory)
{
	for (int i = BLOCKS; i-- > 0;)
		memory_add(memory, i, 0, 0, BLOCK_PAGES * PAGE_SIZE);
}

void sixteen_mib_of_pages(struct memory *memory)
{
	for (int i = 0; i < MAX_ENTRIES; i++)
		memory_add(memory, i % BLOCKS,
			   scattered(i / BLOCKS, BLOCK_PAGES), 0, PAGE_SIZE);
}

void three_pages(struct memory *memory)
{
	for (int i = 0; i < 3; i++)
		memory_add(memory, i, 2 * i, 0, PAGE_SIZE);
}

/* As a message's pages, of which the first and the last are used in part. */
void whole_pages_inside(struct memory *memory)
{
	memory_add(memory, 1, 9, 100, PAGE_SIZE - 100);
	for (int i = 0; i < 30; i++)
		memory_add(memory, 0, scattered(i, 256), 0, PAGE_SIZE);
	memory_add(memory, 2, 9, 0, 100);
}

void misaligned_inside(struct memory *memory)
{
	for (int i = 0; i < 20; i++)
		memory_add(memory, i % BLOCKS, scattered(i, 256), 512, 2048);
}

static void aligned_to_4(struct memory *memory)
{
	for (int i = 0; i < 20; i++)
		memory_add(memory, i % BLOCKS, scattered(i, 256), 4 * i, 4 * (i + 1));
}

/* As many entries as there can be. */
void many_pieces(struct memory *memory)
{
	for (int i = 0; i < MAX_ENTRIES; i++)
		memory_add(memory, i % BLOCKS, i / BLOCKS, i % 32 * 64, 4 + i % 60);
}

#define LAYOUT(fn) { .name = #fn, .fill = fn }

const struct layout layouts[LAYOUTS] = {
	LAYOUT(one_byte),
	LAYOUT(one_page),
	LAYOUT(across_a_page_boundary),
	LAYOUT(adjacent_pages),
	LAYOUT(adjacent_pieces),
	LAYOUT(contiguous_with_odd_ends),
	LAYOUT(scattered_pages),
	LAYOUT(folios),
	LAYOUT(misaligned_head),
	LAYOUT(misaligned_tail),
	LAYOUT(misaligned_seams),
	LAYOUT(head_pages_tail),
	LAYOUT(pieces_of_one_page),
	{ .name = "the_same_page_again", .fill = the_same_page_again, .overlaps = true },
	LAYOUT(backwards),
	LAYOUT(sixteen_mib),
	LAYOUT(sixteen_mib_of_pages),
	LAYOUT(three_pages),
	LAYOUT(whole_pages_inside),
	LAYOUT(misaligned_inside),
	LAYOUT(aligned_to_4),
	LAYOUT(many_pieces),
};
