// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of every shape, and devices of every kind.
 */
#include "shapes.h"

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

static void adjacent_pages(struct memory *memory)
{
	for (int i = 0; i < 64; i++)
		memory_add(memory, 0, i, 0, PAGE_SIZE);
}

void three_pages(struct memory *memory)
{
	for (int i = 0; i < 3; i++)
		memory_add(memory, i, 2 * i, 0, PAGE_SIZE);
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

void head_pages_tail(struct memory *memory)
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

static void many_pages(struct memory *memory)
{
	for (int i = 0; i < MAX_ENTRIES; i++)
		memory_add(memory, i % BLOCKS, scattered(i / BLOCKS, BLOCK_PAGES), 0, PAGE_SIZE);
}

#define LAYOUT(name)	{ #name, name }

const struct layout layouts[LAYOUTS] = {
	LAYOUT(one_byte),
	LAYOUT(one_page),
	LAYOUT(adjacent_pages),
	LAYOUT(three_pages),
	LAYOUT(scattered_pages),
	LAYOUT(folios),
	LAYOUT(head_pages_tail),
	LAYOUT(misaligned_inside),
	LAYOUT(aligned_to_4),
	LAYOUT(many_pages),
};

const struct kind kinds[KINDS] = {
	{ .max_sge = 30 },
	{ .max_sge = 3 },
	{ .max_sge = 1 },
	{ .max_sge = 4, .mrs = FAKE_MRS, .iwarp = true },
	{ .max_sge = 4, .mrs = 1, .iwarp = true },
	{ .max_sge = 30, .mrs = FAKE_MRS, .max_sgl_rd = 2 },
	{ .max_sge = 30, .mrs = 1, .max_sgl_rd = 2 },
	/* ib_core.force_mr */
	{ .max_sge = 30, .mrs = FAKE_MRS },
};

void fake_rdma_be(struct fake_rdma *fake, const struct kind *kind)
{
	fake->qp.max_write_sge = kind->max_sge;
	fake->qp.max_read_sge = kind->max_sge;
	fake->dev.attrs.max_sge_rd = kind->max_sge;
	fake->dev.attrs.max_sgl_rd = kind->max_sgl_rd;
	fake->ports[FAKE_PORT].immutable.core_cap_flags =
		kind->iwarp ? RDMA_CORE_PORT_IWARP : RDMA_CORE_PORT_IBA_IB;
	fake_rdma_mrs(fake, kind->mrs);
}
