// SPDX-License-Identifier: GPL-2.0
/*
 * What a cursor in C is of, to be mapped by Rust.
 */
#include "../edu.h"
#include "../reach.h"
#include "../sources.h"
#include "by_rust.h"

/* What the cursor was made of, as all that makes one leaves it there. */
static bool object_of(const struct phyr_iter *iter, struct object *object)
{
	*object = (struct object) {
		.of = iter->phyrs,
		.offset = iter->offset,
		.len = iter->left,
	};
	if (iter->next == phyr_next_page) {
		object->kind = OBJECT_PAGES;
	} else if (iter->next == phyr_next_sg) {
		object->kind = OBJECT_SCATTERLIST;
		object->len = iter->nr;
	} else if (iter->next == phyr_next_kernel) {
		object->kind = OBJECT_KERNEL;
	} else if (iter->next == phyr_next_xdr) {
		object->kind = OBJECT_XDR;
	} else if (iter->next == phyr_next_folio) {
		object->kind = OBJECT_FOLIO;
		object->of = iter->folio;
		object->offset = iter->folio_start;
		object->len = iter->folio_len;
	} else if (iter->next == phyr_next_bvec) {
		object->kind = OBJECT_BVECS;
		object->of = iter->bvecs;
		object->at = &iter->at;
	} else if (iter->next == phyr_next_iov) {
		object->kind = OBJECT_IOV;
		object->of = &iter->iov;
#ifdef CONFIG_BLOCK
	} else if (iter->next == phyr_next_bio) {
		object->kind = OBJECT_BIO;
		object->of = iter->bio;
	} else if (iter->next == phyr_next_rq) {
		object->kind = OBJECT_REQUEST;
		object->of = iter->rq;
	} else if (iter->next == phyr_next_rq_integrity) {
		object->kind = OBJECT_INTEGRITY;
		object->of = iter->rq;
#endif
	} else {
		return false;
	}
	return true;
}

/**
 * struct seen_by_c - what C looks at while Rust has it mapped
 * @test: the test
 * @memory: what must be reached
 */
struct seen_by_c {
	struct kunit *test;
	struct memory *memory;
};

static void expect_mapped(void *data, int nr)
{
	const struct seen_by_c *seen = data;

	expect_reached(seen->test, seen->memory, seen->memory->ranges, nr);
}

void expect_mapped_by_rust(struct kunit *test, struct memory *memory,
			   const struct phyr_iter *iter, int expected)
{
	struct seen_by_c seen = { test, memory };
	struct object object;

	if (!object_of(iter, &object))
		kunit_skip(test, "Rust has arrays of its own, and lists");
	KUNIT_EXPECT_EQ(test, expected,
			phyr_test_map_by_rust(edu_dev(test), &object, memory->ranges,
					      MAX_ENTRIES, expect_mapped, &seen));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}
