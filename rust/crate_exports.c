// SPDX-License-Identifier: GPL-2.0
/*
 * Exports the symbols of the Rust crate "phyr" to modules that link against it.
 */
#include <linux/export.h>

/* As in rust/exports.c of the kernel: the type does not matter, the name does. */
#define PHYR_EXPORT_CRATE_SYMBOL(sym) extern int sym; EXPORT_SYMBOL_GPL(sym)

#include "crate_exports_generated.h"
