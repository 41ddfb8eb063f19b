/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes that are told apart, in the memory of a list.
 */
#ifndef _PHYR_TESTS_RDMA_PATTERN_H
#define _PHYR_TESTS_RDMA_PATTERN_H

#include "../memory.h"

/**
 * struct bytes - what was done with bytes, one after the other
 * @nr: how many were written, or looked at
 * @wrong: how many of them are not what they should be
 */
struct bytes {
	size_t nr;
	size_t wrong;
};

/* Calls @at with each entry of the list, where the CPU has it. */
void each_byte(const struct memory *memory, void (*at)(void *state, void *mem, size_t len),
	       void *state);

/* For each_byte() and its like, with a struct bytes. */
void write_pattern(void *bytes, void *mem, size_t len);
void read_pattern(void *bytes, void *mem, size_t len);
void clear(void *unused, void *mem, size_t len);

#endif /* _PHYR_TESTS_RDMA_PATTERN_H */
