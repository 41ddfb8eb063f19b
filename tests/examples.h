/* SPDX-License-Identifier: GPL-2.0 */
/*
 * examples.rs
 */
#ifndef _PHYR_TESTS_EXAMPLES_H
#define _PHYR_TESTS_EXAMPLES_H

struct device;
struct dma_vec;

/*
 * Sends memory of kmalloc() and of vmalloc(), @len bytes of each.  Returns how many bytes
 * the device was given, or a negative errno.
 */
int phyr_example_send(struct device *dev, unsigned int len, struct dma_vec *room,
		      unsigned int nr);

#endif /* _PHYR_TESTS_EXAMPLES_H */
