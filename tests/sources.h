/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Things that cursors read, of every kind that the kernel holds memory in.
 */
#ifndef _PHYR_TESTS_SOURCES_H
#define _PHYR_TESTS_SOURCES_H

#include <kunit/test.h>
#include <linux/phyr-iter.h>

#include "memory.h"

/**
 * struct source - something to make a cursor of
 * @name: what the test is called
 * @make: makes it, until the test ends, and writes what it is made of to the list
 */
struct source {
	const char *name;
	struct phyr_iter (*make)(struct kunit *test, struct memory *memory);
};

#define SOURCE(fn) { .name = #fn, .make = fn }

/* Each ends with one that has no name. */
extern const struct source array_sources[];
extern const struct source block_sources[];
extern const struct source iov_sources[];
extern const struct source kernel_sources[];
extern const struct source xdr_sources[];

/* A page for the @i-th entry.  Some are adjacent to the one before. */
struct page *source_page(const struct memory *memory, unsigned int i);

/* A folio of memory that a 32-bit device reaches, freed when @test ends. */
struct folio *source_folio(struct kunit *test, unsigned int order);

/* The list goes on with @len bytes that start @offset bytes into @page. */
void expect_piece(struct memory *memory, struct page *page, size_t offset, size_t len);

/* The list goes on with @len bytes at a kernel address that vmalloc() gave. */
void expect_vmalloc(struct memory *memory, const void *addr, size_t len);

/* @len bytes of vmalloc() that a 32-bit device reaches, freed when @test ends. */
void *source_vmalloc(struct kunit *test, size_t len);

/* What @iter gives must be the list, however it is cut into ranges. */
void expect_given(struct kunit *test, const struct memory *memory, struct phyr_iter iter);

/*
 * What Rust maps of that which @iter is of must be the list, and the number of its DMA
 * ranges, or what fails, @expected.
 */
void expect_mapped_by_rust(struct kunit *test, struct memory *memory,
			   const struct phyr_iter *iter, int expected);

/* What a cursor over an RPC message gives, from each place in it to each other. */
void xdr_from_place_to_place(struct kunit *test);

#endif /* _PHYR_TESTS_SOURCES_H */
