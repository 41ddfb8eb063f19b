/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists that nobody thought of.
 */
#ifndef _PHYR_TESTS_RANDOM_LIST_H
#define _PHYR_TESTS_RANDOM_LIST_H

#include <linux/dma-direction.h>
#include <linux/types.h>

#include "memory.h"

/**
 * struct random_list - how a list of physical ranges is to be mapped
 * @dir: for which direction.  Ranges overlap only if it is to the device.
 * @max_seg_size: the device's limit, in bytes
 * @seg_boundary: the device's limit, a mask
 * @bytes: of the whole list
 */
struct random_list {
	enum dma_data_direction dir;
	unsigned int max_seg_size;
	unsigned long seg_boundary;
	size_t bytes;
};

/* The list of this name, always the same, into @memory. */
struct random_list random_list(struct memory *memory, u64 name);

/* Bytes, of @left at @paddr, that a device with these limits takes as one. */
size_t random_list_piece(const struct random_list *list, phys_addr_t paddr,
			 size_t left);

#endif /* _PHYR_TESTS_RANDOM_LIST_H */
