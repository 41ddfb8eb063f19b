// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and writes memory through the addresses that a device was given.
 */
#include <linux/io.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "edu.h"
#include "seen.h"

#define BLOCK_BYTES	(BLOCK_PAGES * PAGE_SIZE)
#define NOISE_BYTES	(SZ_64K + PAGE_SIZE)
/* An odd number, so that the noise comes round late. */
#define NOISE_STEP	4099
/* Bytes around an entry that must stay as they were. */
#define MARGIN		128

static void seen_free(void *data)
{
	struct seen *seen = data;

	for (int i = 0; i < BLOCKS; i++)
		vfree(seen->expected[i]);
	vfree(seen->noise);
}

struct seen *seen_alloc(struct kunit *test, struct memory *memory)
{
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	seen->test = test;
	seen->memory = memory;
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, seen_free, seen));
	prandom_seed_state(&rnd, 1);

	seen->noise = vmalloc(NOISE_BYTES);
	KUNIT_ASSERT_NOT_NULL(test, seen->noise);
	prandom_bytes_state(&rnd, seen->noise, NOISE_BYTES);
	for (int i = 0; i < BLOCKS; i++) {
		seen->expected[i] = vmalloc(BLOCK_BYTES);
		KUNIT_ASSERT_NOT_NULL(test, seen->expected[i]);
		prandom_bytes_state(&rnd, seen->expected[i], BLOCK_BYTES);
		memcpy(page_address(memory->blocks[i]), seen->expected[i],
		       BLOCK_BYTES);
	}
	return seen;
}

/* The block that @paddr is in. */
static int block_at(struct seen *seen, phys_addr_t paddr)
{
	for (int i = 0; i < BLOCKS; i++) {
		phys_addr_t start = page_to_phys(seen->memory->blocks[i]);

		if (paddr >= start && paddr - start < BLOCK_BYTES)
			return i;
	}
	KUNIT_FAIL_AND_ABORT(seen->test, "%pa is in no block", &paddr);
	return 0;
}

/* What should be at @paddr. */
static u8 *expected_at(struct seen *seen, phys_addr_t paddr)
{
	int i = block_at(seen, paddr);

	return seen->expected[i] + paddr - page_to_phys(seen->memory->blocks[i]);
}

/* The device's way through its DMA ranges. */
struct walk {
	struct kunit *test;
	const struct dma_vec *range;
	const struct dma_vec *end;
	size_t offset;
};

static struct walk walk_of(struct seen *seen, const struct dma_vec *ranges,
			   int nr)
{
	return (struct walk) {
		.test = seen->test, .range = ranges, .end = ranges + nr,
	};
}

/*
 * The memory that the device reaches next, @len bytes of it, no more than @max
 * and in one page.  %NULL where the device reaches none.
 */
static void *walk_on(struct walk *walk, size_t max, size_t *len)
{
	phys_addr_t paddr;
	dma_addr_t addr;

	if (walk->range != walk->end && walk->offset == walk->range->len) {
		walk->range++;
		walk->offset = 0;
	}
	if (walk->range == walk->end || !walk->range->len)
		return NULL;

	addr = walk->range->addr + walk->offset;
	*len = min3(max, walk->range->len - walk->offset,
		    PAGE_SIZE - offset_in_page(addr));
	walk->offset += *len;

	paddr = edu_reaches(walk->test, addr);
	if (!paddr || !pfn_valid(PHYS_PFN(paddr)))
		return NULL;
	return phys_to_virt(paddr);
}

static bool walk_is_over(const struct walk *walk)
{
	return walk->range + 1 == walk->end && walk->offset == walk->range->len;
}

bool seen_reads_list(struct seen *seen, const struct dma_vec *ranges, int nr)
{
	struct walk walk = walk_of(seen, ranges, nr);

	for (int i = 0; i < seen->memory->nr; i++) {
		const struct phys_vec *phyr = &seen->memory->phyrs[i];
		const u8 *expected = expected_at(seen, phyr->paddr);

		for (size_t done = 0, len; done < phyr->len; done += len) {
			void *reached = walk_on(&walk, phyr->len - done, &len);

			if (!reached || memcmp(reached, expected + done, len))
				return false;
		}
	}
	return walk_is_over(&walk);
}

static const void *noise(struct seen *seen)
{
	seen->written = (seen->written + NOISE_STEP) % SZ_64K;
	return seen->noise + seen->written;
}

bool seen_writes_list(struct seen *seen, const struct dma_vec *ranges, int nr)
{
	struct walk walk = walk_of(seen, ranges, nr);

	for (int i = 0; i < seen->memory->nr; i++) {
		const struct phys_vec *phyr = &seen->memory->phyrs[i];
		u8 *expected = expected_at(seen, phyr->paddr);

		for (size_t done = 0, len; done < phyr->len; done += len) {
			void *reached = walk_on(&walk, phyr->len - done, &len);
			const void *written = noise(seen);

			if (!reached)
				return false;
			memcpy(reached, written, len);
			memcpy(expected + done, written, len);
		}
	}
	return walk_is_over(&walk);
}

static bool is_as_expected(struct seen *seen, const struct phys_vec *phyr)
{
	int i = block_at(seen, phyr->paddr);
	struct page *block = seen->memory->blocks[i];
	size_t offset = phyr->paddr - page_to_phys(block);
	size_t from = offset - min(offset, MARGIN);
	size_t to = min(offset + phyr->len + MARGIN, BLOCK_BYTES);

	return !memcmp(page_address(block) + from, seen->expected[i] + from, to - from);
}

bool seen_is_as_expected(struct seen *seen)
{
	for (int i = 0; i < seen->memory->nr; i++)
		if (!is_as_expected(seen, &seen->memory->phyrs[i]))
			return false;
	return true;
}
