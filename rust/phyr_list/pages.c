// SPDX-License-Identifier: GPL-2.0
/*
 * The pages that lists keep their ranges in.
 *
 * To allocate a page and to free it takes much of what a list of some ranges takes that do not
 * fit in the list itself, and most do not live long: each CPU keeps one that was given back.
 */
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/percpu.h>

#include "../glue.h"

/* The page must be of a certain place, or content, or somebody's account. */
#define GFP_SPECIAL	(GFP_ZONEMASK | __GFP_ZERO | __GFP_ACCOUNT | __GFP_THISNODE)

static DEFINE_PER_CPU(struct page *, spare);

/* Who watches whether pages are used that are free has to be told that they are. */
static bool are_pages_watched(void)
{
	return IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KMSAN) ||
	       debug_pagealloc_enabled_static() || want_init_on_free();
}

static struct page *take(gfp_t gfp)
{
	struct page *page;

	if (!(gfp & GFP_SPECIAL)) {
		page = this_cpu_xchg(spare, NULL);
		if (page)
			return page;
	}
	page = alloc_page(gfp);
	if (page)
		set_page_private(page, gfp & GFP_SPECIAL);
	return page;
}

static void give_back(struct page *page)
{
	if (page_private(page) || are_pages_watched() || page_to_nid(page) != numa_mem_id() ||
	    this_cpu_cmpxchg(spare, NULL, page))
		__free_page(page);
}

void *phyr_shim_alloc(mempool_t *pool, gfp_t gfp)
{
	struct page *page = pool ? mempool_alloc(pool, gfp) : take(gfp);

	return page ? page_address(page) : NULL;
}

void phyr_shim_free(mempool_t *pool, void *addr)
{
	if (pool)
		mempool_free(virt_to_page(addr), pool);
	else
		give_back(virt_to_page(addr));
}

void phyr_shim_free_spares(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct page *page = xchg(per_cpu_ptr(&spare, cpu), NULL);

		if (page)
			__free_page(page);
	}
}
