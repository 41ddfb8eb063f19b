// SPDX-License-Identifier: GPL-2.0
/*
 * Iterators over kernel memory to make cursors of.
 */
#include <linux/folio_queue.h>
#include <linux/uio.h>
#include <linux/xarray.h>

#include "../sources.h"

#define SEGMENTS	40

/* What an iterator refers to, until the test ends. */
struct made {
	struct kvec kvecs[SEGMENTS];
	struct bio_vec bvecs[SEGMENTS];
	struct folio_queue queues[3];
	struct xarray xa;
};

static struct made *make(struct kunit *test)
{
	struct made *made = kunit_kzalloc(test, sizeof(*made), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, made);
	return made;
}

/* The first @done bytes of the list are not in it any more, and neither is the last one. */
static struct phyr_iter rest_of(struct memory *memory, struct iov_iter *iov, size_t done)
{
	struct phys_vec *phyr = memory->phyrs;

	iov_iter_advance(iov, done);
	iov_iter_truncate(iov, iov_iter_count(iov) - 1);
	memory->phyrs[memory->nr - 1].len--;
	while (done && done >= phyr->len) {
		done -= phyr->len;
		phyr++;
	}
	phyr->paddr += done;
	phyr->len -= done;
	memory->nr -= phyr - memory->phyrs;
	memmove(memory->phyrs, phyr, memory->nr * sizeof(*phyr));
	return phyr_iter_iov(iov);
}

/* Of the direct map, of none and of vmalloc() in turn. */
static struct phyr_iter from_kvecs(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);
	struct iov_iter iov;
	size_t count = 0;

	for (int i = 0; i < SEGMENTS; i++) {
		struct kvec *kvec = &made->kvecs[i];

		switch (i % 3) {
		case 0:
			continue;
		case 1:
			kvec->iov_base = page_address(source_page(memory, i)) + 100;
			kvec->iov_len = 2 * PAGE_SIZE + i;
			expect_piece(memory, source_page(memory, i), 100, kvec->iov_len);
			break;
		case 2:
			kvec->iov_base = source_vmalloc(test, 3 * PAGE_SIZE) + i;
			kvec->iov_len = 2 * PAGE_SIZE + 11;
			expect_vmalloc(memory, kvec->iov_base, kvec->iov_len);
			break;
		}
		count += kvec->iov_len;
	}
	iov_iter_kvec(&iov, ITER_SOURCE, made->kvecs, SEGMENTS, count);
	return rest_of(memory, &iov, 5 * PAGE_SIZE);
}

static struct phyr_iter from_an_iov_of_bvecs(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);
	struct iov_iter iov;
	size_t count = 0;

	for (int i = 0; i < SEGMENTS; i++) {
		size_t len = i % 4 ? i * 600 : 0;

		bvec_set_page(&made->bvecs[i], memory->blocks[i % BLOCKS] + 8 * i, len, 4000);
		if (len)
			expect_piece(memory, memory->blocks[i % BLOCKS] + 8 * i, 4000, len);
		count += len;
	}
	iov_iter_bvec(&iov, ITER_DEST, made->bvecs, SEGMENTS, count);
	return rest_of(memory, &iov, 600);
}

static struct phyr_iter from_bvecs_at_the_end_of_one(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);
	struct iov_iter iov;

	for (int i = 0; i < 2; i++)
		bvec_set_page(&made->bvecs[i], source_page(memory, i), PAGE_SIZE, 0);
	iov_iter_bvec(&iov, ITER_DEST, made->bvecs, 2, PAGE_SIZE);
	/* As it is if the step before did not move on to the next one. */
	iov.iov_offset = PAGE_SIZE;
	expect_piece(memory, source_page(memory, 1), 0, PAGE_SIZE);
	return phyr_iter_iov(&iov);
}

/* Bytes that the folios have which are put into queues of three segments. */
static size_t fill_queues(struct kunit *test, struct memory *memory, struct made *made)
{
	size_t count = 0;

	for (int i = 0; i < ARRAY_SIZE(made->queues); i++) {
		struct folio_queue *queue = &made->queues[i];

		folioq_init(queue, 0);
		if (i) {
			queue->prev = queue - 1;
			queue->prev->next = queue;
		}
		while (!folioq_full(queue) && (i < 2 || folioq_count(queue) < 5)) {
			struct folio *folio = source_folio(test, folioq_count(queue) % 4);

			folioq_append(queue, folio);
			expect_piece(memory, folio_page(folio, 0), 0, folio_size(folio));
			count += folio_size(folio);
		}
	}
	return count;
}

static struct phyr_iter from_a_folio_queue(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);
	size_t count = fill_queues(test, memory, made);
	struct iov_iter iov;

	iov_iter_folio_queue(&iov, ITER_DEST, made->queues, 0, 0, count);
	return rest_of(memory, &iov, 4 * PAGE_SIZE + 123);
}

static struct phyr_iter from_a_folio_queue_at_its_end(struct kunit *test, struct memory *memory)
{
	struct made *made = make(test);
	struct iov_iter iov;
	size_t count;

	fill_queues(test, memory, made);
	memory->nr = 0;
	count = folio_size(folioq_folio(&made->queues[1], 0)) +
		folio_size(folioq_folio(&made->queues[1], 1));
	for (int i = 0; i < 2; i++) {
		struct folio *folio = folioq_folio(&made->queues[1], i);

		expect_piece(memory, folio_page(folio, 0), 0, folio_size(folio));
	}
	/* As it is if the queue had no next segment yet when it was moved there. */
	iov_iter_folio_queue(&iov, ITER_DEST, made->queues, folioq_nr_slots(made->queues), 0,
			     count);
	return phyr_iter_iov(&iov);
}

static void destroy_xarray(void *xa)
{
	xa_destroy(xa);
}

static void store_folio(struct kunit *test, struct xarray *xa, unsigned long index,
			struct folio *folio)
{
	XA_STATE_ORDER(xas, xa, index, folio_order(folio));

	do {
		xas_lock(&xas);
		xas_store(&xas, folio);
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, xas_error(&xas));
}

static struct phyr_iter from_an_xarray(struct kunit *test, struct memory *memory)
{
	static const unsigned int orders[] = { 2, 0, 0, 1, 3, 0, 0, 1, 2, 3, 4, 0 };
	struct made *made = make(test);
	unsigned long index = 16;
	struct iov_iter iov;

	xa_init(&made->xa);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_xarray, &made->xa));
	for (int i = 0; i < ARRAY_SIZE(orders); i++) {
		/* Else an entry of the xarray is a page. */
		unsigned int order = IS_ENABLED(CONFIG_XARRAY_MULTI) ? orders[i] : 0;
		struct folio *folio = source_folio(test, order);

		/* It has the place that its order gives it. */
		KUNIT_ASSERT_TRUE(test, IS_ALIGNED(index, BIT(order)));
		store_folio(test, &made->xa, index, folio);
		expect_piece(memory, folio_page(folio, 0), 0, folio_size(folio));
		index += BIT(order);
	}
	iov_iter_xarray(&iov, ITER_DEST, &made->xa, 16 * PAGE_SIZE, (index - 16) * PAGE_SIZE);
	return rest_of(memory, &iov, PAGE_SIZE + 321);
}

const struct source iov_sources[] = {
	SOURCE(from_kvecs),
	SOURCE(from_an_iov_of_bvecs),
	SOURCE(from_bvecs_at_the_end_of_one),
	SOURCE(from_a_folio_queue),
	SOURCE(from_a_folio_queue_at_its_end),
	SOURCE(from_an_xarray),
	{}
};
