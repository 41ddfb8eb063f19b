// SPDX-License-Identifier: GPL-2.0
/*
 * The clock against instructions that are known.
 */
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/timex.h>

#include "instructions.h"

u64 instructions_overhead(void)
{
	u64 start = get_cycles();

	return get_cycles() - start;
}

bool instructions_are_counted(void)
{
	unsigned long flags;
	u64 ticks;

	local_irq_save(flags);
	ticks = get_cycles();
	asm volatile(".rept 1000\n\tnop\n\t.endr");
	ticks = get_cycles() - ticks - instructions_overhead();
	local_irq_restore(flags);
	return ticks >= 990 && ticks <= 1010;
}
EXPORT_SYMBOL_GPL(instructions_are_counted);
