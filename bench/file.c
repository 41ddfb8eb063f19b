// SPDX-License-Identifier: GPL-2.0
/*
 * Where the page cache finds its pages differs from boot to boot, and with it how many
 * runs they are.  Here they are those that this module had and gives back one by one.
 */
#include <linux/export.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/shmem_fs.h>

#include "blocks.h"
#include "file.h"

#define BLOCKS		(FILE_PAGES / BLOCK_PAGES)

/* The pieces that memory is in when the file is written. */
#define PIECE_PAGES	64
#define PIECES		(FILE_PAGES / PIECE_PAGES)
/* Odd, so that no piece comes twice. */
#define STRIDE		401

static struct page *blocks[BLOCKS];
static struct file *file;
/* Pages of it that there is a reference to. */
static unsigned int held;

/*
 * Pieces in scattered order, nearly all of which begin in their middle: 32 pages a run,
 * as files of tmpfs have in a guest that has just booted.
 */
static struct page *page_of(unsigned int index)
{
	unsigned int piece = index / PIECE_PAGES * STRIDE % PIECES;

	return blocks_page(blocks, piece * PIECE_PAGES + (index + piece + 1) % PIECE_PAGES);
}

static void free_pages_from(unsigned int index)
{
	for (; index < FILE_PAGES; index++)
		__free_page(page_of(index));
}

/* Gives back page @index, and has the file take it.  The reference keeps it in its place. */
static int hand_over(unsigned int index)
{
	struct page *page = page_of(index), *taken;

	__free_page(page);
	taken = shmem_read_mapping_page(file->f_mapping, index);
	if (IS_ERR(taken))
		return PTR_ERR(taken);
	if (taken == page)
		return 0;
	put_page(taken);
	return -EAGAIN;
}

static int fill(void)
{
	int err = blocks_take(blocks, BLOCKS);

	while (!err && held < FILE_PAGES) {
		err = hand_over(held);
		if (err)
			free_pages_from(held + 1);
		else
			held++;
	}
	return err;
}

static int make(void)
{
	struct file *made = shmem_file_setup("phyr_bench", (loff_t)FILE_PAGES * PAGE_SIZE,
					     EMPTY_VMA_FLAGS);
	int err;

	if (IS_ERR(made))
		return PTR_ERR(made);
	file = made;
	err = fill();
	if (err)
		file_drop();
	return err;
}

int file_make(void)
{
	int err;

	/* Somebody else may have come between. */
	for (int i = 0; i < 3; i++) {
		err = make();
		if (err != -EAGAIN)
			break;
	}
	return err;
}
EXPORT_SYMBOL_GPL(file_make);

void file_drop(void)
{
	while (held)
		put_page(page_of(--held));
	if (file)
		fput(file);
	file = NULL;
}
EXPORT_SYMBOL_GPL(file_drop);

phys_addr_t file_page(unsigned int index)
{
	return index < held ? page_to_phys(page_of(index)) : 0;
}
