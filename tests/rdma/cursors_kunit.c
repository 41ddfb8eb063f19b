// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel holds memory in, moved by a cursor, where as much is kept of a list as it says
 * that there may be: for a device without DMA of its own.
 */
#include <linux/phyr-iter.h>
#include <linux/scatterlist.h>
#include <linux/sunrpc/xdr.h>
#include <linux/vmalloc.h>

#include "../layouts.h"
#include "moved.h"
#include "transfers.h"

#define MOST_PAGES	256

struct held {
	struct memory		*memory;
	struct scatterlist	sgl[MOST_PAGES];
	struct page		*pages[MOST_PAGES];
	struct xdr_buf		xdr;
};

static void expect_whole(struct kunit *test, const struct phyr_iter *iter, size_t len)
{
	struct fake_rdma *fake = fake_rdma_new(test, NULL);
	struct phyr_rw_ctx ctx;
	struct ib_cqe cqe = {};
	size_t moved = 0;

	KUNIT_ASSERT_GT(test, rdma_rw_ctx_init_phyr_iter(&ctx, &fake->qp, FAKE_PORT, iter,
							 REMOTE_ADDR, REMOTE_KEY, DMA_TO_DEVICE),
			0);
	KUNIT_EXPECT_EQ(test, 0, rdma_rw_ctx_post_phyr(&ctx, &fake->qp, FAKE_PORT, &cqe, NULL));
	for (int i = 0; i < fake->nr_sges; i++)
		moved += fake->sges[i].length;
	KUNIT_EXPECT_EQ(test, len, moved);
	rdma_rw_ctx_destroy_phyr(&ctx, &fake->qp);
}

static void entries_of_a_scatterlist(struct kunit *test, struct held *held, unsigned int nr)
{
	struct phyr_iter iter = phyr_iter_sg(held->sgl, nr);

	expect_whole(test, &iter, nr * PAGE_SIZE);
}

static void pages_from_inside_of_one(struct kunit *test, struct held *held, unsigned int nr)
{
	struct phyr_iter iter = phyr_iter_pages(held->pages, PAGE_SIZE - 4,
						(nr - 1) * PAGE_SIZE + 4);

	expect_whole(test, &iter, (nr - 1) * PAGE_SIZE + 4);
}

static void ranges_of_an_array(struct kunit *test, struct held *held, unsigned int nr)
{
	struct phyr_iter iter = phyr_iter_phyrs(held->memory->phyrs, nr);

	expect_whole(test, &iter, nr * PAGE_SIZE);
}

static void head_pages_and_tail_of_a_message(struct kunit *test, struct held *held,
					     unsigned int nr)
{
	struct phyr_iter iter;

	xdr_buf_init(&held->xdr, page_address(held->pages[0]) + 8, 100);
	held->xdr.head[0].iov_len = 100;
	held->xdr.pages = held->pages;
	held->xdr.page_base = PAGE_SIZE - 4;
	held->xdr.page_len = (nr - 1) * PAGE_SIZE + 4;
	held->xdr.tail[0].iov_base = page_address(held->pages[0]) + 200;
	held->xdr.tail[0].iov_len = 4;
	held->xdr.len = 104 + held->xdr.page_len;
	iter = phyr_iter_xdr(&held->xdr, 0, held->xdr.len);
	expect_whole(test, &iter, held->xdr.len);
}

/* Each part begins with the last byte of a page and ends with the first one of another. */
static void message_of_which_all_parts_cross_pages(struct kunit *test, struct held *held,
						   unsigned int nr)
{
	unsigned int pages = max(nr / 3, 2);
	size_t len = (pages - 2) * PAGE_SIZE + 2;
	void *head = vmap(held->pages, pages, VM_MAP, PAGE_KERNEL);
	void *tail = vmap(&held->pages[2 * pages], pages, VM_MAP, PAGE_KERNEL);
	struct phyr_iter iter;

	KUNIT_ASSERT_NOT_NULL(test, head);
	KUNIT_ASSERT_NOT_NULL(test, tail);
	held->xdr = (struct xdr_buf) {
		.head = { { .iov_base = head + PAGE_SIZE - 1, .iov_len = len } },
		.pages = &held->pages[pages],
		.page_base = PAGE_SIZE - 1,
		.page_len = len,
		.tail = { { .iov_base = tail + PAGE_SIZE - 1, .iov_len = len } },
		.len = 3 * len,
		.buflen = 3 * len,
	};
	iter = phyr_iter_xdr(&held->xdr, 0, held->xdr.len);
	expect_whole(test, &iter, held->xdr.len);
	vunmap(head);
	vunmap(tail);
}

static void pages_that_are_mapped_for_the_kernel(struct kunit *test, struct held *held,
						 unsigned int nr)
{
	void *addr = vmap(held->pages, nr, VM_MAP, PAGE_KERNEL);
	struct phyr_iter iter;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	iter = phyr_iter_kernel(addr + PAGE_SIZE - 4, (nr - 1) * PAGE_SIZE + 4);
	expect_whole(test, &iter, (nr - 1) * PAGE_SIZE + 4);
	vunmap(addr);
}

static void part_of_a_folio(struct kunit *test, struct held *held, unsigned int nr)
{
	struct phyr_iter iter = phyr_iter_folio(page_folio(held->pages[0]), 4, 4);

	expect_whole(test, &iter, 4);
}

static const struct source {
	const char *name;
	void (*move)(struct kunit *test, struct held *held, unsigned int nr);
} sources[] = {
	{ "scatterlist", entries_of_a_scatterlist },
	{ "pages", pages_from_inside_of_one },
	{ "phyrs", ranges_of_an_array },
	{ "xdr_buf", head_pages_and_tail_of_a_message },
	{ "xdr_buf_crossing", message_of_which_all_parts_cross_pages },
	{ "vmap", pages_that_are_mapped_for_the_kernel },
	{ "folio", part_of_a_folio },
};

static void source_name(const struct source *source, char *name)
{
	strscpy(name, source->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(source, sources, source_name);

static void all_of_it_is_moved(struct kunit *test)
{
	static const unsigned int lens[] = { 1, 2, 4, 5, 16, 17, MOST_PAGES };
	const struct source *source = test->param_value;
	struct held *held = kunit_kzalloc(test, sizeof(*held), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, held);
	held->memory = memory_alloc(test);
	/* No two of them are adjacent. */
	scattered_pages(held->memory);
	for (int i = 0; i < MOST_PAGES; i++)
		held->pages[i] = phys_to_page(held->memory->phyrs[i].paddr);
	for (int i = 0; i < ARRAY_SIZE(lens); i++) {
		sg_init_table(held->sgl, lens[i]);
		for (int j = 0; j < lens[i]; j++)
			sg_set_page(&held->sgl[j], held->pages[j], PAGE_SIZE, 0);
		source->move(test, held, lens[i]);
	}
}

static struct kunit_case cursor_cases[] = {
	KUNIT_CASE_PARAM(all_of_it_is_moved, source_gen_params),
	{}
};

static struct kunit_suite cursor_suite = {
	.name = "phyr_rdma_cursors",
	.test_cases = cursor_cases,
};

kunit_test_suite(cursor_suite);
