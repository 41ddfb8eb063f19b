// SPDX-License-Identifier: GPL-2.0
/*
 * Transfers that are the same for every device.
 */
#include <rdma/rw.h>
#include <rdma/rw_phyr.h>

#include "moved.h"
#include "shapes.h"
#include "transfers.h"

/* Twice, for an MR that was used has to be invalidated first. */
static void expect_transfers(struct kunit *test, struct fake_rdma *fake,
			     const struct kind *kind, const struct memory *memory,
			     size_t offset, enum dma_data_direction dir)
{
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};

	for (int again = 0; again < 2; again++) {
		int ret = rdma_rw_ctx_init_phyr(&ctx, &fake->qp, FAKE_PORT, memory->phyrs,
						memory->nr, offset, REMOTE_ADDR, REMOTE_KEY,
						dir);

		if (ret == -EAGAIN) {
			KUNIT_EXPECT_TRUE(test, kind->iwarp && dir == DMA_FROM_DEVICE);
			KUNIT_EXPECT_EQ(test, kind->mrs, fake_rdma_mrs_left(fake));
			return;
		}
		KUNIT_ASSERT_GT(test, ret, 0);
		/* The SGEs are what they were afterwards. */
		rdma_rw_ctx_sync_phyr(&ctx, &fake->qp);
		KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT,
							       &cqe, NULL));
		KUNIT_EXPECT_EQ(test, ret, fake->nr_wrs);
		expect_moved(test, fake, memory, offset, dir);
		rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
		KUNIT_EXPECT_EQ(test, kind->mrs, fake_rdma_mrs_left(fake));
	}
}

void expect_all_transfers(struct kunit *test, struct device *dma_dev)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, dma_dev);

	layout->fill(memory);
	for (int i = 0; i < KINDS; i++) {
		const size_t offsets[] = { 0, 1, memory->phyrs[0].len, memory->phyrs[0].len + 3 };
		size_t len = 0;

		for (int j = 0; j < memory->nr; j++)
			len += memory->phyrs[j].len;
		for (int j = 0; j < ARRAY_SIZE(offsets); j++) {
			if (offsets[j] >= len)
				continue;
			fake_rdma_be(fake, &kinds[i]);
			expect_transfers(test, fake, &kinds[i], memory, offsets[j],
					 DMA_TO_DEVICE);
			expect_transfers(test, fake, &kinds[i], memory, offsets[j],
					 DMA_FROM_DEVICE);
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
	memory->phyrs[1].len = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, init_of(fake, &ctx, memory->phyrs, 3, 0, DMA_TO_DEVICE));
	memory->phyrs[1].len = PAGE_SIZE;
	fake_rdma_be(fake, IWARP);
	fake->refuses = true;
	KUNIT_EXPECT_EQ(test, -EINVAL, init_of(fake, &ctx, memory->phyrs, 3, 0, DMA_FROM_DEVICE));
	KUNIT_EXPECT_EQ(test, FAKE_MRS, fake_rdma_mrs_left(fake));
	/* Where SGEs are allowed they are taken. */
	fake_rdma_be(fake, FORCED);
	KUNIT_EXPECT_EQ(test, 1, init_of(fake, &ctx, memory->phyrs, 3, 0, DMA_FROM_DEVICE));
	KUNIT_EXPECT_EQ(test, FAKE_MRS, fake_rdma_mrs_left(fake));
}

/* What rdma_rw_ctx_init() prepares for the same list, at most; 0 if it does not take it. */
static int upstream_takes(struct kunit *test, struct fake_rdma *fake,
			  const struct memory *memory, size_t offset,
			  enum dma_data_direction dir)
{
	struct rdma_rw_ctx ctx;
	struct sg_table sgt;
	struct scatterlist *sg;
	int i, ret;

	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&sgt, memory->nr, GFP_KERNEL));
	for_each_sgtable_sg(&sgt, sg, i)
		sg_set_page(sg, phys_to_page(memory->phyrs[i].paddr), memory->phyrs[i].len,
			    offset_in_page(memory->phyrs[i].paddr));
	ret = rdma_rw_ctx_init(&ctx, &fake->qp, FAKE_PORT, sgt.sgl, memory->nr, offset,
			       REMOTE_ADDR, REMOTE_KEY, dir);
	if (ret > 0)
		rdma_rw_ctx_destroy(&ctx, &fake->qp, FAKE_PORT, sgt.sgl, memory->nr, dir);
	sg_free_table(&sgt);
	return max(ret, 0);
}

/* Never more work requests than upstream. */
void expect_no_more_than_upstream(struct kunit *test, struct device *dma_dev)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);
	struct fake_rdma *fake = fake_rdma_new(test, dma_dev);

	layout->fill(memory);
	for (int i = 0; i < KINDS; i++) {
		struct phyr_rw_ctx ctx;

		/* Upstream reads the parameter, which is not set. */
		if (&kinds[i] == FORCED)
			continue;

		for (int dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
			int ret, theirs;

			fake_rdma_be(fake, &kinds[i]);
			theirs = upstream_takes(test, fake, memory, 0, dir);
			fake_rdma_be(fake, &kinds[i]);
			ret = init_of(fake, &ctx, memory->phyrs, memory->nr, 0, dir);
			if (theirs)
				KUNIT_EXPECT_GT(test, ret, 0);
			if (theirs && ret > 0)
				KUNIT_EXPECT_LE(test, ret, theirs);
		}
	}
}
