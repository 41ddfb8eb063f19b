// SPDX-License-Identifier: GPL-2.0
/*
 * RAM and memory of another PCI device through rdma_rw_ctx_init_phyr_list(), over a real RDMA
 * device.
 */
#include <linux/io.h>
#include <linux/random.h>
#include <rdma/ib_phyr.h>
#include <rdma/rw_phyr.h>

#include "peers.h"
#include "wire.h"

/* As much memory of the peer as the lists have pages in. */
#define PEER_BYTES	SZ_1M

/**
 * struct far - a connection, and a list that is moved over it
 * @wire: the connection
 * @peer: whose memory is in the list
 * @mem: that memory, for the CPU
 * @memory: the list
 * @list: the same, with whose its entries are
 * @segments: of @list
 * @len: bytes of it
 * @flat: room for as many
 */
struct far {
	struct wire		*wire;
	const struct p2p_peer	*peer;
	void __iomem		*mem;
	struct memory		*memory;
	struct dma_phyr_list	list;
	struct dma_phyr_segment	segments[MIXED_SEGMENTS];
	size_t			len;
	u8			*flat;
};

/* Entries that are one SGE each where there is no IOMMU, for more than one work request. */
static struct dma_phyr_list peer_alone(struct memory *memory, const struct p2p_peer *peer,
				       struct dma_phyr_segment segments[MIXED_SEGMENTS])
{
	for (int i = 0; i < 50; i++)
		add_peer(memory, peer, 2 * i * PAGE_SIZE + 4 * i, 1000 + i);
	segments[0] = (struct dma_phyr_segment) { .nr = 50, .provider = peer->provider };
	return (struct dma_phyr_list) {
		.phyrs = memory->phyrs,
		.nr = memory->nr,
		.segments = segments,
		.nr_segments = 1,
	};
}

static void unmap_peer(void *mem)
{
	iounmap((void __iomem *)mem);
}

static struct far *far_open(struct kunit *test,
			    struct dma_phyr_list (*fill)(struct memory *, const struct p2p_peer *,
							 struct dma_phyr_segment *))
{
	const struct p2p_peer *peer = p2p_need(test, *(enum p2p_peer_kind *)test->param_value);
	struct far *far = kunit_kzalloc(test, sizeof(*far), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, far);
	far->peer = peer;
	far->wire = wire_open(test);
	far->mem = ioremap(peer->paddr, PEER_BYTES);
	KUNIT_ASSERT_NOT_NULL(test, far->mem);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unmap_peer, (void __force *)far->mem));
	far->memory = memory_alloc(test);
	far->list = fill(far->memory, peer, far->segments);
	for (int i = 0; i < far->memory->nr; i++)
		far->len += far->memory->phyrs[i].len;
	far->flat = kunit_kmalloc(test, far->len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, far->flat);
	return far;
}

static enum phyr_p2p_route route_to(const struct far *far)
{
	struct ib_device *dev = far->wire->client->device;
	u64 bus_offset;

	if (ib_uses_virt_dma(dev))
		return PHYR_P2P_REFUSED;
	return phyr_shim_p2p_route(far->peer->provider, dev->dma_device, &bus_offset);
}

/* The bytes of the list, one after the other: from far->flat, or to there. */
static void copy_list(const struct far *far, bool to_list)
{
	const struct phys_vec *phyr = far->memory->phyrs;
	u8 *flat = far->flat;

	for (int i = 0; i < far->memory->nr; flat += phyr++->len, i++) {
		u64 into_peer = phyr->paddr - far->peer->paddr;

		if (into_peer < far->peer->len && to_list)
			memcpy_toio(far->mem + into_peer, flat, phyr->len);
		else if (into_peer < far->peer->len)
			memcpy_fromio(flat, far->mem + into_peer, phyr->len);
		else if (to_list)
			memcpy(phys_to_virt(phyr->paddr), flat, phyr->len);
		else
			memcpy(flat, phys_to_virt(phyr->paddr), phyr->len);
	}
}

static int far_init(const struct far *far, struct phyr_rw_ctx *ctx, size_t offset,
		    enum dma_data_direction dir)
{
	struct wire *wire = far->wire;

	return rdma_rw_ctx_init_phyr_list(ctx, wire->client_qp, wire->client->port_num,
					  &far->list, offset, wire->mr->iova, wire->mr->rkey, dir);
}

static void far_move(struct kunit *test, const struct far *far, size_t offset,
		     enum dma_data_direction dir)
{
	struct phyr_rw_ctx ctx;

	KUNIT_ASSERT_GT(test, far_init(far, &ctx, offset, dir), 0);
	wire_move(test, far->wire, &ctx);
	rdma_rw_ctx_destroy_phyr(&ctx, far->wire->client_qp);
}

static void expect_read(struct kunit *test, const struct far *far, size_t offset)
{
	memset(far->flat, 0, far->len);
	copy_list(far, true);
	get_random_bytes(far->wire->remote, far->len);
	far_move(test, far, offset, DMA_FROM_DEVICE);
	copy_list(far, false);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(far->flat, 0, offset));
	KUNIT_EXPECT_MEMEQ(test, far->wire->remote, far->flat + offset, far->len - offset);
}

static void expect_write(struct kunit *test, const struct far *far, size_t offset)
{
	get_random_bytes(far->flat, far->len);
	copy_list(far, true);
	memset(far->wire->remote, 0, WIRE_BYTES);
	far_move(test, far, offset, DMA_TO_DEVICE);
	KUNIT_EXPECT_MEMEQ(test, far->flat + offset, far->wire->remote, far->len - offset);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(far->wire->remote + far->len - offset, 0,
						   WIRE_BYTES - far->len + offset));
}

/* The connection is as good as before: RAM goes over it. */
static void expect_refused(struct kunit *test, struct far *far)
{
	struct phyr_rw_ctx ctx;

	for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
		KUNIT_EXPECT_EQ(test, -EREMOTEIO, far_init(far, &ctx, 0, dir));
		KUNIT_EXPECT_EQ(test, -EREMOTEIO, far_init(far, &ctx, 1, dir));
	}
	far->memory->nr = 0;
	memory_add(far->memory, 0, 3, 8, 5 * PAGE_SIZE);
	far->list = (struct dma_phyr_list) { .phyrs = far->memory->phyrs, .nr = 1 };
	far->len = 5 * PAGE_SIZE;
	expect_write(test, far, 0);
	expect_read(test, far, 0);
}

static void expect_bytes(struct kunit *test, struct far *far, const size_t *offsets, int nr)
{
	kunit_info(test, "the route is: %s", p2p_route_name(route_to(far)));
	if (route_to(far) == PHYR_P2P_REFUSED) {
		expect_refused(test, far);
		return;
	}
	for (int i = 0; i < nr; i++) {
		expect_write(test, far, offsets[i]);
		expect_read(test, far, offsets[i]);
	}
}

static void ram_and_memory_of_a_peer(struct kunit *test)
{
	const size_t offsets[] = { 0, 1, 3 * PAGE_SIZE - 50, 5 * PAGE_SIZE, 6 * PAGE_SIZE + 4 };

	expect_bytes(test, far_open(test, mixed_list), offsets, ARRAY_SIZE(offsets));
}

static void memory_of_a_peer_alone(struct kunit *test)
{
	const size_t offsets[] = { 0, 1000, 20000 };

	expect_bytes(test, far_open(test, peer_alone), offsets, ARRAY_SIZE(offsets));
}

static struct kunit_case wire_p2p_cases[] = {
	KUNIT_CASE_PARAM(ram_and_memory_of_a_peer, peer_gen_params),
	KUNIT_CASE_PARAM(memory_of_a_peer_alone, peer_gen_params),
	{}
};

static struct kunit_suite wire_p2p_suite = {
	.name = "phyr_rdma_wire_p2p",
	.suite_init = p2p_driver_register,
	.suite_exit = p2p_driver_unregister,
	.test_cases = wire_p2p_cases,
};

kunit_test_suite(wire_p2p_suite);
