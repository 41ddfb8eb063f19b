/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buffers that are mapped once for each of their devices, and used many times.
 *
 * A buffer is mapped for a device when it is first used there, and stays mapped: later uses find
 * the mapping without a lock.  When a driver is unbound from a device, all that is mapped for it
 * is unmapped before, after whoever uses it has been told and waited for.
 */
#ifndef _LINUX_PHYR_BUFFER_H
#define _LINUX_PHYR_BUFFER_H

#include <linux/dmaengine.h>
#include <linux/types.h>

struct device;
struct phyr_buffer;
struct phyr_device;
struct phyr_list;
struct phyr_mapping;

/**
 * enum phyr_access - what a device does with a buffer
 * @PHYR_ACCESS_READ: it reads it: %DMA_TO_DEVICE
 * @PHYR_ACCESS_WRITE: it writes it, and may read it: %DMA_BIDIRECTIONAL
 *
 * Each has a mapping of its own.
 */
enum phyr_access {
	PHYR_ACCESS_READ = 0,
	PHYR_ACCESS_WRITE,
};

/**
 * struct phyr_buffer_limits - the most that may be mapped at a time
 * @mappings: of a buffer for a device, one for each access
 * @bytes: of these together
 */
struct phyr_buffer_limits {
	unsigned int	mappings;
	u64		bytes;
};

/*
 * Of all buffers together.  May be changed at any time: what is mapped already stays.  Also the
 * parameters premapped_mappings and premapped_bytes of the module.
 */
extern struct phyr_buffer_limits phyr_buffers_limits;

/**
 * struct phyr_device_listener - who is told that a device is about to go
 * @stop: called once, in process context, when nothing can be mapped for the device or used
 *	any more, before those are waited for that use something.  It should have them stop: by
 *	ending what the device has been given.  May sleep, but not wait for the driver core on the
 *	same bus: see phyr_buffer_use().  It must not call another function of this header but
 *	phyr_mapping_unuse(), nor wait for who calls phyr_device_ignore() for this device.
 */
struct phyr_device_listener {
	void (*stop)(struct phyr_device_listener *listener);
};

/**
 * phyr_device_get() - a device that buffers can be mapped for
 * @dev: the device; a driver must be bound to it, or be in its probe function
 *
 * The first call for @dev makes it, and later ones find it.  It ends when the driver is about
 * to be unbound: before its remove function is called, all that is mapped for it is unmapped.
 * If a driver is bound to @dev again, this function gives another one.
 *
 * With CONFIG_DEBUG_TEST_DRIVER_REMOVE, which has drivers removed unheard while they are bound, a
 * probe function cannot have it.
 *
 * Context: Process, may sleep.  Neither in a notifier of the bus of @dev, nor where one waits for
 *	the caller: the first call for a bus waits for its notifiers.
 * Return: the device, for phyr_device_put(), or an ERR_PTR: %-ENODEV if no driver is bound, or
 *	it begins to be unbound, also during the call; %-EPROBE_DEFER if phyr is built in and not
 *	there yet; %-ENOMEM.
 */
struct phyr_device *phyr_device_get(struct device *dev);

/**
 * phyr_device_register() - the same, for the driver of the device
 * @dev: the device, bound to the caller
 *
 * Then what is mapped for it is not ended when the driver is about to be unbound, but by
 * phyr_device_unregister(): for drivers whose remove function has to end what their device has
 * been given.
 *
 * Context: Process, may sleep.
 * Return: as of phyr_device_get(), for phyr_device_unregister().
 */
struct phyr_device *phyr_device_register(struct device *dev);

/**
 * phyr_device_unregister() - end all that is mapped for a device
 * @device: the device; it can be referred to no more
 *
 * Nothing can be mapped for it or used from now on.  Listeners are told, those who use
 * something are waited for, and all is unmapped.
 *
 * Context: Process, sleeps until nobody uses a mapping of the device.
 */
void phyr_device_unregister(struct phyr_device *device);

/**
 * phyr_device_put() - give up a reference to a device
 * @device: the device
 *
 * Nothing is unmapped by that.
 *
 * Context: Process, may sleep.
 */
void phyr_device_put(struct phyr_device *device);

/**
 * phyr_device_listen() - be told when a device is about to go
 * @device: the device
 * @listener: who is told; it must stay valid until phyr_device_ignore()
 *
 * Context: Process, may sleep.
 * Return: 0; %-ENODEV if it goes already, %-ENOMEM.
 */
int phyr_device_listen(struct phyr_device *device,
		       struct phyr_device_listener *listener);

/**
 * phyr_device_ignore() - be told no more
 * @device: the device
 * @listener: who was told
 *
 * Afterwards @listener->stop() is not running, and will not be called.
 *
 * Context: Process, sleeps while any listener of @device is being told, not only @listener: so none
 *	may wait for the caller in its stop() function.
 */
void phyr_device_ignore(struct phyr_device *device,
			struct phyr_device_listener *listener);

/**
 * phyr_buffer_create() - make a buffer of a list
 * @list: what it is of: empty afterwards, if that succeeds.  Of memory that the list does not
 *	hold, the caller sees to it that it stays until the buffer is gone.  It must be RAM.  What
 *	is pinned of user memory must be pinned %FOLL_LONGTERM: nobody looks.
 * @is_writable: whether devices may write it.  What was pinned must have been pinned for that.
 * @limits: the most that may be mapped of it, or %NULL
 *
 * Nothing is mapped yet.
 *
 * Context: Process, may sleep.
 * Return: the buffer, for phyr_buffer_put(), or an ERR_PTR: %-EINVAL if @list is empty, or may
 *	not be written though it should; %-ENOMEM.
 */
struct phyr_buffer *phyr_buffer_create(struct phyr_list *list, bool is_writable,
				       const struct phyr_buffer_limits *limits);

/**
 * phyr_buffer_get() - take another reference to a buffer
 * @buffer: the buffer
 *
 * Context: Any.
 * Return: @buffer.
 */
struct phyr_buffer *phyr_buffer_get(struct phyr_buffer *buffer);

/**
 * phyr_buffer_put() - give up a reference to a buffer
 * @buffer: the buffer
 *
 * With the last one, all that is mapped of it is unmapped, and its memory let go of.  That waits
 * for those who use a mapping of it: another context has to end what the caller uses.
 *
 * Context: Process, may sleep: with the last reference, until nobody uses a mapping of it.
 */
void phyr_buffer_put(struct phyr_buffer *buffer);

/**
 * phyr_buffer_len() - the length of a buffer
 * @buffer: the buffer
 *
 * Context: Any.
 * Return: bytes.
 */
u64 phyr_buffer_len(const struct phyr_buffer *buffer);

/**
 * phyr_buffer_use() - use a buffer for a device, and map it if it is not mapped
 * @buffer: the buffer, which the caller has a reference to
 * @device: the device, likewise
 * @access: what the device does with it
 *
 * It is mapped as a whole, by whoever comes first; the others wait.  As long as it is used it
 * stays mapped, and the device, like the buffer, does not go: so a use should be no longer than
 * the device takes for what it is given.
 *
 * A device that ends by itself, because its driver is unbound, waits for users in a notifier of its
 * bus, with the lock of the device held: nothing can be added to the bus, bound or unbound there
 * while others wait to have a notifier of their own.  So while it is used nobody may wait for such
 * events of the same bus, or for device_lock() of the device, before the use ends.  Uses that last
 * are for phyr_device_register(), whose end waits in the driver's own remove function.
 *
 * It is mapped without being synced: to hand memory over is always up to
 * phyr_mapping_sync_for_device() and phyr_mapping_sync_for_cpu().
 *
 * Memory is allocated without I/O, as if memalloc_noio_save() had been called: a device that ends
 * waits for this, and the I/O might be its own.
 *
 * Context: Process, may sleep.
 * Return: the mapping, for phyr_mapping_unuse(), or an ERR_PTR:
 *
 * * %-EINVAL     - the device is to write a buffer that may not be written, or has no DMA mask,
 *                  or @access or a range of the buffer is invalid.
 * * %-ENODEV     - the device goes, or has gone.  phyr_device_get() may give another.
 * * %-EBUSY      - as much is mapped as may be, and none of it could be given back: all of it is
 *                  used, or was just used again, or others map or unmap it now.  May succeed
 *                  later.
 * * %-E2BIG      - the buffer alone is more than may be mapped.
 * * %-ENOMEM     - no memory or no IOVA space could be had, though some idle mappings of the device
 *                  were given back.  May succeed later, unless the buffer is larger than the
 *                  device's IOVA space.
 * * %-EOPNOTSUPP - the device would bounce some of it.  Or it needs cache care, and is not
 *                  trusted, or some of it shares its cache lines with something else.  Never
 *                  succeeds.
 */
struct phyr_mapping *phyr_buffer_use(struct phyr_buffer *buffer,
				     struct phyr_device *device,
				     enum phyr_access access);

/**
 * phyr_buffer_try_use() - use a buffer that is mapped for a device
 * @buffer: as for phyr_buffer_use()
 * @device: as for phyr_buffer_use()
 * @access: as for phyr_buffer_use()
 *
 * Neither locks nor allocates.
 *
 * Context: Any.
 * Return: as of phyr_buffer_use(); or the ERR_PTR %-EAGAIN if it is not mapped: then
 *	phyr_buffer_use(), where that may be called; %-ENODEV; %-EINVAL if @access is invalid.
 */
struct phyr_mapping *phyr_buffer_try_use(struct phyr_buffer *buffer,
					 struct phyr_device *device,
					 enum phyr_access access);

/**
 * phyr_mapping_unuse() - end a use
 * @mapping: what phyr_buffer_use() returned.  It may not be used any more.
 *
 * The device must not access the buffer any more because of this use.
 *
 * Context: Any but NMI.  Where %CONFIG_PREEMPT_RT is set, neither in hard interrupts nor under raw
 *	spinlocks: whoever waits is woken under a spinlock_t.
 */
void phyr_mapping_unuse(struct phyr_mapping *mapping);

/**
 * phyr_mapping_ranges() - the DMA ranges of a part of a buffer
 * @mapping: a mapping that the caller uses
 * @offset: where the part begins, in bytes from the start of the buffer
 * @len: length of the part in bytes
 * @ranges: [out] its DMA ranges, in transfer order.  The device may be given them until the use
 *	ends.
 * @max_ranges: room in @ranges, in entries
 *
 * Takes as many steps as there are ranges, and to find the first one as many as the logarithm
 * of their number in the whole buffer.
 *
 * Context: Any.
 * Return: the number of ranges; %-EINVAL if @len is 0 or the buffer ends before; %-ENOSPC if
 *	there is not room for them.
 */
int phyr_mapping_ranges(const struct phyr_mapping *mapping, u64 offset, u64 len,
			struct dma_vec *ranges, unsigned int max_ranges);

/**
 * phyr_mapping_sync_for_cpu() - take a part of a buffer back from the device
 * @mapping: a mapping that the caller uses
 * @offset: where the part begins, in bytes from the start of the buffer
 * @len: length of the part in bytes
 *
 * As dma_sync_phyrs_for_cpu().  Afterwards the CPU, or another device, may read what this one
 * wrote.  Cache lines are not shared: see phyr_mapping_sync_for_device().
 *
 * Context: Any.
 */
void phyr_mapping_sync_for_cpu(const struct phyr_mapping *mapping, size_t offset,
			       size_t len);

/**
 * phyr_mapping_sync_for_device() - give a part of a buffer to the device
 * @mapping: a mapping that the caller uses
 * @offset: where the part begins, in bytes from the start of the buffer
 * @len: length of the part in bytes
 *
 * As dma_sync_phyrs_for_device(): needed also before the first transfer.
 *
 * Parts that are in use at the same time must not share a cache line, which has
 * dma_get_cache_alignment() bytes, unless the device is coherent: what the CPU wrote to one would
 * be written back over what the device wrote to the other.
 *
 * Context: Any.
 */
void phyr_mapping_sync_for_device(const struct phyr_mapping *mapping, size_t offset,
				  size_t len);

#endif /* _LINUX_PHYR_BUFFER_H */
