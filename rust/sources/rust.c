// SPDX-License-Identifier: GPL-2.0
/*
 * The cursors for rust/source.rs, which cannot call inline functions.
 */
#include <linux/export.h>
#include <linux/phyr-iter.h>

#include "../glue.h"

void phyr_shim_iter_pages(struct phyr_iter *iter, struct page *const *pages,
			  unsigned int offset, size_t len)
{
	*iter = phyr_iter_pages(pages, offset, len);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_pages);

void phyr_shim_iter_bvecs(struct phyr_iter *iter, const struct bio_vec *bvecs,
			  const struct bvec_iter *at)
{
	*iter = phyr_iter_bvecs(bvecs, *at);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_bvecs);

void phyr_shim_iter_sg(struct phyr_iter *iter, struct scatterlist *sg, unsigned int nr)
{
	*iter = phyr_iter_sg(sg, nr);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_sg);

void phyr_shim_iter_kernel(struct phyr_iter *iter, const void *addr, size_t len)
{
	*iter = phyr_iter_kernel(addr, len);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_kernel);

void phyr_shim_iter_folio(struct phyr_iter *iter, struct folio *folio, size_t offset,
			  size_t len)
{
	*iter = phyr_iter_folio(folio, offset, len);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_folio);

void phyr_shim_iter_xdr(struct phyr_iter *iter, const struct xdr_buf *xdr,
			unsigned int offset, unsigned int len)
{
	*iter = phyr_iter_xdr(xdr, offset, len);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_xdr);

void phyr_shim_iter_iov(struct phyr_iter *iter, const struct iov_iter *iov)
{
	*iter = phyr_iter_iov(iov);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_iov);

#ifdef CONFIG_BLOCK
void phyr_shim_iter_bio(struct phyr_iter *iter, struct bio *bio)
{
	*iter = phyr_iter_bio(bio);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_bio);

void phyr_shim_iter_rq(struct phyr_iter *iter, struct request *rq)
{
	*iter = phyr_iter_rq(rq);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_rq);

void phyr_shim_iter_rq_integrity(struct phyr_iter *iter, struct request *rq)
{
	*iter = phyr_iter_rq_integrity(rq);
}
EXPORT_SYMBOL_GPL(phyr_shim_iter_rq_integrity);
#endif
