// SPDX-License-Identifier: GPL-2.0

//! The reserve of `tables.c`, which is there for as long as the module.

use kernel::{
    error::{
        to_result,
        Result, //
    },
    ffi::c_int, //
};

extern "C" {
    fn phyr_rw_tables_init() -> c_int;
    fn phyr_rw_tables_exit();
}

/// The reserve.
///
/// # Invariants
///
/// There is one of these at most, and `phyr_rw_tables_init()` has succeeded for it.
pub(crate) struct Tables(());

impl Tables {
    /// Fills it, when the module is loaded.
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: The module is loaded once, and nobody calls it yet.
        to_result(unsafe { phyr_rw_tables_init() })?;
        // INVARIANT: It has succeeded, once.
        Ok(Self(()))
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        // SAFETY: It was filled, by the type invariants, and nobody calls the module any more.
        unsafe { phyr_rw_tables_exit() };
    }
}
