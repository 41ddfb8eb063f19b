// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes that are told apart, in the memory of a list.
 */
#include "pattern.h"

static u8 pattern(size_t at)
{
	return at % 251 + 1;
}

void each_byte(const struct memory *memory, void (*at)(void *state, void *mem, size_t len),
	       void *state)
{
	for (int i = 0; i < memory->nr; i++)
		at(state, phys_to_virt(memory->phyrs[i].paddr), memory->phyrs[i].len);
}

void write_pattern(void *state, void *mem, size_t len)
{
	struct bytes *bytes = state;

	for (size_t i = 0; i < len; i++)
		((u8 *)mem)[i] = pattern(bytes->nr++);
}

void read_pattern(void *state, void *mem, size_t len)
{
	struct bytes *bytes = state;

	for (size_t i = 0; i < len; i++)
		bytes->wrong += ((u8 *)mem)[i] != pattern(bytes->nr++);
}

void clear(void *unused, void *mem, size_t len)
{
	memset(mem, 0, len);
}
