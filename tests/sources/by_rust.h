/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What by_rust.rs maps.
 */
#ifndef _PHYR_TESTS_BY_RUST_H
#define _PHYR_TESTS_BY_RUST_H

#include <linux/dma-phyr.h>

struct bvec_iter;
struct device;

/* Laid out as Kind and Object of by_rust.rs. */
enum object_kind {
	OBJECT_PAGES,
	OBJECT_BVECS,
	OBJECT_SCATTERLIST,
	OBJECT_KERNEL,
	OBJECT_FOLIO,
	OBJECT_XDR,
	OBJECT_IOV,
	OBJECT_BIO,
	OBJECT_REQUEST,
	OBJECT_INTEGRITY,
};

struct object {
	enum object_kind kind;
	const void *of;
	const struct bvec_iter *at;
	size_t offset;
	size_t len;
};

/* Calls @seen while it is mapped.  Returns the number of DMA ranges, or what failed. */
int phyr_test_map_by_rust(struct device *dev, const struct object *object,
			  struct dma_vec *ranges, unsigned int room,
			  void (*seen)(void *data, int nr), void *data);

/*
 * Maps bytes that a device may only read, and bytes that it may write, for it to write.
 * Returns 0 and what each failed with, or a negative errno.
 */
int phyr_test_written_by_rust(struct device *dev, struct dma_vec *ranges,
			      unsigned int room, int failed[2]);

#endif /* _PHYR_TESTS_BY_RUST_H */
