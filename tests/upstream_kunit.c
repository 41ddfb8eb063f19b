// SPDX-License-Identifier: GPL-2.0
/*
 * What loops of Linux 7.2 over the DMA calls make of lists that dma_map_phyrs()
 * maps.  Each loop is repeated here with the calls that it makes.  A case fails
 * when Linux mends what it shows.
 */
#include <linux/dma-phyr.h>

#include "calls.h"
#include "edu.h"
#include "memory.h"
#include "seen.h"

#define ENTRIES 16

static size_t bytes_of(const struct memory *memory)
{
	size_t bytes = 0;

	for (int i = 0; i < memory->nr; i++)
		bytes += memory->phyrs[i].len;
	return bytes;
}

static void expect_phyrs_map(struct kunit *test, struct memory *memory,
			     struct seen *seen, int nr_ranges)
{
	struct dma_phyr_map map;

	KUNIT_ASSERT_EQ(test, nr_ranges,
			dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr,
				      &map, memory->ranges, memory->nr,
				      DMA_TO_DEVICE, 0));
	KUNIT_EXPECT_TRUE(test,
			  seen_reads_list(seen, memory->ranges, nr_ranges));
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

/* Undoes a loop that linked so many bytes from the beginning of its space. */
static void unlink_and_free(struct kunit *test, struct dma_iova_state *state,
			    size_t linked, unsigned long attrs)
{
	if (linked)
		dma_iova_unlink(edu_dev(test), state, 0, linked, DMA_TO_DEVICE,
				attrs);
	dma_iova_free(edu_dev(test), state);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

/*
 * drivers/infiniband/core/rw.c:rdma_rw_init_iova_wrs_bvec() links each vector where
 * the one before it ended, whatever their alignment.
 */
static int link_like_rdma_rw(struct kunit *test, const struct memory *memory,
			     struct dma_iova_state *state, size_t *linked)
{
	const struct phys_vec *phyrs = memory->phyrs;
	struct device *dev = edu_dev(test);

	*linked = 0;
	KUNIT_ASSERT_TRUE(test,
			  dma_iova_try_alloc(dev, state, phyrs[0].paddr,
					     bytes_of(memory)));
	for (int i = 0; i < memory->nr; i++) {
		int err = dma_iova_link(dev, state, phyrs[i].paddr, *linked,
					phyrs[i].len, DMA_TO_DEVICE, 0);

		if (err)
			return err;
		*linked += phyrs[i].len;
	}
	return dma_iova_sync(dev, state, 0, *linked);
}

static void rdma_rw_links_aligned_vectors(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct seen *seen = seen_alloc(test, memory);
	struct dma_iova_state state;
	struct dma_vec range;
	size_t linked;

	memory_add(memory, 0, 1, 512, PAGE_SIZE - 512);
	memory_add(memory, 0, 3, 0, PAGE_SIZE);
	memory_add(memory, 0, 5, 0, 512);
	KUNIT_EXPECT_EQ(test, 0,
			link_like_rdma_rw(test, memory, &state, &linked));
	range = (struct dma_vec) { .addr = state.addr, .len = linked };
	KUNIT_EXPECT_TRUE(test, seen_reads_list(seen, &range, 1));
	unlink_and_free(test, &state, linked, 0);

	expect_phyrs_map(test, memory, seen, 1);
}

/* dma_iova_link() warns of such a vector. */
static void rdma_rw_fails_where_a_vector_starts_inside_a_page(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct seen *seen = seen_alloc(test, memory);
	struct dma_iova_state state;
	size_t linked;

	memory_add(memory, 0, 1, 0, PAGE_SIZE);
	memory_add(memory, 0, 3, 512, PAGE_SIZE - 512);
	memory_add(memory, 0, 5, 0, PAGE_SIZE);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, -EIO,
				link_like_rdma_rw(test, memory, &state,
						  &linked));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, linked);
	unlink_and_free(test, &state, linked, 0);

	expect_phyrs_map(test, memory, seen, 2);
}

/* No warning here: the IOMMU's driver refuses to map at such an address. */
static void rdma_rw_fails_where_a_vector_ends_inside_a_page(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct seen *seen = seen_alloc(test, memory);
	struct dma_iova_state state;
	size_t linked;
	int err;

	memory_add(memory, 0, 1, 0, 512);
	memory_add(memory, 0, 3, 0, PAGE_SIZE);
	err = link_like_rdma_rw(test, memory, &state, &linked);
	kunit_info(test, "the second vector gives %d", err);
	KUNIT_EXPECT_TRUE(test, err == -ENXIO || err == -EINVAL);
	KUNIT_EXPECT_EQ(test, 512, linked);
	unlink_and_free(test, &state, linked, 0);

	expect_phyrs_map(test, memory, seen, 2);
}

/* Links two pages of the device's BAR, the second of them at @offset. */
static int link_pages(struct kunit *test, struct dma_iova_state *state,
		      const phys_addr_t *pages, size_t offset, size_t *linked)
{
	struct device *dev = edu_dev(test);
	int err;

	*linked = 0;
	KUNIT_ASSERT_TRUE(test,
			  dma_iova_try_alloc(dev, state, 0, 2 * PAGE_SIZE));
	for (int i = 0; i < 2; i++) {
		err = dma_iova_link(dev, state, pages[i], i * offset, PAGE_SIZE,
				    DMA_TO_DEVICE, DMA_ATTR_MMIO);
		if (err)
			return err;
		*linked += PAGE_SIZE;
	}
	return dma_iova_sync(dev, state, 0, *linked);
}

/*
 * drivers/dma-buf/dma-buf-mapping.c:dma_buf_phys_vec_to_sgt() links each range at
 * offset 0.  A page table refuses the second one.  virtio-iommu's driver only
 * queues it and does not look at the answer: no error, but it is not mapped.
 */
static void dma_buf_links_every_range_at_0(struct kunit *test)
{
	phys_addr_t bar = pci_resource_start(edu_of(test)->pdev, 0);
	const phys_addr_t pages[] = { bar, bar + 2 * PAGE_SIZE };
	struct dma_iova_state state;
	size_t linked;
	int err;

	err = link_pages(test, &state, pages, 0, &linked);
	kunit_info(test, "the second range at offset 0 gives %d", err);
	KUNIT_EXPECT_TRUE(test, err == -EADDRINUSE || !err);
	KUNIT_EXPECT_EQ(test, 0, edu_reaches(test, state.addr + PAGE_SIZE));
	unlink_and_free(test, &state, linked, DMA_ATTR_MMIO);

	KUNIT_EXPECT_EQ(test, 0,
			link_pages(test, &state, pages, PAGE_SIZE, &linked));
	KUNIT_EXPECT_EQ(test, pages[0], edu_reaches(test, state.addr));
	KUNIT_EXPECT_EQ(test, pages[1],
			edu_reaches(test, state.addr + PAGE_SIZE));
	unlink_and_free(test, &state, linked, DMA_ATTR_MMIO);
}

/*
 * dma_iova_destroy() frees as many bytes as it unlinks, although its comment says
 * that it frees all of the space.  block/blk-mq-dma.c:blk_rq_dma_map_iova() and
 * drivers/infiniband/core/rw.c:rdma_rw_init_iova_wrs_bvec() rely on that when a
 * link fails.
 */
static void destroying_a_part_keeps_the_space(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	phys_addr_t paddr = page_to_phys(memory->blocks[0]);
	const size_t size = BLOCK_PAGES * PAGE_SIZE;
	struct device *dev = edu_dev(test);
	struct dma_iova_state state;
	dma_addr_t addr;

	if (edu_of(test)->domain->type == IOMMU_DOMAIN_DMA_FQ)
		kunit_skip(test, "in lazy mode space is given back later anyway");

	/* Space that was given back is what the next allocation gets. */
	KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(dev, &state, 0, size));
	addr = state.addr;
	unlink_and_free(test, &state, 0, 0);

	KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(dev, &state, 0, size));
	KUNIT_EXPECT_EQ(test, addr, state.addr);
	KUNIT_ASSERT_EQ(test, 0,
			dma_iova_link(dev, &state, paddr, 0, PAGE_SIZE,
				      DMA_TO_DEVICE, 0));
	dma_iova_destroy(dev, &state, PAGE_SIZE, DMA_TO_DEVICE, 0);

	KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(dev, &state, 0, size));
	KUNIT_EXPECT_NE(test, addr, state.addr);
	unlink_and_free(test, &state, 0, 0);
}

/* block/blk-mq-dma.c:blk_can_dma_map_iova() asks this of a request. */
static bool blk_mq_uses_iova(struct kunit *test, const struct memory *memory)
{
	phys_addr_t gaps = 0;

	for (int i = 1; i < memory->nr; i++) {
		const struct phys_vec *before = &memory->phyrs[i - 1];

		gaps |= before->paddr + before->len;
		gaps |= memory->phyrs[i].paddr;
	}
	return !(gaps & dma_get_merge_boundary(edu_dev(test)));
}

/*
 * block/blk-mq-dma.c:blk_dma_map_iter_start() maps a request piece by piece if
 * there is one seam inside of a page anywhere in it.
 */
static void blk_mq_maps_each_for_one_misaligned_seam(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct seen *seen = seen_alloc(test, memory);
	struct device *dev = edu_dev(test);
	struct calls *calls = calls_count(test);

	for (int i = 0; i < ENTRIES; i++)
		memory_add(memory, 0, 2 * i, 0, PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, blk_mq_uses_iova(test, memory));
	memory->phyrs[ENTRIES / 2].len -= 512;
	KUNIT_EXPECT_FALSE(test, blk_mq_uses_iova(test, memory));

	if (!calls->counted)
		kunit_skip(test, "IOVA allocations are not counted");
	for (int i = 0; i < ENTRIES; i++) {
		const struct phys_vec *phyr = &memory->phyrs[i];

		memory->ranges[i].len = phyr->len;
		memory->ranges[i].addr = dma_map_phys(dev, phyr->paddr,
						      phyr->len, DMA_TO_DEVICE,
						      0);
		KUNIT_ASSERT_FALSE(test,
				   dma_mapping_error(dev,
						     memory->ranges[i].addr));
	}
	for (int i = 0; i < ENTRIES; i++)
		dma_unmap_phys(dev, memory->ranges[i].addr,
			       memory->ranges[i].len, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, ENTRIES, calls->iovas);
	kunit_info(test, "piece by piece: %u IOVA allocations, %u IOTLB syncs",
		   calls->iovas, calls->syncs);

	calls_reset(calls);
	expect_phyrs_map(test, memory, seen, 2);
	KUNIT_EXPECT_EQ(test, 1, calls->iovas);
	kunit_info(test, "dma_map_phyrs(): %u IOVA allocation, %u IOTLB syncs",
		   calls->iovas, calls->syncs);
}

static int upstream_init(struct kunit *test)
{
	int err = edu_init(test);

	if (!err && !edu_of(test)->domain)
		kunit_skip(test, "no IOMMU, hence no IOVA space");
	return err;
}

static struct kunit_case upstream_cases[] = {
	KUNIT_CASE(rdma_rw_links_aligned_vectors),
	KUNIT_CASE(rdma_rw_fails_where_a_vector_starts_inside_a_page),
	KUNIT_CASE(rdma_rw_fails_where_a_vector_ends_inside_a_page),
	KUNIT_CASE(dma_buf_links_every_range_at_0),
	KUNIT_CASE(destroying_a_part_keeps_the_space),
	KUNIT_CASE(blk_mq_maps_each_for_one_misaligned_seam),
	{}
};

static struct kunit_suite upstream_suite = {
	.name = "phyr_upstream",
	.init = upstream_init,
	.exit = edu_exit,
	.test_cases = upstream_cases,
};

kunit_test_suite(upstream_suite);
