// SPDX-License-Identifier: GPL-2.0

//! All devices that buffers are mapped for.

use super::{
    reclaim::NoIo,
    PhyrDevice, //
};
use crate::ffi::as_raw;
use core::ptr;
use kernel::{
    bindings,
    device::Device,
    error::to_result,
    ffi::c_int,
    prelude::*,
    sync::{
        atomic::{
            Acquire,
            Atomic,
            Release, //
        },
        Arc, //
    }, //
};

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_watch_bus(dev: *mut bindings::device) -> c_int;
    fn phyr_shim_is_end_heard(dev: *mut bindings::device) -> bool;
}

kernel::sync::global_lock! {
    // SAFETY: It is initialized when the module is loaded, before there is a device.
    unsafe(uninit) static DEVICES: Mutex<KVec<Option<Arc<PhyrDevice>>>> = KVec::new();
}

/// Whether what all buffers share is there. Before that nothing of it may be touched.
static IS_UP: Atomic<bool> = Atomic::new(false);

/// What all buffers share is there: devices can be had from now on.
pub(super) fn set_up() {
    IS_UP.store(true, Release);
}

/// Makes room for devices.
///
/// # Safety
///
/// It must be called once, before anything else here.
pub(super) unsafe fn init() {
    // SAFETY: By the safety requirements of this function.
    unsafe { DEVICES.init() };
}

/// The one that stands for `dev`, if there is one, also if it begins to go.
fn find(dev: &Device) -> Option<Arc<PhyrDevice>> {
    let devices = DEVICES.lock();
    let mut all = devices.iter().flatten();

    all.find(|device| device.is_for(dev)).cloned()
}

/// The one that stands for `dev`, which is made if there is none: `phyr_device_get()`. May sleep.
///
/// # Errors
///
/// `ENODEV` if no driver is bound to it, or it begins to go; `EPROBE_DEFER` if phyr is built in and
/// not there yet; `ENOMEM`.
pub(crate) fn get(dev: &Device) -> Result<Arc<PhyrDevice>> {
    // All else takes a device.
    if !IS_UP.load(Acquire) {
        return Err(EPROBE_DEFER);
    }
    let _noio = NoIo::new();
    // SAFETY: The device is valid by the type invariants of `Device`.
    to_result(unsafe { phyr_shim_watch_bus(as_raw(dev)) })?;
    let mut devices = DEVICES.lock();

    if let Some(device) = devices.iter().flatten().find(|device| device.is_for(dev)) {
        return match device.is_leaving() || device.dev().is_none() {
            true => Err(ENODEV),
            false => Ok(device.clone()),
        };
    }
    // SAFETY: As above.
    let is_end_heard = unsafe { phyr_shim_is_end_heard(as_raw(dev)) };

    // Who is told of the end from now on waits for the lock, and finds the device.
    if !is_end_heard {
        return Err(ENODEV);
    }
    let id = match devices.iter().position(Option::is_none) {
        Some(id) => id,
        None => {
            devices.push(None, GFP_KERNEL)?;
            devices.len().wrapping_sub(1)
        }
    };
    let device = PhyrDevice::new(dev, id)?;

    if let Some(slot) = devices.get_mut(id) {
        *slot = Some(device.clone());
    }
    Ok(device)
}

/// The same for a driver that says itself when the device has to [stop]: `phyr_device_register()`.
///
/// # Errors
///
/// Those of [`get`].
pub(crate) fn register(dev: &Device) -> Result<Arc<PhyrDevice>> {
    let device = get(dev)?;

    device.register();
    Ok(device)
}

/// Ends all that is mapped for `device`: `phyr_device_unregister()`. Sleeps.
///
/// If its driver is about to be unbound it is known until that has happened, for it must not be
/// made anew meanwhile.
pub(crate) fn stop(device: &PhyrDevice) {
    device.stop();
    if !device.is_leaving() {
        forget(device);
    }
}

/// From now on another may have its number.
fn forget(device: &PhyrDevice) {
    let gone = DEVICES.lock().get_mut(device.id()).and_then(|slot| {
        // Somebody else may have been quicker, and another have its number by now.
        slot.take_if(|other| ptr::eq(&**other, device))
    });

    drop(gone);
}

/// Ends all there are. There are none that anybody still uses.
pub(super) fn stop_all() {
    let devices = core::mem::replace(&mut *DEVICES.lock(), KVec::new());

    for device in devices.iter().flatten() {
        device.stop();
    }
}

/// A driver is about to be unbound from `dev`. If it stops it itself, that is still to come.
///
/// # Safety
///
/// `dev` must be a valid device.
#[no_mangle]
unsafe extern "C" fn phyr_rs_device_unbind(dev: *mut bindings::device) {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::from_raw(dev) };

    if let Some(device) = find(dev) {
        device.set_leaving();
        if !device.is_registered() {
            device.stop();
        }
    }
}

/// No driver is bound to `dev` any more. Returns whether one has forgotten to stop it.
///
/// # Safety
///
/// As for [`phyr_rs_device_unbind`].
#[no_mangle]
unsafe extern "C" fn phyr_rs_device_unbound(dev: *mut bindings::device) -> bool {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::from_raw(dev) };

    find(dev).is_some_and(|device| {
        let is_forgotten = device.dev().is_some();

        device.stop();
        forget(&device);
        is_forgotten
    })
}
