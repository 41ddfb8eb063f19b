// SPDX-License-Identifier: GPL-2.0
/*
 * phyr_bench.ko measures when it is loaded, and prints a line for each row.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "file.h"
#include "functions.h"
#include "instructions.h"
#include "layouts.h"
#include "metadata.h"
#include "pool.h"
#include "premapped.h"
#include "row.h"
#include "scale.h"
#include "sources/sources.h"

static unsigned int n[16] = { 1, 2, 4, 8, 16, 64, 256, 1024, 65536 };
static unsigned int nr_n = 9;
module_param_array(n, uint, &nr_n, 0444);
MODULE_PARM_DESC(n, "entries of the lists");

static char *layout;
module_param(layout, charp, 0444);
MODULE_PARM_DESC(layout, "which layouts, with commas between them (default: all)");

static unsigned int repeat = 15;
module_param(repeat, uint, 0444);
MODULE_PARM_DESC(repeat, "how many mappings the median is of");

static bool functions;
module_param(functions, bool, 0444);
MODULE_PARM_DESC(functions, "tell in which functions the instructions are, for lists of up to 256 entries");

static bool sources;
module_param(sources, bool, 0444);
MODULE_PARM_DESC(sources, "map requests, iov_iters and user memory too, end to end");

static bool premapped;
module_param(premapped, bool, 0444);
MODULE_PARM_DESC(premapped, "use buffers that are mapped already, too");

static bool metadata;
module_param(metadata, bool, 0444);
MODULE_PARM_DESC(metadata, "tell the bytes that lists take, too");

static unsigned int threads = 1;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "with seconds: how many threads map, at most");

static unsigned int seconds;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long threads map (default: none does, instructions are counted)");

static unsigned int dma_dir = DMA_TO_DEVICE;
module_param(dma_dir, uint, 0444);
MODULE_PARM_DESC(dma_dir, "0: both ways, 1: to the device, 2: from the device");

static unsigned int granule = 1;
module_param(granule, uint, 0444);
MODULE_PARM_DESC(granule, "with seconds: pages of each list");

static bool is_wanted(const char *name)
{
	return bench_is_wanted(layout, name);
}

static int print_rows(struct bench *bench, const char *name)
{
	unsigned int times = row_is_long(bench) ? min(repeat, 5) : repeat;

	return rows_print(bench, bench_paths, bench_nr_paths, "row", name, times);
}

static int print_functions(struct bench *bench, const char *name)
{
	int err = 0;

	for (int i = 0; !err && bench->list.nr <= 256 && i < bench_nr_paths; i++) {
		err = functions_print(bench, bench_paths[i], name);
		cond_resched();
	}
	return err;
}

static int print_layout(struct bench *bench, const struct bench_layout *of,
			int (*print)(struct bench *bench, const char *name))
{
	for (int k = 0; k < nr_n; k++) {
		int err;

		if (!bench_layout_fill(of, n[k], &bench->list)) {
			pr_info("no %s of %u entries: the file has %u pages\n",
				of->name, n[k], FILE_PAGES);
			continue;
		}
		err = print(bench, of->name);
		if (err) {
			pr_err("cannot map %u entries of %s: %d\n",
			       bench->list.nr, of->name, err);
			return err;
		}
	}
	return 0;
}

static int print_layouts(struct bench *bench,
			 int (*print)(struct bench *bench, const char *name))
{
	int err = 0;

	for (int i = 0; !err && i < bench_nr_layouts; i++)
		if (is_wanted(bench_layouts[i].name))
			err = print_layout(bench, &bench_layouts[i], print);
	return err;
}

static int measure_all(struct device *dev)
{
	struct bench *bench = kzalloc_obj(*bench);
	unsigned int most = 1;
	int err;

	if (!bench)
		return -ENOMEM;
	for (int k = 0; k < nr_n; k++)
		most = max(most, n[k]);
	err = bench_alloc(bench, most);
	if (err)
		goto out_free;
	bench->dev = dev;
	bench->dir = dma_dir;
	err = print_layouts(bench, print_rows);
	/* Afterwards, for the rows to be the same without it. */
	if (!err && functions)
		err = print_layouts(bench, print_functions);
	if (!err && sources)
		err = sources_print(bench, is_wanted, n, nr_n, repeat, functions);
	if (!err && premapped)
		err = print_layouts(bench, premapped_print);
	if (!err && metadata)
		err = metadata_print();
	bench_free(bench);
out_free:
	kfree(bench);
	return err;
}

static int measure_for(struct device *dev)
{
	const struct scale scale = {
		.dev = dev,
		.threads = threads,
		.seconds = seconds,
		.dma_dir = dma_dir,
		.granule = granule,
	};
	int err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));

	if (err)
		return err;
	dma_set_max_seg_size(dev, UINT_MAX);
	dma_set_seg_boundary(dev, ULONG_MAX);

	err = pool_take();
	if (err)
		return err;
	if (is_wanted("pagecache") && !seconds)
		err = file_make();
	if (!err)
		err = seconds ? scale_print(&scale) : measure_all(dev);
	file_drop();
	pool_give_back();
	return err;
}

static int __init bench_init(void)
{
	struct pci_dev *pdev;
	int err;

	if (dma_dir > DMA_FROM_DEVICE || !granule || granule > POOL_PAGES)
		return -EINVAL;
	if (!seconds && !instructions_are_counted()) {
		pr_err("the clock does not count instructions: run QEMU with -icount shift=0 and one CPU\n");
		return -EOPNOTSUPP;
	}
	pdev = pci_get_device(EDU_VENDOR, EDU_DEVICE, NULL);
	if (!pdev) {
		pr_err("no edu device: run QEMU with -device edu\n");
		return -ENODEV;
	}
	err = measure_for(&pdev->dev);
	pci_dev_put(pdev);
	if (err)
		pr_err("it ended with %d\n", err);
	return err;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
}
module_exit(bench_exit);

MODULE_DESCRIPTION("What it takes to map a list for DMA, by phyr and by others");
MODULE_LICENSE("GPL");
