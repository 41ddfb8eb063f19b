// SPDX-License-Identifier: GPL-2.0
/*
 * The C entry points of include/rdma/ib_phyr.h.
 */
#include <linux/export.h>
#include <linux/kmsan.h>
#include <linux/scatterlist.h>
#include <rdma/ib_phyr.h>

#include "glue.h"

/* What follows: KMSAN does not see what Rust writes. */
static int found(struct dma_phyr_map *map, struct dma_vec *ranges, int ret)
{
	kmsan_unpoison_memory(map, sizeof(*map));
	if (ret > 0)
		kmsan_unpoison_memory(ranges, ret * sizeof(*ranges));
	return ret;
}

static int written(struct ib_sge *sges, int ret)
{
	if (ret > 0)
		kmsan_unpoison_memory(sges, ret * sizeof(*sges));
	return ret;
}

int ib_dma_map_phyrs(struct ib_device *dev, const struct phys_vec *phyrs,
		     unsigned int nr, struct dma_phyr_map *map,
		     struct dma_vec *ranges, unsigned int max_ranges,
		     enum dma_data_direction dir)
{
	if (!ib_uses_virt_dma(dev))
		return dma_map_phyrs(dev->dma_device, phyrs, nr, map, ranges,
				     max_ranges, dir, 0);
	return found(map, ranges, phyr_rs_rw_find(phyrs, nr, map, ranges,
					       max_ranges, dir));
}
EXPORT_SYMBOL_GPL(ib_dma_map_phyrs);

int ib_dma_map_phyr_list(struct ib_device *dev,
			 const struct dma_phyr_list *list,
			 struct dma_phyr_map *map, struct dma_vec *ranges,
			 unsigned int max_ranges, enum dma_data_direction dir)
{
	if (!ib_uses_virt_dma(dev))
		return dma_map_phyr_list(dev->dma_device, list, map, ranges,
					 max_ranges, dir, 0);
	return found(map, ranges, phyr_rs_rw_find(list->phyrs, list->nr, map,
					       ranges, max_ranges, dir));
}
EXPORT_SYMBOL_GPL(ib_dma_map_phyr_list);

int ib_dma_map_phyr_iter(struct ib_device *dev, const struct phyr_iter *iter,
			 struct dma_phyr_map *map, struct dma_vec *ranges,
			 unsigned int max_ranges, enum dma_data_direction dir)
{
	if (!ib_uses_virt_dma(dev))
		return dma_map_phyr_iter(dev->dma_device, iter, map, ranges,
					 max_ranges, dir, 0);
	return found(map, ranges, phyr_rs_rw_find_iter(iter, map, ranges,
						    max_ranges, dir));
}
EXPORT_SYMBOL_GPL(ib_dma_map_phyr_iter);

int ib_phyr_sges(const struct dma_vec *ranges, unsigned int nr, u64 offset,
		 u64 len, u32 lkey, struct ib_sge *sges, unsigned int max_sges)
{
	return written(sges, phyr_rs_rw_sges(ranges, nr, offset, len, lkey, sges,
					  max_sges));
}
EXPORT_SYMBOL_GPL(ib_phyr_sges);

int ib_phyr_inline_sges(const struct phys_vec *phyrs, unsigned int nr,
			struct ib_sge *sges, unsigned int max_sges)
{
	return written(sges, phyr_rs_rw_inline(phyrs, nr, sges, max_sges));
}
EXPORT_SYMBOL_GPL(ib_phyr_inline_sges);

/* Entries of a table that there is room for on the stack. */
#define FEW	8

/*
 * Writes @len bytes of @ranges, from @offset bytes into the first on, as drivers read them.
 * Returns the entries that it took.
 */
static int fill_table(struct scatterlist *table, unsigned int max_entries,
		      const struct dma_vec *ranges, unsigned int nr, u64 offset,
		      u64 len)
{
	unsigned int nents = 0;

	for (; len && nents < nr; nents++) {
		struct scatterlist *sg = &table[nents];
		const u64 some = min(len, ranges[nents].len - offset);

		if (nents == max_entries)
			return -ENOSPC;
		*sg = (struct scatterlist) {};
		sg_dma_address(sg) = ranges[nents].addr + offset;
		sg_dma_len(sg) = some;
		if (sg_dma_len(sg) != some)
			return -EINVAL;
		len -= some;
		offset = 0;
	}
	if (len || !nents)
		return -EINVAL;
	sg_init_marker(table, nents);
	return nents;
}

/* How many ranges @len bytes from @offset on lie in. */
static unsigned int count_ranges(const struct dma_vec *ranges, unsigned int nr,
				 u64 offset, u64 len)
{
	u64 end = offset + len, at = 0;
	unsigned int found = 0;

	for (unsigned int i = 0; i < nr && at < end; i++) {
		at += ranges[i].len;
		found += at > offset;
	}
	return found;
}

int ib_map_mr_phyrs_table(struct ib_mr *mr, const struct dma_vec *ranges,
			  unsigned int nr, u64 offset, u64 len,
			  unsigned int page_size, struct scatterlist *table,
			  unsigned int max_entries)
{
	int nents, ret;

	if (offset + len < len)
		return -EINVAL;
	while (nr && offset >= ranges->len) {
		offset -= ranges->len;
		ranges++;
		nr--;
	}
	nents = fill_table(table, max_entries, ranges, nr, offset, len);
	if (nents < 0)
		return nents;
	ret = ib_map_mr_sg(mr, table, nents, NULL, page_size);
	if (ret >= 0)
		ret = ret == nents && mr->length == len ? 0 : -EINVAL;
	return ret;
}
EXPORT_SYMBOL_GPL(ib_map_mr_phyrs_table);

int ib_map_mr_phyrs(struct ib_mr *mr, const struct dma_vec *ranges,
		    unsigned int nr, u64 offset, u64 len,
		    unsigned int page_size, gfp_t gfp)
{
	struct scatterlist few[FEW] __uninitialized;
	struct scatterlist *table = few;
	unsigned int nents;
	int ret;

	if (offset + len < len)
		return -EINVAL;
	nents = count_ranges(ranges, nr, offset, len);
	if (nents > FEW)
		table = phyr_rw_table_get(nents, gfp);
	if (!table)
		return -ENOMEM;
	ret = ib_map_mr_phyrs_table(mr, ranges, nr, offset, len, page_size,
				    table, nents);
	if (table != few)
		phyr_rw_table_put(table, nents);
	return ret;
}
EXPORT_SYMBOL_GPL(ib_map_mr_phyrs);
