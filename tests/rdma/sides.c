// SPDX-License-Identifier: GPL-2.0
/*
 * The bytes that both sides of a connection have.
 */
#include "../layouts.h"
#include "pattern.h"
#include "sides.h"

struct memory *memory_of_layout(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	struct memory *memory = memory_alloc(test);

	if (layout->overlaps)
		kunit_skip(test, "what was written last is all that is there");
	layout->fill(memory);
	memory_cut(memory, WIRE_BYTES);
	for (int i = 0; i < BLOCKS; i++)
		memset(page_address(memory->blocks[i]), 0, BLOCK_PAGES * PAGE_SIZE);
	return memory;
}

static u8 far_byte(size_t at)
{
	return at % 241 + 3;
}

/* The bytes of a list, one after the other: 0 before @offset, and then what the other side has. */
struct arrived {
	size_t at;
	size_t offset;
	size_t wrong;
};

static void has_arrived(void *state, void *mem, size_t len)
{
	struct arrived *arrived = state;

	for (size_t i = 0; i < len; i++, arrived->at++)
		arrived->wrong += ((u8 *)mem)[i] !=
				  (arrived->at < arrived->offset ?
				   0 : far_byte(arrived->at - arrived->offset));
}

/* All memory but the list's is as it was. */
static void expect_nothing_beside(struct kunit *test, const struct memory *memory)
{
	each_byte(memory, clear, NULL);
	for (int i = 0; i < BLOCKS; i++)
		KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(page_address(memory->blocks[i]), 0,
							   BLOCK_PAGES * PAGE_SIZE));
}

void fill_remote(struct wire *wire, const struct memory *memory)
{
	for (size_t i = 0; i < WIRE_BYTES; i++)
		wire->remote[i] = far_byte(i);
	each_byte(memory, clear, NULL);
}

void expect_arrived(struct kunit *test, const struct memory *memory, size_t offset)
{
	struct arrived arrived = { .offset = offset };

	each_byte(memory, has_arrived, &arrived);
	KUNIT_EXPECT_EQ(test, 0, arrived.wrong);
	expect_nothing_beside(test, memory);
}

void fill_memory(struct wire *wire, const struct memory *memory)
{
	struct bytes written = {};

	memset(wire->remote, 0, WIRE_BYTES);
	each_byte(memory, write_pattern, &written);
}

void expect_written(struct kunit *test, struct wire *wire, const struct memory *memory,
		    size_t offset)
{
	struct bytes skipped = { .nr = offset };
	size_t len = memory_bytes(memory) - offset;

	read_pattern(&skipped, wire->remote, len);
	KUNIT_EXPECT_EQ(test, 0, skipped.wrong);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(wire->remote + len, 0, WIRE_BYTES - len));
	memset(wire->remote, 0, len);
}
