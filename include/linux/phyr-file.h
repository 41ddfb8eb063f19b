/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a file to the devices that its I/O uses, for a buffer to be mapped for them beforehand.
 */
#ifndef _LINUX_PHYR_FILE_H
#define _LINUX_PHYR_FILE_H

#include <linux/errno.h>
#include <linux/phyr-buffer.h>

struct file;

#ifdef CONFIG_BLOCK

/**
 * phyr_file_devices() - the devices that the I/O of a file uses
 * @file: an open file: a block device, or a file of a file system on one.  As everywhere, no other
 *	thread may change its position without its lock meanwhile.
 * @devices: [out] the devices, each of them once, for phyr_device_put()
 * @max: room in @devices, in entries
 *
 * A disk is of the PCI function that is above it in the driver model, or, if there is none, of
 * what alone of all above it is on a bus and has a DMA mask.  A disk that is made of others, and
 * has said so to the block layer (md, dm, bcache), comes to the devices of all of these, whatever
 * part of the file is meant: which of them has a block is for its driver to know, and changes.
 *
 * What is found is true for the moment.  Whoever asks again before an I/O, and uses a buffer for
 * what is found then, has it mapped for a member that has taken another's place since.
 *
 * Context: Process, may sleep.
 * Return: the number of devices, at least 1, or
 *
 * * %-EOPNOTSUPP - the kernel cannot tell.  The file is on no block device; or of a file system
 *                  that may have its data on several, and ext2, ext3, ext4, XFS, vfat, msdos and
 *                  exfat alone are known not to; or it may be on XFS's realtime device; or it is
 *                  DAX.  Or a disk is no device's own: loop, null_blk, zram, NVMe over Fabrics, or
 *                  NVMe with several paths.  Or it is made of others, and the kernel has no
 *                  bd_walk_slaves(), which patches/0003 adds.  Never succeeds if retried, but for
 *                  a disk that is made of others and has none of them yet, or any more.
 * * %-ENOSPC     - there are more than @max.
 * * %-ENODEV     - a disk has gone, or no driver is bound to its device, or that begins to go.
 *                  May succeed when a member has taken its place.
 * * %-EPROBE_DEFER, %-ENOMEM - as of phyr_device_get().
 */
int phyr_file_devices(struct file *file, struct phyr_device **devices, unsigned int max);

/**
 * phyr_buffer_map_file() - map a buffer for the devices that the I/O of a file uses
 * @buffer: the buffer, which the caller has a reference to
 * @file: as for phyr_file_devices()
 * @access: what the devices do with the buffer
 *
 * Nothing is used afterwards: it stays mapped as long as nobody needs the room.
 *
 * Context: Process, may sleep.
 * Return: the number of devices that it is mapped for; or an error of phyr_file_devices(), but
 *	%-ENOSPC, or of phyr_buffer_use(), of which %-EBUSY and %-E2BIG also mean that the limits do
 *	not allow for all of them: then it may be mapped for some.
 */
int phyr_buffer_map_file(struct phyr_buffer *buffer, struct file *file,
			 enum phyr_access access);
#else
static inline int phyr_file_devices(struct file *file, struct phyr_device **devices,
				    unsigned int max)
{
	return -EOPNOTSUPP;
}

static inline int phyr_buffer_map_file(struct phyr_buffer *buffer, struct file *file,
				       enum phyr_access access)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* _LINUX_PHYR_FILE_H */
