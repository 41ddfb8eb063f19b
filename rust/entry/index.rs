// SPDX-License-Identifier: GPL-2.0

//! `dma_phyrs_index()` and `dma_phyrs_find()`.

use super::array_mut;
use crate::{
    list::array,
    plan::{
        error::Error,
        index,
        range::DmaRange,
        units::Bytes, //
    }, //
};
use kernel::ffi::{
    c_int,
    c_uint, //
};

/// `dma_phyrs_index()`.
///
/// # Safety
///
/// `ranges` are `nr` valid entries, and `ends` has room for as many numbers, which overlap nothing
/// else.
#[no_mangle]
unsafe extern "C" fn phyr_rs_index(
    ranges: *const DmaRange,
    nr: c_uint,
    ends: *mut Bytes,
    total: *mut Bytes,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let ranges = unsafe { array(ranges, nr) };
    // SAFETY: By the safety requirements of this function; integers have some value.
    let ends = unsafe { array_mut(ends, nr) };

    match index::build(ranges, ends) {
        Ok(bytes) => {
            // SAFETY: `total` is valid for writes.
            unsafe { total.write(bytes) };
            0
        }
        Err(error) => error.to_errno(),
    }
}

/// `dma_phyrs_find()`.
///
/// # Safety
///
/// `ranges` and `ends` are `nr` valid entries each, and `found` is valid for writes.
#[no_mangle]
unsafe extern "C" fn phyr_rs_find(
    ranges: *const DmaRange,
    ends: *const Bytes,
    nr: c_uint,
    offset: Bytes,
    found: *mut DmaRange,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let ranges = unsafe { array(ranges, nr) };
    // SAFETY: By the safety requirements of this function.
    let ends = unsafe { array(ends, nr) };

    match index::find(ranges, ends, offset) {
        Some((number, range)) => {
            // SAFETY: `found` is valid for writes.
            unsafe { found.write(range) };
            c_int::try_from(number).unwrap_or(c_int::MAX)
        }
        None => Error::Invalid.to_errno(),
    }
}
