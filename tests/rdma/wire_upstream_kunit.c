// SPDX-License-Identifier: GPL-2.0
/*
 * The same lists through rdma_rw_ctx_init_phyr(), rdma_rw_ctx_init() and rdma_rw_ctx_init_bvec(),
 * over a real RDMA device.
 */
#include <linux/swiotlb.h>
#include <rdma/rw_phyr.h>

#include "../layouts.h"
#include "sides.h"
#include "upstream.h"
#include "wire.h"

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

static void fill_sides(struct wire *wire, const struct memory *memory,
		       enum dma_data_direction dir)
{
	if (dir == DMA_TO_DEVICE)
		fill_memory(wire, memory);
	else
		fill_remote(wire, memory);
}

static void expect_bytes(struct kunit *test, struct wire *wire, const struct memory *memory,
			 enum dma_data_direction dir)
{
	if (dir == DMA_TO_DEVICE)
		expect_written(test, wire, memory, 0);
	else
		expect_arrived(test, memory, 0);
}

/* It must move each byte, if it takes the list. */
static struct taken upstream_takes(struct kunit *test, struct wire *wire,
				   const struct memory *memory, enum dma_data_direction dir,
				   bool by_bvecs)
{
	struct waiting waiting;
	struct upstream up;
	struct taken taken;
	int ret;

	fill_sides(wire, memory, dir);
	wait_init(&waiting);
	ret = upstream_init(test, &up, wire->client_qp, wire->client->port_num, memory,
			    wire->mr->iova, wire->mr->rkey, dir, by_bvecs);
	taken = (struct taken) { .wrs = ret };
	if (ret > 0) {
		struct ib_send_wr *wrs = rdma_rw_ctx_wrs(&up.ctx, wire->client_qp,
							 wire->client->port_num, &waiting.cqe,
							 NULL);

		taken = taken_by(wrs, ret);
		wire_post(test, wire, wrs, &waiting);
	}
	upstream_destroy(&up);
	if (ret > 0)
		expect_bytes(test, wire, memory, dir);
	return taken;
}

static struct taken phyr_takes(struct kunit *test, struct wire *wire, const struct memory *memory,
			       enum dma_data_direction dir)
{
	struct phyr_rw_ctx ctx;
	struct waiting waiting;
	struct taken taken;
	int ret;

	fill_sides(wire, memory, dir);
	wait_init(&waiting);
	ret = rdma_rw_ctx_init_phyr(&ctx, wire->client_qp, wire->client->port_num, memory->phyrs,
				    memory->nr, 0, wire->mr->iova, wire->mr->rkey, dir);
	taken = (struct taken) { .wrs = ret };
	if (ret > 0) {
		struct ib_send_wr *wrs = rdma_rw_ctx_wrs_phyr(&ctx, wire->client_qp,
							      wire->client->port_num,
							      &waiting.cqe, NULL);

		taken = taken_by(wrs, ret);
		wire_post(test, wire, wrs, &waiting);
	}
	rdma_rw_ctx_destroy_phyr(&ctx, wire->client_qp);
	if (ret > 0)
		expect_bytes(test, wire, memory, dir);
	return taken;
}

/* Which bounce buffers are neighbours is luck, theirs and ours. */
static bool is_luck(const struct ib_device *dev)
{
	return dev->dma_device && is_swiotlb_force_bounce(dev->dma_device);
}

/* iWARP has MRs for READs, others for all if ib_core.force_mr is set. */
static bool writes_by_mrs(const struct ib_qp *qp, u32 port_num)
{
	return !list_empty(&qp->rdma_mrs) && !rdma_protocol_iwarp(qp->device, port_num);
}

static void no_more_than_upstream(struct kunit *test)
{
	struct memory *memory = memory_of_layout(test);
	struct wire *wire = wire_open(test);
	bool luck = is_luck(wire->client->device);
	unsigned int compared = 0;

	if (upstream_bounces_too_much(wire->client->device, memory))
		kunit_skip(test, "rdma/rw.h would have an entry bounced at once");
	for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
		const struct taken ours = phyr_takes(test, wire, memory, dir);

		for (int by_bvecs = 0; by_bvecs <= 1; by_bvecs++) {
			const struct taken theirs = upstream_takes(test, wire, memory, dir,
								   by_bvecs);

			if (theirs.wrs <= 0)
				continue;
			KUNIT_ASSERT_GT(test, ours.wrs, 0);
			compared++;
			if (luck)
				continue;
			KUNIT_EXPECT_LE(test, ours.requests, theirs.requests);
			KUNIT_EXPECT_LE(test, ours.mrs, theirs.mrs);
		}
	}
	/* rdma_rw_ctx_init() WRITEs any list, but not by MRs. */
	if (!writes_by_mrs(wire->client_qp, wire->client->port_num))
		KUNIT_EXPECT_GT(test, compared, 0);
}

static struct kunit_case wire_upstream_cases[] = {
	KUNIT_CASE_PARAM(no_more_than_upstream, layout_gen_params),
	{}
};

static struct kunit_suite wire_upstream_suite = {
	.name = "phyr_rdma_wire_upstream",
	.test_cases = wire_upstream_cases,
};

kunit_test_suite(wire_upstream_suite);
