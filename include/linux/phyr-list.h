/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of physical ranges that are kept: of any length, dense, and with the pages that
 * they are of held until they are released.
 */
#ifndef _LINUX_PHYR_LIST_H
#define _LINUX_PHYR_LIST_H

#include <linux/gfp_types.h>
#include <linux/mempool.h>
#include <linux/phyr-iter.h>
#include <linux/types.h>

struct iov_iter;
struct mm_struct;

/**
 * enum phyr_hold - how a list holds the memory that it is of
 * @PHYR_HOLD_NONE: not at all: somebody else sees to it that it stays
 * @PHYR_HOLD_PIN: pages of user memory, pinned by pin_user_pages() or its like, once for
 *	each range that has a part of the page
 * @PHYR_HOLD_REF: pages, with a reference for each range that has a part of the page
 */
enum phyr_hold {
	PHYR_HOLD_NONE = 0,
	PHYR_HOLD_PIN,
	PHYR_HOLD_REF,
};

/**
 * struct phyr_list - a list of physical ranges
 * @len: length of the memory in bytes
 * @nr: number of ranges
 * @dirty: whether pages that are pinned are marked dirty when they are let go of: set by
 *	get_user_phyrs() for %FOLL_WRITE, and by whoever adds pages by phyr_list_add() that it
 *	has pinned to be written.  It is false once a list that was not has become empty
 *
 * A range of whole pages, or of multiples of 512 bytes, takes 8 bytes, if it has at most
 * 32 GiB or 256 MiB and is below 2^52; any other 16, or 24 if it has 2^61 bytes or more.
 * There is room for 128 bytes of these in the list itself.  Those of a list that needs more
 * are in pages of their own, linked, which is all that is ever allocated; if few are left,
 * they may stay there.
 *
 * Of the page allocator's, each CPU keeps one that a list has given back, for the next list
 * that wants one of no certain zone, node, content or account.  None is kept where free
 * pages are watched or cleared: by KASAN, KMSAN, debug_pagealloc or init_on_free.
 *
 * A list may be read by any number of callers at the same time, to map it for several
 * devices, say, but not while it is changed.  It may be moved in memory.
 */
struct phyr_list {
	u64			len;
	u64			nr;
	/* private: */
	void			*pages[2];
	u64			seams;
	u64			few[17];
	u8			hold;
	/* public: */
	bool			dirty;
	/* private: */
	mempool_t		*pool;
	struct mm_struct	*mm;
};

/**
 * phyr_list_init() - make an empty list
 * @list: [out] the list
 * @hold: how it holds its memory
 * @pool: of single pages (mempool_create_page_pool()), where the list's come from; %NULL
 *	for the page allocator.  It must live as long as the list, and any list that takes
 *	over some of this.  A pool makes sure of as many pages as it was made with: who may
 *	sleep and asks it for more waits until another list gives one back.
 *
 * Nothing is allocated, and an empty list need not be released.
 *
 * Context: Any.
 */
static inline void phyr_list_init(struct phyr_list *list, enum phyr_hold hold,
				  mempool_t *pool)
{
	list->len = 0;
	list->nr = 0;
	list->pages[0] = NULL;
	list->pages[1] = NULL;
	list->seams = hold != PHYR_HOLD_NONE;
	/* How many there are; the others are not read. */
	list->few[0] = 0;
	list->hold = hold;
	list->dirty = false;
	list->pool = pool;
	list->mm = NULL;
}

/**
 * phyr_list_add() - add a range at the end
 * @list: the list
 * @phyr: the range.  A list that pins must be given pages that are pinned, which it takes
 *	over; one that holds references takes its own, of pages that the caller has one of.
 * @gfp: for a page of the list, which the first range needs that does not fit in the list
 *	itself, and one in some 500 after that
 *
 * A range that continues the last one is merged with it, in a list that holds pages only
 * where the second begins with a page.
 *
 * Context: That of @gfp.
 * Return: 0, and otherwise the list is as it was: %-EINVAL if the range has no bytes, runs
 *	past the end of the address space, is no RAM though the list holds references (slab
 *	objects are none, either: nobody may hold them), the list's pages were pinned
 *	%FOLL_LONGTERM, which are counted, or the list would have more than 2^64 - 1 bytes;
 *	%-ENOMEM, which may succeed later.
 */
int phyr_list_add(struct phyr_list *list, struct phys_vec phyr, gfp_t gfp);

/**
 * phyr_list_add_iter() - add what a cursor gives
 * @list: the list
 * @iter: the cursor; it is not moved
 * @gfp: as for phyr_list_add()
 *
 * Context: That of @gfp, and of @iter->next().
 * Return: 0, or what phyr_list_add() or @iter->next() fails with.  The list is as it was
 *	then; one that pins does not take over what the cursor gave.
 */
int phyr_list_add_iter(struct phyr_list *list, const struct phyr_iter *iter,
		       gfp_t gfp);

/**
 * phyr_list_append() - add a list at the end of another
 * @list: the list
 * @other: what is added to it; empty afterwards
 * @gfp: for a page of the list, which may be needed if one of the two has none
 *
 * No range is merged with another, and none is copied that is in a page of a list.
 *
 * Context: That of @gfp.  It takes a step for each page of @other's list.
 * Return: 0, and otherwise both lists are as they were: %-EINVAL if they do not hold their
 *	memory in the same way, or there were more than 2^64 - 1 bytes; %-ENOMEM, which may
 *	succeed later.
 */
int phyr_list_append(struct phyr_list *list, struct phyr_list *other, gfp_t gfp);

/**
 * phyr_list_split() - cut a list in two
 * @list: the list, which keeps what is before the cut
 * @offset: bytes that are
 * @behind: [out] what is behind it
 * @gfp: for up to three pages of the lists
 *
 * A page of memory that is cut is held once more.
 *
 * Context: That of @gfp.  It takes a step for each page of the list behind the cut.
 * Return: 0; %-EINVAL if the list is shorter, %-ENOMEM, which may succeed later.  The list
 *	is as it was then, and @behind is empty.
 */
int phyr_list_split(struct phyr_list *list, u64 offset, struct phyr_list *behind,
		    gfp_t gfp);

/**
 * phyr_list_truncate() - take back what was added to a list
 * @list: the list
 * @len: bytes that it had before that
 *
 * What was added since then is let go of, as by phyr_list_release().  Nothing is allocated.
 *
 * Context: As for phyr_list_release().
 * Return: 0, wherever the list has ended before something was added.  %-EINVAL if it is
 *	shorter; anywhere else it may be refused, too: where a page that is held would be cut,
 *	or what is left of a range takes more room than there is.  It does not change then.
 */
int phyr_list_truncate(struct phyr_list *list, u64 len);

/**
 * phyr_list_release() - let go of a list's memory, and free the list
 * @list: the list; empty afterwards
 *
 * Pages that get_user_phyrs() pinned to be written are marked dirty.  What holds them is
 * given up for each folio at once.
 *
 * Context: Process, may sleep, if pages are marked dirty or were pinned %FOLL_LONGTERM;
 *	otherwise any.
 */
void phyr_list_release(struct phyr_list *list);

/**
 * get_user_phyrs() - pin user memory and add it to a list
 * @list: the list, made with %PHYR_HOLD_PIN
 * @start: address of the first byte, in the memory of the calling process
 * @len: bytes
 * @gup_flags: %FOLL_WRITE if a device is to write it, %FOLL_LONGTERM if it stays pinned
 *	for as long as user space likes, and others that pin_user_pages_fast() takes, but
 *	for %FOLL_PCI_P2PDMA: a list does not say whose memory of a device is
 * @gfp: for pages of the list
 *
 * A stretch that is contiguous in physical memory is one range: a huge page, say.  With
 * %FOLL_LONGTERM the pages count against RLIMIT_MEMLOCK until the list is released, which
 * binds the list to this process' memory.
 *
 * Context: Process, may sleep.
 * Return: bytes added, which may be fewer than @len if something stood in the way after
 *	that; or, if there are none, a negative errno: those of pin_user_pages_fast(), among
 *	them %-EFAULT for memory that is not there or may not be written; %-ENOMEM if a page,
 *	or more locked memory, cannot be had; %-EINVAL if @list does not pin, was pinned for
 *	the other access or by another process, or @len is 0 or past the end of the address
 *	space; %-EINTR if the process is killed.
 */
ssize_t get_user_phyrs(struct phyr_list *list, unsigned long start, size_t len,
		       unsigned int gup_flags, gfp_t gfp);

/**
 * iov_iter_get_phyrs() - add what is left of an iov_iter to a list
 * @list: the list, made with %PHYR_HOLD_PIN if iov_iter_extract_will_pin(), and with
 *	another otherwise
 * @iov: of any type but %ITER_DISCARD; it is advanced by what is added
 * @most: bytes, at most
 * @gup_flags: for user memory, as for get_user_phyrs(), but that %FOLL_WRITE is as @iov
 *	says: memory is written that data is read into (%ITER_DEST)
 * @gfp: for pages of the list
 *
 * Of kernel memory all is added, or nothing, and of user memory what could be pinned.  To
 * take that back: iov_iter_revert() by what was returned, and phyr_list_truncate() to what
 * the list was before.
 *
 * Context: For user memory as get_user_phyrs(), otherwise that of @gfp.
 * Return: bytes added, or a negative errno if there are none: those of get_user_phyrs(),
 *	phyr_list_add() and phyr_iter_iov(), and %-EINVAL if @list holds its memory otherwise.
 *	@iov is where it was then.
 */
ssize_t iov_iter_get_phyrs(struct phyr_list *list, struct iov_iter *iov, size_t most,
			   unsigned int gup_flags, gfp_t gfp);

/**
 * phyr_list_metadata() - what it takes to keep a list
 * @list: the list
 *
 * Context: Any.
 * Return: bytes of @list itself, and of the pages that its ranges are in.
 */
size_t phyr_list_metadata(const struct phyr_list *list);

int phyr_next_of_list(struct phyr_iter *iter, struct phys_vec *phyr);

/**
 * phyr_iter_list() - a stretch of a list
 * @list: the list, which must not change, move or be released while the cursor is used
 * @offset: bytes of the list before it
 * @len: bytes of it
 *
 * To find where it begins takes as many steps as the logarithm of the number of pages that
 * the list has.
 *
 * Context: Any, as for the cursor.
 * Return: the cursor; one that fails with %-EINVAL if the list is shorter.
 */
static inline struct phyr_iter phyr_iter_list(const struct phyr_list *list, u64 offset,
					      u64 len)
{
	return (struct phyr_iter) {
		.next = phyr_next_of_list,
		.list = list,
		.list_offset = offset,
		.list_len = len,
	};
}

#endif /* _LINUX_PHYR_LIST_H */
