// SPDX-License-Identifier: GPL-2.0
/*
 * Waits for a word to change, keeps tasks from waiting for I/O, and asks whether there is any use
 * in going on: macros and inline functions that Rust cannot call.  They are exported because Rust
 * code that is generic, or inlined, is generated in the module that uses it.
 */
#include <linux/export.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/wait_bit.h>

#include "../glue.h"

void phyr_shim_wait(u64 *word, u64 seen)
{
	wait_var_event(word, READ_ONCE(*word) != seen);
}
EXPORT_SYMBOL_GPL(phyr_shim_wait);

/* What changed the word is ordered fully. */
void phyr_shim_wake(u64 *word)
{
	wake_up_var(word);
}
EXPORT_SYMBOL_GPL(phyr_shim_wake);

unsigned int phyr_shim_noio_begin(void)
{
	return memalloc_noio_save();
}
EXPORT_SYMBOL_GPL(phyr_shim_noio_begin);

void phyr_shim_noio_end(unsigned int before)
{
	memalloc_noio_restore(before);
}
EXPORT_SYMBOL_GPL(phyr_shim_noio_end);

bool phyr_shim_is_killed(void)
{
	return fatal_signal_pending(current);
}
EXPORT_SYMBOL_GPL(phyr_shim_is_killed);
