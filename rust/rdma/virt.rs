// SPDX-License-Identifier: GPL-2.0

//! Devices without DMA of their own: their driver copies, and is given addresses of the kernel's.

use crate::lists::List;
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    error::{
        to_result,
        Error,
        Result, //
    },
    ffi::c_int, //
};
use phyr::plan::{
    class::Entry,
    merge::Merge,
    phyr::Phyr,
    range::DmaRange,
    run::{
        Run,
        Runs, //
    }, //
};

extern "C" {
    fn phyr_rw_virt(phyr: *const Phyr, range: *mut MaybeUninit<DmaRange>) -> bool;
}

/// It is not RAM that the kernel can address.
fn out_of_reach() -> Error {
    // CAST: The number of an error.
    Error::from_errno(-(bindings::EREMOTEIO as c_int))
}

/// Where the kernel finds what is in `run`.
fn range_of(run: Run) -> Result<DmaRange> {
    let phyr = Phyr::new(run.paddr(), run.len());
    let mut range = MaybeUninit::uninit();

    // SAFETY: A run has bytes, and does not wrap around; `range` may be written.
    if !unsafe { phyr_rw_virt(&phyr, &mut range) } {
        return Err(out_of_reach());
    }
    // SAFETY: It was written, as that returned true.
    Ok(unsafe { range.assume_init() })
}

/// Calls `take` for each run of `list`, and tells how many there are.
fn each_run<L: List>(list: &L, mut take: impl FnMut(usize, Run) -> Result) -> Result<usize> {
    let mut failed: c_int = 0;
    let mut nr = 0;

    for run in Runs::new(list.phyrs(&mut failed).map(Entry::ram), Merge::ALL) {
        take(nr, run?)?;
        nr += 1;
    }
    to_result(failed)?;
    Ok(nr)
}

/// Room that the ranges of `list` need.
pub(crate) fn count<L: List>(list: &L) -> Result<usize> {
    each_run(list, |_, _| Ok(()))
}

/// Gives each range of `list`, as far as there are slots, to the slot. Returns how many there are.
///
/// # Errors
///
/// `EREMOTEIO` if one is not RAM; `EINVAL` if an entry is not valid; what a cursor returns.
pub(crate) fn find<L: List, T>(
    list: &L,
    slots: &mut [MaybeUninit<T>],
    of: impl Fn(DmaRange) -> Result<T>,
) -> Result<usize> {
    each_run(list, |at, run| {
        if let Some(slot) = slots.get_mut(at) {
            slot.write(of(range_of(run)?)?);
        }
        Ok(())
    })
}
