/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a mapping asks of the layers below, as tracepoints and kprobes see it.
 */
#ifndef _PHYR_BENCH_COUNTS_H
#define _PHYR_BENCH_COUNTS_H

/**
 * struct counts - of one mapping and unmapping
 * @calls: dma_map_phys() and dma_map_sgtable()
 * @links: dma_iova_link()
 * @walks: ranges mapped into a page table
 * @unmaps: ranges unmapped from it
 * @iovas: allocations of IOVA space
 * @syncs: IOTLB syncs, after mapping and after unmapping
 * @deferred: looks at the flush queue: one for each entry, and one more for each that finds
 *	it full
 * @requests: of virtio-iommu
 * @allocs: of memory, slab objects and pages, but for @tables
 * @mrs: MRs that are taken from the pool of a queue pair
 * @tables: pages of the page table, of which it takes as many as lie where the IOVA space does
 */
struct counts {
	unsigned int calls;
	unsigned int links;
	unsigned int walks;
	unsigned int unmaps;
	unsigned int iovas;
	unsigned int syncs;
	unsigned int deferred;
	unsigned int requests;
	unsigned int allocs;
	unsigned int mrs;
	unsigned int tables;
};

/* From here to counts_stop() all is seen; an errno if it cannot be. */
int counts_start(void);
void counts_stop(void);

/*
 * What was seen since the reset.  Both are called with interrupts off on the only CPU, around
 * what is counted: a timer would be counted, too.
 */
void counts_reset(void);
struct counts counts_seen(void);

#endif /* _PHYR_BENCH_COUNTS_H */
