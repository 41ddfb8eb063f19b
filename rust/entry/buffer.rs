// SPDX-License-Identifier: GPL-2.0

//! `include/linux/phyr-buffer.h`.

use super::array_mut;
use crate::{
    buffer::{
        self,
        Limits,
        Listener,
        Mapping,
        PhyrBuffer,
        PhyrDevice,
        RawListener,
        Use, //
    },
    phyr_list::{
        Access,
        PhyrList, //
    },
    plan::{
        error::Error as PlanError,
        range::DmaRange,
        units::Bytes, //
    }, //
};
use core::mem::ManuallyDrop;
use kernel::{
    bindings,
    device::Device,
    error::{
        code::EINVAL,
        Result, //
    },
    ffi::{
        c_int,
        c_uint, //
    },
    sync::Arc, //
};

/// What is in an [`Arc`], for C, or the number of an error as `ERR_PTR()` makes it.
fn arc_or_error<T>(result: Result<Arc<T>>) -> *const T {
    match result {
        Ok(arc) => Arc::into_raw(arc),
        Err(error) => error.to_ptr(),
    }
}

/// A reference of C's, which C keeps.
///
/// # Safety
///
/// It must come from [`arc_or_error`], and C have the reference during `'a`.
unsafe fn borrowed<T>(raw: *const T) -> ManuallyDrop<Arc<T>> {
    // SAFETY: By the safety requirements of this function.
    ManuallyDrop::new(unsafe { Arc::from_raw(raw) })
}

/// `phyr_device_get()` and `phyr_device_register()`.
///
/// # Safety
///
/// As their documentation demands: `dev` is a valid device.
#[no_mangle]
unsafe extern "C" fn phyr_rs_device_get(
    dev: *mut bindings::device,
    is_registered: bool,
) -> *const PhyrDevice {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::from_raw(dev) };

    arc_or_error(match is_registered {
        true => buffer::register(dev),
        false => buffer::get(dev),
    })
}

/// What `phyr_device_unregister()` begins with.
///
/// # Safety
///
/// `device` must be one that C has a reference to.
#[no_mangle]
unsafe extern "C" fn phyr_rs_device_stop(device: *const PhyrDevice) {
    // SAFETY: By the safety requirements of this function.
    buffer::stop(unsafe { &*device });
}

/// `phyr_device_put()`.
///
/// # Safety
///
/// `device` must be one that C has a reference to, which is given up.
#[no_mangle]
unsafe extern "C" fn phyr_rs_device_put(device: *const PhyrDevice) {
    // SAFETY: By the safety requirements of this function.
    drop(unsafe { Arc::from_raw(device) });
}

/// `phyr_device_listen()`.
///
/// # Safety
///
/// As its documentation demands: C has a reference to `device`, and `listener` is valid until it
/// ignores it.
#[no_mangle]
unsafe extern "C" fn phyr_rs_device_listen(
    device: *const PhyrDevice,
    listener: *mut RawListener,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let device = unsafe { &*device };
    // SAFETY: By the safety requirements of this function.
    let listener = unsafe { Listener::new(listener) };

    device
        .listen(listener)
        .map_or_else(|error| error.to_errno(), |()| 0)
}

/// `phyr_device_ignore()`.
///
/// # Safety
///
/// As for [`phyr_rs_device_listen`].
#[no_mangle]
unsafe extern "C" fn phyr_rs_device_ignore(device: *const PhyrDevice, listener: *mut RawListener) {
    // SAFETY: By the safety requirements of this function.
    let device = unsafe { &*device };
    // SAFETY: By the safety requirements of this function.
    let listener = unsafe { Listener::new(listener) };

    device.ignore(listener);
}

/// `phyr_buffer_create()`.
///
/// # Safety
///
/// As its documentation demands: `list` is a list that nobody else uses, of memory that devices may
/// be given as long as there is the buffer; `limits` is null or valid.
#[no_mangle]
unsafe extern "C" fn phyr_rs_buffer_create(
    list: *mut PhyrList,
    is_writable: bool,
    limits: *const Limits,
) -> *const PhyrBuffer {
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { &mut *list };
    // SAFETY: By the safety requirements of this function.
    let limits = unsafe { limits.as_ref() }.copied().unwrap_or(Limits::NONE);

    // SAFETY: By the safety requirements of this function.
    arc_or_error(unsafe { PhyrBuffer::new(list, is_writable, limits) })
}

/// `phyr_buffer_get()`.
///
/// # Safety
///
/// `buffer` must be one that C has a reference to.
#[no_mangle]
unsafe extern "C" fn phyr_rs_buffer_get(buffer: *const PhyrBuffer) {
    // SAFETY: By the safety requirements of this function.
    let buffer = unsafe { borrowed(buffer) };

    // C has one more.
    core::mem::forget(Arc::clone(&buffer));
}

/// `phyr_buffer_put()`.
///
/// # Safety
///
/// `buffer` must be one that C has a reference to, which is given up.
#[no_mangle]
unsafe extern "C" fn phyr_rs_buffer_put(buffer: *const PhyrBuffer) {
    // SAFETY: By the safety requirements of this function.
    drop(unsafe { Arc::from_raw(buffer) });
}

/// `phyr_buffer_len()`.
///
/// # Safety
///
/// `buffer` must be one that C has a reference to.
#[no_mangle]
unsafe extern "C" fn phyr_rs_buffer_len(buffer: *const PhyrBuffer) -> Bytes {
    // SAFETY: By the safety requirements of this function.
    unsafe { &*buffer }.bytes()
}

/// `enum phyr_access`.
#[inline]
pub(super) fn access(raw: c_uint) -> Result<Access> {
    match raw {
        0 => Ok(Access::Read),
        1 => Ok(Access::Write),
        _ => Err(EINVAL),
    }
}

/// A use, which C ends.
#[inline]
fn used(result: Result<Use<'_>>) -> *const Mapping {
    match result {
        Ok(one) => one.into_mapping(),
        Err(error) => error.to_ptr(),
    }
}

/// `phyr_buffer_use()`.
///
/// # Safety
///
/// C must have a reference to both during the call.
#[no_mangle]
unsafe extern "C" fn phyr_rs_buffer_use(
    buffer: *const PhyrBuffer,
    device: *const PhyrDevice,
    raw: c_uint,
) -> *const Mapping {
    // SAFETY: By the safety requirements of this function.
    let buffer = unsafe { &*buffer };
    // SAFETY: By the safety requirements of this function.
    let device = unsafe { borrowed(device) };

    used(access(raw).and_then(|access| buffer.use_for(&device, access)))
}

/// `phyr_buffer_try_use()`.
///
/// # Safety
///
/// As for [`phyr_rs_buffer_use`].
#[no_mangle]
unsafe extern "C" fn phyr_rs_buffer_try_use(
    buffer: *const PhyrBuffer,
    device: *const PhyrDevice,
    raw: c_uint,
) -> *const Mapping {
    // SAFETY: By the safety requirements of this function.
    let buffer = unsafe { &*buffer };
    // SAFETY: By the safety requirements of this function.
    let device = unsafe { &*device };

    used(access(raw).and_then(|access| buffer.try_use(device, access)))
}

/// `phyr_mapping_unuse()`.
///
/// # Safety
///
/// `mapping` must be used by the caller, who uses it no more.
#[no_mangle]
unsafe extern "C" fn phyr_rs_mapping_unuse(mapping: *const Mapping) {
    // SAFETY: By the safety requirements of this function.
    unsafe { (*mapping).leave() };
}

/// `phyr_mapping_ranges()`.
///
/// # Safety
///
/// `mapping` must be used by the caller; `ranges` has room for so many entries, which overlap
/// nothing else.
#[no_mangle]
unsafe extern "C" fn phyr_rs_mapping_ranges(
    mapping: *const Mapping,
    offset: Bytes,
    len: Bytes,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let mapping = unsafe { &*mapping };
    // SAFETY: By the safety requirements of this function.
    let out = unsafe { array_mut(ranges, max_ranges) };

    // SAFETY: By the safety requirements of this function.
    match unsafe { mapping.part(offset, len, out) } {
        Ok(nr) => c_int::try_from(nr).unwrap_or(c_int::MAX),
        Err(error) => PlanError::to_errno(error),
    }
}

/// `phyr_mapping_sync_for_cpu()` and `phyr_mapping_sync_for_device()`.
///
/// # Safety
///
/// `mapping` must be used by the caller.
#[no_mangle]
unsafe extern "C" fn phyr_rs_mapping_sync(
    mapping: *const Mapping,
    offset: usize,
    len: usize,
    for_cpu: bool,
) {
    // SAFETY: By the safety requirements of this function.
    let mapping = unsafe { &*mapping };

    // SAFETY: By the safety requirements of this function.
    unsafe { mapping.sync(offset, len, for_cpu) };
}
