/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of the process that a test runs in.
 */
#ifndef _PHYR_TESTS_USER_H
#define _PHYR_TESTS_USER_H

#include <kunit/test.h>

struct page;
struct phyr_list;

/* @nr pages of this process, with no two alike in them. */
unsigned long user_pages(struct kunit *test, unsigned long nr, unsigned long prot);

/* The same, of which nearly none continues the one before in memory. */
unsigned long user_pages_apart(struct kunit *test, unsigned long nr);

/* How many pages from @start on are so many runs of memory; there are more than those. */
unsigned long user_pages_in_runs(struct kunit *test, unsigned long start, unsigned int runs);

/* The page at a user address, without a reference: the test holds the memory. */
struct page *user_page(struct kunit *test, unsigned long addr);

/* How many references there are to it. */
int user_page_refs(struct kunit *test, unsigned long addr);

/* The list is @len bytes of memory at @start, byte for byte. */
void expect_user_memory(struct kunit *test, const struct phyr_list *list, unsigned long start,
			size_t len);

#endif /* _PHYR_TESTS_USER_H */
