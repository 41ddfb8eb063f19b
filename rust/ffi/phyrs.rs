// SPDX-License-Identifier: GPL-2.0

//! `dma_map_phyrs()`, for the Rust API to call as C does.

use super::{
    as_raw,
    from_errno, //
};
use crate::{
    plan::{
        error::Error,
        phyr::Phyr,
        range::DmaRange, //
    },
    raw_map::RawMap, //
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    device::Device,
    dma::DataDirection,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    },
};

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn dma_map_phyrs(
        dev: *mut bindings::device,
        phyrs: *const Phyr,
        nr: c_uint,
        map: *mut MaybeUninit<RawMap>,
        ranges: *mut DmaRange,
        max_ranges: c_uint,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> c_int;
}

/// Maps RAM as C does, and writes what is to be kept of it to `map`.
///
/// # Errors
///
/// Those of `dma_map_phyrs()`.
///
/// # Safety
///
/// `phyrs` must be memory that may be mapped for `dev`, in this direction.
#[inline]
pub(crate) unsafe fn map_list(
    dev: &Device,
    phyrs: &[Phyr],
    array: &mut [DmaRange],
    dir: DataDirection,
    map: &mut MaybeUninit<RawMap>,
) -> Result<(), Error> {
    let nr = c_uint::try_from(phyrs.len()).map_err(|_| Error::Invalid)?;
    let room = c_uint::try_from(array.len()).unwrap_or(c_uint::MAX);

    // SAFETY: By the safety requirements of this function; the device is valid by the type
    // invariants of `Device`, and `map` and `array` may be written.
    let ret = unsafe {
        dma_map_phyrs(
            as_raw(dev),
            phyrs.as_ptr(),
            nr,
            map,
            array.as_mut_ptr(),
            room,
            dir.into(),
            0,
        )
    };
    if ret >= 0 {
        return Ok(());
    }
    // SAFETY: It is always written.
    let map = unsafe { map.assume_init_ref() };
    Err(from_errno(ret, map.nr_ranges() as usize))
}
