// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of DMA ranges, as drivers read them when an MR is to name these.  There are some for
 * when memory is short: what is moved then may be what memory is to be had by.
 */
#include <linux/mempool.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "glue.h"

/* How many there always are, and how many entries these have. */
#define RESERVED	2
#define ROOM		256

static mempool_t reserve;

int phyr_rw_tables_init(void)
{
	return mempool_init_kmalloc_pool(&reserve, RESERVED,
					 ROOM * sizeof(struct scatterlist));
}

void phyr_rw_tables_exit(void)
{
	mempool_exit(&reserve);
}

struct scatterlist *phyr_rw_table_get(unsigned int nents, gfp_t gfp)
{
	if (nents <= ROOM)
		return mempool_alloc(&reserve, gfp);
	return kmalloc_array(nents, sizeof(struct scatterlist), gfp);
}

void phyr_rw_table_put(struct scatterlist *sgl, unsigned int nents)
{
	if (nents <= ROOM)
		mempool_free(sgl, &reserve);
	else
		kfree(sgl);
}
