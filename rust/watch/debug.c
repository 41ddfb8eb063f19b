// SPDX-License-Identifier: GPL-2.0
/*
 * What the ledger needs from the kernel: reports, names, and to be told when a
 * driver is unbound.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/sched.h>

#include "debug.h"

/* rust/watch/ledger.rs takes it for words. */
static_assert(sizeof(struct phyr_owner) == 56);
static_assert(offsetof(struct phyr_owner, dev) == 16);
static_assert(offsetof(struct phyr_owner, pid) == 48);

void phyr_debug_report(struct device *dev, const char *what)
{
	dev_WARN(dev, "phyr: %s\n", what);
}

void phyr_debug_owner(struct device *dev, struct phyr_owner *owner)
{
	strscpy_pad(owner->comm, current->comm);
	strscpy_pad(owner->dev, dev_name(dev));
	owner->pid = task_pid_nr(current);
}

void phyr_debug_symbol(unsigned long caller, char *text, size_t len)
{
	snprintf(text, len, "%pS", (void *)caller);
}

bool phyr_debug_is_p2p(phys_addr_t phys)
{
	unsigned long pfn = PHYS_PFN(phys);

	return pfn_valid(pfn) && is_pci_p2pdma_page(pfn_to_page(pfn));
}
EXPORT_SYMBOL_GPL(phyr_debug_is_p2p);

static int phyr_bus_event(struct notifier_block *nb, unsigned long event,
			  void *data)
{
	struct device *dev = data;
	size_t leaks;

	if (event != BUS_NOTIFY_UNBOUND_DRIVER)
		return NOTIFY_DONE;
	leaks = phyr_rs_debug_leaks(dev);
	if (leaks)
		dev_WARN(dev,
			 "phyr: %zu lists are mapped and no driver is bound; see phyr/mappings in debugfs\n",
			 leaks);
	return NOTIFY_OK;
}

static struct notifier_block phyr_bus_notifier = {
	.notifier_call = phyr_bus_event,
};

int phyr_debug_init(void)
{
	return bus_register_notifier(&pci_bus_type, &phyr_bus_notifier);
}

void phyr_debug_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &phyr_bus_notifier);
}
