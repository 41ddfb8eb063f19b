// SPDX-License-Identifier: GPL-2.0
/*
 * What include/rdma/ib_phyr.h refuses a ULP that builds work requests of its own, and why.
 */
#include <linux/phyr-iter.h>
#include <linux/sizes.h>
#include <rdma/ib_phyr.h>

#include "../edu.h"
#include "../layouts.h"
#include "moved.h"
#include "with_dma.h"

#define MOST_SGES	64
/* Ranges for whose table there is no reserve. */
#define UNRESERVED	257

static struct fake_rdma *fake_of(struct kunit *test)
{
	const bool *has = test->param_value;

	return fake_rdma_new(test, *has ? edu_dev(test) : NULL);
}

/* By an array and by a cursor; what could not be mapped may be unmapped. */
static void expect_unmapped(struct kunit *test, struct fake_rdma *fake, int err,
			    const struct phys_vec *phyrs, unsigned int nr)
{
	const struct phyr_iter iter = phyr_iter_phyrs(phyrs, nr);
	struct dma_phyr_map map;
	struct dma_vec ranges[4];

	KUNIT_EXPECT_EQ(test, err, ib_dma_map_phyrs(&fake->dev, phyrs, nr, &map, ranges,
						    ARRAY_SIZE(ranges), DMA_TO_DEVICE));
	ib_dma_unmap_phyrs(&fake->dev, &map, ranges);
	KUNIT_EXPECT_EQ(test, err, ib_dma_map_phyr_iter(&fake->dev, &iter, &map, ranges,
							ARRAY_SIZE(ranges), DMA_TO_DEVICE));
	ib_dma_unmap_phyrs(&fake->dev, &map, ranges);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

static void what_is_no_list(struct kunit *test)
{
	struct fake_rdma *fake = fake_of(test);
	struct memory *memory = memory_alloc(test);
	struct phys_vec phyrs[2];

	one_page(memory);
	phyrs[0] = memory->phyrs[0];
	expect_unmapped(test, fake, -EINVAL, phyrs, 0);
	phyrs[1] = (struct phys_vec) { .paddr = phyrs[0].paddr };
	expect_unmapped(test, fake, -EINVAL, phyrs, 2);
	phyrs[1] = (struct phys_vec) { .paddr = -PAGE_SIZE, .len = 2 * PAGE_SIZE };
	expect_unmapped(test, fake, -EINVAL, phyrs, 2);
}

static int next_fails(struct phyr_iter *iter, struct phys_vec *phyr)
{
	return iter->nr ? phyr_next_phyr(iter, phyr) : -EILSEQ;
}

static void a_cursor_that_fails(struct kunit *test)
{
	struct fake_rdma *fake = fake_of(test);
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;
	struct phyr_iter iter;

	three_pages(memory);
	for (int nr = 0; nr <= memory->nr; nr++) {
		iter = phyr_iter_phyrs(memory->phyrs, nr);
		iter.next = next_fails;
		KUNIT_EXPECT_EQ(test, -EILSEQ,
				ib_dma_map_phyr_iter(&fake->dev, &iter, &map, memory->ranges,
						     MAX_ENTRIES, DMA_FROM_DEVICE));
		ib_dma_unmap_phyrs(&fake->dev, &map, memory->ranges);
	}
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

/* Whoever copies with the CPU does not copy from there, wherever in a list it is. */
static void memory_of_a_device(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct memory *memory = memory_alloc(test);
	struct ib_sge sges[MOST_SGES];
	struct phys_vec phyrs[3];

	three_pages(memory);
	for (int at = 0; at < 3; at++) {
		memcpy(phyrs, memory->phyrs, sizeof(phyrs));
		phyrs[at].paddr = pci_resource_start(edu_of(test)->pdev, 0);
		expect_unmapped(test, fake, -EREMOTEIO, phyrs, 3);
		expect_unmapped(test, fake, -EREMOTEIO, phyrs + at, 1);
		/* Whatever device it is sent by. */
		KUNIT_EXPECT_EQ(test, -EREMOTEIO, ib_phyr_inline_sges(phyrs, 3, sges, MOST_SGES));
		KUNIT_EXPECT_EQ(test, -EREMOTEIO,
				ib_phyr_inline_sges(phyrs + at, 1, sges, MOST_SGES));
	}
}

/* No device takes it, and nobody looks whether all of it is RAM. */
static void more_than_is_sent_inline(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct ib_sge sges[MOST_SGES];
	struct phys_vec phyrs[3];

	three_pages(memory);
	memcpy(phyrs, memory->phyrs, sizeof(phyrs));
	phyrs[1].len = SZ_1G;
	KUNIT_EXPECT_NE(test, -EMSGSIZE, ib_phyr_inline_sges(phyrs, 3, sges, MOST_SGES));
	phyrs[1].len++;
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, ib_phyr_inline_sges(phyrs, 3, sges, MOST_SGES));
	KUNIT_EXPECT_EQ(test, -ENOSPC, ib_phyr_inline_sges(phyrs, 3, sges, 2));
	phyrs[1].len--;
	phyrs[2] = (struct phys_vec) { .paddr = phyrs[1].paddr + SZ_1G, .len = 1 };
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, ib_phyr_inline_sges(phyrs, 3, sges, MOST_SGES));
	phyrs[1].len = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, ib_phyr_inline_sges(phyrs, 3, sges, MOST_SGES));
}

/* An MR names nothing if the driver takes less than all. */
static void an_mr_that_takes_nothing(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	const struct dma_vec range = { .addr = SZ_1M, .len = PAGE_SIZE };
	struct scatterlist table[1];
	struct ib_mr *mr = &fake->mrs[0].mr;

	fake->refuses = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, ib_map_mr_phyrs(mr, &range, 1, 0, PAGE_SIZE, PAGE_SIZE,
						       GFP_KERNEL));
	fake->refuses = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, ib_map_mr_phyrs_table(mr, &range, 1, 0, PAGE_SIZE,
							     PAGE_SIZE, table, 1));
	KUNIT_EXPECT_EQ(test, 0, ib_map_mr_phyrs(mr, &range, 1, 0, PAGE_SIZE, PAGE_SIZE,
						 GFP_KERNEL));
}

#ifdef CONFIG_FAULT_INJECTION
/* The reserve has no such tables. */
static void a_table_that_cannot_be_had(struct kunit *test)
{
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct memory *memory = memory_alloc(test);
	int ret;

	for (int i = 0; i < UNRESERVED; i++)
		memory->ranges[i] = (struct dma_vec) { 2 * i * PAGE_SIZE, PAGE_SIZE };
	current->fail_nth = 1;
	ret = ib_map_mr_phyrs(&fake->mrs[0].mr, memory->ranges, UNRESERVED, 0,
			      UNRESERVED * PAGE_SIZE, PAGE_SIZE, GFP_NOWAIT);
	KUNIT_EXPECT_EQ_MSG(test, 0, current->fail_nth, "nothing is allocated");
	current->fail_nth = 0;
	KUNIT_EXPECT_EQ(test, -ENOMEM, ret);
}
#else
static void a_table_that_cannot_be_had(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}
#endif

static struct kunit_case own_cases[] = {
	KUNIT_CASE_PARAM(what_is_no_list, dma_gen_params),
	KUNIT_CASE_PARAM(a_cursor_that_fails, dma_gen_params),
	KUNIT_CASE(memory_of_a_device),
	KUNIT_CASE(more_than_is_sent_inline),
	KUNIT_CASE(an_mr_that_takes_nothing),
	KUNIT_CASE(a_table_that_cannot_be_had),
	{}
};

static struct kunit_suite own_suite = {
	.name = "phyr_rdma_own",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = own_cases,
};

kunit_test_suite(own_suite);
