// SPDX-License-Identifier: GPL-2.0

//! What is done with a mapping: `dma_unmap_phyrs()` and the syncs.

use crate::{
    ffi::coherence,
    list::array,
    plan::{
        backend::Owner,
        error::Error,
        range::DmaRange,
        sync::{
            hand_over,
            Span, //
        },
        units::Bytes, //
    },
    raw_map::RawMap,
    watch::check_sync, //
};
use kernel::{
    bindings,
    device::Device,
    ffi::c_int, //
};

/// `dma_unmap_phyrs()`.
///
/// # Safety
///
/// As its documentation in `include/linux/dma-phyr.h` demands: `map` was written by
/// `dma_map_phyrs()` or its like for the same device and not been unmapped since, or is zeroed;
/// `ranges` is the array that was written with it, where it is needed.
#[no_mangle]
unsafe extern "C" fn phyr_rs_unmap(
    dev: *mut bindings::device,
    map: *mut RawMap,
    ranges: *const DmaRange,
) {
    // SAFETY: `map` is valid for reads and writes, and nobody else uses it.
    let map = unsafe { &mut *map };
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: The map is one of this device's, and `ranges` the array that was written with it.
    unsafe { map.unmap(dev, ranges) };
}

/// `dma_sync_phyrs_for_cpu()` and `dma_sync_phyrs_for_device()`.
///
/// # Safety
///
/// As their documentation in `include/linux/dma-phyr.h` demands: `map` is a mapping for `dev`, and
/// `ranges` the array that was written with it.
#[no_mangle]
unsafe extern "C" fn phyr_rs_sync(
    dev: *mut bindings::device,
    map: *const RawMap,
    ranges: *const DmaRange,
    offset: usize,
    len: usize,
    for_cpu: bool,
) -> c_int {
    // SAFETY: `map` is valid for reads.
    let map = unsafe { &*map };
    if !map.is_held() {
        return 0;
    }
    // SAFETY: What is held is only looked at.
    let held = unsafe { map.held() };
    let request = map.request();
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: `ranges` is the array that was written with the mapping.
    let array = unsafe { array(ranges, map.entries_to_sync()) };
    // SAFETY: The device has a DMA mask, as it was mapped for, and the backend goes to `hand_over`
    // only, with what is mapped for the same device and request.
    let mut backend = unsafe { request.backend(dev) };
    let owner = match for_cpu {
        true => Owner::Cpu,
        false => Owner::Device,
    };

    // CAST: `usize` has 64 bits.
    let span = Span::new(Bytes::new(offset as u64), Bytes::new(len as u64));

    if !check_sync(map.ticket(), dev, span) {
        return Error::Invalid.to_errno();
    }
    // CAST: `u32` to 64 bits.
    let ranges = map.nr_ranges() as usize;
    let result = hand_over(
        &mut backend,
        &held,
        coherence(dev),
        array,
        ranges,
        span,
        owner,
    );
    result.map_or_else(Error::to_errno, |()| 0)
}
