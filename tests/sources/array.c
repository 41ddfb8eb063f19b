// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays to make cursors of, and scatterlists.
 */
#include <linux/scatterlist.h>

#include "../sources.h"

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

static struct phyr_iter from_an_array(struct kunit *test, struct memory *memory)
{
	for (int i = 0; i < PAGES; i++)
		expect_piece(memory, source_page(memory, i), 0, PAGE_SIZE);
	return phyr_iter_phyrs(memory->phyrs, memory->nr);
}

static struct phyr_iter from_so_many_pages(struct kunit *test, struct memory *memory, int nr)
{
	struct made *made = make(test);

	for (int i = 0; i < nr; i++) {
		size_t skip = i ? 0 : 1000;
		size_t cut = i == nr - 1 ? 1 : 0;

		made->pages[i] = source_page(memory, i);
		expect_piece(memory, made->pages[i], skip, PAGE_SIZE - skip - cut);
	}
	return phyr_iter_pages(made->pages, 1000, nr * PAGE_SIZE - 1001);
}

static struct phyr_iter from_pages(struct kunit *test, struct memory *memory)
{
	return from_so_many_pages(test, memory, PAGES);
}

static struct phyr_iter from_few_pages(struct kunit *test, struct memory *memory)
{
	return from_so_many_pages(test, memory, 7);
}

/* As many as are read at once, and one more. */
static struct phyr_iter from_32_pages(struct kunit *test, struct memory *memory)
{
	return from_so_many_pages(test, memory, 32);
}

static struct phyr_iter from_33_pages(struct kunit *test, struct memory *memory)
{
	return from_so_many_pages(test, memory, 33);
}

static struct phyr_iter from_one_page(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);

	made->pages[0] = source_page(memory, 3);
	expect_piece(memory, made->pages[0], 17, 4);
	return phyr_iter_pages(made->pages, 17, 4);
}

/* No more bytes than a page has. */
static struct phyr_iter from_parts_of_two_pages(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);

	made->pages[0] = source_page(memory, 3);
	made->pages[1] = source_page(memory, 7);
	expect_piece(memory, made->pages[0], PAGE_SIZE - 4, 4);
	expect_piece(memory, made->pages[1], 0, 5);
	return phyr_iter_pages(made->pages, PAGE_SIZE - 4, 9);
}

/* Several pages each, of any alignment, the first and the last of them in part. */
static struct phyr_iter from_so_many_bvecs(struct kunit *test, struct memory *memory, int nr)
{
	const size_t len = 3 * PAGE_SIZE + 512, done = PAGE_SIZE + 100;
	struct made *made = make(test);
	struct bvec_iter at = {
		.bi_idx = 1,
		.bi_bvec_done = done,
		.bi_size = nr * len - done - 7,
	};

	for (int i = 0; i < nr + 2; i++) {
		struct page *page = memory->blocks[i % BLOCKS] + i * 8;

		bvec_set_page(&made->bvecs[i], page, len, 256);
		if (i == 1)
			expect_piece(memory, page, 256 + done, len - done);
		else if (i == nr)
			expect_piece(memory, page, 256, len - 7);
		else if (i > 1 && i < nr)
			expect_piece(memory, page, 256, len);
	}
	return phyr_iter_bvecs(made->bvecs, at);
}

static struct phyr_iter from_bvecs(struct kunit *test, struct memory *memory)
{
	return from_so_many_bvecs(test, memory, 98);
}

static struct phyr_iter from_few_bvecs(struct kunit *test, struct memory *memory)
{
	return from_so_many_bvecs(test, memory, 4);
}

static struct phyr_iter from_one_bvec(struct kunit *test, struct memory *memory)
{
	const struct bvec_iter at = { .bi_bvec_done = 100, .bi_size = PAGE_SIZE };
	struct made *made = make(test);

	bvec_set_page(&made->bvecs[0], memory->blocks[0] + 8, 3 * PAGE_SIZE, 256);
	expect_piece(memory, memory->blocks[0] + 8, 356, PAGE_SIZE);
	return phyr_iter_bvecs(made->bvecs, at);
}

static void free_table(void *sgt)
{
	sg_free_table(sgt);
}

static struct phyr_iter from_a_scatterlist_of(struct kunit *test, struct memory *memory,
					      unsigned int nr)
{
	struct made *made = make(test);
	struct scatterlist *sg;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&made->sgt, nr, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_table, &made->sgt));
	for_each_sgtable_sg(&made->sgt, sg, i) {
		sg_set_page(sg, source_page(memory, i), 1024, 512);
		expect_piece(memory, source_page(memory, i), 512, 1024);
	}
	return phyr_iter_sg(made->sgt.sgl, made->sgt.orig_nents);
}

static struct phyr_iter from_a_scatterlist(struct kunit *test, struct memory *memory)
{
	return from_a_scatterlist_of(test, memory, PAGES);
}

static struct phyr_iter from_a_short_scatterlist(struct kunit *test, struct memory *memory)
{
	return from_a_scatterlist_of(test, memory, 5);
}

static struct phyr_iter from_an_entry_of_a_scatterlist(struct kunit *test, struct memory *memory)
{
	return from_a_scatterlist_of(test, memory, 1);
}

const struct source array_sources[] = {
	SOURCE(from_an_array),
	SOURCE(from_pages),
	SOURCE(from_one_page),
	SOURCE(from_parts_of_two_pages),
	SOURCE(from_few_pages),
	SOURCE(from_32_pages),
	SOURCE(from_33_pages),
	SOURCE(from_bvecs),
	SOURCE(from_one_bvec),
	SOURCE(from_few_bvecs),
	SOURCE(from_a_scatterlist),
	SOURCE(from_a_short_scatterlist),
	SOURCE(from_an_entry_of_a_scatterlist),
	{}
};
