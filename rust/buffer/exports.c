// SPDX-License-Identifier: GPL-2.0
/*
 * The C entry points of include/linux/phyr-buffer.h.
 */
#include <linux/export.h>
#include <linux/kmsan.h>
#include <linux/phyr-buffer.h>
#include <linux/phyr-file.h>

#include "../glue.h"

struct phyr_device *phyr_device_get(struct device *dev)
{
	return phyr_rs_device_get(dev, false);
}
EXPORT_SYMBOL_GPL(phyr_device_get);

struct phyr_device *phyr_device_register(struct device *dev)
{
	return phyr_rs_device_get(dev, true);
}
EXPORT_SYMBOL_GPL(phyr_device_register);

void phyr_device_unregister(struct phyr_device *device)
{
	phyr_rs_device_stop(device);
	phyr_rs_device_put(device);
}
EXPORT_SYMBOL_GPL(phyr_device_unregister);

void phyr_device_put(struct phyr_device *device)
{
	phyr_rs_device_put(device);
}
EXPORT_SYMBOL_GPL(phyr_device_put);

int phyr_device_listen(struct phyr_device *device,
		       struct phyr_device_listener *listener)
{
	return phyr_rs_device_listen(device, listener);
}
EXPORT_SYMBOL_GPL(phyr_device_listen);

void phyr_device_ignore(struct phyr_device *device,
			struct phyr_device_listener *listener)
{
	phyr_rs_device_ignore(device, listener);
}
EXPORT_SYMBOL_GPL(phyr_device_ignore);

struct phyr_buffer *phyr_buffer_create(struct phyr_list *list, bool is_writable,
				       const struct phyr_buffer_limits *limits)
{
	return phyr_rs_buffer_create(list, is_writable, limits);
}
EXPORT_SYMBOL_GPL(phyr_buffer_create);

struct phyr_buffer *phyr_buffer_get(struct phyr_buffer *buffer)
{
	phyr_rs_buffer_get(buffer);
	return buffer;
}
EXPORT_SYMBOL_GPL(phyr_buffer_get);

void phyr_buffer_put(struct phyr_buffer *buffer)
{
	might_sleep();
	phyr_rs_buffer_put(buffer);
}
EXPORT_SYMBOL_GPL(phyr_buffer_put);

u64 phyr_buffer_len(const struct phyr_buffer *buffer)
{
	return phyr_rs_buffer_len(buffer);
}
EXPORT_SYMBOL_GPL(phyr_buffer_len);

struct phyr_mapping *phyr_buffer_use(struct phyr_buffer *buffer,
				     struct phyr_device *device,
				     enum phyr_access access)
{
	might_sleep();
	return phyr_rs_buffer_use(buffer, device, access);
}
EXPORT_SYMBOL_GPL(phyr_buffer_use);

struct phyr_mapping *phyr_buffer_try_use(struct phyr_buffer *buffer,
					 struct phyr_device *device,
					 enum phyr_access access)
{
	return phyr_rs_buffer_try_use(buffer, device, access);
}
EXPORT_SYMBOL_GPL(phyr_buffer_try_use);

void phyr_mapping_unuse(struct phyr_mapping *mapping)
{
	phyr_rs_mapping_unuse(mapping);
}
EXPORT_SYMBOL_GPL(phyr_mapping_unuse);

int phyr_mapping_ranges(const struct phyr_mapping *mapping, u64 offset, u64 len,
			struct dma_vec *ranges, unsigned int max_ranges)
{
	int ret = phyr_rs_mapping_ranges(mapping, offset, len, ranges, max_ranges);

	if (ret > 0)
		kmsan_unpoison_memory(ranges, ret * sizeof(*ranges));
	return ret;
}
EXPORT_SYMBOL_GPL(phyr_mapping_ranges);

void phyr_mapping_sync_for_cpu(const struct phyr_mapping *mapping, size_t offset,
			       size_t len)
{
	phyr_rs_mapping_sync(mapping, offset, len, true);
}
EXPORT_SYMBOL_GPL(phyr_mapping_sync_for_cpu);

void phyr_mapping_sync_for_device(const struct phyr_mapping *mapping, size_t offset,
				  size_t len)
{
	phyr_rs_mapping_sync(mapping, offset, len, false);
}
EXPORT_SYMBOL_GPL(phyr_mapping_sync_for_device);

#ifdef CONFIG_BLOCK
int phyr_file_devices(struct file *file, struct phyr_device **devices, unsigned int max)
{
	int nr;

	might_sleep();
	nr = phyr_rs_file_devices(file, devices, max);
	if (nr > 0)
		kmsan_unpoison_memory(devices, nr * sizeof(*devices));
	return nr;
}
EXPORT_SYMBOL_GPL(phyr_file_devices);

int phyr_buffer_map_file(struct phyr_buffer *buffer, struct file *file,
			 enum phyr_access access)
{
	might_sleep();
	return phyr_rs_buffer_map_file(buffer, file, access);
}
EXPORT_SYMBOL_GPL(phyr_buffer_map_file);
#endif
