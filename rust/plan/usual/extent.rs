// SPDX-License-Identifier: GPL-2.0

//! What a list takes of an IOVA allocation.

use super::{
    gather::{
        self,
        Apart,
        Checked,
        Pieces,
        Whole, //
    },
    run::Run, //
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
use core::slice::Iter;

/// How the runs of a list lie in an allocation.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// They are one stretch of it, and all of it.
    Whole,
    /// The same, and each is an entry of the list. They are not written anywhere.
    Alone,
    /// None continues the one before.
    Apart,
    /// Some may.
    Mixed,
}

/// What a list takes.
pub(super) struct Extent {
    pub(super) runs: usize,
    /// Of the allocation, in bytes.
    pub(super) size: Bytes,
    pub(super) shape: Shape,
}

impl Extent {
    /// Writes the runs of `list`, which begins apart, to the front of `out`, ready to be linked,
    /// unless they are [`Shape::Alone`]; [`None`] if it is not usual.
    #[inline(always)]
    pub(super) fn of(list: &[Phyr], granule: Granule, out: &mut [DmaRange]) -> Option<Self> {
        match expected(list, granule) {
            Shape::Alone | Shape::Whole => {
                let mut sum = Whole::default();
                if gather::unwritten(list, &mut sum).is_some()
                    && granule.is_boundary(PhysAddr::new(sum.gaps))
                {
                    let last = Run::new(*list.last()?)?;
                    return sum.is_counted(list.len(), last).then_some(Self {
                        runs: list.len(),
                        size: sum.bytes,
                        shape: Shape::Alone,
                    });
                }
            }
            shape @ Shape::Apart => {
                let mut sum = Apart(Pieces::new(granule));
                if gather::alone(list, out, &mut sum).is_some() {
                    return Some(Self {
                        runs: list.len(),
                        size: sum.0.size,
                        shape,
                    });
                }
            }
            shape @ Shape::Mixed => {
                let mut sum = Pieces::new(granule);
                if gather::alone(list, out, &mut sum).is_some() {
                    return Some(Self {
                        runs: list.len(),
                        size: sum.size,
                        shape,
                    });
                }
            }
        }
        Self::new(gather::mixed(list, out)?, granule, out)
    }

    /// [`Extent::of`] a list that begins with a run of several entries, `first`, with `rest` behind
    /// it.
    #[inline(always)]
    pub(super) fn of_runs(
        first: Run,
        rest: Iter<'_, Phyr>,
        granule: Granule,
        out: &mut [DmaRange],
    ) -> Option<Self> {
        Self::new(gather::runs(first, rest, out)?, granule, out)
    }

    /// [`Extent::of`] any list, as it comes: `first`, and the `rest`.
    pub(super) fn of_iter(
        first: Phyr,
        rest: impl Iterator<Item = Phyr>,
        granule: Granule,
        out: &mut [DmaRange],
    ) -> Option<Self> {
        let mut sum = Checked::default();
        let runs = gather::stream(first, rest, out, &mut sum)?;

        Self::new((runs, sum.0), granule, out)
    }

    /// What so many runs take, which are at the front of `out`.
    #[inline(always)]
    fn new(
        (runs, Whole { bytes, gaps }): (usize, Whole),
        granule: Granule,
        out: &[DmaRange],
    ) -> Option<Self> {
        Some(match granule.is_boundary(PhysAddr::new(gaps)) {
            true => Self {
                runs,
                size: bytes,
                shape: Shape::Whole,
            },
            false => Self {
                runs,
                size: size_of(out.get(..runs)?, granule)?,
                shape: Shape::Mixed,
            },
        })
    }
}

/// How the entries of `list` are likely to lie in an allocation, by what is between the first
/// three. Whether it is so, is seen as they are read.
#[inline(always)]
fn expected(list: &[Phyr], granule: Granule) -> Shape {
    let end = |phyr: Phyr| PhysAddr::new(phyr.paddr().raw().wrapping_add(phyr.len().raw()));
    let is_whole = |before, next: Phyr| granule.holds_whole(end(before), next.paddr());

    match *list {
        [first, second, third, ..] if !is_whole(first, second) => match is_whole(second, third) {
            true => Shape::Mixed,
            false => Shape::Apart,
        },
        [first, second] if !is_whole(first, second) => Shape::Apart,
        _ => Shape::Alone,
    }
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
