// SPDX-License-Identifier: GPL-2.0
/*
 * Hears of drivers that are unbound, on every bus that has a device which buffers are mapped for.
 */
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include "../glue.h"

/*
 * A bus that is listened to until phyr is unloaded.  Another one may come to be at the address of
 * one that is gone, but never at that of its set of objects, which is kept.
 */
struct phyr_bus {
	struct list_head	entry;
	struct notifier_block	notifier;
	const struct bus_type	*bus;
	struct kset		*kset;
};

/*
 * Not held while a notifier runs: that may wait for somebody who waits for this.
 */
static DEFINE_MUTEX(phyr_buses_lock);
static LIST_HEAD(phyr_buses);

static int phyr_bus_event(struct notifier_block *notifier, unsigned long event,
			  void *data)
{
	struct device *dev = data;

	switch (event) {
	case BUS_NOTIFY_UNBIND_DRIVER:
		phyr_rs_device_unbind(dev);
		return NOTIFY_OK;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		if (phyr_rs_device_unbound(dev))
			dev_WARN(dev, "phyr: its driver has not called phyr_device_unregister()\n");
		return NOTIFY_OK;
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		phyr_rs_device_unbound(dev);
		return NOTIFY_OK;
	}
	return NOTIFY_DONE;
}

static bool phyr_bus_is_watched(const struct kset *kset)
{
	struct phyr_bus *watched;

	list_for_each_entry(watched, &phyr_buses, entry)
		if (watched->kset == kset)
			return true;
	return false;
}

/*
 * Whether the notifier is still to be called before the DMA API is taken down for the driver.  Once
 * it has been called, nobody would unmap in time; yet the driver's own functions may still run, and
 * those that devres calls.  This state is another one before the first call, or right after it.
 *
 * With CONFIG_DEBUG_TEST_DRIVER_REMOVE a driver is removed in the middle of its being bound, and
 * nobody is told of that.
 */
bool phyr_shim_is_end_heard(struct device *dev)
{
	if (!READ_ONCE(dev->driver))
		return false;
	switch (READ_ONCE(dev->links.status)) {
	case DL_DEV_PROBING:
		return !IS_ENABLED(CONFIG_DEBUG_TEST_DRIVER_REMOVE);
	case DL_DEV_DRIVER_BOUND:
		return true;
	default:
		return false;
	}
}

int phyr_shim_watch_bus(struct device *dev)
{
	struct phyr_bus *watched;
	struct kset *kset;
	int err;

	if (!dev->bus)
		return -ENODEV;
	kset = bus_get_kset(dev->bus);
	if (!kset)
		return -ENODEV;

	guard(mutex)(&phyr_buses_lock);
	if (phyr_bus_is_watched(kset))
		return 0;
	watched = kzalloc_obj(*watched);
	if (!watched)
		return -ENOMEM;
	watched->notifier.notifier_call = phyr_bus_event;
	watched->bus = dev->bus;
	err = bus_register_notifier(dev->bus, &watched->notifier);
	if (err) {
		kfree(watched);
		return err;
	}
	watched->kset = kset_get(kset);
	list_add(&watched->entry, &phyr_buses);
	return 0;
}

void phyr_shim_unwatch_buses(void)
{
	struct phyr_bus *watched, *next;

	list_for_each_entry_safe(watched, next, &phyr_buses, entry) {
		/* Fails if the bus is gone, and then nobody calls the notifier. */
		bus_unregister_notifier(watched->bus, &watched->notifier);
		kset_put(watched->kset);
		kfree(watched);
	}
	INIT_LIST_HEAD(&phyr_buses);
}
