// SPDX-License-Identifier: GPL-2.0
/*
 * What the block layer knows of a file's disks.
 */
#include <linux/blkdev.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fileattr.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "../glue.h"

/* Those that have all data of a file on the device that they are mounted from. */
static const char *const phyr_one_disk[] = {
	"ext2", "ext3", "ext4", "xfs", "vfat", "msdos", "exfat",
};

static bool phyr_may_be_on_realtime_device(struct file *file)
{
	struct file_kattr attributes = {};
	int err = vfs_fileattr_get(file_dentry(file), &attributes);

	/* A file system without attributes has no such device. */
	if (err == -ENOIOCTLCMD || err == -ENOTTY)
		return false;
	return err || attributes.fsx_xflags & FS_XFLAG_REALTIME;
}

static struct block_device *phyr_file_bdev(struct file *file)
{
	struct inode *inode = file_inode(file);

	/* It was not opened, and has nothing but its name. */
	if (file->f_mode & FMODE_PATH)
		return NULL;
	if (S_ISBLK(inode->i_mode))
		return file_bdev(file);
	if (!S_ISREG(inode->i_mode) || IS_DAX(inode) ||
	    match_string(phyr_one_disk, ARRAY_SIZE(phyr_one_disk),
			 inode->i_sb->s_type->name) < 0 ||
	    phyr_may_be_on_realtime_device(file))
		return NULL;
	return inode->i_sb->s_bdev;
}

struct gendisk *phyr_shim_file_disk(struct file *file)
{
	struct block_device *bdev = phyr_file_bdev(file);

	if (!bdev)
		return NULL;
	phyr_shim_disk_get(bdev->bd_disk);
	return bdev->bd_disk;
}

void phyr_shim_disk_get(struct gendisk *disk)
{
	get_device(disk_to_dev(disk));
}

void phyr_shim_disk_put(struct gendisk *disk)
{
	put_device(disk_to_dev(disk));
}

#ifdef bd_walk_slaves
struct phyr_members {
	int (*add)(void *data, struct gendisk *disk);
	void *data;
};

static int phyr_add_member(struct block_device *bdev, void *data)
{
	struct phyr_members *members = data;

	return members->add(members->data, bdev->bd_disk);
}

int phyr_shim_disk_members(struct gendisk *disk,
			   int (*add)(void *data, struct gendisk *disk), void *data)
{
	struct phyr_members members = { .add = add, .data = data };

	return bd_walk_slaves(disk, &members, phyr_add_member);
}
#else
int phyr_shim_disk_members(struct gendisk *disk,
			   int (*add)(void *data, struct gendisk *disk), void *data)
{
#ifdef CONFIG_BLOCK_HOLDER_DEPRECATED
	if (!list_empty(&disk->slave_bdevs))
		return -EOPNOTSUPP;
#endif
	return 0;
}
#endif

static bool phyr_has_dma(struct device *dev)
{
	return dev->bus && dev->dma_mask && *dev->dma_mask;
}

/*
 * The PCI function above the disk, if there is one.  Else that of all above it which could do DMA,
 * if there is one alone: what is in between may have been given a mask that nobody maps by.
 */
static struct device *phyr_dma_device_above(struct gendisk *disk)
{
	struct device *found = NULL;
	bool is_one = true;

	for (struct device *dev = disk_to_dev(disk)->parent; dev; dev = dev->parent) {
		if (dev_is_pci(dev))
			return get_device(dev);
		if (!phyr_has_dma(dev))
			continue;
		is_one = !found;
		found = dev;
	}
	return is_one ? get_device(found) : NULL;
}

struct device *phyr_shim_disk_device(struct gendisk *disk)
{
	/* A disk that has gone does not keep what was above it; it goes under this lock. */
	guard(mutex)(&disk->open_mutex);
	if (!disk_live(disk))
		return ERR_PTR(-ENODEV);
	return phyr_dma_device_above(disk);
}
