/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of physical ranges that are not in an array: a cursor gives one range after the
 * other, from what the kernel already holds the memory in.
 */
#ifndef _LINUX_PHYR_ITER_H
#define _LINUX_PHYR_ITER_H

#include <linux/bvec.h>
#include <linux/dma-phyr.h>
#include <linux/types.h>

struct page;
struct scatterlist;

/**
 * struct phyr_iter - a cursor over physical ranges of RAM
 * @next: gives the next range, and moves on
 *
 * @next returns 1 and a range of at least one byte, 0 at the end, or a negative errno,
 * which the mapping fails with.  It is called in the context of the mapping, so it must
 * not sleep if that must not.
 *
 * All that it changes is in the cursor: a copy of that is a cursor from the same place
 * on, and gives the same ranges.  Cursors are copied to read a list again, where a device
 * needs that.
 */
struct phyr_iter {
	int (*next)(struct phyr_iter *iter, struct phys_vec *phyr);
	/* private: to who writes @next, in @state or as what it is for these sources */
	union {
		struct {
			union {
				const struct phys_vec	*phyrs;
				struct page *const	*pages;
				struct scatterlist	*sg;
				const void		*addr;
			};
			unsigned int	nr;	/* entries that are left */
			unsigned int	offset;	/* bytes of the next that are not in the list */
			size_t		left;	/* bytes that are left */
		};
		struct {
			const struct bio_vec	*bvecs;
			struct bvec_iter	at;
		};
		u64	state[5];
	};
};

int phyr_next_phyr(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_page(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_bvec(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_sg(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_kernel(struct phyr_iter *iter, struct phys_vec *phyr);

/**
 * phyr_iter_phyrs() - the ranges of an array
 * @phyrs: the ranges
 * @nr:	how many
 *
 * The array is read while the cursor is.
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_phyrs(const struct phys_vec *phyrs,
					       unsigned int nr)
{
	return (struct phyr_iter) {
		.next = phyr_next_phyr,
		.phyrs = phyrs,
		.nr = nr,
	};
}

/**
 * phyr_iter_pages() - bytes of pages that need not be adjacent
 * @pages: the pages, of any order in memory
 * @offset: bytes of the first page that are not in the list, less than %PAGE_SIZE
 * @len: bytes
 *
 * The array has as many pages as it takes for so many bytes.  Adjacent pages, as those of
 * a folio, are one range.  The pages must be RAM: those of a PCI device end the list with
 * %-EREMOTEIO, for the cursor cannot say whose they are.
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_pages(struct page *const *pages,
					       unsigned int offset, size_t len)
{
	return (struct phyr_iter) {
		.next = phyr_next_page,
		.pages = pages,
		.offset = offset,
		.left = len,
	};
}

/**
 * phyr_iter_bvecs() - what is left of an array of struct bio_vec
 * @bvecs: the array
 * @at: where in it, and how much; of a bio: its bi_iter
 *
 * Each is a range, however many pages it has.  The pages must be RAM, as in
 * phyr_iter_pages().
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_bvecs(const struct bio_vec *bvecs,
					       struct bvec_iter at)
{
	return (struct phyr_iter) {
		.next = phyr_next_bvec,
		.bvecs = bvecs,
		.at = at,
	};
}

/**
 * phyr_iter_sg() - the memory of a scatterlist
 * @sg:	its first entry; chained lists are followed
 * @nr:	entries, before they are mapped: sg_table's orig_nents
 *
 * DMA addresses in it are not looked at.  The pages must be RAM, as in phyr_iter_pages().
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_sg(struct scatterlist *sg,
					    unsigned int nr)
{
	return (struct phyr_iter) {
		.next = phyr_next_sg,
		.sg = sg,
		.nr = nr,
	};
}

/**
 * phyr_iter_kernel() - memory at a kernel address
 * @addr: of the first byte: from kmalloc() or its like, in a folio, or from vmalloc();
 *	not on the stack or in the image of the kernel or of a module
 * @len: bytes
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_kernel(const void *addr, size_t len)
{
	return (struct phyr_iter) {
		.next = phyr_next_kernel,
		.addr = addr,
		.left = len,
	};
}

/**
 * dma_map_phyr_iter() - map what a cursor gives for DMA
 * @dev: the device
 * @iter: the cursor; it is not moved
 * @map: [out] as for dma_map_phyrs()
 * @ranges: [out] as for dma_map_phyrs(); behind an IOMMU it holds the list's runs
 *	meanwhile, so there must be room for them
 * @max_ranges: entries that @ranges has room for
 * @dir: as for dma_map_phyrs()
 * @attrs: as for dma_map_phyrs()
 *
 * The same as dma_map_phyrs() of an array of all that @iter gives, without that array.
 * Adjacent ranges are merged as they come.  The list is read once, for devices that are
 * coherent, have no limits that it meets, and bounce nothing of it; for others several
 * times, from copies of the cursor.  Its length need not be known.
 *
 * Context: Any, if @iter->next() allows it.
 * Return: the number of DMA ranges, or a negative errno: those of dma_map_phyrs(), and
 *	those that @iter->next() returns.  An empty list is %-EINVAL.
 */
int dma_map_phyr_iter(struct device *dev, const struct phyr_iter *iter,
		      struct dma_phyr_map *map, struct dma_vec *ranges,
		      unsigned int max_ranges, enum dma_data_direction dir,
		      unsigned long attrs);

#endif /* _LINUX_PHYR_ITER_H */
