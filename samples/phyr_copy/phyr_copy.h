/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * User interface of the phyr_copy sample: /dev/phyr_copy.
 *
 * Controllers come and go while files are open, and are called engines here.
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
 * (may succeed later), ENODEV (the engine is gone, or there is none; may succeed
 * by another), ETIMEDOUT (it did not finish), EIO (it rejected an instruction).
 */
#define PHYR_COPY	_IOWR('|', 0x90, struct phyr_copy)

/**
 * struct phyr_copy_register - register a buffer
 * @iovecs: [in] address of its list, as of &struct phyr_copy
 * @nr: [in] entries in @iovecs
 * @flags: [in] PHYR_COPY_WRITABLE, or 0
 *
 * Its memory is pinned until it is unregistered, or the file is closed, and what is
 * being copied then has ended. Nothing is mapped yet: the first copy by an engine maps
 * all of the buffer for that, and later ones by the same engine find it mapped.
 */
struct phyr_copy_register {
	__u64 iovecs;
	__u32 nr;
	__u32 flags;
};

/* Engines may write the buffer. */
#define PHYR_COPY_WRITABLE	1

#define PHYR_COPY_MAX_BUFFERS	64

/*
 * Returns the index of the buffer, of those of this file. Errors: those of PHYR_COPY;
 * ENOSPC (PHYR_COPY_MAX_BUFFERS are registered), EINVAL also for unknown flags.
 */
#define PHYR_COPY_REGISTER	_IOW('|', 0x91, struct phyr_copy_register)

/* Takes the index of a buffer, which another may have from then on. Errors: ENOENT. */
#define PHYR_COPY_UNREGISTER	_IOW('|', 0x92, __u32)

/**
 * struct phyr_copy_registered - copy from a registered buffer to another, or the same
 * @src: [in] index of the source
 * @dst: [in] index of the destination
 * @src_offset: [in] where in the source to begin, in bytes
 * @dst_offset: [in] where in the destination to begin
 * @len: [in] bytes
 * @engine: [in] number of the engine, or PHYR_COPY_ANY
 * @reserved: [in] 0
 *
 * Source and destination must not overlap.
 */
struct phyr_copy_registered {
	__u32 src;
	__u32 dst;
	__u64 src_offset;
	__u64 dst_offset;
	__u64 len;
	__u32 engine;
	__u32 reserved;
};

/* The next engine in turn. */
#define PHYR_COPY_ANY	(~0U)

/*
 * Returns the number of the engine that copied. Errors: ENOENT (no such buffer), EINVAL
 * (no bytes, or not all in the buffers; not writable; overlapping; @reserved), ENODEV (the
 * engine is gone, or there is none: what is at the destination is unknown, and the same may
 * be asked of another), EBUSY and ENOMEM (may succeed later), EOPNOTSUPP (the engine does
 * not reach the buffer but through bounce buffers), ETIMEDOUT and EIO as of PHYR_COPY.
 */
#define PHYR_COPY_REGISTERED	_IOW('|', 0x93, struct phyr_copy_registered)

#define PHYR_COPY_MAX_ENGINES	15

/**
 * struct phyr_copy_engines - which engines there are
 * @nr: [out] how many
 * @numbers: [out] their numbers: one that comes back has another one
 */
struct phyr_copy_engines {
	__u32 nr;
	__u32 numbers[PHYR_COPY_MAX_ENGINES];
};

#define PHYR_COPY_ENGINES	_IOR('|', 0x94, struct phyr_copy_engines)

#endif /* _PHYR_COPY_H */
