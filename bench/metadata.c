// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes that lists of 1 GiB take.  Nothing needs to be at the addresses.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bvec.h>
#include <linux/phyr-list.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include "metadata.h"

/* No two pieces adjoin. */
static const struct {
	const char *name;
	size_t len;
} pieces[] = {
	{ "scattered pages", SZ_4K },
	{ "folios of 16 pages", SZ_64K },
	{ "huge pages", SZ_2M },
	{ "512-byte pieces", 512 },
};

static ssize_t phyr_list_bytes(size_t len)
{
	struct phyr_list list;
	ssize_t bytes;
	int err = 0;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	for (u64 i = 0; !err && i < SZ_1G / len; i++) {
		err = phyr_list_add(&list, (struct phys_vec) { SZ_1G + 2 * i * len, len },
				    GFP_KERNEL);
		cond_resched();
	}
	bytes = err ?: phyr_list_metadata(&list);
	phyr_list_release(&list);
	return bytes;
}

/* Its chunks are pages, each but the last with an entry that leads to the next. */
static ssize_t sg_table_bytes(size_t len)
{
	size_t entries = SZ_1G / len;
	size_t links = (entries - 1) / (SG_MAX_SINGLE_ALLOC - 1);

	return sizeof(struct sg_table) + (entries + links) * sizeof(struct scatterlist);
}

int metadata_print(void)
{
	for (int i = 0; i < ARRAY_SIZE(pieces); i++) {
		size_t len = pieces[i].len;
		ssize_t phyr_list = phyr_list_bytes(len);
		size_t parts = SZ_1G / len;

		if (phyr_list < 0)
			return phyr_list;
		/* An array of pages has each page, and knows of no part. */
		pr_info("metadata %zu %zd %zd %zu %zu %s\n", parts, phyr_list,
			sg_table_bytes(len), parts * sizeof(struct bio_vec),
			len < PAGE_SIZE ? 0 : (size_t)(SZ_1G / PAGE_SIZE) * sizeof(struct page *),
			pieces[i].name);
	}
	return 0;
}
