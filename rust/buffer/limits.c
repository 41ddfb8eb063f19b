// SPDX-License-Identifier: GPL-2.0
/*
 * The most that may be mapped of all buffers together.
 */
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/phyr-buffer.h>

struct phyr_buffer_limits phyr_buffers_limits = {
	.mappings = UINT_MAX,
	.bytes = U64_MAX,
};
EXPORT_SYMBOL_GPL(phyr_buffers_limits);

module_param_named(premapped_mappings, phyr_buffers_limits.mappings, uint, 0644);
MODULE_PARM_DESC(premapped_mappings, "most mappings of buffers that are mapped once");
module_param_named(premapped_bytes, phyr_buffers_limits.bytes, ullong, 0644);
MODULE_PARM_DESC(premapped_bytes, "most bytes that these have together");

/* rust/buffer/account.rs repeats it. */
static_assert(sizeof(struct phyr_buffer_limits) == 16);
static_assert(offsetof(struct phyr_buffer_limits, bytes) == 8);
