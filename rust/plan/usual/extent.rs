// SPDX-License-Identifier: GPL-2.0

//! What a list takes of an IOVA allocation.

use super::{
    run::{
        gather,
        gather_runs,
        Run,
        Sum, //
    }, //
};
use crate::plan::{
    granule::Granule,
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        PhysAddr, //
    }, //
};

/// What a list amounts to whose runs fill their granules, but for its first and its last.
#[derive(Clone, Copy, Default)]
struct Whole {
    bytes: Bytes,
    /// All addresses where a run starts or ends inside of the list, or'd.
    gaps: u64,
}

impl Sum for Whole {
    #[inline(always)]
    fn add(&mut self, run: Run) -> Option<()> {
        self.bytes = self.bytes.checked_add(run.len())?;
        Some(())
    }

    #[inline(always)]
    fn between(&mut self, end: PhysAddr, next: PhysAddr) {
        self.gaps |= end.raw() | next.raw();
    }
}

/// What a list amounts to whose runs do not.
#[derive(Clone, Copy)]
struct Pieces {
    granule: Granule,
    bytes: Bytes,
    /// Length of all granules that the runs touch.
    size: Bytes,
}

impl Sum for Pieces {
    #[inline(always)]
    fn add(&mut self, run: Run) -> Option<()> {
        let (_, len) = run.granules(self.granule)?;

        self.bytes = self.bytes.wrapping_add(run.len());
        self.size = self.size.checked_add(len)?;
        Some(())
    }

    #[inline(always)]
    fn between(&mut self, _end: PhysAddr, _next: PhysAddr) {}
}

/// What a list takes.
pub(super) struct Extent {
    pub(super) runs: usize,
    pub(super) bytes: Bytes,
    /// Of the allocation.
    pub(super) size: Bytes,
    /// Whether the list is one stretch of it, and all of it.
    pub(super) is_whole: bool,
}

impl Extent {
    /// Writes the runs of `list` to the front of `out`, ready to be linked; [`None`] if it is not usual.
    #[inline(always)]
    pub(super) fn of(list: &[Phyr], granule: Granule, out: &mut [DmaRange]) -> Option<Self> {
        if begins_in_pieces(list, granule) {
            let nothing = Pieces {
                granule,
                bytes: Bytes::ZERO,
                size: Bytes::ZERO,
            };
            let (runs, Pieces { bytes, size, .. }) = gather(list, out, nothing)?;

            return Some(Self {
                runs,
                bytes,
                size,
                is_whole: false,
            });
        }

        Self::from_whole(gather(list, out, Whole::default())?, granule, out)
    }

    /// [`Extent::of`] a list that begins with a run of several entries, `first`, with `rest` behind it.
    #[inline(always)]
    pub(super) fn of_runs(
        first: Run,
        rest: &[Phyr],
        granule: Granule,
        out: &mut [DmaRange],
    ) -> Option<Self> {
        Self::from_whole(gather_runs(&first, rest, out)?, granule, out)
    }

    /// What so many runs take, which are at the front of `out`.
    #[inline(always)]
    fn from_whole(
        (runs, Whole { bytes, gaps }): (usize, Whole),
        granule: Granule,
        out: &[DmaRange],
    ) -> Option<Self> {
        let is_whole = granule.is_boundary(PhysAddr::new(gaps));
        let size = match is_whole {
            true => bytes,
            false => size_of(out.get(..runs)?, granule)?,
        };

        Some(Self {
            runs,
            bytes,
            size,
            is_whole,
        })
    }
}

/// Whether the first entry of `list` is a run by itself, and granules are not full between it and the
/// next. The others are then likely to be so, too.
#[inline(always)]
fn begins_in_pieces(list: &[Phyr], granule: Granule) -> bool {
    let &[first, second, ..] = list else {
        return false;
    };
    let end = PhysAddr::new(first.paddr().raw().wrapping_add(first.len().raw()));

    end != second.paddr() && !granule.holds_whole(end, second.paddr())
}

/// The bytes of all granules of all runs.
#[inline(always)]
fn size_of(runs: &[DmaRange], granule: Granule) -> Option<Bytes> {
    let mut size = Bytes::ZERO;

    for &run in runs {
        let (_, len) = Run::from_slot(run).granules(granule)?;
        size = size.checked_add(len)?;
    }
    Some(size)
}
