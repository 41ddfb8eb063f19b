// SPDX-License-Identifier: GPL-2.0

//! What all buffers share, as long as the module is loaded.

use super::{
    devices,
    reclaim, //
};
use kernel::{
    error::to_result,
    ffi::c_int,
    prelude::*, //
};

extern "C" {
    fn phyr_shim_shrinker_register() -> c_int;
    fn phyr_shim_shrinker_unregister();
    fn phyr_shim_unwatch_buses();
}

/// It is there while there may be buffers.
pub(crate) struct Service(());

impl Service {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: It is called once, when the module is loaded.
        unsafe { devices::init() };
        // SAFETY: As above.
        unsafe { reclaim::init() };
        // SAFETY: What it calls may be called from now on.
        to_result(unsafe { phyr_shim_shrinker_register() })?;
        devices::set_up();
        Ok(Self(()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // SAFETY: Nobody calls phyr any more.
        unsafe { phyr_shim_unwatch_buses() };
        devices::stop_all();
        // SAFETY: It was registered.
        unsafe { phyr_shim_shrinker_unregister() };
        reclaim::exit();
    }
}
