// SPDX-License-Identifier: GPL-2.0
/*
 * What posted work requests move.
 */
#include <linux/dma-phyr.h>

#include "../edu.h"
#include "moved.h"

/* Where a list is read. */
struct place {
	const struct phys_vec	*phyrs;
	unsigned int		nr;
	size_t			done;	/* bytes of the first that were moved */
};

/* Whether the next @len bytes of the list are at @paddr; goes on behind them. */
static bool moves(struct place *place, phys_addr_t paddr, size_t len)
{
	while (len) {
		size_t some;

		if (!place->nr || paddr != place->phyrs->paddr + place->done)
			return false;
		some = min(len, place->phyrs->len - place->done);
		paddr += some;
		len -= some;
		place->done += some;
		if (place->done == place->phyrs->len) {
			place->phyrs++;
			place->nr--;
			place->done = 0;
		}
	}
	return true;
}

static void leave_out(struct place *place, size_t offset)
{
	while (offset) {
		size_t some = min(offset, place->phyrs->len - place->done);

		moves(place, place->phyrs->paddr + place->done, some);
		offset -= some;
	}
}

static phys_addr_t paddr_of(struct kunit *test, struct fake_rdma *fake, u64 addr)
{
	const struct fake_peer *peer = &fake->peer;

	if (!fake->dev.dma_device)
		return virt_to_phys((void *)addr);
	if (addr - peer->bus < peer->len)
		return peer->paddr + (addr - peer->bus);
	return edu_reaches(test, addr);
}

/* @len bytes at a DMA address. */
static bool moves_dma(struct kunit *test, struct fake_rdma *fake,
		      struct place *place, u64 addr, size_t len)
{
	while (len) {
		size_t some = min(len, PAGE_SIZE - offset_in_page(addr));

		if (!moves(place, paddr_of(test, fake, addr), some))
			return false;
		addr += some;
		len -= some;
	}
	return true;
}

void each_named(struct kunit *test, struct fake_rdma *fake, const struct ib_sge *sges, int nr,
		void (*at)(void *state, void *mem, size_t len), void *state)
{
	for (int i = 0; i < nr; i++) {
		u64 addr = sges[i].addr;
		size_t left = sges[i].length;

		while (left) {
			size_t len = min(left, PAGE_SIZE - offset_in_page(addr));
			phys_addr_t paddr = paddr_of(test, fake, addr);

			KUNIT_ASSERT_NE(test, 0, paddr);
			at(state, phys_to_virt(paddr), len);
			addr += len;
			left -= len;
		}
	}
}

void each_reached(struct kunit *test, struct fake_rdma *fake,
		  void (*at)(void *state, void *mem, size_t len), void *state)
{
	for (int i = 0; i < fake->nr_sges; i++)
		KUNIT_ASSERT_EQ(test, FAKE_LKEY, fake->sges[i].lkey);
	each_named(test, fake, fake->sges, fake->nr_sges, at, state);
}

/* All of an MR. */
static bool moves_mr(struct kunit *test, struct fake_rdma *fake,
		     struct place *place, const struct fake_mr *mr)
{
	size_t len = mr->mr.length, offset = offset_in_page(mr->mr.iova);

	for (int i = 0; i < mr->nr && len; i++) {
		size_t some = min(len, PAGE_SIZE - offset);

		if (!moves_dma(test, fake, place, mr->pages[i] + offset, some))
			return false;
		offset = 0;
		len -= some;
	}
	return !len;
}

static bool moves_sge(struct kunit *test, struct fake_rdma *fake,
		      struct place *place, const struct ib_sge *sge)
{
	struct fake_mr *mr;

	if (sge->lkey == FAKE_LKEY)
		return moves_dma(test, fake, place, sge->addr, sge->length);
	mr = fake_rdma_find(fake, sge->lkey);
	return sge->lkey && mr && sge->addr == mr->mr.iova &&
	       sge->length == mr->mr.length && moves_mr(test, fake, place, mr);
}

void expect_named(struct kunit *test, struct fake_rdma *fake,
		  const struct memory *memory, size_t offset, size_t len,
		  const struct ib_sge *sges, int nr)
{
	struct place place = { .phyrs = memory->phyrs, .nr = memory->nr };
	size_t named = 0;

	leave_out(&place, offset);
	for (int i = 0; i < nr; i++) {
		/* What is sent inline has no key. */
		bool moves = sges[i].lkey ? moves_sge(test, fake, &place, &sges[i]) :
					    moves_dma(test, fake, &place, sges[i].addr,
						      sges[i].length);

		KUNIT_ASSERT_TRUE_MSG(test, moves, "SGE %d", i);
		named += sges[i].length;
	}
	KUNIT_EXPECT_EQ(test, len, named);
}

static void expect_invalidated(struct kunit *test, struct fake_rdma *fake, u32 key)
{
	struct fake_mr *mr = fake_rdma_find(fake, key);

	KUNIT_ASSERT_NE(test, 0, key);
	KUNIT_ASSERT_NOT_NULL(test, mr);
	mr->key = 0;
}

static void expect_registered(struct kunit *test, struct fake_rdma *fake,
			      const struct ib_reg_wr *reg, bool iwarp)
{
	struct fake_mr *mr = container_of(reg->mr, struct fake_mr, mr);

	KUNIT_EXPECT_EQ(test, 0, mr->key);
	KUNIT_EXPECT_EQ(test, reg->key, mr->mr.lkey);
	KUNIT_EXPECT_EQ(test, reg->access,
			IB_ACCESS_LOCAL_WRITE | (iwarp ? IB_ACCESS_REMOTE_WRITE : 0));
	mr->key = reg->key;
}

void expect_keys(struct kunit *test, struct fake_rdma *fake)
{
	bool iwarp = rdma_protocol_iwarp(&fake->dev, FAKE_PORT);

	for (int i = 0; i < fake->nr_wrs; i++) {
		const struct ib_send_wr *wr = &fake->wrs[i].wr;

		if (wr->opcode == IB_WR_REG_MR)
			expect_registered(test, fake, &fake->wrs[i].reg, iwarp);
		else if (wr->opcode == IB_WR_LOCAL_INV || wr->opcode == IB_WR_RDMA_READ_WITH_INV)
			expect_invalidated(test, fake, wr->ex.invalidate_rkey);
	}
	fake->nr_wrs = 0;
	fake->nr_sges = 0;
}

static enum ib_wr_opcode opcode_of(enum dma_data_direction dir, bool invalidates)
{
	if (dir == DMA_TO_DEVICE)
		return IB_WR_RDMA_WRITE;
	return invalidates ? IB_WR_RDMA_READ_WITH_INV : IB_WR_RDMA_READ;
}

void expect_moved(struct kunit *test, struct fake_rdma *fake,
		  const struct memory *memory, size_t offset,
		  enum dma_data_direction dir)
{
	struct place place = { .phyrs = memory->phyrs, .nr = memory->nr };
	bool iwarp = rdma_protocol_iwarp(&fake->dev, FAKE_PORT);
	u32 most = dir == DMA_TO_DEVICE ? fake->qp.max_write_sge :
					  fake->qp.max_read_sge;
	u64 moved = 0;

	leave_out(&place, offset);
	for (int i = 0; i < fake->nr_wrs; i++) {
		const struct ib_send_wr *wr = &fake->wrs[i].wr;
		const struct ib_rdma_wr *rdma = &fake->wrs[i].rdma;
		bool is_last = i == fake->nr_wrs - 1, by_mr;

		KUNIT_EXPECT_EQ(test, is_last, !!(wr->send_flags & IB_SEND_SIGNALED));
		KUNIT_EXPECT_EQ(test, is_last, !!wr->wr_cqe);
		if (wr->opcode == IB_WR_LOCAL_INV) {
			expect_invalidated(test, fake, wr->ex.invalidate_rkey);
			continue;
		}
		if (wr->opcode == IB_WR_REG_MR) {
			expect_registered(test, fake, &fake->wrs[i].reg, iwarp);
			continue;
		}
		by_mr = wr->sg_list[0].lkey != FAKE_LKEY;
		KUNIT_EXPECT_EQ(test, opcode_of(dir, by_mr && iwarp), wr->opcode);
		KUNIT_EXPECT_EQ(test, REMOTE_ADDR + moved, rdma->remote_addr);
		KUNIT_EXPECT_EQ(test, REMOTE_KEY, rdma->rkey);
		KUNIT_ASSERT_GE(test, wr->num_sge, 1);
		KUNIT_ASSERT_LE(test, wr->num_sge, most);
		for (int j = 0; j < wr->num_sge; j++) {
			KUNIT_ASSERT_TRUE_MSG(test, moves_sge(test, fake, &place, &wr->sg_list[j]),
					      "SGE %d of work request %d", j, i);
			moved += wr->sg_list[j].length;
		}
		if (wr->opcode == IB_WR_RDMA_READ_WITH_INV)
			expect_invalidated(test, fake, wr->ex.invalidate_rkey);
	}
	KUNIT_EXPECT_EQ(test, 0, place.nr);
	fake->nr_wrs = 0;
	fake->nr_sges = 0;
}
