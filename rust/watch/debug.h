/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the ledger, which is in Rust, and what it needs from the kernel.
 */
#ifndef _PHYR_DEBUG_H
#define _PHYR_DEBUG_H

#include <linux/sched.h>
#include <linux/types.h>

struct device;

/**
 * struct phyr_owner - who had a list mapped, and for which device
 * @comm: name of the task
 * @dev: name of the device, as much of it as there is room for
 * @pid: id of the task
 */
struct phyr_owner {
	char comm[TASK_COMM_LEN];
	char dev[32];
	u64 pid;
};

void phyr_debug_report(struct device *dev, const char *what);
void phyr_debug_owner(struct device *dev, struct phyr_owner *owner);
void phyr_debug_symbol(unsigned long caller, char *text, size_t len);
bool phyr_debug_is_p2p(phys_addr_t phys);
int phyr_debug_init(void);
void phyr_debug_exit(void);

void phyr_rs_debug_caller(u64 ticket, unsigned long caller);
size_t phyr_rs_debug_leaks(struct device *dev);

#endif /* _PHYR_DEBUG_H */
