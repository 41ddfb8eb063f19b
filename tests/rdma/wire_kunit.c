// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of every shape through rdma_rw_ctx_init_phyr(), over a real RDMA device.
 */
#include <rdma/ib_phyr.h>
#include <rdma/rw_phyr.h>

#include "../layouts.h"
#include "kinds.h"
#include "mrs.h"
#include "pattern.h"
#include "wire.h"

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

static size_t bytes_of(const struct memory *memory)
{
	size_t len = 0;

	for (int i = 0; i < memory->nr; i++)
		len += memory->phyrs[i].len;
	return len;
}

/* What comes first of a list of more bytes than the other side has. */
static struct memory *filled(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	size_t room = WIRE_BYTES;

	if (layout->overlaps)
		kunit_skip(test, "what was written last is all that is there");
	layout->fill(memory);
	for (int i = 0; i < memory->nr; i++) {
		struct phys_vec *phyr = &memory->phyrs[i];

		phyr->len = min(phyr->len, room);
		room -= phyr->len;
		if (!phyr->len)
			memory->nr = i;
	}
	for (int i = 0; i < BLOCKS; i++)
		memset(page_address(memory->blocks[i]), 0, BLOCK_PAGES * PAGE_SIZE);
	return memory;
}

static u8 far_byte(size_t at)
{
	return at % 241 + 3;
}

/* The bytes of a list, one after the other: 0 before @offset, and then what the other side has. */
struct arrived {
	size_t at;
	size_t offset;
	size_t wrong;
};

static void has_arrived(void *state, void *mem, size_t len)
{
	struct arrived *arrived = state;

	for (size_t i = 0; i < len; i++, arrived->at++)
		arrived->wrong += ((u8 *)mem)[i] !=
				  (arrived->at < arrived->offset ?
				   0 : far_byte(arrived->at - arrived->offset));
}

/* All memory but the list's is as it was. */
static void expect_nothing_beside(struct kunit *test, const struct memory *memory)
{
	each_byte(memory, clear, NULL);
	for (int i = 0; i < BLOCKS; i++)
		KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(page_address(memory->blocks[i]), 0,
							   BLOCK_PAGES * PAGE_SIZE));
}

/* MRs that it takes; -EAGAIN if it has to have more than there are. */
static int mrs_due(const struct wire *wire, const struct memory *memory, size_t offset,
		   enum dma_data_direction dir, unsigned int pool)
{
	const struct rdma_cm_id *id = wire->client;
	unsigned int runs = min(id->device->attrs.max_fast_reg_page_list_len, 256);
	bool iwarp = rdma_protocol_iwarp(id->device, id->port_num);
	/* siw's have runs of any length. */
	const struct mr_room room = { .pages = iwarp ? UINT_MAX : runs, .runs = runs };
	unsigned int needed = mrs_needed(memory, offset, room);

	if (iwarp && dir == DMA_TO_DEVICE)
		return 0;
	if (needed <= pool)
		return needed;
	return iwarp ? -EAGAIN : 0;
}

static unsigned int mrs_left(const struct wire *wire)
{
	return list_count_nodes(&wire->client_qp->rdma_mrs);
}

/* Whether it was prepared, which returned @ret, by the MRs that are @due of the @pool. */
static bool expect_prepared(struct kunit *test, const struct wire *wire, unsigned int pool, int due,
			    int ret)
{
	if (due < 0) {
		KUNIT_EXPECT_EQ(test, due, ret);
		return false;
	}
	KUNIT_ASSERT_GT(test, ret, 0);
	KUNIT_EXPECT_EQ(test, due, pool - mrs_left(wire));
	return true;
}

/* Prepares it, by as many MRs as it takes.  Returns whether it can be. */
static bool prepare(struct kunit *test, struct wire *wire, struct phyr_rw_ctx *ctx,
		    const struct memory *memory, size_t offset, enum dma_data_direction dir)
{
	unsigned int pool = mrs_left(wire);
	int due = mrs_due(wire, memory, offset, dir, pool);
	int ret = rdma_rw_ctx_init_phyr(ctx, wire->client_qp, wire->client->port_num,
					memory->phyrs, memory->nr, offset, wire->mr->iova,
					wire->mr->rkey, dir);

	return expect_prepared(test, wire, pool, due, ret);
}

static void fill_remote(struct wire *wire)
{
	for (size_t i = 0; i < WIRE_BYTES; i++)
		wire->remote[i] = far_byte(i);
}

static void expect_arrived(struct kunit *test, const struct memory *memory, size_t offset)
{
	struct arrived arrived = { .offset = offset };

	each_byte(memory, has_arrived, &arrived);
	KUNIT_EXPECT_EQ(test, 0, arrived.wrong);
	expect_nothing_beside(test, memory);
}

static void expect_read(struct kunit *test, struct wire *wire, const struct memory *memory,
			size_t offset)
{
	struct phyr_rw_ctx ctx;

	fill_remote(wire);
	each_byte(memory, clear, NULL);
	if (!prepare(test, wire, &ctx, memory, offset, DMA_FROM_DEVICE))
		return;
	wire_move(test, wire, &ctx);
	rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
	expect_arrived(test, memory, offset);
}

static void expect_written(struct kunit *test, struct wire *wire, size_t offset, size_t len)
{
	struct bytes skipped = { .nr = offset };

	read_pattern(&skipped, wire->remote, len);
	KUNIT_EXPECT_EQ(test, 0, skipped.wrong);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(wire->remote + len, 0, WIRE_BYTES - len));
	memset(wire->remote, 0, len);
}

static void expect_write(struct kunit *test, struct wire *wire, const struct memory *memory,
			 size_t offset)
{
	struct bytes written = {};
	struct phyr_rw_ctx ctx;

	memset(wire->remote, 0, WIRE_BYTES);
	each_byte(memory, clear, NULL);
	KUNIT_ASSERT_TRUE(test, prepare(test, wire, &ctx, memory, offset, DMA_TO_DEVICE));
	/* As an NVMe target's data is. */
	each_byte(memory, write_pattern, &written);
	rdma_rw_ctx_sync_phyr(&ctx, wire->client_qp);
	wire_move(test, wire, &ctx);
	rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
	expect_written(test, wire, offset, written.nr - offset);
}

static void every_list_is_moved(struct kunit *test)
{
	struct memory *memory = filled(test);
	struct wire *wire = wire_open(test);
	const size_t offsets[] = { 0, 1, memory->phyrs[0].len, memory->phyrs[0].len + 3 };

	for (int i = 0; i < ARRAY_SIZE(offsets); i++) {
		if (offsets[i] >= bytes_of(memory))
			continue;
		expect_write(test, wire, memory, offsets[i]);
		expect_read(test, wire, memory, offsets[i]);
	}
}

/* What the ULP maps and unmaps itself. */
static void ranges_that_are_mapped(struct kunit *test)
{
	struct memory *memory = filled(test);
	struct wire *wire = wire_open(test);
	struct ib_device *dev = wire->client->device;
	struct bytes written = {};
	struct dma_phyr_map map;
	struct phyr_rw_ctx ctx;
	int nr;

	memset(wire->remote, 0, WIRE_BYTES);
	each_byte(memory, write_pattern, &written);
	nr = ib_dma_map_phyrs(dev, memory->phyrs, memory->nr, &map, memory->ranges, MAX_ENTRIES,
			      DMA_TO_DEVICE);
	KUNIT_ASSERT_GT(test, nr, 0);
	for (int again = 0; again < 2; again++) {
		KUNIT_ASSERT_GT(test, rdma_rw_ctx_init_phyr_mapped(&ctx, wire->client_qp,
								   wire->client->port_num,
								   memory->ranges, nr, 0,
								   wire->mr->iova, wire->mr->rkey,
								   DMA_TO_DEVICE), 0);
		wire_move(test, wire, &ctx);
		rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
		expect_written(test, wire, 0, written.nr);
	}
	ib_dma_unmap_phyrs(dev, &map, memory->ranges);
}

/* All but the first byte of it, where there are more. */
static void ranges_that_are_mapped_to_be_read(struct kunit *test)
{
	struct memory *memory = filled(test);
	struct wire *wire = wire_open(test);
	struct ib_device *dev = wire->client->device;
	unsigned int pool = mrs_left(wire);
	size_t offset = bytes_of(memory) > 1 ? 1 : 0;
	int due = mrs_due(wire, memory, offset, DMA_FROM_DEVICE, pool);
	struct dma_phyr_map map;
	struct phyr_rw_ctx ctx;
	bool is_prepared;
	int nr, ret;

	fill_remote(wire);
	each_byte(memory, clear, NULL);
	nr = ib_dma_map_phyrs(dev, memory->phyrs, memory->nr, &map, memory->ranges, MAX_ENTRIES,
			      DMA_FROM_DEVICE);
	KUNIT_ASSERT_GT(test, nr, 0);
	ret = rdma_rw_ctx_init_phyr_mapped(&ctx, wire->client_qp, wire->client->port_num,
					   memory->ranges, nr, offset, wire->mr->iova,
					   wire->mr->rkey, DMA_FROM_DEVICE);
	is_prepared = expect_prepared(test, wire, pool, due, ret);
	if (is_prepared) {
		wire_move(test, wire, &ctx);
		rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
	}
	ib_dma_unmap_phyrs(dev, &map, memory->ranges);
	if (is_prepared)
		expect_arrived(test, memory, offset);
}

/* A ULP that asks knows before what the device would refuse. */
static void what_takes_pages_says_so(struct kunit *test)
{
	struct ib_device *dev = wire_open(test)->client->device;

	KUNIT_EXPECT_EQ(test, !ib_uses_virt_dma(dev), rdma_phyr_pageless(dev));
}

static struct kunit_case wire_cases[] = {
	KUNIT_CASE_PARAM(every_list_is_moved, layout_gen_params),
	KUNIT_CASE_PARAM(ranges_that_are_mapped, layout_gen_params),
	KUNIT_CASE_PARAM(ranges_that_are_mapped_to_be_read, layout_gen_params),
	KUNIT_CASE(what_takes_pages_says_so),
	{}
};

static struct kunit_suite wire_suite = {
	.name = "phyr_rdma_wire",
	.test_cases = wire_cases,
};

kunit_test_suite(wire_suite);
