// SPDX-License-Identifier: GPL-2.0

//! The links of the runs, and the DMA ranges that they come to.

use super::Stop;
use crate::plan::{
    backend::{
        Backend,
        Links, //
    },
    class::Kind,
    cut::Cuts,
    granule::Granule,
    phyr::Phyr,
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
    runs: impl Iterator<Item = Phyr>,
) -> Linked {
    let mut bytes = Bytes::ZERO;

    for run in runs {
        if let Err(refusal) = backend.link(iova, run.paddr(), bytes, run.len(), kind) {
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

/// Fewer runs are linked one by one, for which the kernel takes less.
pub(super) const FEWEST: usize = 4;

/// [`link_whole`] by one call.
#[inline(always)]
pub(super) fn link_all<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    runs: Links<'_>,
) -> Linked {
    let (bytes, result) = backend.link_all(iova, runs, Bytes::ZERO, kind);

    Linked {
        bytes,
        result: result.map_err(Stop::from),
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
        let start = PhysAddr::new(at.addr().raw());
        let pad = granule.pad(start);
        // The sum of these is known, so none of them is too much.
        let len = granule.wrapping_align_up(pad.wrapping_add(at.len()));
        let start = granule.align_down(start);

        if let Err(refusal) = backend.link(iova, start, bytes, len, kind) {
            return Linked {
                bytes,
                result: Err(refusal.into()),
            };
        }
        let before = bytes.wrapping_add(pad);
        let addr = DmaAddr::new(base.raw().wrapping_add(before.raw()));
        *at = DmaRange::new(addr, at.len());
        bytes = bytes.wrapping_add(len);
    }
    Linked {
        bytes,
        result: Ok(()),
    }
}

/// As [`link_pieces`], for runs of which some continue the granules of the one before: those are
/// joined to one range. Returns how many ranges there are, too.
#[inline(never)]
pub(super) fn link_mixed<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    granule: Granule,
    runs: &mut [DmaRange],
) -> (Linked, usize) {
    let base = backend.base(iova);
    let slots = Cell::from_mut(runs).as_slice_of_cells();
    let mut joined = slots.iter();
    let mut bytes = Bytes::ZERO;
    let (mut start, mut end) = (DmaAddr::default(), DmaAddr::default());
    let mut result = Ok(());
    // There are no more ranges than runs have been read.
    let mut write = |start: DmaAddr, end: DmaAddr| {
        if let Some(slot) = joined.next() {
            let len = Bytes::new(end.raw().wrapping_sub(start.raw()));
            slot.set(DmaRange::new(start, len));
        }
    };

    for run in slots {
        let run = run.get();
        let paddr = PhysAddr::new(run.addr().raw());
        let pad = granule.pad(paddr);
        // As in `link_pieces`.
        let len = granule.wrapping_align_up(pad.wrapping_add(run.len()));

        if let Err(refusal) = backend.link(iova, granule.align_down(paddr), bytes, len, kind) {
            result = Err(refusal.into());
            break;
        }
        let before = bytes.wrapping_add(pad);
        let addr = DmaAddr::new(base.raw().wrapping_add(before.raw()));
        if addr != end {
            if start != end {
                write(start, end);
            }
            start = addr;
        }
        end = DmaAddr::new(addr.raw().wrapping_add(run.len().raw()));
        bytes = bytes.wrapping_add(len);
    }
    write(start, end);
    let ranges = slots.len().wrapping_sub(joined.len());
    (Linked { bytes, result }, ranges)
}

/// Runs whose granules are put together to be linked by one call.
const GATHERED: usize = 32;

/// [`link_pieces`], several by one call.
#[inline(never)]
pub(super) fn link_gathered<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    granule: Granule,
    runs: &mut [DmaRange],
) -> Linked {
    let base = backend.base(iova);
    let mut bytes = Bytes::ZERO;
    let mut gathered = [Phyr::new(PhysAddr::default(), Bytes::ZERO); GATHERED];

    for runs in runs.chunks_mut(GATHERED) {
        for (whole, run) in gathered.iter_mut().zip(runs.iter()) {
            let start = PhysAddr::new(run.addr().raw());
            // As in `link_pieces`.
            let len = granule.wrapping_align_up(granule.pad(start).wrapping_add(run.len()));
            *whole = Phyr::new(granule.align_down(start), len);
        }
        let whole = gathered.get(..runs.len()).unwrap_or_default();
        let (linked, result) = backend.link_all(iova, Links::List(whole), bytes, kind);
        if let Err(refusal) = result {
            return Linked {
                bytes: bytes.wrapping_add(linked),
                result: Err(refusal.into()),
            };
        }
        for (at, whole) in runs.iter_mut().zip(whole) {
            let before = bytes.wrapping_add(granule.pad(PhysAddr::new(at.addr().raw())));
            let addr = DmaAddr::new(base.raw().wrapping_add(before.raw()));
            *at = DmaRange::new(addr, at.len());
            bytes = bytes.wrapping_add(whole.len());
        }
    }
    Linked {
        bytes,
        result: Ok(()),
    }
}

/// Joins those of `ranges` that continue the one before. Returns how many that leaves.
pub(super) fn join(ranges: &mut [DmaRange]) -> usize {
    let slots = Cell::from_mut(ranges).as_slice_of_cells();
    let mut joined = slots.iter();
    let mut last: Option<&Cell<DmaRange>> = None;

    for slot in slots {
        let range = slot.get();
        if let Some(last) = last {
            let before = last.get();
            if before.addr().raw().wrapping_add(before.len().raw()) == range.addr().raw() {
                let len = before.len().wrapping_add(range.len());
                last.set(DmaRange::new(before.addr(), len));
                continue;
            }
        }
        // There are no more of them than of those that were read.
        last = joined.next();
        if let Some(last) = last {
            last.set(range);
        }
    }
    slots.len().wrapping_sub(joined.len())
}
