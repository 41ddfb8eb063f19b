/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * User interface of the phyr_copy sample: /dev/phyr_copy.
 */
#ifndef _PHYR_COPY_H
#define _PHYR_COPY_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct phyr_copy - copy user memory to user memory by DMA
 * @src: [in] address of the source's list: for each piece its address and its
 *	length in bytes, each a __u64 (a struct iovec of 64-bit programs)
 * @dst: [in] address of the destination's list
 * @src_nr: [in] entries in @src
 * @dst_nr: [in] entries in @dst
 * @src_entries: [out] physical ranges that went into the source's mapping
 * @src_ranges: [out] DMA ranges that came out of it
 * @dst_entries: [out] the same for the destination
 * @dst_ranges: [out] the same for the destination
 * @moves: [out] memory move instructions that the controller executed
 * @kicks: [out] times that it was started
 * @bytes: [out] bytes copied
 * @metadata: [out] bytes that it took to keep both lists
 *
 * Both buffers must have the same length in bytes, at most PHYR_COPY_MAX_BYTES.
 * Source and destination must not overlap.
 */
struct phyr_copy {
	__u64 src;
	__u64 dst;
	__u32 src_nr;
	__u32 dst_nr;
	__u32 src_entries;
	__u32 src_ranges;
	__u32 dst_entries;
	__u32 dst_ranges;
	__u32 moves;
	__u32 kicks;
	__u64 bytes;
	__u64 metadata;
};

#define PHYR_COPY_MAX_BYTES	(64 << 20)
#define PHYR_COPY_MAX_IOVECS	65536

/*
 * Errors: EFAULT (memory that is not there or not writable), EINVAL (no bytes,
 * lengths that differ or overflow), E2BIG (more than the maxima above), ENOMEM
 * (may succeed later), ENODEV (the controller is gone), ETIMEDOUT (it did not
 * finish), EIO (it rejected an instruction).
 */
#define PHYR_COPY	_IOWR('|', 0x90, struct phyr_copy)

#endif /* _PHYR_COPY_H */
