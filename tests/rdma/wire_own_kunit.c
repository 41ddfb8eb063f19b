// SPDX-License-Identifier: GPL-2.0
/*
 * Work requests of a ULP's own, and lists that are kept, over a real RDMA device.
 */
#include <linux/phyr-list.h>
#include <rdma/ib_phyr.h>
#include <rdma/rw_phyr.h>

#include "../layouts.h"
#include "sides.h"
#include "wire.h"

#define PIECES	3

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

/* As much as is sent inline, of which the first one crosses a page. */
static struct memory *pieces(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	memory_add(memory, 0, 0, PAGE_SIZE - 3, 20);
	memory_add(memory, 1, 5, 1, 13);
	memory_add(memory, 2, 7, 100, WIRE_INLINE - 20 - 13);
	return memory;
}

/* It is sent as it was when it was posted. */
static void what_is_sent_inline(struct kunit *test)
{
	struct memory *memory = pieces(test);
	struct wire *wire = wire_open(test);
	struct ib_sge sges[PIECES];

	for (int nr = 1; nr <= PIECES; nr++) {
		memory->nr = nr;
		fill_memory(wire, memory);
		KUNIT_ASSERT_EQ(test, nr, ib_phyr_inline_sges(memory->phyrs, nr, sges, PIECES));
		wire_send(test, wire, sges, nr, IB_SEND_INLINE, memory);
		expect_written(test, wire, memory, 0);
	}
}

static void what_is_mapped_to_be_sent(struct kunit *test)
{
	struct memory *memory = pieces(test);
	struct wire *wire = wire_open(test);
	struct ib_device *dev = wire->client->device;
	struct ib_sge sges[PIECES];
	struct dma_phyr_map map;
	int nr;

	fill_memory(wire, memory);
	nr = ib_dma_map_phyrs(dev, memory->phyrs, memory->nr, &map, memory->ranges, MAX_ENTRIES,
			      DMA_TO_DEVICE);
	KUNIT_ASSERT_GT(test, nr, 0);
	nr = ib_phyr_sges(memory->ranges, nr, 0, WIRE_INLINE, wire->pd->local_dma_lkey, sges,
			  PIECES);
	KUNIT_ASSERT_GT(test, nr, 0);
	wire_send(test, wire, sges, nr, 0, memory);
	ib_dma_unmap_phyrs(dev, &map, memory->ranges);
	expect_written(test, wire, memory, 0);
}

/* Prepares it from a struct phyr_list, which is not needed any more then. */
static int init_kept(struct kunit *test, struct wire *wire, struct phyr_rw_ctx *ctx,
		     const struct memory *memory, enum dma_data_direction dir)
{
	const struct phyr_iter phyrs = phyr_iter_phyrs(memory->phyrs, memory->nr);
	struct phyr_list list;
	struct phyr_iter iter;
	int ret;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	KUNIT_ASSERT_EQ(test, 0, phyr_list_add_iter(&list, &phyrs, GFP_KERNEL));
	iter = phyr_iter_list(&list, 0, list.len);
	ret = rdma_rw_ctx_init_phyr_iter(ctx, wire->client_qp, wire->client->port_num, &iter,
					 wire->mr->iova, wire->mr->rkey, dir);
	phyr_list_release(&list);
	return ret;
}

static void a_list_that_is_kept(struct kunit *test)
{
	struct memory *memory = memory_of_layout(test);
	struct wire *wire = wire_open(test);
	struct phyr_rw_ctx ctx;
	int ret;

	fill_memory(wire, memory);
	KUNIT_ASSERT_GT(test, init_kept(test, wire, &ctx, memory, DMA_TO_DEVICE), 0);
	wire_move(test, wire, &ctx);
	rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
	expect_written(test, wire, memory, 0);

	fill_remote(wire, memory);
	ret = init_kept(test, wire, &ctx, memory, DMA_FROM_DEVICE);
	/* That it is right to be so is asked in phyr_rdma_wire. */
	if (ret == -EAGAIN)
		return;
	KUNIT_ASSERT_GT(test, ret, 0);
	wire_move(test, wire, &ctx);
	rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
	expect_arrived(test, memory, 0);
}

static struct kunit_case wire_own_cases[] = {
	KUNIT_CASE(what_is_sent_inline),
	KUNIT_CASE(what_is_mapped_to_be_sent),
	KUNIT_CASE_PARAM(a_list_that_is_kept, layout_gen_params),
	{}
};

static struct kunit_suite wire_own_suite = {
	.name = "phyr_rdma_wire_own",
	.test_cases = wire_own_cases,
};

kunit_test_suite(wire_own_suite);
