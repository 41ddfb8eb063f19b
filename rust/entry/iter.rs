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
        phyr::Phyr,
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
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: `iter` is valid during the call.
    let iter = unsafe { &*iter };
    // SAFETY: As in `phyr_rs_map`.
    let out = unsafe { array_mut(ranges, max_ranges) };
    // SAFETY: `map` is valid for writes, and nobody else uses it.
    let map = unsafe { &mut *map };
    let mut call = Call {
        dev,
        map,
        dir,
        attrs,
    };
    let failed = Cell::new(0);

    // SAFETY: It may be used during the call.
    match unsafe { iter.as_list() } {
        // SAFETY: By the safety requirements of this function.
        Some(list) => unsafe { call.map(&list, out, &failed) },
        None => {
            // SAFETY: It may be used during the call.
            let list = unsafe { Cursor::new(*iter, &failed) };
            // SAFETY: By the safety requirements of this function.
            unsafe { call.map(&list, out, &failed) }
        }
    }
}

/// What C passes in besides the list and the array.
struct Call<'a> {
    dev: &'a Device,
    map: &'a mut MaybeUninit<RawMap>,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
}

impl Call<'_> {
    /// Maps what `list` gives, whose errors go to `failed`.
    ///
    /// # Safety
    ///
    /// It must be memory that may be mapped for the device.
    #[inline(always)]
    unsafe fn map<I: Iterator<Item = Phyr> + Clone>(
        &mut self,
        list: &I,
        out: &mut [DmaRange],
        failed: &Cell<c_int>,
    ) -> c_int {
        // SAFETY: By the safety requirements of this function.
        match unsafe { streamed::map(self.dev, list, out, self.dir, self.attrs) } {
            Ok(raw) => self.map.write(raw).count(),
            Err(error) => {
                let size = || Size::sum(list.clone());

                match failed.get() {
                    0 => self.refuse(error, &size),
                    errno => {
                        self.refuse(from_errno(errno, 0), &size);
                        errno
                    }
                }
            }
        }
    }

    /// Says that nothing is mapped, for what `error` says.
    #[cold]
    fn refuse(&mut self, error: Error, size: &dyn Fn() -> Size) -> c_int {
        let needed = match error {
            Error::NoSpace { needed } => needed,
            _ => 0,
        };

        streamed::refused(self.dev, self.dir, self.attrs, size, error);
        self.map.write(RawMap::empty(needed));
        error.to_errno()
    }
}
