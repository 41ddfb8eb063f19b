// SPDX-License-Identifier: GPL-2.0
/*
 * Waits for a word to change: macros that Rust cannot call.  They are exported because Rust code
 * that is generic, or inlined, is generated in the module that uses it.
 */
#include <linux/export.h>
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
