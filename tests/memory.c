// SPDX-License-Identifier: GPL-2.0
/*
 * Memory to make lists of.
 */
#include <linux/slab.h>

#include "memory.h"

static void memory_free(void *data)
{
	struct memory *memory = data;

	for (int i = 0; i < BLOCKS; i++)
		if (memory->blocks[i])
			__free_pages(memory->blocks[i], BLOCK_ORDER);
	kvfree(memory->phyrs);
	kvfree(memory->ranges);
}

static struct memory *memory_alloc_zones(struct kunit *test,
					 const gfp_t *zones,
					 unsigned int nr_zones)
{
	struct memory *memory = kunit_kzalloc(test, sizeof(*memory), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, memory_free, memory));
	for (int i = 0; i < BLOCKS; i++) {
		memory->blocks[i] = alloc_pages(GFP_KERNEL | zones[i % nr_zones],
						BLOCK_ORDER);
		KUNIT_ASSERT_NOT_NULL(test, memory->blocks[i]);
	}
	memory->phyrs = kvcalloc(MAX_ENTRIES, sizeof(*memory->phyrs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, memory->phyrs);
	memory->ranges = kvcalloc(MAX_ENTRIES, sizeof(*memory->ranges),
				  GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, memory->ranges);
	return memory;
}

struct memory *memory_alloc(struct kunit *test)
{
	static const gfp_t zones[] = { GFP_DMA32 };

	return memory_alloc_zones(test, zones, ARRAY_SIZE(zones));
}

struct memory *memory_alloc_anywhere(struct kunit *test)
{
	static const gfp_t zones[] = { GFP_DMA32, 0 };

	return memory_alloc_zones(test, zones, ARRAY_SIZE(zones));
}

void memory_add(struct memory *memory, int block, unsigned int page,
		size_t offset, size_t len)
{
	phys_addr_t start = page_to_phys(memory->blocks[block]);

	memory->phyrs[memory->nr++] = (struct phys_vec) {
		.paddr = start + page * PAGE_SIZE + offset,
		.len = len,
	};
}

size_t memory_bytes(const struct memory *memory)
{
	size_t len = 0;

	for (int i = 0; i < memory->nr; i++)
		len += memory->phyrs[i].len;
	return len;
}

void memory_cut(struct memory *memory, size_t most)
{
	for (int i = 0; i < memory->nr; i++) {
		struct phys_vec *phyr = &memory->phyrs[i];

		phyr->len = min(phyr->len, most);
		most -= phyr->len;
		if (!phyr->len)
			memory->nr = i;
	}
}
