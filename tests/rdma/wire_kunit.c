// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of every shape through rdma_rw_ctx_init_phyr(), over a real RDMA device.
 */
#include <rdma/ib_phyr.h>
#include <rdma/rw_phyr.h>

#include "../layouts.h"
#include "mrs.h"
#include "pattern.h"
#include "sides.h"
#include "wire.h"

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

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

static void expect_read(struct kunit *test, struct wire *wire, const struct memory *memory,
			size_t offset)
{
	struct phyr_rw_ctx ctx;

	fill_remote(wire, memory);
	if (!prepare(test, wire, &ctx, memory, offset, DMA_FROM_DEVICE))
		return;
	wire_move(test, wire, &ctx);
	rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
	expect_arrived(test, memory, offset);
}

static void expect_write(struct kunit *test, struct wire *wire, const struct memory *memory,
			 size_t offset)
{
	struct phyr_rw_ctx ctx;

	each_byte(memory, clear, NULL);
	KUNIT_ASSERT_TRUE(test, prepare(test, wire, &ctx, memory, offset, DMA_TO_DEVICE));
	/* As an NVMe target's data is. */
	fill_memory(wire, memory);
	rdma_rw_ctx_sync_phyr(&ctx, wire->client_qp);
	wire_move(test, wire, &ctx);
	rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
	expect_written(test, wire, memory, offset);
}

static void every_list_is_moved(struct kunit *test)
{
	struct memory *memory = memory_of_layout(test);
	struct wire *wire = wire_open(test);
	const size_t offsets[] = { 0, 1, memory->phyrs[0].len, memory->phyrs[0].len + 3 };

	for (int i = 0; i < ARRAY_SIZE(offsets); i++) {
		if (offsets[i] >= memory_bytes(memory))
			continue;
		expect_write(test, wire, memory, offsets[i]);
		expect_read(test, wire, memory, offsets[i]);
	}
}

/* What the ULP maps and unmaps itself. */
static void ranges_that_are_mapped(struct kunit *test)
{
	struct memory *memory = memory_of_layout(test);
	struct wire *wire = wire_open(test);
	struct ib_device *dev = wire->client->device;
	struct dma_phyr_map map;
	struct phyr_rw_ctx ctx;
	int nr;

	fill_memory(wire, memory);
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
		expect_written(test, wire, memory, 0);
	}
	ib_dma_unmap_phyrs(dev, &map, memory->ranges);
}

/* All but the first byte of it, where there are more. */
static void ranges_that_are_mapped_to_be_read(struct kunit *test)
{
	struct memory *memory = memory_of_layout(test);
	struct wire *wire = wire_open(test);
	struct ib_device *dev = wire->client->device;
	unsigned int pool = mrs_left(wire);
	size_t offset = memory_bytes(memory) > 1 ? 1 : 0;
	int due = mrs_due(wire, memory, offset, DMA_FROM_DEVICE, pool);
	struct dma_phyr_map map;
	struct phyr_rw_ctx ctx;
	bool is_prepared;
	int nr, ret;

	fill_remote(wire, memory);
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
