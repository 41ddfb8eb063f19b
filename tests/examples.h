/* SPDX-License-Identifier: GPL-2.0 */
/*
 * examples.rs
 */
#ifndef _PHYR_TESTS_EXAMPLES_H
#define _PHYR_TESTS_EXAMPLES_H

#include <linux/types.h>

struct device;
struct dma_vec;
struct iov_iter;
struct phys_vec;

/*
 * Sends memory of kmalloc() and of vmalloc(), @len bytes of each.  Returns how many bytes
 * the device was given, or a negative errno.
 */
int phyr_example_send(struct device *dev, unsigned int len, struct dma_vec *room,
		      unsigned int nr);

/*
 * Has the device read @len bytes of this process' memory at @start, in halves.  The same is
 * returned.
 */
int phyr_example_read_user(struct device *dev, unsigned long start, unsigned long len,
			   struct dma_vec *room, unsigned int nr);

/* Takes over @nr ranges of pinned pages, to be written, and lets go.  Returns 0 or an errno. */
int phyr_example_adopt(const struct phys_vec *phyrs, unsigned int nr);

/* Has the device read what is left of @iov, of this process.  The same is returned. */
int phyr_example_read_iov(struct device *dev, struct iov_iter *iov, struct dma_vec *room,
			  unsigned int nr);

/*
 * Pins what is left of @iov, which is read, as memory that a device writes or only reads, and
 * lets go of it.  Returns how many bytes that was, or a negative errno.
 */
int phyr_example_truncate(struct iov_iter *iov, u64 kept);
int phyr_example_pin_source(struct iov_iter *iov, bool is_written);

/* The same, of one that is written. */
int phyr_example_pin_dest(struct iov_iter *iov, bool is_written);

/* Keeps @nr ranges but for the first, and maps them.  The same is returned. */
int phyr_example_keep(struct device *dev, const struct phys_vec *phyrs, struct dma_vec *room,
		      unsigned int nr);

#endif /* _PHYR_TESTS_EXAMPLES_H */
