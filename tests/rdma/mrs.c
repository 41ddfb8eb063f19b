// SPDX-License-Identifier: GPL-2.0
/*
 * How many MRs a list is named by.
 */
#include "mrs.h"

/**
 * struct naming - a list that is named from its start on
 * @mrs: MRs so far
 * @pages: of the last one
 * @runs: of the last one
 * @end: where the list is by now
 */
struct naming {
	unsigned int	mrs;
	unsigned int	pages;
	unsigned int	runs;
	phys_addr_t	end;
};

static void name(struct naming *naming, phys_addr_t start, size_t len, struct mr_room room)
{
	bool goes_on = naming->mrs && start == naming->end;
	bool gap = !goes_on && offset_in_page(start | naming->end);
	unsigned int pages = PFN_UP(start + len) - PFN_DOWN(start);

	if (!naming->mrs || gap || (!goes_on && naming->runs == room.runs)) {
		naming->mrs++;
		naming->pages = 0;
		naming->runs = 0;
	}
	naming->runs += !goes_on;
	/* The page that it goes on in is there already. */
	naming->pages += pages - (goes_on && offset_in_page(start));
	while (naming->pages > room.pages) {
		naming->mrs++;
		naming->pages -= room.pages;
		naming->runs = 1;
	}
	naming->end = start + len;
}

unsigned int mrs_needed(const struct memory *memory, size_t offset, struct mr_room room)
{
	struct naming naming = {};

	for (int i = 0; i < memory->nr; i++) {
		const struct phys_vec *phyr = &memory->phyrs[i];
		size_t skipped = min(offset, phyr->len);

		offset -= skipped;
		if (skipped < phyr->len)
			name(&naming, phyr->paddr + skipped, phyr->len - skipped, room);
	}
	return naming.mrs;
}

bool mrs_run_out(const struct kind *kind, const struct memory *memory, size_t offset,
		 enum dma_data_direction dir)
{
	const struct mr_room room = { .pages = FAKE_MR_PAGES, .runs = FAKE_MR_PAGES };

	return kind->iwarp && dir == DMA_FROM_DEVICE &&
	       mrs_needed(memory, offset, room) > kind->mrs;
}
