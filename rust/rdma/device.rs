// SPDX-License-Identifier: GPL-2.0

//! RDMA devices, for Rust ULPs.

use crate::verbs::IbDevice;
use core::ptr::NonNull;
use kernel::{
    bindings,
    error::{
        code::ENODEV,
        Result, //
    },
};

// Structures that are only pointed to, or empty in some configurations.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_rw_device_get(dev: *mut IbDevice) -> *mut IbDevice;
    fn ib_device_put(dev: *mut IbDevice);
    fn phyr_rw_device_dma(dev: *mut IbDevice) -> *mut bindings::device;
}

/// A device that stays registered as long as this lives: whoever would unregister it waits.
///
/// # Invariants
///
/// A registration lock is held: `ib_device_try_get()`.
pub struct Device(NonNull<IbDevice>);

// SAFETY: Devices are counted, and used, by any thread.
unsafe impl Send for Device {}
// SAFETY: As above.
unsafe impl Sync for Device {}

impl Device {
    /// # Safety
    ///
    /// `dev` must be a device that lives during the call.
    ///
    /// # Errors
    ///
    /// `ENODEV` if it is being unregistered.
    pub unsafe fn get(dev: NonNull<IbDevice>) -> Result<Self> {
        // SAFETY: By the safety requirements of this function.
        let dev = unsafe { phyr_rw_device_get(dev.as_ptr()) };

        // INVARIANT: Just taken.
        NonNull::new(dev).map(Self).ok_or(ENODEV)
    }

    /// As `ib_verbs.h` knows it.
    pub fn as_raw(&self) -> *mut IbDevice {
        self.0.as_ptr()
    }

    /// The device that memory is mapped for; [`None`] if it has no DMA of its own, as rxe and siw.
    pub(crate) fn dma_dev(&self) -> Option<NonNull<bindings::device>> {
        // SAFETY: It is registered by the type invariants.
        NonNull::new(unsafe { phyr_rw_device_dma(self.as_raw()) })
    }

    /// Whether it takes memory that has no `struct page`: `rdma_phyr_pageless()`.
    pub fn is_pageless(&self) -> bool {
        self.dma_dev().is_some()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: By the type invariants; it is given up here.
        unsafe { ib_device_put(self.as_raw()) };
    }
}
