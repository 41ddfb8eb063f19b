// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of RAM and of another device's memory through rdma_rw_ctx_init_phyr_list().
 */
#include <linux/sizes.h>
#include <rdma/ib_phyr.h>
#include <rdma/rw_phyr.h>

#include "../../rust/glue.h"
#include "../edu.h"
#include "../p2p_driver.h"
#include "kinds.h"
#include "moved.h"
#include "mrs.h"
#include "peers.h"

static enum phyr_p2p_route route_to(struct kunit *test, const struct p2p_peer *peer)
{
	u64 bus_offset;

	return phyr_shim_p2p_route(peer->provider, edu_dev(test), &bus_offset);
}

static int init_list(struct fake_rdma *fake, struct phyr_rw_ctx *ctx,
		     const struct dma_phyr_list *list, size_t offset,
		     enum dma_data_direction dir)
{
	return rdma_rw_ctx_init_phyr_list(ctx, &fake->qp, FAKE_PORT, list, offset, REMOTE_ADDR,
					  REMOTE_KEY, dir);
}

static void expect_transfer(struct kunit *test, struct fake_rdma *fake,
			    const struct kind *kind, const struct dma_phyr_list *list,
			    const struct memory *memory, size_t offset,
			    enum dma_data_direction dir)
{
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};
	int ret = init_list(fake, &ctx, list, offset, dir);

	if (mrs_run_out(kind, memory, offset, dir)) {
		KUNIT_EXPECT_EQ(test, -EAGAIN, ret);
		return;
	}
	KUNIT_ASSERT_GT(test, ret, 0);
	KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	KUNIT_EXPECT_EQ(test, ret, fake->nr_wrs);
	expect_moved(test, fake, memory, offset, dir);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

/* Bytes of @list that are the peer's. */
static size_t bytes_of_peer(const struct fake_peer *peer, const struct dma_phyr_list *list)
{
	size_t bytes = 0;

	for (int i = 0; i < list->nr; i++)
		if (list->phyrs[i].paddr - peer->paddr < peer->len)
			bytes += list->phyrs[i].len;
	return bytes;
}

/* Bytes that @sges name on the bus. */
static size_t bytes_on_bus(const struct fake_peer *peer, const struct ib_sge *sges, int nr)
{
	size_t bytes = 0;

	for (int i = 0; i < nr; i++)
		if (sges[i].addr - peer->bus < peer->len)
			bytes += sges[i].length;
	return bytes;
}

/* The same, by SGEs of a ULP's own. */
static void expect_own_sges(struct kunit *test, struct fake_rdma *fake,
			    const struct dma_phyr_list *list, struct memory *memory)
{
	struct ib_cqe cqe = {};
	struct ib_rdma_wr wr = {
		.wr = {
			.wr_cqe = &cqe,
			.opcode = IB_WR_RDMA_WRITE,
			.send_flags = IB_SEND_SIGNALED,
		},
		.remote_addr = REMOTE_ADDR,
		.rkey = REMOTE_KEY,
	};
	struct ib_sge *sges = kunit_kcalloc(test, MAX_ENTRIES, sizeof(*sges), GFP_KERNEL);
	struct dma_phyr_map map;
	int nr;

	KUNIT_ASSERT_NOT_NULL(test, sges);
	nr = ib_dma_map_phyr_list(&fake->dev, list, &map, memory->ranges, MAX_ENTRIES,
				  DMA_TO_DEVICE);
	KUNIT_ASSERT_GT(test, nr, 0);
	nr = ib_phyr_sges(memory->ranges, nr, 0, memory_bytes(memory),
			  fake->pd.local_dma_lkey, sges, MAX_ENTRIES);
	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, bytes_of_peer(&fake->peer, list),
			bytes_on_bus(&fake->peer, sges, nr));
	wr.wr.sg_list = sges;
	wr.wr.num_sge = nr;
	KUNIT_EXPECT_EQ(test, 0, ib_post_send(&fake->qp, &wr.wr, NULL));
	expect_moved(test, fake, memory, 0, DMA_TO_DEVICE);
	ib_dma_unmap_phyrs(&fake->dev, &map, memory->ranges);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

static void ram_and_memory_of_a_peer(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	const size_t offsets[] = { 0, 1, PAGE_SIZE, 3 * PAGE_SIZE - 50, 4 * PAGE_SIZE + 4 };
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_segment segments[MIXED_SEGMENTS];
	struct dma_phyr_list list = mixed_list(memory, peer, segments);
	struct dma_phyr_map map;
	struct phyr_rw_ctx ctx;

	if (edu_bounces(test))
		kunit_skip(test, "bounce buffers are elsewhere");
	if (route_to(test, peer) == PHYR_P2P_REFUSED) {
		KUNIT_EXPECT_EQ(test, -EREMOTEIO,
				init_list(fake, &ctx, &list, 0, DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, -EREMOTEIO,
				init_list(fake, &ctx, &list, 1, DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, -EREMOTEIO,
				ib_dma_map_phyr_list(&fake->dev, &list, &map, memory->ranges,
						     MAX_ENTRIES, DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
		return;
	}
	if (route_to(test, peer) == PHYR_P2P_BUS_ADDR)
		fake->peer = (struct fake_peer) {
			.bus = peer->paddr + peer->provider->bus_offset,
			.paddr = peer->paddr,
			.len = peer->len,
		};
	fake_rdma_be(fake, &kinds[0]);
	expect_own_sges(test, fake, &list, memory);
	for (int i = 0; i < KINDS * ARRAY_SIZE(offsets); i++) {
		const struct kind *like = &kinds[i / ARRAY_SIZE(offsets)];

		fake_rdma_be(fake, like);
		for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++)
			expect_transfer(test, fake, like, &list, memory,
					offsets[i % ARRAY_SIZE(offsets)], dir);
	}
}

/* More entries, of which none adjoins another, than the context has room for. */
static void long_lists_from_inside(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_segment segments[2];
	struct dma_phyr_list list = { .segments = segments, .nr_segments = 2 };

	if (edu_bounces(test))
		kunit_skip(test, "bounce buffers are elsewhere");
	if (route_to(test, peer) != PHYR_P2P_BUS_ADDR)
		kunit_skip(test, "what is mapped is joined");
	fake->peer = (struct fake_peer) {
		.bus = peer->paddr + peer->provider->bus_offset,
		.paddr = peer->paddr,
		.len = peer->len,
	};
	for (int i = 0; i < 100; i++)
		memory_add(memory, 0, 2 * i, 8, 1000);
	for (int i = 0; i < 60; i++)
		add_peer(memory, peer, 2 * i * PAGE_SIZE, 1000);
	segments[0] = (struct dma_phyr_segment) { .nr = 100 };
	segments[1] = (struct dma_phyr_segment) { .nr = 60, .provider = peer->provider };
	list.phyrs = memory->phyrs;
	list.nr = memory->nr;
	fake_rdma_be(fake, &kinds[0]);
	expect_transfer(test, fake, &kinds[0], &list, memory, 0, DMA_TO_DEVICE);
	expect_transfer(test, fake, &kinds[0], &list, memory, 500, DMA_TO_DEVICE);
	expect_transfer(test, fake, &kinds[0], &list, memory, 99 * 1000 + 1, DMA_FROM_DEVICE);
}

/* Whoever copies with the CPU does not copy from there. */
static void a_device_without_dma(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_segment segments[MIXED_SEGMENTS];
	struct dma_phyr_list list = mixed_list(memory, peer, segments);
	struct dma_phyr_map map;
	struct phyr_rw_ctx ctx;
	struct ib_sge sges[16];

	KUNIT_EXPECT_EQ(test, -EREMOTEIO, init_list(fake, &ctx, &list, 0, DMA_TO_DEVICE));
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			ib_dma_map_phyrs(&fake->dev, memory->phyrs, memory->nr, &map,
					 memory->ranges, MAX_ENTRIES, DMA_TO_DEVICE));
	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			ib_dma_map_phyr_list(&fake->dev, &list, &map, memory->ranges, MAX_ENTRIES,
					     DMA_TO_DEVICE));
	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			ib_phyr_inline_sges(memory->phyrs, memory->nr, sges, ARRAY_SIZE(sges)));
}

static void segments_that_do_not_fit(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	struct fake_rdma *fake = fake_rdma_new(test, edu_dev(test));
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_segment segments[MIXED_SEGMENTS];
	struct dma_phyr_list list = mixed_list(memory, peer, segments);
	struct phyr_rw_ctx ctx;

	segments[2].nr++;
	for (int offset = 0; offset < 2; offset++) {
		KUNIT_EXPECT_EQ(test, -EINVAL, init_list(fake, &ctx, &list, offset, DMA_TO_DEVICE));
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	}
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

static struct kunit_case p2p_cases[] = {
	KUNIT_CASE_PARAM(ram_and_memory_of_a_peer, peer_gen_params),
	KUNIT_CASE_PARAM(long_lists_from_inside, peer_gen_params),
	KUNIT_CASE_PARAM(a_device_without_dma, peer_gen_params),
	KUNIT_CASE_PARAM(segments_that_do_not_fit, peer_gen_params),
	{}
};

static struct kunit_suite p2p_suite = {
	.name = "phyr_p2p_rdma",
	.suite_init = p2p_driver_register,
	.suite_exit = p2p_driver_unregister,
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = p2p_cases,
};

kunit_test_suite(p2p_suite);
