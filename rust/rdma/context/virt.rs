// SPDX-License-Identifier: GPL-2.0

//! Devices without DMA of their own: their driver copies, and is given addresses of the kernel's.

use super::{
    Context,
    FEW, //
};
use crate::lists::{
    List,
    Map, //
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    error::{
        code::EINVAL,
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

/// Where the driver finds what is in `run`.
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

impl Context {
    /// Finds where the memory of `list` is.
    pub(super) fn map_virtually<L: List>(&mut self, list: &L) -> Result {
        let nr = match list.runs() {
            Some(1..=FEW) => FEW,
            _ => each_run(list, |_, _| Ok(()))?,
        };
        let room = self.make_room(nr)?;
        let found = each_run(list, |at, run| {
            // A cursor may give more than it has before.
            let to = room.get_mut(at).ok_or(EINVAL)?;

            to.write(range_of(run)?);
            Ok(())
        });

        match found {
            // CAST: No more than there is room for, which is told in 32 bits.
            Ok(nr @ 1..) => {
                self.map = Map::premapped(nr as u32);
                Ok(())
            }
            Ok(_) => Err(EINVAL),
            Err(error) => {
                self.forget_ranges();
                Err(error)
            }
        }
    }
}
