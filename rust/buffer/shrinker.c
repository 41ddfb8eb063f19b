// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings that nobody uses are given back when memory is short: what it takes to keep them, and
 * the page tables of IOMMUs.
 */
#include <linux/shrinker.h>

#include "../glue.h"

static struct shrinker *phyr_shrinker;

static unsigned long phyr_shrinker_count(struct shrinker *shrinker,
					 struct shrink_control *sc)
{
	return phyr_rs_buffers_count() ?: SHRINK_EMPTY;
}

static unsigned long phyr_shrinker_scan(struct shrinker *shrinker,
					struct shrink_control *sc)
{
	return phyr_rs_buffers_shrink(sc->nr_to_scan) ?: SHRINK_STOP;
}

int phyr_shim_shrinker_register(void)
{
	phyr_shrinker = shrinker_alloc(0, "phyr-buffers");
	if (!phyr_shrinker)
		return -ENOMEM;
	phyr_shrinker->count_objects = phyr_shrinker_count;
	phyr_shrinker->scan_objects = phyr_shrinker_scan;
	shrinker_register(phyr_shrinker);
	return 0;
}

void phyr_shim_shrinker_unregister(void)
{
	shrinker_free(phyr_shrinker);
}
