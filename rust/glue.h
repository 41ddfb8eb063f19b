/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the C and the Rust half of phyr.ko call in each other.
 */
#ifndef _PHYR_GLUE_H
#define _PHYR_GLUE_H

#include <linux/dma-phyr.h>
#include <linux/mempool.h>
#include <linux/phyr-buffer.h>
#include <linux/phyr-list.h>

struct bio;
struct bio_vec;
struct bvec_iter;
struct folio;
struct iov_iter;
struct mm_struct;
struct page;
struct phyr_iter;
struct phyr_list;
struct request;
struct scatterlist;
struct xdr_buf;

/**
 * struct phyr_device_traits - what a mapping depends on in a device
 * @merge_boundary: dma_get_merge_boundary(): granule less one, 0 without IOMMU
 * @max_mapping: most bytes that can be bounced; only asked where a device bounces
 * @seg_boundary: dma_get_seg_boundary()
 * @reach: highest bus address that the device can use
 * @offset: without IOMMU, what is added to the address of RAM to get its DMA address, if
 *	@in_phase
 * @max_seg: dma_get_max_seg_size() in bytes
 * @min_merge: entries that are shorter, in bytes, must not be merged
 * @coherent: CPU caches need no maintenance
 * @trusted: it may see the neighbours of a buffer
 * @in_phase: without IOMMU, DMA addresses differ from physical ones by @offset, or by
 *	that and multiples of what is between two boundaries
 * @bounces: there are bounce buffers
 * @bounces_all: without IOMMU, any RAM may have to be bounced, wherever it is
 */
struct phyr_device_traits {
	unsigned long merge_boundary;
	size_t max_mapping;
	unsigned long seg_boundary;
	u64 reach;
	u64 offset;
	unsigned int max_seg;
	unsigned int min_merge;
	bool coherent;
	bool trusted;
	bool in_phase;
	bool bounces;
	bool bounces_all;
};

/**
 * struct phyr_usual_direct - what a mapping depends on in a usual device without IOMMU
 * @seg_boundary: dma_get_seg_boundary(), one less than a power of two; 0 if nobody has
 *	set it, and then no run of two bytes is usual
 * @max_seg: dma_get_max_seg_size() in bytes, at least 1
 * @uncut: in which bits the first and the last address of what is certainly not cut may
 *	differ: the lesser of the two, less one byte
 * @reach: highest physical address that the device can be given
 * @needs_no_unmap: not 0 if dma_need_unmap() is false, unless a mapping is bounced
 *	meanwhile
 *
 * Laid out as Device of rust/plan/usual/direct.rs.
 */
struct phyr_usual_direct {
	u64 seg_boundary;
	u64 max_seg;
	u64 uncut;
	u64 reach;
	u64 needs_no_unmap;
};

/**
 * struct phyr_usual_shared - what a mapping depends on in a usual device behind an IOMMU
 * @seg_boundary: dma_get_seg_boundary(), one less than a power of two, and not 0
 * @max_seg: dma_get_max_seg_size() in bytes, at least 1
 *
 * Laid out as Device of rust/plan/usual/shared.rs.
 */
struct phyr_usual_shared {
	u64 seg_boundary;
	u64 max_seg;
};

/**
 * enum phyr_p2p_route - how a device reaches the memory of a P2P provider
 * @PHYR_P2P_REFUSED: it cannot
 * @PHYR_P2P_BUS_ADDR: at its bus address, below the same bridge
 * @PHYR_P2P_HOST_BRIDGE: through the host bridge, mapped with %DMA_ATTR_MMIO
 */
enum phyr_p2p_route {
	PHYR_P2P_REFUSED = 0,
	PHYR_P2P_BUS_ADDR,
	PHYR_P2P_HOST_BRIDGE,
};

/*
 * Both are called for each mapping, and errors are injected into them: a negative
 * errno is what the mapping ends with.
 *
 * phyr_device_traits() returns 0, or %-EINVAL if @dev has no DMA mask.
 *
 * phyr_usual_direct() is asked if no IOMMU translates, phyr_usual_shared() if one does.
 * They return 1 if @dev is a usual device: it is coherent, and its driver, or its bus,
 * has set how long its segments are and which boundary they do not cross.  Without an
 * IOMMU, it bounces nothing that it reaches, its bus has no limit of its own, and bus
 * addresses are physical addresses; behind one, it is trusted with the neighbours of a
 * buffer.
 * Otherwise, and if nothing is to be taken for usual, 0.
 */
int phyr_device_traits(struct device *dev, struct phyr_device_traits *traits);
int phyr_usual_direct(struct device *dev, struct phyr_usual_direct *usual);
int phyr_usual_shared(struct device *dev, struct phyr_usual_shared *usual);

/**
 * phyr_shim_p2p_route() - which way a device reaches a provider's memory
 * @provider: of the memory; its driver must stay bound during the call
 * @dev: the device that will do the DMA
 * @bus_offset: [out] the provider's: bus address less physical address
 *
 * The kernel keeps the answer for each pair of devices, but a module can ask for
 * what it keeps only if it exports pci_p2pdma_map_type().  Otherwise each call reads
 * the ACS capability of every bridge between the two and, unless the route is
 * %PHYR_P2P_BUS_ADDR, calls pci_p2pdma_distance().
 *
 * Context: Any.  Does not sleep.  But the kernel stores a new answer under a lock
 *	that it takes with interrupts enabled: in an interrupt, hard or soft, ask only
 *	for what was asked for before and, without that export, only if the route is
 *	%PHYR_P2P_BUS_ADDR.
 * Return: the route.  Without CONFIG_PCI_P2PDMA, or if @dev is no PCI device:
 *	%PHYR_P2P_REFUSED.
 */
enum phyr_p2p_route phyr_shim_p2p_route(struct p2pdma_provider *provider,
					struct device *dev, u64 *bus_offset);

phys_addr_t phyr_shim_page_to_phys(struct page *page);
bool phyr_shim_is_coherent(struct device *dev);
bool phyr_shim_has_bounce_buffers(struct device *dev);
bool phyr_shim_reaches(struct device *dev, phys_addr_t phys, size_t len);
void phyr_shim_sync(struct device *dev, dma_addr_t addr, size_t len,
		    enum dma_data_direction dir, bool for_cpu);
void phyr_shim_kmsan(phys_addr_t phys, size_t len, enum dma_data_direction dir);

/*
 * dma_map_phyrs() without an IOMMU and behind one: for one entry, for several of which the
 * first two are apart, and for several of which they are adjacent.  The list is not %NULL,
 * there is room for one range at least, and both numbers fit in an int.
 */
int phyr_rs_map_direct_entry(struct device *dev, const struct phys_vec *phyrs,
			     unsigned int nr, struct dma_phyr_map *map,
			     struct dma_vec *ranges, unsigned int max_ranges,
			     enum dma_data_direction dir, unsigned long attrs);
int phyr_rs_map_direct_apart(struct device *dev, const struct phys_vec *phyrs,
			     unsigned int nr, struct dma_phyr_map *map,
			     struct dma_vec *ranges, unsigned int max_ranges,
			     enum dma_data_direction dir, unsigned long attrs);
int phyr_rs_map_direct_adjacent(struct device *dev, const struct phys_vec *phyrs,
				unsigned int nr, struct dma_phyr_map *map,
				struct dma_vec *ranges, unsigned int max_ranges,
				enum dma_data_direction dir, unsigned long attrs);
int phyr_rs_map_shared_entry(struct device *dev, const struct phys_vec *phyrs,
			     unsigned int nr, struct dma_phyr_map *map,
			     struct dma_vec *ranges, unsigned int max_ranges,
			     enum dma_data_direction dir, unsigned long attrs);
int phyr_rs_map_shared_apart(struct device *dev, const struct phys_vec *phyrs,
			     unsigned int nr, struct dma_phyr_map *map,
			     struct dma_vec *ranges, unsigned int max_ranges,
			     enum dma_data_direction dir, unsigned long attrs);
int phyr_rs_map_shared_adjacent(struct device *dev, const struct phys_vec *phyrs,
				unsigned int nr, struct dma_phyr_map *map,
				struct dma_vec *ranges, unsigned int max_ranges,
				enum dma_data_direction dir, unsigned long attrs);

/* dma_map_phyrs() for any numbers. */
int phyr_rs_map_unusual(struct device *dev, const struct phys_vec *phyrs,
			unsigned int nr, struct dma_phyr_map *map,
			struct dma_vec *ranges, unsigned int max_ranges,
			enum dma_data_direction dir, unsigned long attrs);
int phyr_rs_map(struct device *dev, const struct dma_phyr_list *list,
		struct dma_phyr_map *map, struct dma_vec *ranges,
		unsigned int max_ranges, enum dma_data_direction dir,
		unsigned long attrs);
int phyr_rs_map_next(struct device *dev, const struct dma_phyr_list *list,
		     struct dma_phyr_cursor *cursor, struct dma_phyr_map *map,
		     struct dma_vec *ranges, unsigned int max_ranges,
		     enum dma_data_direction dir, unsigned long attrs);
int phyr_rs_map_list(struct device *dev, const struct phyr_iter *iter,
		     struct dma_phyr_map *map, struct dma_vec *ranges,
		     unsigned int max_ranges, enum dma_data_direction dir,
		     unsigned long attrs);
int phyr_rs_map_cursor(struct device *dev, const struct phyr_iter *iter,
		       struct dma_phyr_map *map, struct dma_vec *ranges,
		       unsigned int max_ranges, enum dma_data_direction dir,
		       unsigned long attrs);
void phyr_rs_unmap(struct device *dev, struct dma_phyr_map *map,
		   const struct dma_vec *ranges);
int phyr_rs_sync(struct device *dev, const struct dma_phyr_map *map,
		 const struct dma_vec *ranges, size_t offset, size_t len,
		 bool for_cpu);
int phyr_rs_index(const struct dma_vec *ranges, unsigned int nr, u64 *ends,
		  u64 *total);
int phyr_rs_find(const struct dma_vec *ranges, const u64 *ends, unsigned int nr,
		 u64 offset, struct dma_vec *found);

/* Pages for lists, in the direct map: of a mempool, or of the page allocator. */
void *phyr_shim_alloc(mempool_t *pool, gfp_t gfp);
void phyr_shim_free(mempool_t *pool, void *addr);

/* Gives up what is kept of the page allocator's for the next lists. */
void phyr_shim_free_spares(void);

/*
 * Holds the pages that @len bytes at @paddr have parts of once more, as enum phyr_hold
 * says: %-EINVAL if they are not all RAM.  And gives that up; returns how many pages
 * these are.
 */
int phyr_shim_hold(phys_addr_t paddr, size_t len, unsigned int hold);
void phyr_shim_unpin(unsigned long frame, unsigned long pages, bool dirty);
void phyr_shim_put(unsigned long frame, unsigned long pages);

/*
 * Pins at least one and at most @nr pages of user memory, counts them in @mm, unless that is
 * %NULL, and writes their numbers.  Returns how many, or a negative errno.
 */
long phyr_shim_pin(u64 *frames, unsigned long start, unsigned int nr,
		   unsigned int gup_flags, struct mm_struct *mm);

/* The memory of the calling process, or %NULL, with a reference. */
struct mm_struct *phyr_shim_get_mm(void);
void phyr_shim_grab_mm(struct mm_struct *mm);
void phyr_shim_put_mm(struct mm_struct *mm, unsigned long pages);
void phyr_shim_count_more(struct mm_struct *mm, unsigned long pages);
void phyr_shim_count_less(struct mm_struct *mm, unsigned long pages);

/* The cursors of include/linux/phyr-iter.h, for rust/source.rs. */
void phyr_shim_iter_pages(struct phyr_iter *iter, struct page *const *pages,
			  unsigned int offset, size_t len);
void phyr_shim_iter_bvecs(struct phyr_iter *iter, const struct bio_vec *bvecs,
			  const struct bvec_iter *at);
void phyr_shim_iter_sg(struct phyr_iter *iter, struct scatterlist *sg, unsigned int nr);
void phyr_shim_iter_kernel(struct phyr_iter *iter, const void *addr, size_t len);
void phyr_shim_iter_folio(struct phyr_iter *iter, struct folio *folio, size_t offset,
			  size_t len);
void phyr_shim_iter_xdr(struct phyr_iter *iter, const struct xdr_buf *xdr,
			unsigned int offset, unsigned int len);
void phyr_shim_iter_iov(struct phyr_iter *iter, const struct iov_iter *iov);
void phyr_shim_iter_bio(struct phyr_iter *iter, struct bio *bio);
void phyr_shim_iter_rq(struct phyr_iter *iter, struct request *rq);
void phyr_shim_iter_rq_integrity(struct phyr_iter *iter, struct request *rq);

/* include/linux/phyr-list.h, where rust/phyr_list/exports.c calls them. */
int phyr_rs_list_add(struct phyr_list *list, phys_addr_t paddr, size_t len,
		     gfp_t gfp);
int phyr_rs_list_add_iter(struct phyr_list *list, const struct phyr_iter *iter,
			  gfp_t gfp);
int phyr_rs_list_append(struct phyr_list *list, struct phyr_list *other, gfp_t gfp);
int phyr_rs_list_split(struct phyr_list *list, u64 offset,
		       struct phyr_list *behind, gfp_t gfp);
size_t phyr_rs_list_metadata(const struct phyr_list *list);
void phyr_rs_list_release(struct phyr_list *list);
ssize_t phyr_rs_list_pin(struct phyr_list *list, unsigned long start, size_t len,
			 unsigned int gup_flags, gfp_t gfp);
void phyr_rs_list_begin(const struct phyr_list *list, u64 offset, u64 len,
			u64 *state);
int phyr_rs_list_truncate(struct phyr_list *list, u64 len);
int phyr_rs_list_next(u64 *state, struct phys_vec *phyr);

/* What cursors over lists go on with.  There is no other function that those have. */
int phyr_next_in_list(struct phyr_iter *iter, struct phys_vec *phyr);

static inline bool phyr_iter_is_of_list(const struct phyr_iter *iter)
{
	return iter->next == phyr_next_of_list || iter->next == phyr_next_in_list;
}

/*
 * Waits until the word is not @seen, and wakes all who do.  The word may be gone by then, and is
 * not accessed.
 */
void phyr_shim_wait(u64 *word, u64 seen);
void phyr_shim_wake(u64 *word);

/* Memory that this task allocates in between is had without I/O: what was before comes back. */
unsigned int phyr_shim_noio_begin(void);
void phyr_shim_noio_end(unsigned int before);

/* Whether this task is to end, so that it should not go to great lengths. */
bool phyr_shim_is_killed(void);

/* Idle mappings of buffers: how many there are at most, and gives up to @most back. */
int phyr_shim_shrinker_register(void);
void phyr_shim_shrinker_unregister(void);
unsigned long phyr_rs_buffers_count(void);
unsigned long phyr_rs_buffers_shrink(unsigned long most);

/*
 * Listens to the bus of @dev: %-ENODEV if it is on none.  What it calls tells whether a driver has
 * forgotten to unregister the device.
 */
int phyr_shim_watch_bus(struct device *dev);
bool phyr_shim_is_end_heard(struct device *dev);
void phyr_shim_unwatch_buses(void);
void phyr_rs_device_unbind(struct device *dev);
bool phyr_rs_device_unbound(struct device *dev);

/*
 * The disk that has all data of @file, with a reference, or %NULL; the disks that @disk is made
 * of, for each of which @add is called, until it fails; and the device that its driver maps for,
 * with a reference, or %NULL, or the ERR_PTR %-ENODEV if the disk has gone.
 */
struct gendisk *phyr_shim_file_disk(struct file *file);
void phyr_shim_disk_get(struct gendisk *disk);
void phyr_shim_disk_put(struct gendisk *disk);
int phyr_shim_disk_members(struct gendisk *disk,
			   int (*add)(void *data, struct gendisk *disk), void *data);
struct device *phyr_shim_disk_device(struct gendisk *disk);

/* include/linux/phyr-buffer.h and phyr-file.h, where rust/buffer/exports.c calls them. */
struct phyr_device *phyr_rs_device_get(struct device *dev, bool is_registered);
void phyr_rs_device_stop(struct phyr_device *device);
void phyr_rs_device_put(struct phyr_device *device);
int phyr_rs_device_listen(struct phyr_device *device,
			  struct phyr_device_listener *listener);
void phyr_rs_device_ignore(struct phyr_device *device,
			   struct phyr_device_listener *listener);
struct phyr_buffer *phyr_rs_buffer_create(struct phyr_list *list, bool is_writable,
					  const struct phyr_buffer_limits *limits);
void phyr_rs_buffer_get(struct phyr_buffer *buffer);
void phyr_rs_buffer_put(struct phyr_buffer *buffer);
u64 phyr_rs_buffer_len(const struct phyr_buffer *buffer);
struct phyr_mapping *phyr_rs_buffer_use(struct phyr_buffer *buffer,
					struct phyr_device *device,
					enum phyr_access access);
struct phyr_mapping *phyr_rs_buffer_try_use(struct phyr_buffer *buffer,
					    struct phyr_device *device,
					    enum phyr_access access);
void phyr_rs_mapping_unuse(struct phyr_mapping *mapping);
int phyr_rs_mapping_ranges(const struct phyr_mapping *mapping, u64 offset, u64 len,
			   struct dma_vec *ranges, unsigned int max_ranges);
void phyr_rs_mapping_sync(const struct phyr_mapping *mapping, size_t offset,
			  size_t len, bool for_cpu);
int phyr_rs_file_devices(struct file *file, struct phyr_device **devices, unsigned int max);
int phyr_rs_buffer_map_file(struct phyr_buffer *buffer, struct file *file,
			    enum phyr_access access);

#endif /* _PHYR_GLUE_H */
