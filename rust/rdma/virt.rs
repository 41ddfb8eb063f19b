// SPDX-License-Identifier: GPL-2.0

//! Devices without DMA of their own: their driver copies, and is given addresses of the kernel's.

use crate::lists::List;
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    error::{
        Error,
        Result, //
    },
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    }, //
};
use phyr::plan::{
    class::Entry,
    phyr::Phyr,
    range::DmaRange,
    run::Run,
    units::DmaAddr, //
};

extern "C" {
    fn phyr_rw_virt_one(addr: u64, len: u64) -> c_ulong;
    fn phyr_rw_virt(ranges: *mut DmaRange, nr: c_uint) -> bool;
}

/// It is not RAM that the kernel can address.
fn out_of_reach() -> Error {
    // CAST: The number of an error.
    Error::from_errno(-(bindings::EREMOTEIO as c_int))
}

/// Has `nr` ranges, which are physical, tell where the kernel finds them.
///
/// # Safety
///
/// There must be so many, which have bytes and do not wrap around.
pub(crate) unsafe fn locate(ranges: *mut DmaRange, nr: usize) -> Result {
    // Rooms and lists are told in 32 bits.
    let nr = c_uint::try_from(nr).unwrap_or(c_uint::MAX);

    // SAFETY: By the safety requirements of this function.
    match unsafe { phyr_rw_virt(ranges, nr) } {
        true => Ok(()),
        false => Err(out_of_reach()),
    }
}

/// Gives the one range `phyr` to the slot: where the kernel finds it.
///
/// # Errors
///
/// As [`find`].
pub(crate) fn find_one(phyr: Phyr, slot: &mut MaybeUninit<DmaRange>) -> Result {
    let run = Run::new(Entry::ram(phyr))?;

    // SAFETY: A run has bytes and does not wrap around.
    match unsafe { phyr_rw_virt_one(run.paddr().raw(), run.len().raw()) } {
        0 => Err(out_of_reach()),
        addr => {
            // CAST: Both have 64 bits.
            slot.write(DmaRange::new(DmaAddr::new(addr as u64), run.len()));
            Ok(())
        }
    }
}

/// `run`, still where it is physically.
#[inline]
fn physical(run: Run) -> DmaRange {
    DmaRange::new(DmaAddr::new(run.paddr().raw()), run.len())
}

/// Calls `take` for each run of `list`, and tells how many there are.
#[inline]
fn each_run<L: List>(list: &L, mut take: impl FnMut(usize, Run)) -> Result<usize> {
    let mut failed: c_int = 0;
    let mut last: Option<Run> = None;
    let mut nr = 0;

    for phyr in list.phyrs(&mut failed) {
        let next = Run::new(Entry::ram(phyr))?;
        let joined = last.and_then(|run| run.join(next));

        if let (None, Some(run)) = (joined, last) {
            take(nr, run);
            nr += 1;
        }
        last = joined.or(Some(next));
    }
    if failed != 0 {
        return Err(Error::from_errno(failed));
    }
    if let Some(run) = last {
        take(nr, run);
        nr += 1;
    }
    Ok(nr)
}

/// Room that the ranges of `list` need.
pub(crate) fn count<L: List>(list: &L) -> Result<usize> {
    each_run(list, |_, _| {})
}

/// Gives each range of `list`, as far as there are slots, to the slot, still where it is physically.
/// Returns how many there are.
///
/// # Errors
///
/// `EINVAL` if an entry is not valid; what a cursor returns.
#[inline]
pub(crate) fn write_physical<L: List>(
    list: &L,
    slots: &mut [MaybeUninit<DmaRange>],
) -> Result<usize> {
    each_run(list, |at, run| {
        if let Some(slot) = slots.get_mut(at) {
            slot.write(physical(run));
        }
    })
}

/// Gives each range of `list`, as far as there are slots, to the slot: where the kernel finds it.
/// Returns how many there are.
///
/// # Errors
///
/// `EREMOTEIO` if one is not RAM; those of [`write_physical`].
#[inline]
pub(crate) fn find<L: List>(list: &L, slots: &mut [MaybeUninit<DmaRange>]) -> Result<usize> {
    let nr = write_physical(list, slots)?;
    let written = nr.min(slots.len());

    // SAFETY: So many were just written: physical ranges that have bytes and do not wrap around.
    unsafe { locate(slots.as_mut_ptr().cast(), written) }?;
    Ok(nr)
}
