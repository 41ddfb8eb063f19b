// SPDX-License-Identifier: GPL-2.0
/*
 * The examples of the documentation (sources.rst), which shows what is between the marks.
 */
#include <linux/blk-mq.h>
#include <linux/mman.h>
#include <linux/phyr-list.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sunrpc/xdr.h>
#include <linux/uio.h>

#include "disk.h"
#include "edu.h"
#include "examples.h"
#include "memory.h"
#include "reach.h"
#include "user.h"

/* What an example's device has been given last. */
static struct {
	unsigned int ranges;
	size_t bytes;
} given;

static void give(struct device *dev, const struct dma_vec *range)
{
	given.ranges++;
	given.bytes += range->len;
}

/* [pages] */
static int send_pages(struct device *dev, struct page *const *pages, size_t len,
		      struct dma_phyr_map *map, struct dma_vec *ranges, unsigned int room)
{
	struct phyr_iter iter = phyr_iter_pages(pages, 0, len);
	int nr = dma_map_phyr_iter(dev, &iter, map, ranges, room, DMA_TO_DEVICE, 0);

	for (int i = 0; i < nr; i++)
		give(dev, &ranges[i]);
	return nr;
}

/* [pages end] */

static void pages_are_sent(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct page *pages[8];
	struct dma_phyr_map map;
	int nr;

	given.ranges = 0;
	given.bytes = 0;
	for (int i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = memory->blocks[0] + i;
	nr = send_pages(edu_dev(test), pages, sizeof(pages) / sizeof(*pages) * PAGE_SIZE, &map,
			memory->ranges, MAX_ENTRIES);
	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, nr, given.ranges);
	KUNIT_EXPECT_EQ(test, 8 * PAGE_SIZE, given.bytes);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
}

/* [user] */
struct region {
	struct phyr_list list;
	struct dma_phyr_map map;
	struct dma_vec *ranges;
};

static int region_register(struct device *dev, struct region *region, unsigned long start,
			   size_t len)
{
	struct phyr_iter iter;
	unsigned int room;
	ssize_t ret;
	int nr;

	phyr_list_init(&region->list, PHYR_HOLD_PIN, NULL);
	/* What stops short says why when it is asked to go on. */
	do {
		ret = get_user_phyrs(&region->list, start + region->list.len,
				     len - region->list.len, FOLL_WRITE | FOLL_LONGTERM,
				     GFP_KERNEL);
		if (ret < 0)
			goto out_release;
	} while (region->list.len < len);

	/* As many as ranges, and one for every 64: enough unless the device cuts them. */
	room = region->list.nr + DIV_ROUND_UP(region->list.nr, 64);
	region->ranges = kvcalloc(room, sizeof(*region->ranges), GFP_KERNEL);
	ret = -ENOMEM;
	if (!region->ranges)
		goto out_release;
	iter = phyr_iter_list(&region->list, 0, len);
	nr = dma_map_phyr_iter(dev, &iter, &region->map, region->ranges, room,
			       DMA_BIDIRECTIONAL, 0);
	if (nr > 0)
		return nr;
	ret = nr;
	kvfree(region->ranges);
out_release:
	phyr_list_release(&region->list);
	return ret;
}

static void region_unregister(struct device *dev, struct region *region)
{
	dma_unmap_phyrs(dev, &region->map, region->ranges);
	kvfree(region->ranges);
	/* Unpins, and marks the pages dirty. */
	phyr_list_release(&region->list);
}

/* [user end] */

static void user_memory_is_registered(struct kunit *test)
{
	const size_t len = 20 * PAGE_SIZE;
	unsigned long start = kunit_vm_mmap(test, NULL, 0, len, PROT_READ | PROT_WRITE,
					    MAP_ANONYMOUS | MAP_PRIVATE, 0);
	struct region region;
	int nr;

	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	nr = region_register(edu_dev(test), &region, start + 10, len - 10);
	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, len - 10, region.list.len);
	region_unregister(edu_dev(test), &region);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			region_register(edu_dev(test), &region, start, len + TASK_SIZE / 2));
}

#ifdef CONFIG_BLOCK
/* [request] */
struct command {
	struct dma_phyr_map map;
	struct dma_vec ranges[16];
	int nr;
};

/* Of a driver's ->queue_rq(), which may not sleep. */
static blk_status_t command_map(struct device *dev, struct command *command, struct request *rq)
{
	struct phyr_iter iter = phyr_iter_rq(rq);

	command->nr = dma_map_phyr_iter(dev, &iter, &command->map, command->ranges,
					ARRAY_SIZE(command->ranges), rq_dma_dir(rq), 0);
	switch (command->nr) {
	case -ENOMEM:
	case -EAGAIN:
		/* The block layer comes again. */
		return BLK_STS_RESOURCE;
	default:
		return command->nr < 0 ? BLK_STS_IOERR : BLK_STS_OK;
	}
}

static void command_end(struct device *dev, struct command *command)
{
	dma_unmap_phyrs(dev, &command->map, command->ranges);
}

/* [request end] */

static void a_request_is_mapped(struct kunit *test)
{
	struct queue_limits limits = {};
	struct disk *disk = disk_alloc(test, &limits);
	struct bio *bio = disk_bio(test, disk, REQ_OP_WRITE, 0, 3);
	struct command *command = kunit_kzalloc(test, sizeof(*command), GFP_KERNEL);
	struct memory *memory = memory_alloc(test);

	KUNIT_ASSERT_NOT_NULL(test, command);
	for (int i = 0; i < 3; i++) {
		memory_add(memory, i, 0, 0, PAGE_SIZE);
		__bio_add_page(bio, memory->blocks[i], PAGE_SIZE, 0);
	}
	submit_bio(bio);
	KUNIT_ASSERT_EQ(test, BLK_STS_OK,
			command_map(edu_dev(test), command, disk_request(test, disk)));
	expect_reached(test, memory, command->ranges, command->nr);
	command_end(edu_dev(test), command);
	expect_unreached(test, command->ranges, command->nr);
}
#endif

/* [xdr] */
/* Sends an RPC message from byte @at on, where what has been sent before ends. */
static int send_message(struct device *dev, const struct xdr_buf *message, unsigned int at,
			struct dma_phyr_map *map, struct dma_vec *ranges, unsigned int room)
{
	struct phyr_iter iter = phyr_iter_xdr(message, at, message->len - at);

	return dma_map_phyr_iter(dev, &iter, map, ranges, room, DMA_TO_DEVICE, 0);
}

/* [xdr end] */

static void a_message_is_sent(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct page *pages[2] = { memory->blocks[1], memory->blocks[2] };
	struct dma_phyr_map map;
	struct xdr_buf message;
	int nr;

	xdr_buf_init(&message, page_address(memory->blocks[0]), 200);
	message.pages = pages;
	message.page_base = 512;
	message.page_len = PAGE_SIZE;
	message.tail[0].iov_base = page_address(memory->blocks[3]);
	message.tail[0].iov_len = 4;
	message.len = 200 + PAGE_SIZE + 4;
	memory_add(memory, 0, 0, 100, 100);
	memory_add(memory, 1, 0, 512, PAGE_SIZE - 512);
	memory_add(memory, 2, 0, 0, 512);
	memory_add(memory, 3, 0, 0, 4);

	nr = send_message(edu_dev(test), &message, 100, &map, memory->ranges, MAX_ENTRIES);
	KUNIT_ASSERT_GT(test, nr, 0);
	expect_reached(test, memory, memory->ranges, nr);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
}

/* [iov] */
static ssize_t write_iter(struct phyr_list *list, struct iov_iter *from)
{
	phyr_list_init(list, iov_iter_extract_will_pin(from) ? PHYR_HOLD_PIN : PHYR_HOLD_NONE,
		       NULL);
	return iov_iter_get_phyrs(list, from, SIZE_MAX, 0, GFP_KERNEL);
}

/* [iov end] */

static void any_iov_iter_becomes_a_list(struct kunit *test)
{
	unsigned long start = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
					    MAP_ANONYMOUS | MAP_PRIVATE, 0);
	void *addr = kunit_kzalloc(test, 100, GFP_KERNEL);
	struct kvec kvec = { addr, 100 };
	struct phyr_list list;
	struct iov_iter iov;

	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	iov_iter_ubuf(&iov, ITER_SOURCE, (void __user *)start, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, write_iter(&list, &iov));
	phyr_list_release(&list);
	iov_iter_kvec(&iov, ITER_SOURCE, &kvec, 1, 100);
	KUNIT_EXPECT_EQ(test, 100, write_iter(&list, &iov));
	phyr_list_release(&list);
}

/* [own] */
static int next_slot(struct phyr_iter *iter, struct phys_vec *phyr)
{
	/* state[0]: where the ring begins, state[1]: slots that are left. */
	if (!iter->state[1])
		return 0;
	phyr->paddr = iter->state[0];
	phyr->len = SZ_2K;
	iter->state[0] += SZ_4K;
	iter->state[1]--;
	return 1;
}

/* [own end] */

static void a_cursor_of_one_s_own(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct phyr_iter iter = {
		.next = next_slot,
		.state = { page_to_phys(memory->blocks[0]), 16 },
	};
	struct dma_phyr_map map;
	int nr;

	for (int i = 0; i < 16; i++)
		memory_add(memory, 0, i, 0, SZ_2K);
	nr = dma_map_phyr_iter(edu_dev(test), &iter, &map, memory->ranges, MAX_ENTRIES,
			       DMA_FROM_DEVICE, 0);
	KUNIT_ASSERT_EQ(test, 16, nr);
	expect_reached(test, memory, memory->ranges, nr);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
}

static void bytes_are_sent_by_rust(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	KUNIT_EXPECT_EQ(test, 2 * 10000,
			phyr_example_send(edu_dev(test), 10000, memory->ranges, MAX_ENTRIES));
}

static void user_memory_is_read_by_rust(struct kunit *test)
{
	const size_t len = 20 * PAGE_SIZE;
	unsigned long start = kunit_vm_mmap(test, NULL, 0, len, PROT_READ | PROT_WRITE,
					    MAP_ANONYMOUS | MAP_PRIVATE, 0);
	struct memory *memory = memory_alloc(test);
	s64 locked = atomic64_read(&current->mm->pinned_vm);

	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	KUNIT_EXPECT_EQ(test, len - 10,
			phyr_example_read_user(edu_dev(test), start + 10, len - 10,
					       memory->ranges, MAX_ENTRIES));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phyr_example_read_user(edu_dev(test), start, len + TASK_SIZE / 2,
					       memory->ranges, MAX_ENTRIES));
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

static void pins_are_taken_over_by_rust(struct kunit *test)
{
	unsigned long start = user_pages(test, 1, PROT_READ | PROT_WRITE);
	struct phys_vec phyr = { .len = PAGE_SIZE };
	struct page *page;

	KUNIT_ASSERT_EQ(test, 1, pin_user_pages_fast(start, 1, FOLL_WRITE, &page));
	phyr.paddr = page_to_phys(page);
	folio_clear_dirty(page_folio(page));
	KUNIT_EXPECT_EQ(test, 0, phyr_example_adopt(&phyr, 1));
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(page_folio(page)));
	KUNIT_EXPECT_TRUE(test, folio_test_dirty(page_folio(page)));
}

static void an_iov_is_read_by_rust(struct kunit *test)
{
	unsigned long start = user_pages(test, 4, PROT_READ | PROT_WRITE);
	struct memory *memory = memory_alloc(test);
	struct kvec kvec = { test, sizeof(*test) };
	const size_t len = 3 * PAGE_SIZE;
	struct iov_iter iov;

	iov_iter_ubuf(&iov, ITER_SOURCE, (void __user *)(start + 9), len);
	KUNIT_EXPECT_EQ(test, len, phyr_example_read_iov(edu_dev(test), &iov, memory->ranges,
							 MAX_ENTRIES));
	KUNIT_EXPECT_EQ(test, 0, iov_iter_count(&iov));
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(page_folio(user_page(test, start))));
	iov_iter_kvec(&iov, ITER_SOURCE, &kvec, 1, sizeof(*test));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phyr_example_read_iov(edu_dev(test), &iov, memory->ranges, MAX_ENTRIES));
}

/* Memory is pinned for what is done with it, and dirty if that is to write it. */
static void an_iov_is_pinned_by_rust_as_it_is_used(struct kunit *test)
{
	unsigned long start = user_pages(test, 1, PROT_READ | PROT_WRITE);
	struct folio *folio = page_folio(user_page(test, start));

	for (int is_written = 0; is_written < 2; is_written++) {
		for (int is_dest = 0; is_dest < 2; is_dest++) {
			const bool is_alike = is_dest == is_written;
			struct iov_iter iov;
			int pinned;

			iov_iter_ubuf(&iov, is_dest ? ITER_DEST : ITER_SOURCE,
				      (void __user *)start, PAGE_SIZE);
			folio_clear_dirty(folio);
			if (is_dest)
				pinned = phyr_example_pin_dest(&iov, is_written);
			else
				pinned = phyr_example_pin_source(&iov, is_written);
			KUNIT_EXPECT_EQ(test, is_alike ? (int)PAGE_SIZE : -EINVAL, pinned);
			KUNIT_EXPECT_EQ(test, is_alike ? 0 : PAGE_SIZE, iov_iter_count(&iov));
			KUNIT_EXPECT_EQ(test, is_alike && is_dest, folio_test_dirty(folio));
			KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(folio));
		}
	}
}

/* What an iov_iter gave is let go of where that was not enough. */
static void what_was_pinned_by_rust_is_let_go_of(struct kunit *test)
{
	unsigned long start = user_pages(test, 3, PROT_READ | PROT_WRITE);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	static const struct {
		u64 kept;
		int ret;
	} cases[] = {
		{ 0, 0 },
		{ PAGE_SIZE, PAGE_SIZE },
		{ 3 * PAGE_SIZE, 3 * PAGE_SIZE },
		{ 3 * PAGE_SIZE + 1, -EINVAL },
		{ 1, -EINVAL },
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct iov_iter iov;

		iov_iter_ubuf(&iov, ITER_SOURCE, (void __user *)start, 3 * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, cases[i].ret, phyr_example_truncate(&iov, cases[i].kept));
		KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
		KUNIT_EXPECT_FALSE(test,
				   folio_maybe_dma_pinned(page_folio(user_page(test, start))));
	}
}

/* A hole behind the pages that are pinned first, or somebody who kills the process. */
static void user_memory_is_pinned_by_rust_as_a_whole(struct kunit *test)
{
	unsigned long start = user_pages(test, 130, PROT_READ | PROT_WRITE);
	struct memory *memory = memory_alloc(test);
	s64 locked = atomic64_read(&current->mm->pinned_vm);
	int before = user_page_refs(test, start), killed;

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 0);
	killed = phyr_example_read_user(edu_dev(test), start, 130 * PAGE_SIZE, memory->ranges,
					MAX_ENTRIES);
	flush_signals(current);
	disallow_signal(SIGKILL);
	KUNIT_EXPECT_EQ(test, -EINTR, killed);

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(start + 100 * PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phyr_example_read_user(edu_dev(test), start, 130 * PAGE_SIZE,
					       memory->ranges, MAX_ENTRIES));
	KUNIT_EXPECT_EQ(test, before, user_page_refs(test, start));
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

static void a_list_is_kept_by_rust(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct folio *folio = page_folio(memory->blocks[0]);
	int before = folio_ref_count(folio);

	for (int i = 0; i < BLOCKS; i++)
		memory_add(memory, i, 0, 0, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, (BLOCKS - 1) * PAGE_SIZE,
			phyr_example_keep(edu_dev(test), memory->phyrs, memory->ranges, BLOCKS));
	KUNIT_EXPECT_EQ(test, before, folio_ref_count(folio));
}

static struct kunit_case examples_cases[] = {
	KUNIT_CASE(pages_are_sent),
	KUNIT_CASE(user_memory_is_registered),
#ifdef CONFIG_BLOCK
	KUNIT_CASE(a_request_is_mapped),
#endif
	KUNIT_CASE(a_message_is_sent),
	KUNIT_CASE(any_iov_iter_becomes_a_list),
	KUNIT_CASE(a_cursor_of_one_s_own),
	KUNIT_CASE(bytes_are_sent_by_rust),
	KUNIT_CASE(user_memory_is_read_by_rust),
	KUNIT_CASE(pins_are_taken_over_by_rust),
	KUNIT_CASE(an_iov_is_read_by_rust),
	KUNIT_CASE(an_iov_is_pinned_by_rust_as_it_is_used),
	KUNIT_CASE(what_was_pinned_by_rust_is_let_go_of),
	KUNIT_CASE(user_memory_is_pinned_by_rust_as_a_whole),
	KUNIT_CASE(a_list_is_kept_by_rust),
	{}
};

static struct kunit_suite examples_suite = {
	.name = "phyr_examples",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = examples_cases,
};

kunit_test_suite(examples_suite);
