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
 * @allocs: of memory, slab objects and pages
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
};

/*
 * Counts what is done between the two, with interrupts off on the only CPU.  An errno if that
 * cannot be seen.
 */
int counts_start(struct counts *counts);
void counts_stop(void);

#endif /* _PHYR_BENCH_COUNTS_H */
