// SPDX-License-Identifier: GPL-2.0

//! What `ulp.c` calls, for ULPs that build work requests of their own.

use crate::{
    entry::{
        array,
        array_mut, //
    },
    lists::{
        ByCursor,
        Cursor,
        InArray,
        List,
        Map, //
    },
    plan::{
        message::{
            parts,
            LONGEST, //
        },
        stretch::stretch, //
    },
    verbs::Sge,
    virt,
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    error::{
        code::{
            EINVAL,
            EMSGSIZE,
            ENOSPC, //
        },
        Result, //
    },
    ffi::{
        c_int,
        c_uint, //
    }, //
};
use phyr::plan::{
    phyr::Phyr,
    range::DmaRange,
    units::Bytes, //
};

/// What is returned to C: how many were written.
fn returned(written: Result<usize>) -> c_int {
    match written {
        // There is no room for more.
        Ok(nr) => c_int::try_from(nr).unwrap_or(c_int::MAX),
        Err(error) => error.to_errno(),
    }
}

/// How many of `found` there are, if there are any and they fit.
fn fitting(found: usize, room: usize) -> Result<usize> {
    match found {
        0 => Err(EINVAL),
        found if found > room => Err(ENOSPC),
        found => Ok(found),
    }
}

/// Finds `list`, and writes what would have to be unmapped: nothing.
fn find<L: List>(
    list: &L,
    map: &mut MaybeUninit<Map>,
    ranges: &mut [MaybeUninit<DmaRange>],
    dir: bindings::dma_data_direction,
) -> Result<usize> {
    let map = map.write(Map::premapped(0));
    if !(0..bindings::dma_data_direction_DMA_NONE).contains(&dir) {
        return Err(EINVAL);
    }
    let found = virt::find(list, ranges)?;

    // More than 32 bits have cannot be given room for, either.
    *map = Map::premapped(c_uint::try_from(found).unwrap_or(c_uint::MAX));
    fitting(found, ranges.len())
}

/// `ib_dma_map_phyrs()` for a device without DMA of its own.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/ib_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_find(
    phyrs: *const Phyr,
    nr: c_uint,
    map: *mut MaybeUninit<Map>,
    ranges: *mut MaybeUninit<DmaRange>,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
) -> c_int {
    // INVARIANT: They are only looked at.
    //
    // SAFETY: There are so many entries, which do not change during the call.
    let list = InArray(unsafe { array(phyrs, nr) });
    // SAFETY: It may be written, and nobody else uses it.
    let map = unsafe { &mut *map };
    // SAFETY: There is as much room, and nobody else uses it.
    let ranges = unsafe { array_mut(ranges, max_ranges) };

    returned(find(&list, map, ranges, dir))
}

/// `ib_dma_map_phyr_iter()` for a device without DMA of its own.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/ib_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_find_iter(
    iter: *const Cursor,
    map: *mut MaybeUninit<Map>,
    ranges: *mut MaybeUninit<DmaRange>,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
) -> c_int {
    // SAFETY: It is valid during the call.
    let list = ByCursor(unsafe { &*iter });
    // SAFETY: It may be written, and nobody else uses it.
    let map = unsafe { &mut *map };
    // SAFETY: There is as much room, and nobody else uses it.
    let ranges = unsafe { array_mut(ranges, max_ranges) };

    returned(find(&list, map, ranges, dir))
}

/// Writes SGEs of `len` bytes of `ranges` behind the first `offset`. Returns how many.
pub(crate) fn name(
    ranges: &[DmaRange],
    offset: Bytes,
    len: Bytes,
    lkey: u32,
    sges: &mut [MaybeUninit<Sge>],
) -> Result<usize> {
    let mut named = Bytes::ZERO;
    let mut nr = 0;

    for part in stretch(ranges.iter().copied(), offset, len).flat_map(parts) {
        let slot = sges.get_mut(nr).ok_or(ENOSPC)?;

        slot.write(Sge::of(part, lkey));
        named = named.saturating_add(part.len());
        nr += 1;
    }
    match named == len {
        true => fitting(nr, sges.len()),
        false => Err(EINVAL),
    }
}

/// `ib_phyr_sges()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/ib_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_sges(
    ranges: *const DmaRange,
    nr: c_uint,
    offset: u64,
    len: u64,
    lkey: u32,
    sges: *mut MaybeUninit<Sge>,
    max_sges: c_uint,
) -> c_int {
    // SAFETY: There are so many entries, which do not change during the call.
    let ranges = unsafe { array(ranges, nr) };
    // SAFETY: There is as much room, and nobody else uses it.
    let sges = unsafe { array_mut(sges, max_sges) };

    returned(name(
        ranges,
        Bytes::new(offset),
        Bytes::new(len),
        lkey,
        sges,
    ))
}

/// Writes an SGE of each range of `list`, which the CPU reads. Returns how many.
fn inline<L: List>(list: &L, sges: &mut [MaybeUninit<Sge>]) -> Result<usize> {
    // SAFETY: A range and an SGE take as much room, and either may be written to it.
    let slots = unsafe { &mut *(core::ptr::from_mut(sges) as *mut [MaybeUninit<DmaRange>]) };
    let found = fitting(virt::write_physical(list, slots)?, slots.len())?;

    for slot in slots.iter().take(found) {
        // SAFETY: So many were found, and each was written.
        if unsafe { slot.assume_init() }.len() > LONGEST {
            return Err(EMSGSIZE);
        }
    }
    // SAFETY: As above: physical ranges that have bytes and do not wrap around.
    unsafe { virt::locate(slots.as_mut_ptr().cast(), found) }?;
    for slot in slots.iter_mut().take(found) {
        // SAFETY: As above.
        let range = unsafe { slot.assume_init() };
        // SAFETY: As above.
        unsafe { slot.as_mut_ptr().cast::<Sge>().write(Sge::of(range, 0)) };
    }
    Ok(found)
}

/// `ib_phyr_inline_sges()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/ib_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_inline(
    phyrs: *const Phyr,
    nr: c_uint,
    sges: *mut MaybeUninit<Sge>,
    max_sges: c_uint,
) -> c_int {
    // INVARIANT: They are only looked at.
    //
    // SAFETY: There are so many entries, which do not change during the call.
    let list = InArray(unsafe { array(phyrs, nr) });
    // SAFETY: There is as much room, and nobody else uses it.
    let sges = unsafe { array_mut(sges, max_sges) };

    returned(inline(&list, sges))
}
