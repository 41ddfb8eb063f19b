// SPDX-License-Identifier: GPL-2.0
/*
 * Exports the symbols of the Rust crate "phyr_rdma" to modules that link against it,
 * as rust/exports.c of the kernel does: the type does not matter, the name does.
 */
#include <linux/export.h>

#include "crate_exports_generated.h"
