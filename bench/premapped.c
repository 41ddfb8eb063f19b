// SPDX-License-Identifier: GPL-2.0
/*
 * A buffer of the list, which is mapped for the device once, and used many times: its DMA ranges
 * are asked for, and it is handed over to the device and back, all of it.
 */
#include <linux/err.h>
#include <linux/pci.h>
#include <linux/phyr-buffer.h>
#include <linux/phyr-list.h>

#include "premapped.h"
#include "row.h"

static struct phyr_buffer *buffer;
static struct phyr_device *device;
static struct phyr_mapping *used;

static enum phyr_access access_of(const struct bench *bench)
{
	return bench->dir == DMA_TO_DEVICE ? PHYR_ACCESS_READ : PHYR_ACCESS_WRITE;
}

/* Nothing but to find the mapping and to keep it meanwhile. */
static int look_up(struct bench *bench)
{
	struct phyr_mapping *mapping = phyr_buffer_try_use(buffer, device, access_of(bench));

	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	used = mapping;
	return 1;
}

static void leave(struct bench *bench)
{
	phyr_mapping_unuse(used);
}

static int use(struct bench *bench)
{
	int ret = look_up(bench);

	if (ret < 0)
		return ret;
	phyr_mapping_sync_for_device(used, 0, bench->list.bytes);
	return phyr_mapping_ranges(used, 0, bench->list.bytes, bench->ranges, bench->room);
}

static void unuse(struct bench *bench)
{
	phyr_mapping_sync_for_cpu(used, 0, bench->list.bytes);
	leave(bench);
}

static size_t kept(const struct bench *bench)
{
	return sizeof(used);
}

static const struct bench_path lookup = { "lookup", look_up, leave, kept };
static const struct bench_path premapped = { "premapped", use, unuse, kept };

/* The first use maps it. */
static int mapped_once(struct bench *bench)
{
	struct phyr_mapping *mapping = phyr_buffer_use(buffer, device, access_of(bench));

	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	phyr_mapping_unuse(mapping);
	return 0;
}

static struct phyr_buffer *buffer_of(const struct bench_list *of)
{
	struct phyr_buffer *made;
	struct phyr_list list;
	int err = 0;

	phyr_list_init(&list, PHYR_HOLD_NONE, NULL);
	for (unsigned int i = 0; !err && i < of->nr; i++)
		err = phyr_list_add(&list, of->phyrs[i], GFP_KERNEL);
	made = err ? ERR_PTR(err) : phyr_buffer_create(&list, true, NULL);
	/* It is empty if that has taken it. */
	phyr_list_release(&list);
	return made;
}

/* What has no driver is no device that anything can be mapped for. */
static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return 0;
}

static const struct pci_device_id ids[] = { { PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) }, {} };

static struct pci_driver driver = {
	.name = "phyr_bench",
	.id_table = ids,
	.probe = probe,
};

static int print_with_driver(struct bench *bench, const char *name)
{
	const struct bench_path *const paths[] = { &lookup, &premapped, &bench_phyr_c, &bench_sg };
	int err;

	device = phyr_device_get(bench->dev);
	if (IS_ERR(device))
		return PTR_ERR(device);
	buffer = buffer_of(&bench->list);
	err = PTR_ERR_OR_ZERO(buffer);
	if (!err) {
		err = mapped_once(bench);
		if (!err)
			err = rows_print(bench, paths, ARRAY_SIZE(paths), "premapped", name, 15);
		phyr_buffer_put(buffer);
	}
	phyr_device_put(device);
	return err;
}

int premapped_print(struct bench *bench, const char *name)
{
	int err = pci_register_driver(&driver);

	if (err)
		return err;
	err = print_with_driver(bench, name);
	pci_unregister_driver(&driver);
	return err;
}
