// SPDX-License-Identifier: GPL-2.0
/*
 * What is left of an iov_iter, of any type, into a list.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/phyr-list.h>
#include <linux/uio.h>

#include "../glue.h"

static unsigned int user_flags(const struct iov_iter *iov, unsigned int gup_flags)
{
	gup_flags &= ~FOLL_WRITE;
	if (iov_iter_rw(iov) == READ)
		gup_flags |= FOLL_WRITE;
	if (iov->nofault)
		gup_flags |= FOLL_NOFAULT;
	return gup_flags;
}

/* As most are. */
static ssize_t add_buffer(struct phyr_list *list, struct iov_iter *iov, size_t most,
			  unsigned int gup_flags, gfp_t gfp)
{
	size_t len = min(iov_iter_count(iov), most);
	ssize_t ret;

	if (!len)
		return 0;
	ret = phyr_rs_list_pin(list, (unsigned long)iov->ubuf + iov->iov_offset, len,
			       gup_flags, gfp);
	if (ret > 0) {
		/* As iov_iter_advance() does, of this type. */
		iov->iov_offset += ret;
		iov->count -= ret;
	}
	return ret;
}

/* Pins segment after segment, as far as it goes. */
static ssize_t add_user(struct phyr_list *list, struct iov_iter *iov, size_t most,
			unsigned int gup_flags, gfp_t gfp)
{
	size_t done = 0;

	gup_flags = user_flags(iov, gup_flags);
	while (done < most && iov_iter_count(iov)) {
		ssize_t ret;
		size_t len;

		/* It says that there is more than there is. */
		if (iter_is_iovec(iov) && !iov->nr_segs)
			return done ?: -EINVAL;
		len = min3(iter_iov_len(iov), iov_iter_count(iov), most - done);
		if (!len) {
			iov_iter_advance(iov, 0);
			continue;
		}
		ret = get_user_phyrs(list, (unsigned long)iter_iov_addr(iov), len,
				     gup_flags, gfp);
		if (ret < 0)
			return done ?: ret;
		iov_iter_advance(iov, ret);
		done += ret;
		if (ret < len)
			break;
	}
	return done;
}

static ssize_t add_kernel(struct phyr_list *list, struct iov_iter *iov, size_t most,
			  gfp_t gfp)
{
	struct iov_iter part = *iov;
	struct phyr_iter iter;
	int ret;

	iov_iter_truncate(&part, most);
	/* To advance by nothing may be to read what is not there. */
	if (!iov_iter_count(&part))
		return 0;
	iter = phyr_iter_iov(&part);
	ret = phyr_list_add_iter(list, &iter, gfp);
	if (ret)
		return ret;
	iov_iter_advance(iov, iov_iter_count(&part));
	return iov_iter_count(&part);
}

static noinline ssize_t add_any(struct phyr_list *list, struct iov_iter *iov,
				size_t most, unsigned int gup_flags, gfp_t gfp)
{
	bool is_pinned = list->hold == PHYR_HOLD_PIN;

	if (iov_iter_extract_will_pin(iov) != is_pinned)
		return -EINVAL;
	if (is_pinned)
		return add_user(list, iov, most, gup_flags, gfp);
	return add_kernel(list, iov, most, gfp);
}

ssize_t iov_iter_get_phyrs(struct phyr_list *list, struct iov_iter *iov, size_t most,
			   unsigned int gup_flags, gfp_t gfp)
{
	if (iter_is_ubuf(iov) && list->hold == PHYR_HOLD_PIN)
		return add_buffer(list, iov, most, user_flags(iov, gup_flags), gfp);
	return add_any(list, iov, most, gup_flags, gfp);
}
EXPORT_SYMBOL_GPL(iov_iter_get_phyrs);
