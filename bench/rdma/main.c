// SPDX-License-Identifier: GPL-2.0
/*
 * phyr_bench_rdma.ko measures when it is loaded what it takes to prepare an RDMA READ or WRITE
 * of a list, and to destroy it, and prints a line for each row.
 */
#define pr_fmt(fmt) "phyr_bench: " fmt

#include <linux/dma-map-ops.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../file.h"
#include "../functions.h"
#include "../instructions.h"
#include "../layouts.h"
#include "../pool.h"
#include "../row.h"
#include "rdma.h"

static unsigned int bytes[16] = { SZ_4K, SZ_64K, SZ_1M, SZ_8M };
static unsigned int nr_bytes = 4;
module_param_array(bytes, uint, &nr_bytes, 0444);
MODULE_PARM_DESC(bytes, "how long the lists are, at least");

static char *layout;
module_param(layout, charp, 0444);
MODULE_PARM_DESC(layout, "which layouts, with commas between them (default: all)");

static unsigned int repeat = 5;
module_param(repeat, uint, 0444);
MODULE_PARM_DESC(repeat, "how many preparations the median is of");

static bool functions;
module_param(functions, bool, 0444);
MODULE_PARM_DESC(functions, "tell in which functions the instructions are, for lists of up to 256 entries");

/* Entries of the longest list: 8 MiB by half a page each. */
#define MOST_ENTRIES	4096

struct ib_qp *rdma_qp;

static struct ib_device *device;

static int found(struct ib_device *dev)
{
	if (!device)
		device = dev;
	return 0;
}

/* The module is unloaded before its device goes. */
static void gone(struct ib_device *dev, void *client_data)
{
}

static struct ib_client client = {
	.name = "phyr_bench",
	.add = found,
	.remove = gone,
};

/* Behind an IOMMU it warns, and fails, of a list with gaps: see the KUnit suite phyr_rdma. */
static bool bvec_takes(const struct bench *bench)
{
	unsigned long mask = bench->dev ? dma_get_merge_boundary(bench->dev) : 0;

	return !(bench->list.gaps & mask);
}

/* Whether @path takes the list: 0, or an errno. */
static int refused_by(struct bench *bench, const struct bench_path *path)
{
	int ret;

	if (path == &bench_rdma_bvec && !bvec_takes(bench))
		return -EIO;
	ret = path->map(bench);
	if (ret <= 0)
		return ret ?: -EIO;
	bench->nr_ranges = ret;
	path->unmap(bench);
	return 0;
}

/* Each way that takes the list is a row. */
static int print_list(struct bench *bench, const char *name, const char *of)
{
	static const struct bench_path *const ways[] = {
		&bench_rdma_phyr, &bench_rdma_sg, &bench_rdma_bvec,
	};
	const struct bench_path *paths[ARRAY_SIZE(ways)];
	unsigned int nr = 0;
	int err;

	for (int i = 0; i < ARRAY_SIZE(ways); i++) {
		err = refused_by(bench, ways[i]);
		if (err)
			pr_info("refused-%s layout=%s n=%u path=%s bytes=%zu errno=%d\n", of, name,
				bench->list.nr, ways[i]->name, bench->list.bytes, -err);
		else
			paths[nr++] = ways[i];
	}
	if (!functions)
		return rows_print(bench, paths, nr, of, name, repeat);
	err = 0;
	for (unsigned int i = 0; !err && bench->list.nr <= 256 && i < nr; i++)
		err = functions_print(bench, paths[i], name);
	return err;
}

/* Fills the shortest list of @layout that has @bytes, and tells how many entries that are, or 0. */
static unsigned int fill_with(const struct bench_layout *layout, size_t bytes,
			      struct bench_list *list)
{
	unsigned int few = 0, enough = MOST_ENTRIES;

	while (enough - few > 1) {
		unsigned int nr = few + (enough - few) / 2;

		if (bench_layout_fill(layout, nr, list) && list->bytes < bytes)
			few = nr;
		else
			enough = nr;
	}
	if (!bench_layout_fill(layout, enough, list) || list->bytes < bytes)
		return 0;
	return enough;
}

static int print_layout(struct bench *bench, const struct bench_layout *layout, const char *of)
{
	unsigned int before = 0, nr;
	int err = 0;

	for (int k = 0; !err && k < nr_bytes; k++) {
		nr = fill_with(layout, bytes[k], &bench->list);
		/* One long entry may do for several. */
		if (nr && nr != before)
			err = print_list(bench, layout->name, of);
		before = nr;
	}
	return err;
}

static int print_lists(struct bench *bench, const char *of)
{
	int err = 0;

	for (int i = 0; !err && i < bench_nr_layouts; i++)
		if (bench_is_wanted(layout, bench_layouts[i].name))
			err = print_layout(bench, &bench_layouts[i], of);
	return err;
}

static int measure(void)
{
	struct bench *bench = kzalloc_obj(*bench);
	int err;

	if (!bench)
		return -ENOMEM;
	err = bench_alloc(bench, MOST_ENTRIES);
	if (!err) {
		bench->dev = ib_uses_virt_dma(device) ? NULL : device->dma_device;
		bench->dir = DMA_FROM_DEVICE;
		err = print_lists(bench, "rdma of=read");
		bench->dir = DMA_TO_DEVICE;
		if (!err)
			err = print_lists(bench, "rdma of=write");
		bench_free(bench);
	}
	kfree(bench);
	return err;
}

static int with_memory(void)
{
	int err = pool_take();

	if (err)
		return err;
	err = file_make();
	if (!err)
		err = measure();
	file_drop();
	pool_give_back();
	return err;
}

static int with_qp(void)
{
	struct ib_qp_init_attr attr = {
		.qp_type = IB_QPT_RC,
		.sq_sig_type = IB_SIGNAL_REQ_WR,
		.port_num = RDMA_PORT,
		.cap = {
			.max_send_wr = 4096,
			.max_recv_wr = 1,
			.max_send_sge = min(device->attrs.max_send_sge, 16),
			.max_recv_sge = 1,
			/* A list with gaps wants an MR for each part. */
			.max_rdma_ctxs = 256,
		},
	};
	struct ib_pd *pd = ib_alloc_pd(device, 0);
	struct ib_cq *cq;
	int err = 0;

	if (IS_ERR(pd))
		return PTR_ERR(pd);
	cq = ib_alloc_cq_any(device, NULL, 16, IB_POLL_DIRECT);
	if (IS_ERR(cq)) {
		err = PTR_ERR(cq);
		goto out_pd;
	}
	attr.send_cq = cq;
	attr.recv_cq = cq;
	rdma_qp = ib_create_qp(pd, &attr);
	if (IS_ERR(rdma_qp)) {
		err = PTR_ERR(rdma_qp);
		goto out_cq;
	}
	err = with_memory();
	ib_destroy_qp(rdma_qp);
out_cq:
	ib_free_cq(cq);
out_pd:
	ib_dealloc_pd(pd);
	return err;
}

static int __init bench_rdma_init(void)
{
	int err;

	if (!instructions_are_counted()) {
		pr_err("the clock does not count instructions: run QEMU with -icount shift=0 and one CPU\n");
		return -EOPNOTSUPP;
	}
	err = ib_register_client(&client);
	if (err)
		return err;
	if (device)
		err = with_qp();
	else
		err = -ENODEV;
	ib_unregister_client(&client);
	if (err)
		pr_err("RDMA ended with %d\n", err);
	return err;
}
module_init(bench_rdma_init);

static void __exit bench_rdma_exit(void)
{
}
module_exit(bench_rdma_exit);

MODULE_DESCRIPTION("What it takes to prepare an RDMA READ or WRITE, by phyr and by rdma/rw.h");
MODULE_LICENSE("GPL");
