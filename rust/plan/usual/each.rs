// SPDX-License-Identifier: GPL-2.0

//! A list that is mapped as it is read, run by run.

use super::{
    run::{
        take_run,
        Run, //
    },
    undo,
    Stop,
    Usual, //
};
use crate::plan::{
    backend::Backend,
    class::Kind,
    cut::Cuts,
    layout::MAX_SIZE,
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr, //
    }, //
};
use core::cell::Cell;

/// The most in which the first and the last address of a run may differ for no more to be asked: lists
/// of such runs are never too long to be counted.
const MOST_SPREAD: u64 = (1 << 32) - 1;

/// A list that is mapped run by run. What does not fit in the registers is read and added to where it
/// is in memory, for what a loop carries in variables is moved about for each run.
pub(super) struct Each {
    cuts: Cuts,
    /// The bits in which the first and the last address of a run may differ, at most, for it not to
    /// be cut in any case.
    uncut: u64,
    /// Highest physical address that the device can be given.
    reach: u64,
    pub(super) bytes: Cell<Bytes>,
    pub(super) stop: Cell<Stop>,
}

impl Each {
    #[inline(always)]
    pub(super) fn new(device: &Usual) -> Self {
        Self {
            cuts: device.cuts,
            uncut: device.cuts.uncut().min(MOST_SPREAD),
            reach: device.reach,
            bytes: Cell::new(Bytes::ZERO),
            stop: Cell::new(Stop::Unusual),
        }
    }

    /// Maps each run as it is read, and returns how many these are. After a failure none of them is
    /// mapped, and `stop` tells why.
    #[inline(never)]
    pub(super) fn map<B: Backend>(
        &self,
        backend: &mut B,
        kind: Kind,
        list: &[Phyr],
        out: &[Cell<DmaRange>],
    ) -> Option<usize> {
        let mut rest = list.iter();
        let mut slots = out.iter();

        while rest.len() != 0 {
            let run = match take_run(&mut rest) {
                Some(run) if self.takes(run) => run,
                _ => return undo_all_but(backend, kind, out, slots.len()),
            };
            let left = slots.len();
            let Some(slot) = slots.next() else {
                return undo_all_but(backend, kind, out, left);
            };
            self.bytes.set(self.bytes.get().wrapping_add(run.len()));
            match backend.map(run.start, run.len(), kind) {
                Ok(addr) => slot.set(DmaRange::new(addr, run.len())),
                Err(refusal) => {
                    self.stop.set(refusal.into());
                    return undo_all_but(backend, kind, out, left);
                }
            }
        }
        Some(out.len().wrapping_sub(slots.len()))
    }

    /// Whether `run` is within reach, and one range.
    #[inline(always)]
    fn takes(&self, run: Run) -> bool {
        run.last() <= self.reach && (run.spread() <= self.uncut || self.takes_long(run))
    }

    #[cold]
    #[inline(never)]
    fn takes_long(&self, run: Run) -> bool {
        let bytes = self.bytes.get().checked_add(run.len());

        bytes.is_some_and(|bytes| bytes <= MAX_SIZE)
            && self.cuts.takes(DmaAddr::new(run.start.raw()), run.len())
    }
}

/// Unmaps what is mapped, which is all but what is `left` of `out`.
#[cold]
#[inline(never)]
fn undo_all_but<B: Backend>(
    backend: &mut B,
    kind: Kind,
    out: &[Cell<DmaRange>],
    left: usize,
) -> Option<usize> {
    let mapped = out.len().wrapping_sub(left);

    undo(backend, kind, out.iter().take(mapped).map(Cell::get));
    None
}
