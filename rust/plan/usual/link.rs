// SPDX-License-Identifier: GPL-2.0

//! The links of the runs, and the DMA ranges that they come to.

use super::{
    run::Run,
    Stop, //
};
use crate::plan::{
    backend::Backend,
    class::Kind,
    cut::Cuts,
    granule::Granule,
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    }, //
};
use core::cell::Cell;

/// A stretch of an allocation, for which there is room.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    range: DmaRange,
    is_cut: bool,
}

impl Stretch {
    /// [`None`] if there is no room for `range`, or for what it is cut into.
    #[inline(always)]
    pub(super) fn new(range: DmaRange, cuts: Cuts, room: usize) -> Option<Self> {
        let is_cut = !cuts.takes(range.addr(), range.len());

        match is_cut {
            false => room > 0,
            true => fits_cut(range, cuts, room),
        }
        .then_some(Self { range, is_cut })
    }

    /// Writes its DMA ranges to the front of `out`. Returns how many these are.
    #[inline(always)]
    pub(super) fn write(self, cuts: Cuts, out: &mut [DmaRange]) -> usize {
        match (self.is_cut, out) {
            (false, [slot, ..]) => {
                *slot = self.range;
                1
            }
            (_, out) => write_cut(self.range, cuts, out),
        }
    }
}

#[cold]
fn fits_cut(range: DmaRange, cuts: Cuts, room: usize) -> bool {
    cuts.pieces(range.addr(), range.len())
        .is_some_and(|pieces| pieces <= room)
}

#[cold]
fn write_cut(range: DmaRange, cuts: Cuts, out: &mut [DmaRange]) -> usize {
    let mut addr = range.addr();
    let mut left = range.len();
    let room = out.len();
    let mut slots = out.iter_mut();

    while !left.is_zero() {
        let Some(slot) = slots.next() else { break };
        let len = cuts.first(addr, left);
        *slot = DmaRange::new(addr, len);
        addr = DmaAddr::new(addr.raw().wrapping_add(len.raw()));
        left = left.saturating_sub(len);
    }
    room.wrapping_sub(slots.len())
}

/// What became of a list's links.
pub(super) struct Linked {
    /// How much is linked, also after a failure.
    pub(super) bytes: Bytes,
    pub(super) result: Result<(), Stop>,
}

/// Links runs that are one stretch together: all granules are full, but for the first and the last.
#[inline(always)]
pub(super) fn link_whole<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    runs: &[DmaRange],
) -> Linked {
    let mut bytes = Bytes::ZERO;

    for run in runs {
        let start = PhysAddr::new(run.addr().raw());

        if let Err(refusal) = backend.link(iova, start, bytes, run.len(), kind) {
            return Linked {
                bytes,
                result: Err(refusal.into()),
            };
        }
        bytes = bytes.wrapping_add(run.len());
    }
    Linked {
        bytes,
        result: Ok(()),
    }
}

/// Links the granules of each run and writes the ranges in the runs' places.
///
/// By itself, for it to have all of the registers.
#[inline(never)]
pub(super) fn link_pieces<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    granule: Granule,
    runs: &mut [DmaRange],
) -> Linked {
    let base = backend.base(iova);
    let mut bytes = Bytes::ZERO;

    for at in runs.iter_mut() {
        let run = Run::from_slot(*at);
        let Some((start, len)) = run.granules(granule) else {
            return Linked {
                bytes,
                result: Err(Stop::Unusual),
            };
        };
        if let Err(refusal) = backend.link(iova, start, bytes, len, kind) {
            return Linked {
                bytes,
                result: Err(refusal.into()),
            };
        }
        let before = bytes.wrapping_add(granule.pad(run.start));
        let addr = DmaAddr::new(base.raw().wrapping_add(before.raw()));
        *at = DmaRange::new(addr, run.len());
        bytes = bytes.wrapping_add(len);
    }
    Linked {
        bytes,
        result: Ok(()),
    }
}

/// Joins ranges that continue the one before: a run that fills its last granule, and one that begins
/// with the next. Returns how many are left.
#[inline(always)]
pub(super) fn join(ranges: &mut [DmaRange]) -> usize {
    match ranges.windows(2).any(is_joined) {
        false => ranges.len(),
        true => join_some(ranges),
    }
}

#[inline(always)]
fn is_joined(pair: &[DmaRange]) -> bool {
    matches!(pair, [before, range] if end(*before) == range.addr().raw())
}

#[inline(always)]
fn end(range: DmaRange) -> u64 {
    range.addr().raw().wrapping_add(range.len().raw())
}

/// [`join`] where there is one to be joined.
#[inline(never)]
fn join_some(ranges: &mut [DmaRange]) -> usize {
    let ranges = Cell::from_mut(ranges).as_slice_of_cells();
    let mut read = ranges.iter();
    let mut joined = ranges.iter();
    let Some(mut last) = read.next().map(Cell::get) else {
        return 0;
    };

    for range in read.map(Cell::get) {
        if end(last) == range.addr().raw() {
            last = DmaRange::new(last.addr(), last.len().wrapping_add(range.len()));
            continue;
        }
        if let Some(slot) = joined.next() {
            slot.set(last);
        }
        last = range;
    }
    if let Some(slot) = joined.next() {
        slot.set(last);
    }
    ranges.len().wrapping_sub(joined.len())
}
