/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of every shape, and devices of every kind.
 */
#ifndef _PHYR_TESTS_RDMA_SHAPES_H
#define _PHYR_TESTS_RDMA_SHAPES_H

#include "../memory.h"
#include "fake.h"

struct layout {
	const char *name;
	void (*fill)(struct memory *memory);
};

#define LAYOUTS	10
extern const struct layout layouts[LAYOUTS];

void one_page(struct memory *memory);
void three_pages(struct memory *memory);
void scattered_pages(struct memory *memory);
void head_pages_tail(struct memory *memory);
void misaligned_inside(struct memory *memory);

static inline void layout_name(const struct layout *layout, char *name)
{
	strscpy(name, layout->name, KUNIT_PARAM_DESC_SIZE);
}

/**
 * struct kind - what a device and its queue pair can be like
 * @max_sge: SGEs of a work request
 * @max_sgl_rd: SGEs from which on MRs are better for a READ; 0 if there is no such number
 * @mrs: MRs of the queue pair
 * @iwarp: whether it is iWARP
 */
struct kind {
	u32		max_sge;
	u32		max_sgl_rd;
	unsigned int	mrs;
	bool		iwarp;
};

#define KINDS	8
extern const struct kind kinds[KINDS];

/* An iWARP device, and one whose MRs are there for ib_core.force_mr. */
#define IWARP	(&kinds[3])
#define FORCED	(&kinds[7])

/* Has the device be of that kind; its MRs were not used yet. */
void fake_rdma_be(struct fake_rdma *fake, const struct kind *kind);

#endif /* _PHYR_TESTS_RDMA_SHAPES_H */
