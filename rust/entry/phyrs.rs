// SPDX-License-Identifier: GPL-2.0

//! `dma_map_phyrs()`.

use super::{
    array_mut,
    passed::Passed, //
};
use crate::{
    list::array,
    plan::{
        phyr::Phyr,
        range::DmaRange,
        usual::{
            direct,
            shared, //
        }, //
    },
    raw_map::RawMap,
    usual, //
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    }, //
};

/// A way in which `dma_map_phyrs()` maps a list: that of `$way`, of which C knows that it is the
/// one, for a list of which C knows that its number of entries is in `$entries`. Each is a function
/// with the arguments of `dma_map_phyrs()`, so that C jumps there and has to move none of them.
macro_rules! usual_way {
    ($(#[$doc:meta])* $name:ident, $entries:pat, $device:path, $way:path) => {
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// As for [`phyr_rs_map`](super::list::phyr_rs_map), with a list of RAM, or as `attrs`
        /// says, of as many entries as it is for. `phyrs` must not be null, `max_ranges` be at
        /// least one, and both numbers must fit in an `int`.
        #[no_mangle]
        pub(super) unsafe extern "C" fn $name(
            dev: *mut bindings::device,
            phyrs: *const Phyr,
            nr: c_uint,
            map: *mut MaybeUninit<RawMap>,
            ranges: *mut DmaRange,
            max_ranges: c_uint,
            dir: bindings::dma_data_direction,
            attrs: c_ulong,
        ) -> c_int {
            // SAFETY: By the safety requirements of this function.
            unsafe { core::hint::assert_unchecked(matches!(nr, $entries) && max_ranges >= 1) };
            // INVARIANT: What C passes is.
            let passed = Passed {
                // SAFETY: `dev` is a valid device.
                dev: unsafe { Device::from_raw(dev) },
                // CAST: `c_uint` has 32 bits, `usize` 64.
                //
                // SAFETY: The list is valid and does not change during the call.
                phyrs: unsafe { core::slice::from_raw_parts(phyrs, nr as usize) },
                dir,
                attrs,
            };
            // CAST: `c_uint` has 32 bits, `usize` 64.
            //
            // SAFETY: As there.
            let out = unsafe { core::slice::from_raw_parts_mut(ranges, max_ranges as usize) };
            // SAFETY: `map` is valid for writes, and nobody else uses it.
            let map = unsafe { &mut *map };

            passed.map(out, map, |wanted, out, then| {
                $device(wanted, out, then, |backend, list, kind, device, out, then| {
                    $way(backend, list, kind, device, out, then)
                })
            })
        }
    };
}

usual_way! {
    /// One entry, without an IOMMU.
    phyr_rs_map_direct_entry, 1, usual::direct, direct::map_entry
}
usual_way! {
    /// Several entries of which the first stands alone, without an IOMMU.
    phyr_rs_map_direct_apart, 2.., usual::direct, direct::map_apart
}
usual_way! {
    /// Several entries of which the first two are adjacent, without an IOMMU.
    phyr_rs_map_direct_adjacent, 2.., usual::direct, direct::map_adjacent
}
usual_way! {
    /// One entry, behind an IOMMU.
    phyr_rs_map_shared_entry, 1, usual::shared, shared::map_entry
}
usual_way! {
    /// Several entries of which the first stands alone, behind an IOMMU.
    phyr_rs_map_shared_apart, 2.., usual::shared, shared::map_apart
}
usual_way! {
    /// Several entries of which the first two are adjacent, behind an IOMMU.
    phyr_rs_map_shared_adjacent, 2.., usual::shared, shared::map_adjacent
}

/// `dma_map_phyrs()` of a list, or with room, that is empty or more than is counted.
///
/// # Safety
///
/// As for [`phyr_rs_map`](super::list::phyr_rs_map), with a list of RAM, or as `attrs` says, of
/// `nr` entries.
#[no_mangle]
pub(super) unsafe extern "C" fn phyr_rs_map_unusual(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    nr: c_uint,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // INVARIANT: What C passes is.
    let passed = Passed {
        // SAFETY: `dev` is a valid device.
        dev: unsafe { Device::from_raw(dev) },
        // SAFETY: The list is valid and does not change during the call.
        phyrs: unsafe { array(phyrs, nr) },
        dir,
        attrs,
    };
    // SAFETY: As there.
    let out = unsafe { array_mut(ranges, max_ranges) };
    // SAFETY: `map` is valid for writes, and nobody else uses it.
    let map = unsafe { &mut *map };

    passed.map_unusual(out, map)
}
