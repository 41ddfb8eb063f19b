// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of another PCI device in what a cursor reads, which cannot say whose it is: it is
 * refused, and not taken for RAM.
 */
#include <linux/bio.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/phyr-iter.h>
#include <linux/phyr-list.h>
#include <linux/scatterlist.h>
#include <linux/sunrpc/xdr.h>
#include <linux/uio.h>

#include "edu.h"
#include "memory.h"
#include "p2p_driver.h"
#include "sources.h"

#define LEN	(2 * PAGE_SIZE)

/* A page of RAM and one of a peer, and what may hold them. */
struct mixed {
	struct memory *memory;
	struct page *pages[2];
	struct bio_vec bvecs[2];
	struct scatterlist sg[2];
	struct bio bio;
	struct iov_iter iov;
	struct xdr_buf xdr;
};

static struct mixed *mixed_alloc(struct kunit *test)
{
	const struct p2p_peer *peer = p2p_need(test, P2P_WITH_PAGES);
	struct mixed *mixed = kunit_kzalloc(test, sizeof(*mixed), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mixed);
	mixed->memory = memory_alloc(test);
	mixed->pages[0] = mixed->memory->blocks[0];
	mixed->pages[1] = pfn_to_page(PHYS_PFN(peer->paddr));
	sg_init_table(mixed->sg, 2);
	for (int i = 0; i < 2; i++) {
		sg_set_page(&mixed->sg[i], mixed->pages[i], PAGE_SIZE, 0);
		bvec_set_page(&mixed->bvecs[i], mixed->pages[i], PAGE_SIZE, 0);
	}
	return mixed;
}

static struct phyr_iter in_pages(struct mixed *mixed)
{
	return phyr_iter_pages(mixed->pages, 0, LEN);
}

static struct phyr_iter in_a_folio(struct mixed *mixed)
{
	return phyr_iter_folio(page_folio(mixed->pages[1]), 0, PAGE_SIZE);
}

static struct phyr_iter in_a_scatterlist(struct mixed *mixed)
{
	return phyr_iter_sg(mixed->sg, 2);
}

static struct phyr_iter in_bio_vecs(struct mixed *mixed)
{
	return phyr_iter_bvecs(mixed->bvecs, (struct bvec_iter) { .bi_size = LEN });
}

#ifdef CONFIG_BLOCK
static struct phyr_iter in_a_bio(struct mixed *mixed)
{
	bio_init(&mixed->bio, NULL, mixed->bvecs, 2, REQ_OP_WRITE);
	mixed->bio.bi_vcnt = 2;
	mixed->bio.bi_iter.bi_size = LEN;
	return phyr_iter_bio(&mixed->bio);
}
#endif

static struct phyr_iter in_an_iov_iter(struct mixed *mixed)
{
	iov_iter_bvec(&mixed->iov, ITER_SOURCE, mixed->bvecs, 2, LEN);
	return phyr_iter_iov(&mixed->iov);
}

static struct phyr_iter in_an_rpc_message(struct mixed *mixed)
{
	xdr_buf_init(&mixed->xdr, NULL, 0);
	mixed->xdr.pages = mixed->pages;
	mixed->xdr.page_len = LEN;
	mixed->xdr.len = LEN;
	return phyr_iter_xdr(&mixed->xdr, 0, LEN);
}

struct place {
	const char *name;
	struct phyr_iter (*make)(struct mixed *mixed);
};

static const struct place places[] = {
	{ "pages", in_pages },
	{ "a folio", in_a_folio },
	{ "a scatterlist", in_a_scatterlist },
	{ "bio_vecs", in_bio_vecs },
#ifdef CONFIG_BLOCK
	{ "a bio", in_a_bio },
#endif
	{ "an iov_iter", in_an_iov_iter },
	{ "an RPC message", in_an_rpc_message },
};

static void place_name(const struct place *place, char *name)
{
	strscpy(name, place->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(place, places, place_name);

static void refused_by_a_cursor(struct kunit *test)
{
	const struct place *place = test->param_value;
	struct mixed *mixed = mixed_alloc(test);
	struct phyr_iter iter = place->make(mixed);
	struct dma_phyr_map map;
	struct phyr_list list;

	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			dma_map_phyr_iter(edu_dev(test), &iter, &map, mixed->memory->ranges,
					  MAX_ENTRIES, DMA_TO_DEVICE, 0));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	expect_mapped_by_rust(test, mixed->memory, &iter, -EREMOTEIO);

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	KUNIT_EXPECT_EQ(test, -EREMOTEIO, phyr_list_add_iter(&list, &iter, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, list.len);
}

static void close_file(void *file)
{
	fput(file);
}

/* What a process has mapped of a device is not pinned, as pin_user_pages() does not. */
static void not_pinned(struct kunit *test)
{
	const struct p2p_peer *peer = p2p_need(test, P2P_WITH_PAGES);
	struct phyr_list list;
	unsigned long start;
	struct page *page;
	struct file *file;
	char path[80];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/p2pmem/allocate",
		 pci_name(peer->pdev));
	file = filp_open(path, O_RDWR, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, file));
	start = kunit_vm_mmap(test, file, 0, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	KUNIT_ASSERT_LT(test, start, TASK_SIZE);
	phyr_list_init(&list, PHYR_HOLD_PIN, NULL);
	KUNIT_EXPECT_EQ(test, pin_user_pages_fast(start, 1, 0, &page),
			get_user_phyrs(&list, start, LEN, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EREMOTEIO, get_user_phyrs(&list, start, LEN, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, list.len);
}

static struct kunit_case p2p_cursors_cases[] = {
	KUNIT_CASE_PARAM(refused_by_a_cursor, place_gen_params),
	KUNIT_CASE(not_pinned),
	{}
};

static struct kunit_suite p2p_cursors_suite = {
	.name = "phyr_p2p_cursors",
	.suite_init = p2p_driver_register,
	.suite_exit = p2p_driver_unregister,
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = p2p_cursors_cases,
};

kunit_test_suite(p2p_cursors_suite);
