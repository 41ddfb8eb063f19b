/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of every shape.
 */
#ifndef _PHYR_TESTS_LAYOUTS_H
#define _PHYR_TESTS_LAYOUTS_H

#include "memory.h"

/**
 * struct layout - a list of a certain shape
 * @name: what it is called
 * @fill: makes it of memory that has no list
 * @overlaps: whether some of its memory is in it more than once
 */
struct layout {
	const char *name;
	void (*fill)(struct memory *memory);
	bool overlaps;
};

#define LAYOUTS	22
extern const struct layout layouts[LAYOUTS];

void one_page(struct memory *memory);
void three_pages(struct memory *memory);
void scattered_pages(struct memory *memory);
void misaligned_seams(struct memory *memory);
void misaligned_inside(struct memory *memory);
void head_pages_tail(struct memory *memory);
void whole_pages_inside(struct memory *memory);
void many_pieces(struct memory *memory);
void sixteen_mib_of_pages(struct memory *memory);

static inline void layout_name(const struct layout *layout, char *name)
{
	strscpy(name, layout->name, KUNIT_PARAM_DESC_SIZE);
}

#endif /* _PHYR_TESTS_LAYOUTS_H */
