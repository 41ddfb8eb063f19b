// SPDX-License-Identifier: GPL-2.0
/*
 * Transfers that are the same for every device.
 */
#include <rdma/ib_phyr.h>
#include <rdma/rw_phyr.h>

#include "../edu.h"
#include "../layouts.h"
#include "kinds.h"
#include "moved.h"
#include "mrs.h"
#include "pattern.h"
#include "transfers.h"
#include "upstream.h"

bool mrs_are_forced(struct fake_rdma *fake)
{
	fake_rdma_be(fake, FORCED);
	return rdma_rw_max_send_wr(&fake->dev, FAKE_PORT, 1, 0) > 1;
}

bool is_known_to_upstream(const struct kind *kind, bool forced)
{
	return kind == FORCED ? forced : !forced;
}

/*
 * What is prepared for a list that a ULP has made its queue pair for is no more than that it has
 * room for.  WRITEs of iWARP take SGEs, which rdma/rw.h does not count there.
 */
static void expect_in_budget(struct kunit *test, struct fake_rdma *fake,
			     const struct memory *memory, size_t offset,
			     enum dma_data_direction dir, int wqes)
{
	const struct mr_room endless = { .pages = UINT_MAX, .runs = UINT_MAX };
	size_t first = offset_in_page(memory->phyrs[0].paddr);
	unsigned int mrs = rdma_rw_mr_factor(&fake->dev, FAKE_PORT,
					     PFN_UP(first + memory_bytes(memory)));

	if (dir == DMA_TO_DEVICE && rdma_protocol_iwarp(&fake->dev, FAKE_PORT))
		return;
	if (mrs_needed(memory, offset, endless) > 1)
		return;
	KUNIT_EXPECT_LE(test, wqes, rdma_rw_max_send_wr(&fake->dev, FAKE_PORT, mrs, 0));
}

void expect_transfers(struct kunit *test, struct fake_rdma *fake, const struct kind *kind,
		      const struct memory *memory, size_t offset, enum dma_data_direction dir,
		      bool forced)
{
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};

	for (int again = 0; again < (kind->mrs ? 2 : 1); again++) {
		int ret = rdma_rw_ctx_init_phyr(&ctx, &fake->qp, FAKE_PORT, memory->phyrs,
						memory->nr, offset, REMOTE_ADDR, REMOTE_KEY,
						dir);

		if (mrs_run_out(kind, memory, offset, dir)) {
			KUNIT_EXPECT_EQ(test, -EAGAIN, ret);
			KUNIT_EXPECT_EQ(test, kind->mrs, fake_rdma_mrs_left(fake));
			return;
		}
		KUNIT_ASSERT_GT(test, ret, 0);
		if (is_known_to_upstream(kind, forced))
			expect_in_budget(test, fake, memory, offset, dir, ret);
		/* The SGEs are what they were afterwards. */
		if (!fake->dev.dma_device || edu_syncs_overlaps(test))
			rdma_rw_ctx_sync_phyr(&ctx, &fake->qp);
		KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT,
							       &cqe, NULL));
		KUNIT_EXPECT_EQ(test, ret, fake->nr_wrs);
		expect_moved(test, fake, memory, offset, dir);
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
		KUNIT_EXPECT_EQ(test, kind->mrs, fake_rdma_mrs_left(fake));
	}
}

/* What dma-debug keeps of each page takes minutes, and each piece behind virtio-iommu. */
static bool is_long(const struct memory *memory)
{
	return memory->nr > BLOCK_PAGES || memory_bytes(memory) > BLOCK_PAGES * PAGE_SIZE;
}

void expect_all_transfers(struct kunit *test, struct device *dma_dev)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, dma_dev);
	bool forced = mrs_are_forced(fake);

	layout->fill(memory);
	for (int i = 0; i < KINDS; i++) {
		const size_t offsets[] = { 0, 1, memory->phyrs[0].len, memory->phyrs[0].len + 3 };
		size_t len = memory_bytes(memory);

		for (int j = 0; j < ARRAY_SIZE(offsets); j++) {
			if (offsets[j] >= len)
				continue;
			if (is_long(memory) && j != i % 2 * 2)
				continue;
			fake_rdma_be(fake, &kinds[i]);
			expect_transfers(test, fake, &kinds[i], memory, offsets[j],
					 DMA_TO_DEVICE, forced);
			expect_transfers(test, fake, &kinds[i], memory, offsets[j],
					 DMA_FROM_DEVICE, forced);
		}
	}
}

int init_of(struct fake_rdma *fake, struct phyr_rw_ctx *ctx,
	    const struct phys_vec *phyrs, unsigned int nr, size_t offset,
	    enum dma_data_direction dir)
{
	int ret = rdma_rw_ctx_init_phyr(ctx, &fake->qp, FAKE_PORT, phyrs, nr, offset,
					REMOTE_ADDR, REMOTE_KEY, dir);

	/* That it need not be destroyed does not mean that it must not. */
	rdma_rw_ctx_destroy_phyr(ctx, &fake->qp);
	return ret;
}

void expect_refused(struct kunit *test, struct device *dma_dev)
{
	struct fake_rdma *fake = fake_rdma_new(test, dma_dev);
	struct memory *memory = memory_alloc(test);
	struct phys_vec wraps = { .paddr = -PAGE_SIZE, .len = 2 * PAGE_SIZE };
	struct phyr_rw_ctx ctx;

	three_pages(memory);
	KUNIT_EXPECT_EQ(test, -EINVAL, init_of(fake, &ctx, NULL, 0, 0, DMA_TO_DEVICE));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			init_of(fake, &ctx, memory->phyrs, 3, 3 * PAGE_SIZE, DMA_TO_DEVICE));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			init_of(fake, &ctx, memory->phyrs, 3, 0, DMA_BIDIRECTIONAL));
	KUNIT_EXPECT_EQ(test, -EINVAL, init_of(fake, &ctx, memory->phyrs, 3, 0, DMA_NONE));
	KUNIT_EXPECT_EQ(test, -EINVAL, init_of(fake, &ctx, &wraps, 1, 0, DMA_TO_DEVICE));
	/* Where the offset leaves it, there is memory. */
	wraps.len = 8 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			init_of(fake, &ctx, &wraps, 1, 4 * PAGE_SIZE, DMA_TO_DEVICE));
	memory->phyrs[1].len = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, init_of(fake, &ctx, memory->phyrs, 3, 0, DMA_TO_DEVICE));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			init_of(fake, &ctx, memory->phyrs, 3, PAGE_SIZE + 1, DMA_TO_DEVICE));
	memory->phyrs[1].len = PAGE_SIZE;
	fake_rdma_be(fake, IWARP);
	fake->refuses = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, init_of(fake, &ctx, memory->phyrs, 3, 0, DMA_FROM_DEVICE));
	KUNIT_EXPECT_EQ(test, FAKE_MRS, fake_rdma_mrs_left(fake));
	/* Where SGEs are allowed they are taken. */
	fake_rdma_be(fake, FORCED);
	fake->refuses = 1;
	KUNIT_EXPECT_EQ(test, 1, init_of(fake, &ctx, memory->phyrs, 3, 0, DMA_FROM_DEVICE));
	KUNIT_EXPECT_EQ(test, FAKE_MRS, fake_rdma_mrs_left(fake));
}

/* rdma/rw.h has READs invalidate the key that an MR had before, so that is not played through. */
static void expect_the_same_by_mrs(struct kunit *test, struct fake_rdma *fake,
				   const struct memory *memory)
{
	for (int i = 0; i < fake->nr_wrs; i++)
		if (fake->wrs[i].wr.opcode == IB_WR_REG_MR)
			container_of(fake->wrs[i].reg.mr, struct fake_mr, mr)->key =
				fake->wrs[i].reg.key;
	expect_named(test, fake, memory, 0, memory_bytes(memory), fake->sges, fake->nr_sges);
}

/* Bounce buffers are elsewhere, but have the same bytes. */
static void expect_the_same_bounced(struct kunit *test, struct fake_rdma *fake,
				    const struct memory *memory)
{
	struct bytes seen = {};

	each_reached(test, fake, read_pattern, &seen);
	KUNIT_EXPECT_EQ(test, memory_bytes(memory), seen.nr);
	KUNIT_EXPECT_EQ(test, 0, seen.wrong);
}

/* What another call has prepared moves the same bytes; MRs that are bounced are not looked into. */
static void expect_the_same(struct kunit *test, struct fake_rdma *fake,
			    const struct memory *memory, struct ib_send_wr *wrs, int mrs,
			    enum dma_data_direction dir)
{
	KUNIT_EXPECT_EQ(test, 0, ib_post_send(&fake->qp, wrs, NULL));
	if (!mrs && fake->bounces)
		expect_the_same_bounced(test, fake, memory);
	else if (!mrs)
		expect_moved(test, fake, memory, 0, dir);
	else if (!fake->bounces)
		expect_the_same_by_mrs(test, fake, memory);
	fake->nr_wrs = 0;
	fake->nr_sges = 0;
}

struct taken upstream_takes(struct kunit *test, struct fake_rdma *fake,
			    const struct memory *memory, enum dma_data_direction dir,
			    bool by_bvecs)
{
	struct upstream up;
	struct taken taken;
	struct ib_cqe cqe = {};
	int ret = upstream_init(test, &up, &fake->qp, FAKE_PORT, memory, REMOTE_ADDR, REMOTE_KEY,
				dir, by_bvecs);

	if (ret > 0) {
		struct ib_send_wr *wrs = rdma_rw_ctx_wrs(&up.ctx, &fake->qp, FAKE_PORT, &cqe,
							 NULL);

		taken = taken_by(wrs, ret);
		expect_the_same(test, fake, memory, wrs, taken.mrs, dir);
	} else {
		taken = (struct taken) { .wrs = ret };
	}
	upstream_destroy(&up);
	return taken;
}

static struct taken phyrs_take(struct fake_rdma *fake, const struct memory *memory,
			       enum dma_data_direction dir)
{
	struct taken taken = {};
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};

	taken.wrs = rdma_rw_ctx_init_phyr(&ctx, &fake->qp, FAKE_PORT, memory->phyrs, memory->nr, 0,
					  REMOTE_ADDR, REMOTE_KEY, dir);
	if (taken.wrs > 0)
		taken = taken_by(rdma_rw_ctx_wrs_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL),
				 taken.wrs);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
	return taken;
}

/* The READs or WRITEs of a list of which nothing is merged, at most. */
static int alone_take(const struct kind *kind, const struct memory *memory,
		      enum dma_data_direction dir)
{
	bool mrs = kind == FORCED ||
		   (dir == DMA_FROM_DEVICE &&
		    (kind->iwarp || (kind->max_sgl_rd && memory->nr > kind->max_sgl_rd)));

	return mrs ? memory->nr : DIV_ROUND_UP(memory->nr, kind->max_sge);
}

/*
 * Never more READs or WRITEs, nor MRs, where another way takes the list.  For READs that MRs are
 * better for it may take none, or have had none left.
 */
static void expect_no_more(struct kunit *test, const struct kind *kind, struct taken ours,
			   struct taken theirs, enum dma_data_direction dir)
{
	if (theirs.wrs <= 0)
		return;
	KUNIT_EXPECT_GT(test, ours.wrs, 0);
	KUNIT_EXPECT_LE(test, ours.requests, theirs.requests);
	if (theirs.mrs || dir == DMA_TO_DEVICE || !kind->max_sgl_rd)
		KUNIT_EXPECT_LE(test, ours.mrs, theirs.mrs);
}

void expect_no_more_by(struct kunit *test, struct fake_rdma *fake, const struct kind *kind,
		       const struct memory *memory, enum dma_data_direction dir)
{
	struct taken ours, theirs, by_bvecs;

	fake_rdma_be(fake, kind);
	theirs = upstream_takes(test, fake, memory, dir, false);
	fake_rdma_be(fake, kind);
	by_bvecs = upstream_takes(test, fake, memory, dir, true);
	fake_rdma_be(fake, kind);
	ours = phyrs_take(fake, memory, dir);
	/* Which bounce buffers are neighbours is luck, theirs and ours. */
	if (fake->bounces) {
		if (theirs.wrs > 0 || by_bvecs.wrs > 0)
			KUNIT_EXPECT_GT(test, ours.wrs, 0);
		KUNIT_EXPECT_LE(test, ours.requests, alone_take(kind, memory, dir));
		return;
	}
	expect_no_more(test, kind, ours, theirs, dir);
	expect_no_more(test, kind, ours, by_bvecs, dir);
	if (theirs.wrs > 0)
		KUNIT_EXPECT_LE(test, ours.wrs, theirs.wrs);
}

void expect_no_more_than_upstream(struct kunit *test, struct device *dma_dev)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, dma_dev);
	struct bytes written = {};
	bool forced = mrs_are_forced(fake);

	fake->bounces = dma_dev && edu_bounces(test);
	if (fake->bounces && layout->overlaps)
		kunit_skip(test, "each time that memory is in the list it is bounced elsewhere");
	if (forced)
		kunit_info(test, "ib_core.force_mr is set");
	layout->fill(memory);
	if (upstream_bounces_too_much(&fake->dev, memory))
		kunit_skip(test, "rdma/rw.h would have an entry bounced at once");
	each_byte(memory, write_pattern, &written);
	for (int i = 0; i < KINDS; i++) {
		if (!is_known_to_upstream(&kinds[i], forced))
			continue;
		if (is_long(memory) && !forced && i % 2)
			continue;
		for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++)
			expect_no_more_by(test, fake, &kinds[i], memory, dir);
	}
}

/* Whether an MR can name @len bytes: whole pages but for both ends, and not too many. */
static bool is_for_an_mr(const struct dma_vec *ranges, unsigned int nr, u64 offset, u64 len)
{
	u64 pages = 0, end = 0;

	for (; nr && len; ranges++, nr--) {
		u64 start = ranges->addr + offset, some;
		bool goes_on;

		if (offset >= ranges->len) {
			offset -= ranges->len;
			continue;
		}
		some = min(len, ranges->len - offset);
		goes_on = pages && start == end;
		if (pages && !goes_on && (offset_in_page(start) || offset_in_page(end)))
			return false;
		pages += PFN_UP(start + some) - PFN_DOWN(start);
		if (goes_on && offset_in_page(start))
			pages--;
		end = start + some;
		len -= some;
		offset = 0;
	}
	return pages <= FAKE_MR_PAGES;
}

/* With a table of the caller's: as with one that is allocated, if there is room. */
static void expect_same_table(struct kunit *test, struct fake_rdma *fake,
			      const struct memory *memory, unsigned int nr, size_t offset,
			      size_t len, int registered)
{
	struct scatterlist *table = kunit_kmalloc_array(test, nr, sizeof(*table), GFP_KERNEL);
	struct ib_mr *mr = &fake->mrs[0].mr;
	const struct ib_sge before = { mr->iova, mr->length, mr->lkey };

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, registered,
			ib_map_mr_phyrs_table(mr, memory->ranges, nr, offset, len, PAGE_SIZE,
					      table, nr));
	if (!registered) {
		KUNIT_EXPECT_EQ(test, before.addr, mr->iova);
		KUNIT_EXPECT_EQ(test, before.length, mr->length);
	}
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			ib_map_mr_phyrs_table(mr, memory->ranges, nr, offset, len, PAGE_SIZE,
					      table, 0));
}

/* An MR for the other side names all of a stretch, or nothing. */
static void expect_registered(struct kunit *test, struct fake_rdma *fake,
			      const struct memory *memory, unsigned int nr, size_t offset,
			      size_t len)
{
	struct fake_mr *mr = &fake->mrs[0];
	int ret = ib_map_mr_phyrs(&mr->mr, memory->ranges, nr, offset, len, PAGE_SIZE,
				  GFP_KERNEL);
	struct ib_sge sge = { mr->mr.iova, mr->mr.length, mr->mr.lkey };

	expect_same_table(test, fake, memory, nr, offset, len, ret);
	if (!is_for_an_mr(memory->ranges, nr, offset, len)) {
		KUNIT_EXPECT_EQ(test, -EINVAL, ret);
		return;
	}
	KUNIT_ASSERT_EQ(test, 0, ret);
	mr->key = mr->mr.lkey;
	expect_named(test, fake, memory, offset, len, &sge, 1);
	mr->key = 0;
}

/* Some stretches of a list that is mapped, of which one is all of it. */
static void expect_stretches(struct kunit *test, struct fake_rdma *fake,
			     const struct memory *memory, unsigned int nr)
{
	size_t all = memory_bytes(memory), first = memory->phyrs[0].len;
	const struct { size_t offset, len; } parts[] = {
		{ 0, all }, { 0, 1 }, { all - 1, 1 }, { all / 2, all - all / 2 },
		{ min(first, all - 1), 1 }, { first / 2, all - first / 2 - all / 3 },
	}, wrong[] = {
		{ 0, 0 }, { 1, all }, { all, 1 }, { 0, SIZE_MAX }, { all - 1, SIZE_MAX },
		{ all - memory->ranges[nr - 1].len, SIZE_MAX },
	};
	struct ib_sge *sges = kunit_kcalloc(test, MAX_ENTRIES, sizeof(*sges), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sges);
	for (int i = 0; i < ARRAY_SIZE(parts); i++) {
		int ret = ib_phyr_sges(memory->ranges, nr, parts[i].offset, parts[i].len,
				       FAKE_LKEY, sges, MAX_ENTRIES);

		KUNIT_ASSERT_GT(test, ret, 0);
		expect_named(test, fake, memory, parts[i].offset, parts[i].len, sges, ret);
		for (int j = 0; j < ret; j++)
			KUNIT_EXPECT_EQ(test, FAKE_LKEY, sges[j].lkey);
		KUNIT_EXPECT_EQ(test, -ENOSPC,
				ib_phyr_sges(memory->ranges, nr, parts[i].offset, parts[i].len,
					     FAKE_LKEY, sges, ret - 1));
		expect_registered(test, fake, memory, nr, parts[i].offset, parts[i].len);
	}
	for (int i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ(test, -EINVAL,
				ib_map_mr_phyrs(&fake->mrs[0].mr, memory->ranges, nr,
						wrong[i].offset, wrong[i].len, PAGE_SIZE,
						GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, ib_phyr_sges(memory->ranges, nr, 0, 0, FAKE_LKEY, sges,
						    MAX_ENTRIES));
	KUNIT_EXPECT_EQ(test, -EINVAL, ib_phyr_sges(memory->ranges, nr, 1, all, FAKE_LKEY, sges,
						    MAX_ENTRIES));
}

void expect_own_sges(struct kunit *test, struct device *dma_dev)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, dma_dev);
	struct dma_phyr_map map;
	struct phyr_iter iter;
	int ret;

	layout->fill(memory);
	fake_rdma_mrs(fake, 1);
	ret = ib_dma_map_phyrs(&fake->dev, memory->phyrs, memory->nr, &map, memory->ranges,
			       MAX_ENTRIES, DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_GT(test, ret, 0);
	KUNIT_EXPECT_EQ(test, ret, map.nr_ranges);
	expect_stretches(test, fake, memory, ret);
	if (!dma_dev || !layout->overlaps || edu_syncs_overlaps(test)) {
		ib_dma_sync_phyrs_for_cpu(&fake->dev, &map, memory->ranges, 0, 1);
		ib_dma_sync_phyrs_for_device(&fake->dev, &map, memory->ranges, 0, 1);
	}
	ib_dma_unmap_phyrs(&fake->dev, &map, memory->ranges);

	if (ret > 1) {
		KUNIT_EXPECT_EQ(test, -ENOSPC,
				ib_dma_map_phyrs(&fake->dev, memory->phyrs, memory->nr, &map,
						 memory->ranges, ret - 1, DMA_TO_DEVICE));
		KUNIT_EXPECT_GE(test, map.nr_ranges, ret);
		ib_dma_unmap_phyrs(&fake->dev, &map, memory->ranges);
	}
	iter = phyr_iter_phyrs(memory->phyrs, memory->nr);
	KUNIT_EXPECT_EQ(test, ret, ib_dma_map_phyr_iter(&fake->dev, &iter, &map, memory->ranges,
							MAX_ENTRIES, DMA_FROM_DEVICE));
	expect_stretches(test, fake, memory, ret);
	ib_dma_unmap_phyrs(&fake->dev, &map, memory->ranges);
	KUNIT_EXPECT_EQ(test, -EINVAL, ib_dma_map_phyrs(&fake->dev, memory->phyrs, memory->nr,
							&map, memory->ranges, MAX_ENTRIES,
							DMA_NONE));
	ib_dma_unmap_phyrs(&fake->dev, &map, memory->ranges);
}
