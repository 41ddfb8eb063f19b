// SPDX-License-Identifier: GPL-2.0
/*
 * Lists that come from a cursor: what dma_map_phyr_iter() maps must be what
 * dma_map_phyrs() maps of the same ranges in an array, whatever they come from.
 */
#include <linux/folio_queue.h>
#include <linux/phyr-iter.h>
#include <linux/sunrpc/xdr.h>
#include <linux/xarray.h>

#include "edu.h"
#include "reach.h"
#include "sources.h"
#include "sources/by_rust.h"

static const struct source *const sources[] = {
	array_sources,
	kernel_sources,
	iov_sources,
	xdr_sources,
#ifdef CONFIG_BLOCK
	block_sources,
#endif
};

static const void *source_gen_params(struct kunit *test, const void *prev, char *desc)
{
	bool found = !prev;

	for (int i = 0; i < ARRAY_SIZE(sources); i++) {
		for (const struct source *source = sources[i]; source->name; source++) {
			if (found) {
				strscpy(desc, source->name, KUNIT_PARAM_DESC_SIZE);
				return source;
			}
			found = source == prev;
		}
	}
	return NULL;
}

/* DMA ranges of the same list in an array, and calls that mapped it into a domain. */
static int map_array(struct kunit *test, struct memory *memory, unsigned int *maps)
{
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	int nr;

	edu->maps = 0;
	nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, &map,
			   memory->ranges, MAX_ENTRIES, DMA_TO_DEVICE, 0);
	*maps = edu->maps;
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	return nr;
}

static void expect_the_same(struct kunit *test, struct memory *memory,
			    const struct phyr_iter *iter)
{
	const struct phyr_iter before = *iter;
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	unsigned int maps;
	int nr = map_array(test, memory, &maps);

	KUNIT_ASSERT_GT(test, nr, 0);
	edu->maps = 0;
	KUNIT_ASSERT_EQ(test, nr, dma_map_phyr_iter(edu_dev(test), iter, &map, memory->ranges,
						    MAX_ENTRIES, DMA_TO_DEVICE, 0));
	KUNIT_EXPECT_EQ(test, maps, edu->maps);
	KUNIT_EXPECT_MEMEQ(test, iter, &before, sizeof(before));
	expect_reached(test, memory, memory->ranges, nr);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	expect_unreached(test, memory->ranges, nr);
	KUNIT_EXPECT_EQ(test, 0, edu->mapped);
}

static void mapped_as_an_array(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);

	expect_given(test, memory, iter);
	expect_the_same(test, memory, &iter);
}

static void mapped_by_rust(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);
	unsigned int maps;
	int nr = map_array(test, memory, &maps);

	expect_mapped_by_rust(test, memory, &iter, nr);
}

static void what_rust_only_reads_is_not_written(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	int failed[2];

	KUNIT_ASSERT_EQ(test, 0, phyr_test_written_by_rust(edu_dev(test), memory->ranges,
							   MAX_ENTRIES, failed));
	KUNIT_EXPECT_EQ(test, -EINVAL, failed[0]);
	KUNIT_EXPECT_EQ(test, 0, failed[1]);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

/* Not usual: what it is cut into is counted first. */
static void cut_as_an_array(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);

	edu_set_limits(test, 1536, SZ_4K - 1);
	expect_the_same(test, memory, &iter);
}

static void with_interrupts_off(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);
	struct dma_phyr_map map;
	unsigned long flags;
	int nr;

	local_irq_save(flags);
	nr = dma_map_phyr_iter(edu_dev(test), &iter, &map, memory->ranges, MAX_ENTRIES,
			       DMA_FROM_DEVICE, 0);
	dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	local_irq_restore(flags);
	KUNIT_EXPECT_GT(test, nr, 0);
}

static void too_little_room(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);
	struct dma_phyr_map map;
	unsigned int maps;
	int nr = map_array(test, memory, &maps);
	int ret = dma_map_phyr_iter(edu_dev(test), &iter, &map, memory->ranges, nr - 1,
				    DMA_TO_DEVICE, 0);

	KUNIT_EXPECT_EQ(test, -ENOSPC, ret);
	KUNIT_EXPECT_LE(test, nr, map.nr_ranges);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

/* Pages that are not in the list as a whole are bounced. */
static void untrusted_as_an_array(struct kunit *test)
{
	const struct source *source = test->param_value;
	struct memory *memory = memory_alloc(test);
	const struct phyr_iter iter = source->make(test, memory);
	struct pci_dev *pdev = edu_of(test)->pdev;
	struct dma_phyr_map map;
	unsigned int maps;
	int nr, ret;

	if (!edu_of(test)->domain)
		kunit_skip(test, "no IOMMU, hence nothing that could hide memory");
	pdev->untrusted = 1;
	nr = map_array(test, memory, &maps);
	edu_of(test)->maps = 0;
	ret = dma_map_phyr_iter(&pdev->dev, &iter, &map, memory->ranges, MAX_ENTRIES,
				DMA_TO_DEVICE, 0);
	dma_unmap_phyrs(&pdev->dev, &map, memory->ranges);
	pdev->untrusted = 0;
	if (nr == -EOPNOTSUPP)
		kunit_skip(test, "refused, without bounce buffers: boot with swiotlb=force");
	KUNIT_EXPECT_GT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, nr, ret);
	KUNIT_EXPECT_EQ(test, maps, edu_of(test)->maps);
}

/* As many pages as the caller wants, and then what it wants. */
static int next_of_own(struct phyr_iter *iter, struct phys_vec *phyr)
{
	if (iter->state[0] == iter->state[3])
		return (int)iter->state[1];
	phyr->paddr = iter->state[2] + 2 * PAGE_SIZE * iter->state[0]++;
	phyr->len = PAGE_SIZE;
	return 1;
}

static void what_a_cursor_fails_with_is_returned(struct kunit *test)
{
	static const int errors[] = {
		-ENOMEM, -EREMOTEIO, -EOPNOTSUPP, -EINVAL, -EAGAIN, -EIO,
	};
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;

	for (int i = 0; i < 4 * ARRAY_SIZE(errors); i++) {
		const int err = errors[i / 4];
		const struct phyr_iter iter = {
			.next = next_of_own,
			.state = { 0, err, page_to_phys(memory->blocks[0]), i % 4 },
		};

		KUNIT_EXPECT_EQ(test, err,
				dma_map_phyr_iter(edu_dev(test), &iter, &map, memory->ranges,
						  MAX_ENTRIES, DMA_TO_DEVICE, 0));
		KUNIT_EXPECT_EQ(test, 0, map.nr_ranges);
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
		/* Nothing is held. */
		dma_unmap_phyrs(edu_dev(test), &map, memory->ranges);
	}
}

static void a_cursor_of_one_s_own(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);

	for (int nr = 1; nr <= 3; nr++) {
		const struct phyr_iter iter = {
			.next = next_of_own,
			.state = { 0, 0, page_to_phys(memory->blocks[0]), nr },
		};

		memory_add(memory, 0, 2 * (nr - 1), 0, PAGE_SIZE);
		expect_the_same(test, memory, &iter);
	}
}

static void expect_refused(struct kunit *test, const struct phyr_iter *iters, int nr)
{
	struct memory *memory = memory_alloc(test);
	struct dma_phyr_map map;

	for (int i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_map_phyr_iter(edu_dev(test), &iters[i], &map,
						  memory->ranges, MAX_ENTRIES,
						  DMA_TO_DEVICE, 0));
}

static void nothing_is_no_list(struct kunit *test)
{
	const struct phyr_iter none[] = {
		phyr_iter_phyrs(NULL, 0),
		phyr_iter_pages(NULL, 0, 0),
		phyr_iter_bvecs(NULL, (struct bvec_iter) {}),
		phyr_iter_sg(NULL, 0),
		phyr_iter_sg_from(NULL, 0, 1),
		phyr_iter_kernel(NULL, 0),
		phyr_iter_folio(NULL, 0, 0),
		phyr_iter_xdr(NULL, 0, 0),
		phyr_iter_iov(&(struct iov_iter) { .iter_type = ITER_KVEC }),
#ifdef CONFIG_BLOCK
		phyr_iter_bio(NULL),
#endif
	};

	expect_refused(test, none, ARRAY_SIZE(none));
}

/* All that @iter gives is what @memory has from byte @offset on. */
static void expect_from(struct kunit *test, struct phyr_iter iter, const struct memory *memory,
			size_t offset)
{
	struct phys_vec phyr;
	int at = 0;

	while (at < memory->nr && offset >= memory->phyrs[at].len)
		offset -= memory->phyrs[at++].len;
	for (; at < memory->nr; at++, offset = 0) {
		KUNIT_ASSERT_EQ(test, 1, iter.next(&iter, &phyr));
		KUNIT_EXPECT_EQ(test, memory->phyrs[at].paddr + offset, phyr.paddr);
		KUNIT_EXPECT_EQ(test, memory->phyrs[at].len - offset, phyr.len);
	}
	KUNIT_EXPECT_EQ(test, 0, iter.next(&iter, &phyr));
}

static void a_scatterlist_from_a_byte_on(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	struct scatterlist sgl[3];
	struct phys_vec phyr;
	struct phyr_iter iter;

	memory_add(memory, 0, 1, 100, 3 * PAGE_SIZE - 200);
	memory_add(memory, 0, 8, 0, 1);
	memory_add(memory, 1, 3, PAGE_SIZE - 4, 4);
	sg_init_table(sgl, 3);
	for (int i = 0; i < 3; i++)
		sg_set_page(&sgl[i], pfn_to_page(PHYS_PFN(memory->phyrs[i].paddr)),
			    memory->phyrs[i].len, offset_in_page(memory->phyrs[i].paddr));
	for (size_t offset = 0; offset <= memory_bytes(memory) + 1; offset++)
		expect_from(test, phyr_iter_sg_from(sgl, 3, offset), memory, offset);

	/* What is not valid is not passed over. */
	sgl[1].length = 0;
	iter = phyr_iter_sg_from(sgl, 3, memory->phyrs[0].len + 1);
	KUNIT_EXPECT_EQ(test, 1, iter.next(&iter, &phyr));
	KUNIT_EXPECT_EQ(test, 0, phyr.len);
}

static void what_has_no_pages_is_refused(struct kunit *test)
{
	const struct phyr_iter bad[] = {
		/* More entries than there are. */
		phyr_iter_sg(NULL, 1),
		phyr_iter_sg_from(NULL, 1, 1),
		/* No address of RAM. */
		phyr_iter_kernel((void *)PAGE_SIZE, 1),
	};

	expect_refused(test, bad, ARRAY_SIZE(bad));
}

static void unmap_bar(void *addr)
{
	iounmap((void __iomem *)addr);
}

static void memory_of_a_device_is_refused(struct kunit *test)
{
	void __iomem *bar = ioremap(pci_resource_start(edu_of(test)->pdev, 0), SZ_64K);
	const struct kvec kvec = { (void __force *)bar, SZ_64K };
	struct phyr_iter bad[2];
	struct iov_iter iov;

	KUNIT_ASSERT_NOT_NULL(test, bar);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unmap_bar, (void __force *)bar));
	iov_iter_kvec(&iov, ITER_SOURCE, &kvec, 1, SZ_64K);
	bad[0] = phyr_iter_kernel((void __force *)bar, SZ_64K);
	bad[1] = phyr_iter_iov(&iov);
	expect_refused(test, bad, ARRAY_SIZE(bad));
}

static void what_a_folio_does_not_have_is_refused(struct kunit *test)
{
	struct folio *folio = source_folio(test, 1);
	const size_t size = folio_size(folio);
	const struct phyr_iter bad[] = {
		phyr_iter_folio(folio, 0, size + 1),
		phyr_iter_folio(folio, size, 1),
		phyr_iter_folio(folio, size + 1, 1),
		phyr_iter_folio(folio, 1, SIZE_MAX),
	};

	expect_refused(test, bad, ARRAY_SIZE(bad));
}

static void what_a_message_does_not_have_is_refused(struct kunit *test)
{
	struct memory *memory = memory_alloc(test);
	void *addr = page_address(memory->blocks[0]);
	struct page *pages[] = { memory->blocks[1], NULL };
	const struct xdr_buf buf = {
		.head[0] = { addr, 100 },
		.pages = pages,
		.page_len = 2 * PAGE_SIZE,
		.flags = XDRBUF_SPARSE_PAGES,
		.tail[0] = { addr + 100, 20 },
	};
	const unsigned int len = 2 * PAGE_SIZE + 120;
	const struct phyr_iter bad[] = {
		phyr_iter_xdr(&buf, len - 1, 2),
		phyr_iter_xdr(&buf, len, 1),
		phyr_iter_xdr(&buf, UINT_MAX, 1),
		phyr_iter_xdr(&buf, 1, UINT_MAX),
		/* The page that is not there. */
		phyr_iter_xdr(&buf, 0, len),
	};

	expect_refused(test, bad, ARRAY_SIZE(bad));
}

static void expect_iovs_refused(struct kunit *test, const struct iov_iter *iovs, int nr)
{
	struct phyr_iter bad[7];

	KUNIT_ASSERT_LE(test, nr, ARRAY_SIZE(bad));
	for (int i = 0; i < nr; i++)
		bad[i] = phyr_iter_iov(&iovs[i]);
	expect_refused(test, bad, nr);
}

static void an_iov_of_no_kernel_memory_is_refused(struct kunit *test)
{
	struct iovec vec = { .iov_len = PAGE_SIZE };
	struct iov_iter iovs[3];

	iov_iter_ubuf(&iovs[0], ITER_SOURCE, NULL, PAGE_SIZE);
	iov_iter_init(&iovs[1], ITER_SOURCE, &vec, 1, PAGE_SIZE);
	iov_iter_discard(&iovs[2], ITER_DEST, PAGE_SIZE);
	expect_iovs_refused(test, iovs, ARRAY_SIZE(iovs));
}

static void an_iov_with_less_than_it_says_is_refused(struct kunit *test)
{
	struct folio_queue *queue = kunit_kzalloc(test, sizeof(*queue), GFP_KERNEL);
	struct folio *folio = source_folio(test, 0);
	struct kvec kvec = { folio_address(folio), 100 };
	struct iov_iter iovs[7];
	struct bio_vec bvec;
	struct xarray xa;

	KUNIT_ASSERT_NOT_NULL(test, queue);
	bvec_set_page(&bvec, folio_page(folio, 0), 100, 0);
	iov_iter_kvec(&iovs[0], ITER_SOURCE, &kvec, 1, 101);
	iov_iter_bvec(&iovs[1], ITER_SOURCE, &bvec, 1, 101);

	/* One that was taken out of the queue, and one that was not put there. */
	folioq_init(queue, 0);
	folioq_append(queue, folio);
	folioq_clear(queue, folioq_append(queue, folio));
	iov_iter_folio_queue(&iovs[2], ITER_SOURCE, queue, 0, 0, PAGE_SIZE + 1);
	iov_iter_folio_queue(&iovs[3], ITER_SOURCE, queue, 2, 0, 1);

	/* A hole, and a page that was swapped out, say. */
	xa_init(&xa);
	KUNIT_ASSERT_FALSE(test, xa_err(xa_store(&xa, 1, xa_mk_value(1), GFP_KERNEL)));
	iov_iter_xarray(&iovs[4], ITER_SOURCE, &xa, 0, 1);
	iov_iter_xarray(&iovs[5], ITER_SOURCE, &xa, PAGE_SIZE, 1);

	/* Behind all of a queue that has no next segment. */
	iov_iter_folio_queue(&iovs[6], ITER_SOURCE, queue, folioq_nr_slots(queue), 0, 1);

	expect_iovs_refused(test, iovs, ARRAY_SIZE(iovs));
	xa_destroy(&xa);
}

static struct kunit_case sources_cases[] = {
	KUNIT_CASE_PARAM(mapped_as_an_array, source_gen_params),
	KUNIT_CASE_PARAM(mapped_by_rust, source_gen_params),
	KUNIT_CASE_PARAM(cut_as_an_array, source_gen_params),
	KUNIT_CASE_PARAM(with_interrupts_off, source_gen_params),
	KUNIT_CASE_PARAM(too_little_room, source_gen_params),
	KUNIT_CASE_PARAM(untrusted_as_an_array, source_gen_params),
	KUNIT_CASE(what_rust_only_reads_is_not_written),
	KUNIT_CASE(what_a_cursor_fails_with_is_returned),
	KUNIT_CASE(a_cursor_of_one_s_own),
	KUNIT_CASE(nothing_is_no_list),
	KUNIT_CASE(a_scatterlist_from_a_byte_on),
	KUNIT_CASE(what_has_no_pages_is_refused),
	KUNIT_CASE(memory_of_a_device_is_refused),
	KUNIT_CASE(what_a_folio_does_not_have_is_refused),
	KUNIT_CASE(what_a_message_does_not_have_is_refused),
	KUNIT_CASE(an_iov_of_no_kernel_memory_is_refused),
	KUNIT_CASE(an_iov_with_less_than_it_says_is_refused),
	KUNIT_CASE(xdr_from_place_to_place),
	{}
};

static struct kunit_suite sources_suite = {
	.name = "phyr_sources",
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = sources_cases,
};

kunit_test_suite(sources_suite);
