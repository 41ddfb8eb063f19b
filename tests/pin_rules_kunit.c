// SPDX-License-Identifier: GPL-2.0
/*
 * User memory that not everybody may pin, or not for long: the rules are those of
 * pin_user_pages().
 */
#include <linux/backing-dev.h>
#include <linux/blkdev.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/phyr-list.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>

#include "edu.h"
#include "user.h"

#define PAGES	70

static void unlimit(void *limit)
{
	current->signal->rlim[RLIMIT_MEMLOCK] = *(struct rlimit *)limit;
}

/* This thread may lock so many pages, until @test ends. */
static void limit_locked(struct kunit *test, unsigned long pages)
{
	struct rlimit *before = kunit_kmalloc(test, sizeof(*before), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, before);
	*before = current->signal->rlim[RLIMIT_MEMLOCK];
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = pages * PAGE_SIZE;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unlimit, before));
}

static void locked_memory_is_limited(struct kunit *test)
{
	unsigned long start = user_pages(test, PAGES, PROT_READ | PROT_WRITE);
	unsigned long locked = atomic64_read(&current->mm->pinned_vm);
	struct cred *cred = prepare_creds();
	const struct cred *before;
	struct phyr_list list;
	ssize_t some, none, any, all;

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cap_lower(cred->cap_effective, CAP_IPC_LOCK);
	limit_locked(test, locked + 66);
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);

	before = override_creds(cred);
	some = get_user_phyrs(&list, start, PAGES * PAGE_SIZE, FOLL_LONGTERM, GFP_KERNEL);
	none = get_user_phyrs(&list, start, 3 * PAGE_SIZE, FOLL_LONGTERM, GFP_KERNEL);
	put_cred(revert_creds(before));

	/* As far as it goes, and then an error. */
	KUNIT_EXPECT_EQ(test, 64 * PAGE_SIZE, some);
	KUNIT_EXPECT_EQ(test, -ENOMEM, none);
	KUNIT_EXPECT_EQ(test, some, list.len);
	KUNIT_EXPECT_EQ(test, locked + 64, atomic64_read(&current->mm->pinned_vm));
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));

	/* Not for those who may lock what they like, nor for a transfer. */
	limit_locked(test, 0);
	all = get_user_phyrs(&list, start, PAGES * PAGE_SIZE, FOLL_LONGTERM, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, PAGES * PAGE_SIZE, all);
	phyr_list_release(&list);
	any = get_user_phyrs(&list, start, PAGES * PAGE_SIZE, 0, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, PAGES * PAGE_SIZE, any);
	phyr_list_release(&list);
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

static void close_file(void *file)
{
	fput(file);
}

static void expect_dirty_when_written(struct kunit *test, struct file *file)
{
	unsigned long start = kunit_vm_mmap(test, file, 0, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE,
					    MAP_SHARED, 0);
	struct phyr_list list;

	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	for (int write = 0; write < 2; write++) {
		struct folio *folio = page_folio(user_page(test, start + PAGE_SIZE));

		phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
		KUNIT_ASSERT_EQ(test, 3 * PAGE_SIZE - 20,
				get_user_phyrs(&list, start + 10, 3 * PAGE_SIZE - 20,
					       write ? FOLL_WRITE : 0, GFP_KERNEL));
		expect_user_memory(test, &list, start + 10, 3 * PAGE_SIZE - 20);
		/* As if it had been written back meanwhile. */
		folio_lock(folio);
		folio_clear_dirty_for_io(folio);
		folio_unlock(folio);
		phyr_list_release(&list);
		KUNIT_EXPECT_EQ(test, write, folio_test_dirty(folio));
		KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(folio));
	}
}

static void a_file_in_memory_is_dirty_when_it_was_written(struct kunit *test)
{
	struct file *file = shmem_file_setup("phyr", 3 * PAGE_SIZE, EMPTY_VMA_FLAGS);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, file));
	expect_dirty_when_written(test, file);
}

#ifdef CONFIG_BLOCK
/* A disk that is full of zeros and forgets what is written to it. */
static void end_bio(struct bio *bio)
{
	if (bio_op(bio) == REQ_OP_READ)
		zero_fill_bio(bio);
	bio_endio(bio);
}

static const struct block_device_operations zeros_ops = {
	.owner = THIS_MODULE,
	.submit_bio = end_bio,
};

static void drop_disk(void *disk)
{
	del_gendisk(disk);
	put_disk(disk);
}

/* The file that a disk is, whose pages are written back. */
static struct file *file_of_a_disk(struct kunit *test)
{
	struct gendisk *disk = blk_alloc_disk(NULL, NUMA_NO_NODE);
	struct file *file;
	int err;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, disk);
	strscpy(disk->disk_name, "phyr-zeros");
	disk->fops = &zeros_ops;
	disk->flags = GENHD_FL_NO_PART;
	set_capacity(disk, SZ_1M >> SECTOR_SHIFT);
	err = add_disk(disk);
	if (err)
		put_disk(disk);
	KUNIT_ASSERT_EQ(test, 0, err);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, drop_disk, disk));
	file = bdev_file_open_by_dev(disk_devt(disk), BLK_OPEN_READ | BLK_OPEN_WRITE, NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, file));
	return file;
}

static void a_file_of_a_disk_is_dirty_when_it_was_written(struct kunit *test)
{
	expect_dirty_when_written(test, file_of_a_disk(test));
}

/* To write a page that is written back for long is refused, to read it is not. */
static void a_file_of_a_disk_is_not_written_for_long(struct kunit *test)
{
	unsigned long start = kunit_vm_mmap(test, file_of_a_disk(test), 0, 2 * PAGE_SIZE,
					    PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	s64 locked = atomic64_read(&current->mm->pinned_vm);

	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	for (int write = 0; write < 2; write++) {
		const unsigned int gup_flags = FOLL_LONGTERM | (write ? FOLL_WRITE : 0);
		struct page *pages[2];
		struct phyr_list list;
		int pinned;

		phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
		KUNIT_EXPECT_EQ(test, write ? -EFAULT : (ssize_t)(2 * PAGE_SIZE),
				get_user_phyrs(&list, start, 2 * PAGE_SIZE, gup_flags, GFP_KERNEL));
		phyr_list_release(&list);
		pinned = pin_user_pages_fast(start, 2, gup_flags, pages);
		KUNIT_EXPECT_EQ(test, write ? -EFAULT : 2, pinned);
		if (pinned > 0)
			unpin_user_pages(pages, pinned);
	}
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}
#endif

struct huge {
	const char *path;
	size_t size;
};

static const struct huge huge[] = {
	{ "/huge/2M/phyr", SZ_2M },
	{ "/huge/1G/phyr", SZ_1G },
};

static void huge_name(const struct huge *huge, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%zu MiB", huge->size / SZ_1M);
}

KUNIT_ARRAY_PARAM(huge, huge, huge_name);

static void a_huge_page_of_a_file_is_one_range(struct kunit *test)
{
	const struct huge *huge = test->param_value;
	struct file *file = filp_open(huge->path, O_RDWR | O_CREAT, 0600);
	struct phyr_list list;
	struct folio *folio;
	unsigned long start;
	s64 locked;

	if (IS_ERR(file))
		kunit_skip(test, "no %s: mount hugetlbfs there", huge->path);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, file));
	start = kunit_vm_mmap(test, file, 0, huge->size, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	locked = atomic64_read(&current->mm->pinned_vm);

	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_ASSERT_EQ(test, huge->size - 300,
			get_user_phyrs(&list, start + 100, huge->size - 300,
				       FOLL_WRITE | FOLL_LONGTERM, GFP_KERNEL));
	folio = page_folio(user_page(test, start));
	KUNIT_EXPECT_EQ(test, huge->size, folio_size(folio));
	KUNIT_EXPECT_EQ(test, 1, list.nr);
	KUNIT_EXPECT_EQ(test, sizeof(list), phyr_list_metadata(&list));
	KUNIT_EXPECT_EQ(test, locked + huge->size / PAGE_SIZE,
			atomic64_read(&current->mm->pinned_vm));
	phyr_list_release(&list);
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(folio));

	KUNIT_ASSERT_EQ(test, huge->size,
			get_user_phyrs(&list, start, huge->size, FOLL_WRITE, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 1, list.nr);
	phyr_list_release(&list);
	KUNIT_EXPECT_FALSE(test, folio_maybe_dma_pinned(folio));
	KUNIT_EXPECT_EQ(test, locked, atomic64_read(&current->mm->pinned_vm));
}

static struct kunit_case pin_rules_cases[] = {
	KUNIT_CASE(locked_memory_is_limited),
	KUNIT_CASE(a_file_in_memory_is_dirty_when_it_was_written),
#ifdef CONFIG_BLOCK
	KUNIT_CASE(a_file_of_a_disk_is_dirty_when_it_was_written),
	KUNIT_CASE(a_file_of_a_disk_is_not_written_for_long),
#endif
	KUNIT_CASE_PARAM(a_huge_page_of_a_file_is_one_range, huge_gen_params),
	{}
};

static struct kunit_suite pin_rules_suite = {
	.name = "phyr_pin_rules",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = pin_rules_cases,
};

kunit_test_suite(pin_rules_suite);
