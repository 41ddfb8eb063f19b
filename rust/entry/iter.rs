// SPDX-License-Identifier: GPL-2.0

//! `dma_map_phyr_iter()`.

use super::array_mut;
use crate::{
    ffi::from_errno,
    iter::{
        Cursor,
        RawIter, //
    },
    plan::{
        error::Error,
        range::DmaRange, //
    },
    raw_map::RawMap,
    streamed,
    watch::Size, //
};
use core::{
    cell::Cell,
    mem::MaybeUninit, //
};
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    }, //
};

/// `dma_map_phyr_iter()`.
///
/// # Safety
///
/// As its documentation in `include/linux/phyr-iter.h` demands: `dev` is a valid device, `iter` a
/// cursor over memory that may be mapped for it, `map` may be written, and `ranges` has room for
/// `max_ranges` entries, which overlap nothing else.
#[no_mangle]
unsafe extern "C" fn phyr_rs_map_iter(
    dev: *mut bindings::device,
    iter: *const RawIter,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    let failed = Cell::new(0);
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: `iter` is valid during the call.
    let iter = unsafe { *iter };
    // SAFETY: It may be used during the call.
    let list = unsafe { Cursor::new(iter, &failed) };
    // SAFETY: As in `phyr_rs_map`.
    let out = unsafe { array_mut(ranges, max_ranges) };
    // SAFETY: `map` is valid for writes, and nobody else uses it.
    let map = unsafe { &mut *map };

    // SAFETY: By the safety requirements of this function.
    match unsafe { streamed::map(dev, list.clone(), out, dir, attrs) } {
        Ok(raw) => map.write(raw).count(),
        Err(error) => {
            let error = match failed.get() {
                0 => error,
                errno => from_errno(errno, 0),
            };
            let needed = match error {
                Error::NoSpace { needed } => needed,
                _ => 0,
            };
            streamed::refused(dev, dir, attrs, &|| Size::sum(list.clone()), error);
            map.write(RawMap::empty(needed));
            error.to_errno()
        }
    }
}
