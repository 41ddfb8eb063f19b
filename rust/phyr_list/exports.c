// SPDX-License-Identifier: GPL-2.0
/*
 * The C entry points of include/linux/phyr-list.h.
 */
#include <linux/export.h>
#include <linux/kmsan.h>
#include <linux/phyr-list.h>

#include "../glue.h"

int phyr_list_add(struct phyr_list *list, struct phys_vec phyr, gfp_t gfp)
{
	return phyr_rs_list_add(list, phyr.paddr, phyr.len, gfp);
}
EXPORT_SYMBOL_GPL(phyr_list_add);

int phyr_list_add_iter(struct phyr_list *list, const struct phyr_iter *iter,
		       gfp_t gfp)
{
	return phyr_rs_list_add_iter(list, iter, gfp);
}
EXPORT_SYMBOL_GPL(phyr_list_add_iter);

int phyr_list_append(struct phyr_list *list, struct phyr_list *other, gfp_t gfp)
{
	return phyr_rs_list_append(list, other, gfp);
}
EXPORT_SYMBOL_GPL(phyr_list_append);

int phyr_list_split(struct phyr_list *list, u64 offset, struct phyr_list *behind,
		    gfp_t gfp)
{
	int ret = phyr_rs_list_split(list, offset, behind, gfp);

	kmsan_unpoison_memory(behind, sizeof(*behind));
	return ret;
}
EXPORT_SYMBOL_GPL(phyr_list_split);

size_t phyr_list_metadata(const struct phyr_list *list)
{
	return phyr_rs_list_metadata(list);
}
EXPORT_SYMBOL_GPL(phyr_list_metadata);

int phyr_list_truncate(struct phyr_list *list, u64 len)
{
	return phyr_rs_list_truncate(list, len);
}
EXPORT_SYMBOL_GPL(phyr_list_truncate);

void phyr_list_release(struct phyr_list *list)
{
	phyr_rs_list_release(list);
}
EXPORT_SYMBOL_GPL(phyr_list_release);

ssize_t get_user_phyrs(struct phyr_list *list, unsigned long start, size_t len,
		       unsigned int gup_flags, gfp_t gfp)
{
	return phyr_rs_list_pin(list, start, len, gup_flags, gfp);
}
EXPORT_SYMBOL_GPL(get_user_phyrs);

int phyr_next_in_list(struct phyr_iter *iter, struct phys_vec *phyr)
{
	int ret = phyr_rs_list_next(iter->state, phyr);

	if (ret > 0)
		kmsan_unpoison_memory(phyr, sizeof(*phyr));
	return ret;
}

/* Finds where the stretch begins. */
int phyr_next_of_list(struct phyr_iter *iter, struct phys_vec *phyr)
{
	phyr_rs_list_begin(iter->list, iter->list_offset, iter->list_len, iter->state);
	kmsan_unpoison_memory(iter->state, sizeof(iter->state));
	iter->next = phyr_next_in_list;
	return phyr_next_in_list(iter, phyr);
}
EXPORT_SYMBOL_GPL(phyr_next_of_list);
