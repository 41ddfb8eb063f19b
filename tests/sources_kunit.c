// SPDX-License-Identifier: GPL-2.0
/*
 * Lists that come from a cursor: what dma_map_phyr_iter() maps must be what
 * dma_map_phyrs() maps of the same ranges in an array, whatever they come from.
 */
#include <linux/phyr-iter.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>

#include "edu.h"
#include "memory.h"
#include "reach.h"

#define PAGES	300

/* What a source is made of, until the test ends. */
struct made {
	struct page *pages[PAGES];
	struct bio_vec bvecs[PAGES];
	struct sg_table sgt;
};

static struct made *make(struct kunit *test)
{
	struct made *made = kunit_kzalloc(test, sizeof(*made), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, made);
	return made;
}

/* Pages of which some are adjacent. */
static struct page *page_of(const struct memory *memory, unsigned int i)
{
	unsigned int page = i % 5 == 4 ? i - 1 : i * 85 % BLOCK_PAGES;

	return memory->blocks[i / 5 % BLOCKS] + page + (i % 5 == 4);
}

static void expect_piece(struct memory *memory, struct page *page,
			 size_t offset, size_t len)
{
	memory->phyrs[memory->nr++] = (struct phys_vec) {
		.paddr = page_to_phys(page) + offset,
		.len = len,
	};
}

static struct phyr_iter from_an_array(struct kunit *test, struct memory *memory)
{
	for (int i = 0; i < PAGES; i++)
		expect_piece(memory, page_of(memory, i), 0, PAGE_SIZE);
	return phyr_iter_phyrs(memory->phyrs, memory->nr);
}

static struct phyr_iter from_pages(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);

	for (int i = 0; i < PAGES; i++) {
		size_t skip = i ? 0 : 1000;
		size_t cut = i == PAGES - 1 ? 1 : 0;

		made->pages[i] = page_of(memory, i);
		expect_piece(memory, made->pages[i], skip, PAGE_SIZE - skip - cut);
	}
	return phyr_iter_pages(made->pages, 1000, PAGES * PAGE_SIZE - 1001);
}

static struct phyr_iter from_one_page(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);

	made->pages[0] = page_of(memory, 3);
	expect_piece(memory, made->pages[0], 17, 4);
	return phyr_iter_pages(made->pages, 17, 4);
}

/* Several pages each, of any alignment, the first and the last of them in part. */
static struct phyr_iter from_bvecs(struct kunit *test, struct memory *memory)
{
	const size_t len = 3 * PAGE_SIZE + 512, done = PAGE_SIZE + 100;
	struct made *made = make(test);
	struct bvec_iter at = {
		.bi_idx = 1,
		.bi_bvec_done = done,
		.bi_size = 98 * len - done - 7,
	};

	for (int i = 0; i < 100; i++) {
		struct page *page = memory->blocks[i % BLOCKS] + i * 8;

		bvec_set_page(&made->bvecs[i], page, len, 256);
		if (i == 1)
			expect_piece(memory, page, 256 + done, len - done);
		else if (i == 98)
			expect_piece(memory, page, 256, len - 7);
		else if (i > 1 && i < 98)
			expect_piece(memory, page, 256, len);
	}
	return phyr_iter_bvecs(made->bvecs, at);
}

static void free_table(void *sgt)
{
	sg_free_table(sgt);
}

static struct phyr_iter from_a_scatterlist(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);
	struct scatterlist *sg;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&made->sgt, PAGES, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_table, &made->sgt));
	for_each_sgtable_sg(&made->sgt, sg, i) {
		sg_set_page(sg, page_of(memory, i), 1024, 512);
		expect_piece(memory, page_of(memory, i), 512, 1024);
	}
	return phyr_iter_sg(made->sgt.sgl, made->sgt.orig_nents);
}

static struct phyr_iter from_a_kernel_address(struct kunit *test, struct memory *memory)
{
	expect_piece(memory, memory->blocks[1], 4000, 20 * PAGE_SIZE);
	return phyr_iter_kernel(page_address(memory->blocks[1]) + 4000, 20 * PAGE_SIZE);
}

static void free_vmalloc(void *addr)
{
	vfree(addr);
}

static struct phyr_iter from_vmalloc(struct kunit *test, struct memory *memory)
{
	const size_t offset = 123, len = 50 * PAGE_SIZE;
	u8 *addr = vmalloc_32(offset + len);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_vmalloc, addr));
	for (size_t at = offset; at < offset + len;) {
		size_t part = min(PAGE_SIZE - offset_in_page(at), offset + len - at);

		expect_piece(memory, vmalloc_to_page(addr + at), offset_in_page(at), part);
		at += part;
	}
	return phyr_iter_kernel(addr + offset, len);
}

#define SOURCE(fn) { .name = #fn, .make = fn }

static const struct source {
	const char *name;
	struct phyr_iter (*make)(struct kunit *test, struct memory *memory);
} sources[] = {
	SOURCE(from_an_array),
	SOURCE(from_pages),
	SOURCE(from_one_page),
	SOURCE(from_bvecs),
	SOURCE(from_a_scatterlist),
	SOURCE(from_a_kernel_address),
	SOURCE(from_vmalloc),
};

KUNIT_ARRAY_PARAM_DESC(source, sources, name);

/* DMA ranges of the same list in an array, and calls that mapped it into a domain. */
static int map_array(struct kunit *test, struct memory *memory, unsigned int *maps)
{
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	int nr;

	edu->maps = 0;
	nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, &map,
			   memory->ranges, MAX_ENTRIES, DMA_TO_DEVICE, 0);
	*maps = edu->maps;
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	return nr;
}

static void expect_the_same(struct kunit *test, struct memory *memory,
			    const struct phyr_iter *iter)
{
	const struct phyr_iter before = *iter;
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	unsigned int maps;
	int nr = map_array(test, memory, &maps);

	KUNIT_ASSERT_GT(test, nr, 0);
	edu->maps = 0;
	KUNIT_ASSERT_EQ(test, nr, dma_map_phyr_iter(edu_dev(test), iter, &map, memory->ranges,
						    MAX_ENTRIES, DMA_TO_DEVICE, 0));
	KUNIT_EXPECT_EQ(test, maps, edu->maps);
	KUNIT_EXPECT_MEMEQ(test, iter, &before, sizeof(before));
	expect_reached(test, memory, memory->ranges, nr);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	expect_unreached(test, memory->ranges, nr);
	KUNIT_EXPECT_EQ(test, 0, edu->mapped);
}

static void mapped_as_an_array(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);

	expect_the_same(test, memory, &iter);
}

/* Not usual: what it is cut into is counted first. */
static void cut_as_an_array(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);

	edu_set_limits(test, 1536, SZ_4K - 1);
	expect_the_same(test, memory, &iter);
}

static void with_interrupts_off(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);
	struct dma_phyr_map map;
	unsigned long flags;
	int nr;

	local_irq_save(flags);
	nr = dma_map_phyr_iter(edu_dev(test), &iter, &map, memory->ranges, MAX_ENTRIES,
			       DMA_FROM_DEVICE, 0);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	local_irq_restore(flags);
	KUNIT_EXPECT_GT(test, nr, 0);
}

static void too_little_room(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);
	struct dma_phyr_map map;
	unsigned int maps;
	int nr = map_array(test, memory, &maps);
	int ret = dma_map_phyr_iter(edu_dev(test), &iter, &map, memory->ranges, nr - 1,
				    DMA_TO_DEVICE, 0);

	KUNIT_EXPECT_EQ(test, -ENOSPC, ret);
	KUNIT_EXPECT_LE(test, nr, map.nr_ranges);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

/* Three pages, and then what the caller wants. */
static int next_of_four(struct phyr_iter *iter, struct phys_vec *phyr)
{
	if (iter->state[0] == 3)
		return (int)iter->state[1];
	phyr->paddr = iter->state[2] + 2 * PAGE_SIZE * iter->state[0]++;
	phyr->len = PAGE_SIZE;
	return 1;
}

static void what_a_cursor_fails_with_is_returned(struct kunit *test)
{
	static const int errors[] = { -ENOMEM, -EREMOTEIO, -EOPNOTSUPP, -EINVAL };
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;

	for (int i = 0; i < ARRAY_SIZE(errors); i++) {
		const struct phyr_iter iter = {
			.next = next_of_four,
			.state = { 0, errors[i], page_to_phys(memory->blocks[0]) },
		};

		KUNIT_EXPECT_EQ(test, errors[i],
				dma_map_phyr_iter(edu_dev(test), &iter, &map, memory->ranges,
						  MAX_ENTRIES, DMA_TO_DEVICE, 0));
		KUNIT_EXPECT_EQ(test, 0, map.nr_ranges);
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
		/* Nothing is held. */
		dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	}
}

static void a_cursor_of_one_s_own(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = {
		.next = next_of_four,
		.state = { 0, 0, page_to_phys(memory->blocks[0]) },
	};

	for (int i = 0; i < 3; i++)
		memory_add(memory, 0, 2 * i, 0, PAGE_SIZE);
	expect_the_same(test, memory, &iter);
}

static void nothing_is_no_list(struct kunit *test)
{
	const struct phyr_iter none[] = {
		phyr_iter_phyrs(NULL, 0),
		phyr_iter_pages(NULL, 0, 0),
		phyr_iter_bvecs(NULL, (struct bvec_iter) {}),
		phyr_iter_sg(NULL, 0),
		phyr_iter_kernel(NULL, 0),
	};
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;

	for (int i = 0; i < ARRAY_SIZE(none); i++)
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_map_phyr_iter(edu_dev(test), &none[i], &map,
						  memory->ranges, MAX_ENTRIES,
						  DMA_TO_DEVICE, 0));
}

static void what_has_no_pages_is_refused(struct kunit *test)
{
	const struct phyr_iter bad[] = {
		/* More entries than there are. */
		phyr_iter_sg(NULL, 1),
		/* No address of RAM. */
		phyr_iter_kernel((void *)PAGE_SIZE, 1),
	};
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;

	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_map_phyr_iter(edu_dev(test), &bad[i], &map,
						  memory->ranges, MAX_ENTRIES,
						  DMA_TO_DEVICE, 0));
}

static struct kunit_case sources_cases[] = {
	KUNIT_CASE_PARAM(mapped_as_an_array, source_gen_params),
	KUNIT_CASE_PARAM(cut_as_an_array, source_gen_params),
	KUNIT_CASE_PARAM(with_interrupts_off, source_gen_params),
	KUNIT_CASE_PARAM(too_little_room, source_gen_params),
	KUNIT_CASE(what_a_cursor_fails_with_is_returned),
	KUNIT_CASE(a_cursor_of_one_s_own),
	KUNIT_CASE(nothing_is_no_list),
	KUNIT_CASE(what_has_no_pages_is_refused),
	{}
};

static struct kunit_suite sources_suite = {
	.name = "phyr_sources",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = sources_cases,
};

kunit_test_suite(sources_suite);
