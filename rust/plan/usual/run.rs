// SPDX-License-Identifier: GPL-2.0

//! The runs of a usual list, found as it is read once.

use crate::plan::{
    granule::Granule,
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    },
};

/// Entries that are adjacent, as one.
///
/// # Invariants
///
/// `start < end`.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) start: PhysAddr,
    pub(super) end: PhysAddr,
}

impl Run {
    #[inline]
    pub(super) fn new(phyr: Phyr) -> Option<Self> {
        let start = phyr.paddr();
        let end = PhysAddr::new(start.raw().wrapping_add(phyr.len().raw()));

        // INVARIANT: Just compared.
        (start < end).then_some(Self { start, end })
    }

    #[inline]
    pub(super) fn len(self) -> Bytes {
        self.start.wrapping_distance(self.end)
    }

    /// Address of the last byte.
    #[inline]
    pub(super) fn last(self) -> u64 {
        self.end.raw().wrapping_sub(1)
    }

    /// The bits in which its first and last address differ.
    #[inline]
    pub(super) fn spread(self) -> u64 {
        self.start.raw() ^ self.last()
    }

    /// Adds an entry that is adjacent; [`None`] if that is not valid.
    #[inline]
    pub(super) fn grow(&mut self, len: Bytes) -> Option<()> {
        let end = self.end.raw().wrapping_add(len.raw());

        if end <= self.end.raw() {
            return None;
        }
        // INVARIANT: It has only grown.
        self.end = PhysAddr::new(end);
        Some(())
    }

    #[inline]
    pub(super) fn into_slot(self) -> DmaRange {
        DmaRange::new(DmaAddr::new(self.start.raw()), self.len())
    }

    /// A run that was [gathered](super::gather).
    #[inline]
    pub(super) fn from_slot(slot: DmaRange) -> Self {
        let start = PhysAddr::new(slot.addr().raw());

        // INVARIANT: As those of the run.
        Self {
            start,
            end: PhysAddr::new(start.raw().wrapping_add(slot.len().raw())),
        }
    }

    /// The granules that it touches: where they are, and how long together.
    #[inline]
    pub(super) fn granules(self, granule: Granule) -> Option<(PhysAddr, Bytes)> {
        let start = granule.align_down(self.start);

        Some((start, granule.align_up(start.wrapping_distance(self.end))?))
    }
}

/// Takes from `list` what is adjacent to `first`; [`None`] if an entry is not valid.
///
/// The first that could be is asked before the loop: one instruction less for each entry that
/// stands alone, four more for a list.
#[inline(always)]
pub(super) fn take_run(first: Phyr, list: &mut core::slice::Iter<'_, Phyr>) -> Option<Run> {
    let run = Run::new(first)?;

    match list.as_slice().first() {
        Some(next) if next.paddr() == run.end => take_adjacent(run, list),
        _ => Some(run),
    }
}

/// Takes from `list` the two entries that it begins with, or the only one; [`None`] if they are not
/// adjacent, or not valid.
#[inline(always)]
pub(super) fn take_two(list: &mut core::slice::Iter<'_, Phyr>) -> Option<Run> {
    let mut run = Run::new(*list.next()?)?;
    let Some(second) = list.next() else {
        return Some(run);
    };

    if second.paddr() != run.end {
        return None;
    }
    run.grow(second.len())?;
    Some(run)
}

/// Takes from `list` what is adjacent to `run`; [`None`] if an entry is not valid.
#[inline(always)]
pub(super) fn take_adjacent(mut run: Run, list: &mut core::slice::Iter<'_, Phyr>) -> Option<Run> {
    loop {
        let mut ahead = list.clone();
        match ahead.next() {
            Some(next) if next.paddr() == run.end => run.grow(next.len())?,
            _ => return Some(run),
        }
        *list = ahead;
    }
}

/// Gives each run of `first`, and of the `rest` behind it, which is read once, to `each`; [`None`]
/// if an entry is not valid, or if `each` says so, which ends it.
#[inline(always)]
pub(super) fn each_run(
    first: Phyr,
    mut rest: impl Iterator<Item = Phyr>,
    mut each: impl FnMut(Run) -> Option<()>,
) -> Option<()> {
    let mut run = Run::new(first)?;
    let ended = rest.find_map(|phyr| {
        let went_on = match phyr.paddr() == run.end {
            true => run.grow(phyr.len()),
            false => Run::new(phyr).and_then(|next| each(core::mem::replace(&mut run, next))),
        };

        went_on.is_none().then_some(())
    });

    match ended {
        Some(()) => None,
        None => each(run),
    }
}
