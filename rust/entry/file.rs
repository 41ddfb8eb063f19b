// SPDX-License-Identifier: GPL-2.0

//! `include/linux/phyr-file.h`.

use super::{
    array_mut,
    buffer::access, //
};
use crate::buffer::{
    PhyrBuffer,
    PhyrDevice, //
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    error::Result,
    ffi::{
        c_int,
        c_uint, //
    },
    fs::file::LocalFile,
    prelude::*,
    sync::Arc, //
};

fn count_or_errno(result: Result<usize>) -> c_int {
    match result {
        Ok(nr) => c_int::try_from(nr).unwrap_or(c_int::MAX),
        Err(error) => error.to_errno(),
    }
}

/// `phyr_file_devices()`.
///
/// # Safety
///
/// `file` must be an open file, whose position no other thread changes without `f_pos_lock`, and
/// `devices` have room for `max` entries.
#[no_mangle]
unsafe extern "C" fn phyr_rs_file_devices(
    file: *mut bindings::file,
    devices: *mut *const PhyrDevice,
    max: c_uint,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let file = unsafe { LocalFile::from_raw_file(file) };
    // SAFETY: By the safety requirements of this function.
    let room = unsafe { array_mut(devices.cast::<MaybeUninit<*const PhyrDevice>>(), max) };

    count_or_errno(PhyrDevice::of_file(file).and_then(|found| {
        let room = room.get_mut(..found.len()).ok_or(ENOSPC)?;
        let nr = room.len();

        for (to, device) in room.iter_mut().zip(found) {
            to.write(Arc::into_raw(device));
        }
        Ok(nr)
    }))
}

/// `phyr_buffer_map_file()`.
///
/// # Safety
///
/// C must have a reference to `buffer` during the call, and `file` be as for
/// [`phyr_rs_file_devices`].
#[no_mangle]
unsafe extern "C" fn phyr_rs_buffer_map_file(
    buffer: *const PhyrBuffer,
    file: *mut bindings::file,
    raw: c_uint,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let buffer = unsafe { &*buffer };
    // SAFETY: By the safety requirements of this function.
    let file = unsafe { LocalFile::from_raw_file(file) };

    count_or_errno(access(raw).and_then(|access| buffer.map_for(file, access)))
}
