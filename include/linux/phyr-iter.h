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
#include <linux/uio.h>

struct bio;
struct folio;
struct page;
struct phyr_list;
struct request;
struct scatterlist;
struct xdr_buf;

/**
 * struct phyr_iter - a cursor over physical ranges of RAM
 * @next: gives the next range, and moves on
 *
 * @next writes a range of at least one byte and returns 1, 0 at the end, or a negative errno,
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
				const struct xdr_buf	*xdr;
			};
			unsigned int	nr;	/* entries that are left */
			unsigned int	offset;	/* bytes of the next that are not in the list */
			size_t		left;	/* bytes that are left; of @sg: to be left out */
		};
		struct {
			struct folio	*folio;
			size_t		folio_start;	/* bytes of it that are not in the list */
			size_t		folio_len;
		};
		struct {
			const struct bio_vec	*bvecs;
			struct bvec_iter	at;
			union {
				struct bio	*bio;	/* the one after those bvecs */
				struct request	*rq;
			};
		};
		struct iov_iter	iov;
		struct {
			const struct phyr_list	*list;
			u64			list_offset;
			u64			list_len;
		};
		u64	state[5];
	};
};

int phyr_next_phyr(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_page(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_bvec(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_sg(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_kernel(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_folio(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_bio(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_rq(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_rq_integrity(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_xdr(struct phyr_iter *iter, struct phys_vec *phyr);
int phyr_next_iov(struct phyr_iter *iter, struct phys_vec *phyr);

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
 * phyr_iter_sg_from() - the memory of a scatterlist from a byte on
 * @sg:	its first entry; chained lists are followed
 * @nr:	entries, as for phyr_iter_sg()
 * @offset: bytes that are left out, as rdma_rw_ctx_init() does with its sg_offset
 *
 * Entries that are passed over are only asked for their length.  If there are no more bytes, it
 * gives none.
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_sg_from(struct scatterlist *sg,
						 unsigned int nr, size_t offset)
{
	return (struct phyr_iter) {
		.next = phyr_next_sg,
		.sg = sg,
		.nr = nr,
		.left = offset,
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
 * phyr_iter_folio() - bytes of a folio
 * @folio: the folio, of any order, mapped by the kernel or not
 * @offset: bytes of it that are not in the list
 * @len: bytes
 *
 * They are one range.  A list that goes beyond the end of the folio ends with %-EINVAL.
 * The folio must be RAM, as in phyr_iter_pages().
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_folio(struct folio *folio,
					       size_t offset, size_t len)
{
	return (struct phyr_iter) {
		.next = phyr_next_folio,
		.folio = folio,
		.folio_start = offset,
		.folio_len = len,
	};
}

/**
 * phyr_iter_bio() - what is left of bios
 * @bio: the first of them, from its bi_iter on; those that follow by bi_next are the rest
 *
 * Each struct bio_vec is a range, however many pages it has.  Bios without data, as those
 * of a discard, are passed over.  The bios are read while the cursor is, and not moved.
 * The pages must be RAM, as in phyr_iter_pages().  Needs CONFIG_BLOCK.
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_bio(struct bio *bio)
{
	return (struct phyr_iter) {
		.next = phyr_next_bio,
		.bio = bio,
	};
}

/**
 * phyr_iter_rq() - the data of a block request
 * @rq:	the request, which the driver that maps it has been given
 *
 * What is left of its bios, or, if there is one, the payload that the driver has put in
 * their place (%RQF_SPECIAL_PAYLOAD).  A request that has no data, as a flush, is an empty
 * list.  The request is read while the cursor is, and not moved; else as
 * phyr_iter_bio().
 *
 * What its queue allows of a segment is true of each DMA range if the device has it too:
 * queue_max_segment_size() as dma_set_max_seg_size(), queue_segment_boundary() as
 * dma_set_seg_boundary(), and queue_virt_boundary(), if it is less than %PAGE_SIZE and the
 * queue has no longest segment besides, as dma_set_min_align_mask().
 *
 * There are no more ranges than blk_rq_nr_phys_segments() then, and an array of so many
 * and one more for every 64 is large enough, if the longest segment divides what is
 * between two boundaries; otherwise there may be more.
 *
 * A device that bounces must have boundaries that are no closer than
 * dma_max_mapping_size(), and its queue no larger max_hw_sectors, for the number of ranges
 * and the virt boundary to be as said.
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_rq(struct request *rq)
{
	return (struct phyr_iter) {
		.next = phyr_next_rq,
		.rq = rq,
	};
}

/**
 * phyr_iter_rq_integrity() - the protection information of a block request
 * @rq:	the request, which the driver that maps it has been given
 *
 * That of all its bios; an empty list if none has any, or without
 * CONFIG_BLK_DEV_INTEGRITY.  Else as phyr_iter_rq().
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_rq_integrity(struct request *rq)
{
	return (struct phyr_iter) {
		.next = phyr_next_rq_integrity,
		.rq = rq,
	};
}

/**
 * phyr_iter_xdr() - bytes of an RPC message
 * @buf: the message: its head, its pages from page_base on, and its tail
 * @offset: bytes of it that are not in the list
 * @len: bytes
 *
 * The head and the tail are as in phyr_iter_kernel(), the pages as in phyr_iter_pages().
 * Its bvec is not looked at.  A list that goes beyond the end of the tail, or has a page
 * that is not there (%XDRBUF_SPARSE_PAGES), ends with %-EINVAL.  The buffer is read while
 * the cursor is.
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_xdr(const struct xdr_buf *buf,
					     unsigned int offset,
					     unsigned int len)
{
	return (struct phyr_iter) {
		.next = phyr_next_xdr,
		.xdr = buf,
		.offset = offset,
		.left = len,
	};
}

/**
 * phyr_iter_iov() - what is left of an iov_iter of kernel memory
 * @iov: %ITER_KVEC, %ITER_BVEC, %ITER_FOLIOQ or %ITER_XARRAY; it is not moved
 *
 * A range is a kvec, as in phyr_iter_kernel(), a bvec, or a folio.  As for
 * iov_iter_extract_pages(), whoever maps an xarray keeps its folios where they are in it:
 * locked, or with references.  What it refers to is read while the cursor is; @iov itself
 * is copied.  All of it must be RAM, as in phyr_iter_pages().
 *
 * A list ends with %-EINVAL where there is no memory to be had from @iov: at a hole in an
 * xarray or a folio queue, behind the last segment, and at once if it is of another type.
 * (User memory has to be pinned; %ITER_DISCARD has none.)
 *
 * Return: the cursor.
 */
static inline struct phyr_iter phyr_iter_iov(const struct iov_iter *iov)
{
	return (struct phyr_iter) {
		.next = phyr_next_iov,
		.iov = *iov,
	};
}

/**
 * dma_map_phyr_iter() - map what a cursor gives for DMA
 * @dev: the device
 * @iter: the cursor; it is not moved
 * @map: [out] as for dma_map_phyrs()
 * @ranges: [out] as for dma_map_phyrs(); it holds the list's runs meanwhile, and where
 *	there is no room for them the list takes longer
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
