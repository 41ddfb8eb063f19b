// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that a device does not reach: what it reads and writes instead are bounce
 * buffers.  The device has no IOMMU, so a DMA address is the physical address of a
 * bounce buffer, where the test reads and writes in the device's place.
 */
#include <kunit/device.h>
#include <linux/dma-phyr.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/swiotlb.h>
#include <linux/vmalloc.h>

#include "device.h"

/* The memory that the lists lie in. */
#define SPAN		SZ_1M

/* Room for the longest list in pieces of 64 KiB, and some. */
#define MAX_ENTRIES	8
#define MAX_RANGES	64

/**
 * struct bounce - a list in memory that is bounced
 * @dev: the device
 * @paddr: where the memory is, SPAN bytes
 * @memory: the same for the CPU
 * @image: what the memory should hold
 * @other: other contents for it
 * @phyrs: the list, all of it within the memory
 * @nr: entries in @phyrs
 * @ranges: what it became
 * @map: the mapping
 * @slots: parts of the pool that were in use before the test
 */
struct bounce {
	struct device *dev;
	phys_addr_t paddr;
	u8 *memory;
	u8 *image;
	u8 *other;
	struct phys_vec phyrs[MAX_ENTRIES];
	unsigned int nr;
	struct dma_vec ranges[MAX_RANGES];
	struct dma_phyr_map map;
	long slots;
};

/* Parts of the pool that are in use, where the kernel counts them. */
static long slots_in_use(struct device *dev)
{
#ifdef CONFIG_DEBUG_FS
	return atomic_long_read(&dev->dma_io_tlb_mem->total_used);
#else
	return 0;
#endif
}

static void free_block(void *page)
{
	__free_pages(page, get_order(SPAN));
}

static void fill(u8 *bytes, unsigned int seed)
{
	for (size_t i = 0; i < SPAN; i++)
		bytes[i] = hash_32(i + seed, 8);
}

static int bounce_init(struct kunit *test)
{
	struct bounce *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	struct page *block = alloc_pages(GFP_KERNEL, get_order(SPAN));

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_block, block));
	b->dev = device_without_iommu(test);
	b->paddr = page_to_phys(block);
	b->memory = page_address(block);
	if (b->paddr <= DMA_BIT_MASK(32) && !is_swiotlb_force_bounce(b->dev))
		kunit_skip(test, "no memory above 4 GiB, and no swiotlb=force");

	b->image = kunit_kmalloc(test, SPAN, GFP_KERNEL);
	b->other = kunit_kmalloc(test, SPAN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b->image);
	KUNIT_ASSERT_NOT_NULL(test, b->other);
	fill(b->memory, 0);
	fill(b->image, 0);
	fill(b->other, SPAN);
	b->slots = slots_in_use(b->dev);
	test->priv = b;
	return 0;
}

static void bounce_exit(struct kunit *test)
{
	struct bounce *b = test->priv;

	if (b)
		KUNIT_EXPECT_EQ_MSG(test, b->slots, slots_in_use(b->dev),
				    "bounce buffers left in use");
}

static void add(struct bounce *b, size_t at, size_t len)
{
	b->phyrs[b->nr++] = (struct phys_vec) {
		.paddr = b->paddr + at,
		.len = len,
	};
}

/* Entries of every alignment, one of them longer than a bounce buffer can be. */
static void fill_list(struct bounce *b)
{
	add(b, 100, 50);
	add(b, 2 * SZ_4K, 3 * SZ_4K);
	add(b, 9 * SZ_4K + 1, 5000);
	add(b, SZ_512K + 512, SZ_256K + SZ_64K);
	add(b, 7 * SZ_4K - 4, 8);
}

static size_t list_len(const struct bounce *b)
{
	size_t len = 0;

	for (int i = 0; i < b->nr; i++)
		len += b->phyrs[i].len;
	return len;
}

static void map(struct kunit *test, enum dma_data_direction dir,
		unsigned long attrs)
{
	struct bounce *b = test->priv;
	size_t len = 0;
	int nr = dma_map_phyrs(b->dev, b->phyrs, b->nr, &b->map, b->ranges,
			       MAX_RANGES, dir, attrs);

	KUNIT_ASSERT_GT(test, nr, 0);
	for (int i = 0; i < nr; i++) {
		len += b->ranges[i].len;
		KUNIT_EXPECT_LE(test, b->ranges[i].len,
				dma_max_mapping_size(b->dev));
		KUNIT_EXPECT_LE(test, b->ranges[i].addr + b->ranges[i].len,
				DMA_BIT_MASK(32));
	}
	KUNIT_ASSERT_EQ(test, len, list_len(b));
}

static void unmap(struct bounce *b)
{
	dma_unmap_phyrs(b->dev, &b->map, b->ranges);
}

/**
 * struct piece - bytes that lie together, in the memory and for the device
 * @seen: what the device reaches
 * @at: where they are in the memory
 * @len: how many
 * @entry: where the next piece begins: in which entry,
 * @range: in which range,
 * @from: at which byte of the entry,
 * @offset: and at which of the range
 */
struct piece {
	u8 *seen;
	size_t at;
	size_t len;
	unsigned int entry;
	unsigned int range;
	size_t from;
	size_t offset;
};

static bool next_piece(const struct bounce *b, struct piece *piece)
{
	const struct phys_vec *phyr = &b->phyrs[piece->entry];
	const struct dma_vec *range = &b->ranges[piece->range];

	if (piece->entry == b->nr)
		return false;
	piece->seen = phys_to_virt(range->addr + piece->offset);
	piece->at = phyr->paddr - b->paddr + piece->from;
	piece->len = min(phyr->len - piece->from, range->len - piece->offset);

	piece->from += piece->len;
	piece->offset += piece->len;
	if (piece->from == phyr->len) {
		piece->entry++;
		piece->from = 0;
	}
	if (piece->offset == range->len) {
		piece->range++;
		piece->offset = 0;
	}
	return true;
}

/* The device writes the list from @bytes. */
static void device_writes(const struct bounce *b, const u8 *bytes)
{
	struct piece piece = {};

	while (next_piece(b, &piece))
		memcpy(piece.seen, bytes + piece.at, piece.len);
}

/* The device sees the list as it is in @bytes. */
static bool device_sees(const struct bounce *b, const u8 *bytes)
{
	struct piece piece = {};

	while (next_piece(b, &piece))
		if (memcmp(piece.seen, bytes + piece.at, piece.len))
			return false;
	return true;
}

/* Bytes @offset to @offset + @len of the list, in the image: from @bytes. */
static void expect_part(struct bounce *b, const u8 *bytes, size_t offset,
			size_t len)
{
	for (int i = 0; i < b->nr && len; i++) {
		size_t at = b->phyrs[i].paddr - b->paddr + offset;
		size_t part;

		if (offset >= b->phyrs[i].len) {
			offset -= b->phyrs[i].len;
			continue;
		}
		part = min(b->phyrs[i].len - offset, len);
		memcpy(b->image + at, bytes + at, part);
		len -= part;
		offset = 0;
	}
}

static void expect_list(struct bounce *b, const u8 *bytes)
{
	expect_part(b, bytes, 0, list_len(b));
}

/* All of the memory, neighbours of the list included, is as in the image. */
static void expect_memory(struct kunit *test)
{
	struct bounce *b = test->priv;

	KUNIT_EXPECT_EQ(test, 0, memcmp(b->memory, b->image, SPAN));
}

static void device_reads_the_list(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_NE(test, b->ranges[0].addr, b->phyrs[0].paddr);
	KUNIT_EXPECT_TRUE(test, device_sees(b, b->image));

	/* This way nothing comes back. */
	device_writes(b, b->other);
	unmap(b);
	expect_memory(test);
}

static void device_writes_the_list(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_FROM_DEVICE, 0);
	device_writes(b, b->other);
	expect_memory(test);

	unmap(b);
	expect_list(b, b->other);
	expect_memory(test);
}

static void device_writes_nothing(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_FROM_DEVICE, 0);
	unmap(b);
	expect_memory(test);
}

static void both_ways(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_TRUE(test, device_sees(b, b->image));
	device_writes(b, b->other);
	unmap(b);
	expect_list(b, b->other);
	expect_memory(test);
}

static void without_cpu_sync(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_FROM_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
	device_writes(b, b->other);
	unmap(b);
	expect_memory(test);
}

static void synced_for_cpu(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_FROM_DEVICE, 0);
	device_writes(b, b->other);
	dma_sync_phyrs_for_cpu(b->dev, &b->map, b->ranges, 0, list_len(b));
	expect_list(b, b->other);
	expect_memory(test);

	fill(b->other, 2 * SPAN);
	device_writes(b, b->other);
	unmap(b);
	expect_list(b, b->other);
	expect_memory(test);
}

static void synced_for_device(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_TO_DEVICE, 0);
	memcpy(b->memory, b->other, SPAN);
	KUNIT_EXPECT_TRUE(test, device_sees(b, b->image));

	dma_sync_phyrs_for_device(b->dev, &b->map, b->ranges, 0, list_len(b));
	KUNIT_EXPECT_TRUE(test, device_sees(b, b->other));
	unmap(b);
}

/* Parts of the list of fill_list(): of one entry, and across several. */
static const struct {
	size_t offset;
	size_t len;
} parts[] = {
	{ 0, 1 },
	{ 10, 20 },
	{ 49, 2 },
	{ 50 + SZ_4K - 1, SZ_4K + 2 },
	{ 20, 15000 },
	{ 50 + 3 * SZ_4K + 5000 + SZ_256K - 1, 2 },
	{ 50 + 3 * SZ_4K + 5000 + 7, SZ_256K },
};

static void synced_for_cpu_in_part(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_FROM_DEVICE, 0);
	for (int i = 0; i < ARRAY_SIZE(parts); i++) {
		fill(b->other, (i + 1) * SPAN);
		device_writes(b, b->other);
		dma_sync_phyrs_for_cpu(b->dev, &b->map, b->ranges,
				       parts[i].offset, parts[i].len);
		expect_part(b, b->other, parts[i].offset, parts[i].len);
		expect_memory(test);
	}
	unmap(b);
}

static void synced_for_device_in_part(struct kunit *test)
{
	struct bounce *b = test->priv;

	fill_list(b);
	map(test, DMA_TO_DEVICE, 0);
	for (int i = 0; i < ARRAY_SIZE(parts); i++) {
		fill(b->memory, (i + 1) * SPAN);
		dma_sync_phyrs_for_device(b->dev, &b->map, b->ranges,
					  parts[i].offset, parts[i].len);
		expect_part(b, b->memory, parts[i].offset, parts[i].len);
		KUNIT_EXPECT_TRUE(test, device_sees(b, b->image));
	}
	unmap(b);
}

/* One entry, which takes several bounce buffers. */
static void longer_than_a_bounce_buffer(struct kunit *test)
{
	struct bounce *b = test->priv;
	size_t max = dma_max_mapping_size(b->dev);

	KUNIT_ASSERT_LT(test, max, SPAN - 7);
	add(b, 3, SPAN - 7);
	map(test, DMA_BIDIRECTIONAL, 0);
	KUNIT_EXPECT_GE(test, b->map.nr_ranges, DIV_ROUND_UP(SPAN - 7, max));
	KUNIT_EXPECT_TRUE(test, device_sees(b, b->image));

	device_writes(b, b->other);
	unmap(b);
	expect_list(b, b->other);
	expect_memory(test);
}

/* A list that takes more bounce buffers than there are. */
static void more_than_the_pool(struct kunit *test)
{
	struct bounce *b = test->priv;
	unsigned int nr, max_ranges;
	struct phys_vec *phyrs;
	struct dma_vec *ranges;

	if (IS_ENABLED(CONFIG_SWIOTLB_DYNAMIC))
		kunit_skip(test, "the pool grows");

	nr = b->dev->dma_io_tlb_mem->nslabs * IO_TLB_SIZE / SPAN + 1;
	max_ranges = 2 * nr * (SPAN / SZ_64K);
	phyrs = kunit_kcalloc(test, nr, sizeof(*phyrs), GFP_KERNEL);
	ranges = kunit_kcalloc(test, max_ranges, sizeof(*ranges), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, phyrs);
	KUNIT_ASSERT_NOT_NULL(test, ranges);
	for (int i = 0; i < nr; i++) {
		phyrs[i].paddr = b->paddr;
		phyrs[i].len = SPAN;
	}

	for (int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				dma_map_phyrs(b->dev, phyrs, nr, &b->map,
					      ranges, max_ranges, DMA_TO_DEVICE,
					      DMA_ATTR_NO_WARN));
		KUNIT_EXPECT_EQ(test, b->slots, slots_in_use(b->dev));
	}

	/* There is room for a list that takes less. */
	fill_list(b);
	map(test, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_TRUE(test, device_sees(b, b->image));
	unmap(b);
}

static struct kunit_case bounce_cases[] = {
	KUNIT_CASE(device_reads_the_list),
	KUNIT_CASE(device_writes_the_list),
	KUNIT_CASE(device_writes_nothing),
	KUNIT_CASE(both_ways),
	KUNIT_CASE(without_cpu_sync),
	KUNIT_CASE(synced_for_cpu),
	KUNIT_CASE(synced_for_device),
	KUNIT_CASE(synced_for_cpu_in_part),
	KUNIT_CASE(synced_for_device_in_part),
	KUNIT_CASE(longer_than_a_bounce_buffer),
	KUNIT_CASE(more_than_the_pool),
	{}
};

static struct kunit_suite bounce_suite = {
	.name = "phyr_bounce",
	.init = bounce_init,
	.exit = bounce_exit,
	.test_cases = bounce_cases,
};

kunit_test_suite(bounce_suite);
