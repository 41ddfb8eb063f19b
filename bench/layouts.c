// SPDX-License-Identifier: GPL-2.0
/*
 * Lists as storage and network code makes them.
 */
#include <linux/export.h>
#include <linux/sizes.h>

#include "file.h"
#include "layouts.h"
#include "pool.h"

/* Odd, so that no page comes twice, and so large that neighbours are far apart. */
#define STRIDE		24593
#define FOLIO_PAGES	16
#define HUGE_PAGES	(SZ_2M / PAGE_SIZE)

static struct phys_vec part(unsigned int page, size_t offset, size_t len)
{
	return (struct phys_vec) { pool_page(page) + offset, len };
}

static struct phys_vec contiguous(unsigned int index, unsigned int nr)
{
	return part(index, 0, PAGE_SIZE);
}

static struct phys_vec scattered(unsigned int index, unsigned int nr)
{
	return part(index * STRIDE, 0, PAGE_SIZE);
}

/* Folios of 16 pages, page by page. */
static struct phys_vec folio16(unsigned int index, unsigned int nr)
{
	unsigned int folio = index / FOLIO_PAGES * STRIDE;

	return part(folio * FOLIO_PAGES + index % FOLIO_PAGES, 0, PAGE_SIZE);
}

/* As few fit into the pool, they come again and again. */
static struct phys_vec folio2m(unsigned int index, unsigned int nr)
{
	return part(index * STRIDE * HUGE_PAGES, 0, SZ_2M);
}

static struct phys_vec misaligned(unsigned int index, unsigned int nr)
{
	return part(index * STRIDE, 512, 2048);
}

/* A struct xdr_buf: a head that ends inside a page, pages, a tail behind the head. */
static struct phys_vec xdr(unsigned int index, unsigned int nr)
{
	if (!index)
		return part(0, 128, 140);
	if (index == nr - 1)
		return part(0, 1024, 36);
	return scattered(index, nr);
}

/* A buffer that O_DIRECT took from user space: aligned to 512 bytes, not to pages. */
static struct phys_vec dio512(unsigned int index, unsigned int nr)
{
	if (!index)
		return part(0, 512, PAGE_SIZE - 512);
	if (index == nr - 1)
		return part(index * STRIDE, 0, 512);
	return scattered(index, nr);
}

static struct phys_vec pagecache(unsigned int index, unsigned int nr)
{
	return (struct phys_vec) { file_page(index), PAGE_SIZE };
}

const struct bench_layout bench_layouts[] = {
	{ "contiguous", contiguous },
	{ "folio16", folio16 },
	{ "scattered", scattered },
	{ "misaligned", misaligned },
	{ "xdr", xdr },
	{ "dio512", dio512 },
	{ "folio2m", folio2m },
	{ "pagecache", pagecache },
};
EXPORT_SYMBOL_GPL(bench_layouts);

const unsigned int bench_nr_layouts = ARRAY_SIZE(bench_layouts);
EXPORT_SYMBOL_GPL(bench_nr_layouts);

bool bench_is_wanted(const char *names, const char *name)
{
	const char *at = names;
	size_t len = strlen(name);

	while (at && *at) {
		if (!strncmp(at, name, len) && (!at[len] || at[len] == ','))
			return true;
		at = strchr(at, ',');
		at = at ? at + 1 : NULL;
	}
	return !names;
}
EXPORT_SYMBOL_GPL(bench_is_wanted);

const struct bench_layout *bench_find_layout(const char *name)
{
	const struct bench_layout *layout = bench_layouts;

	while (strcmp(layout->name, name))
		layout++;
	return layout;
}

bool bench_layout_fill(const struct bench_layout *layout, unsigned int nr,
		       struct bench_list *list)
{
	phys_addr_t end = 0;

	list->nr = nr;
	list->runs = 0;
	list->bytes = 0;
	list->gaps = 0;
	for (unsigned int i = 0; i < nr; i++) {
		struct phys_vec phyr = layout->entry(i, nr);

		if (!phyr.paddr)
			return false;
		if (phyr.paddr != end) {
			list->runs++;
			if (i)
				list->gaps |= end | phyr.paddr;
		}
		end = phyr.paddr + phyr.len;
		list->bytes += phyr.len;
		list->phyrs[i] = phyr;
	}
	return true;
}
EXPORT_SYMBOL_GPL(bench_layout_fill);
