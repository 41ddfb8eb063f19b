// SPDX-License-Identifier: GPL-2.0

//! Map and unmap: the plan, performed through a backend.

use super::{
    backend::{
        Backend,
        Refusal, //
    },
    class::{
        Entry,
        Kind, //
    },
    error::Error,
    iova,
    layout::Footprint,
    limits::Limits,
    output::{
        Output,
        Record, //
    },
    per_run::{
        self,
        Failure, //
    },
    range::DmaRange,
    record::{
        self,
        Calls,
        Mark,
        Marks, //
    },
    strategy::{
        Reason,
        Strategy, //
    },
    survey::Survey,
    units::Bytes,
};

/// A list that is mapped, and all that [`unmap`] needs apart from the DMA ranges.
#[must_use = "what is mapped must be unmapped"]
pub struct Mapped<I> {
    /// DMA ranges that were written.
    pub ranges: usize,
    /// What has to be undone.
    pub held: Held<I>,
    /// What it took.
    pub effort: Effort,
}

/// What it took to map a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Why it was mapped in this way.
    pub reason: Reason,
    /// Links made, or map calls.
    pub links: usize,
}

/// What has to be undone to unmap a list.
pub enum Held<I> {
    /// Nothing: the device's mappings need no unmapping.
    Nothing,
    /// One IOVA allocation, fully linked.
    Iova {
        /// The allocation.
        iova: I,
        /// Its size in bytes.
        size: Bytes,
        /// How it is unlinked.
        kind: Kind,
    },
    /// One map call. Its range may have been cut for the device.
    One(DmaRange, Kind),
    /// A map call for each DMA range; the caller has kept the ranges.
    Each(Kind),
    /// Map calls for some of the DMA ranges, or for several of them together; the caller has kept
    /// the ranges and the record behind them.
    Recorded {
        /// Entries of the array, with the record.
        entries: usize,
    },
}

impl<I> Held<I> {
    /// Of the array that [`map`] wrote `ranges` DMA ranges to, how many entries must be kept.
    #[inline]
    pub fn kept(&self, ranges: usize) -> usize {
        match self {
            Self::Nothing | Self::Iova { .. } | Self::One(..) => 0,
            Self::Each(_) => ranges,
            Self::Recorded { entries } => *entries,
        }
    }
}

/// Maps `list` and writes its DMA ranges, in transfer order, to the front of `out`.
///
/// `list` is read several times, hence `Clone`, and must give the same entries each time. Of a list
/// that does not, what it gives the last time is mapped if it takes as much space and as many DMA
/// ranges, and is refused otherwise.
///
/// # Errors
///
/// An [`Error`]; then nothing is left mapped, and what `out` holds has no meaning.
#[inline]
pub fn map<B, I>(
    backend: &mut B,
    list: I,
    limits: &Limits,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Error>
where
    B: Backend,
    I: Iterator<Item = Entry> + Clone,
{
    match attempt(backend, list.clone(), limits, out) {
        // DMA addresses were not where they were expected, so there were more cuts: once more,
        // with as much room as they can take at any addresses.
        Err(Failure::Full) if limits.in_phase => {
            let limits = Limits {
                in_phase: false,
                ..*limits
            };
            attempt(backend, list, &limits, out)
        }
        result => result,
    }
    .map_err(|failure| match failure {
        Failure::Error(error) => error,
        // Not the list that was counted.
        Failure::Full => Error::Invalid,
    })
}

/// Maps `list`, if there are no more cuts than `limits` let expect.
fn attempt<B, I>(
    backend: &mut B,
    list: I,
    limits: &Limits,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Failure>
where
    B: Backend,
    I: Iterator<Item = Entry> + Clone,
{
    let survey = Survey::of(list.clone(), limits)?;
    let (strategy, reason) = Strategy::choose(limits, &survey)?;
    let Strategy::Iova(footprint) = strategy else {
        return map_each(backend, list, limits, &survey, reason, out);
    };

    check_room(footprint.ranges(), out)?;

    match map_iova(backend, list.clone(), limits, &survey, &footprint, out) {
        Ok(mapped) => Ok(mapped),
        // Smaller allocations may still be had. But if their ranges have no room, then it is
        // IOVA space that is short, not the array, which was large enough for the plan.
        Err(iova::Failure::NoIova) => {
            match map_each(backend, list, limits, &survey, Reason::NoIova, out) {
                Err(Failure::Error(Error::NoSpace { .. })) => Err(Error::NoMemory.into()),
                result => result,
            }
        }
        Err(iova::Failure::Refused(Refusal::Layout)) => {
            map_each(backend, list, limits, &survey, Reason::LinkRefused, out)
        }
        Err(iova::Failure::Refused(refusal)) => Err(Error::from(refusal).into()),
        Err(iova::Failure::Fatal(error)) => Err(error.into()),
    }
}

#[inline]
fn map_iova<B, I>(
    backend: &mut B,
    list: I,
    limits: &Limits,
    survey: &Survey,
    footprint: &Footprint,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, iova::Failure>
where
    B: Backend,
    I: Iterator<Item = Entry> + Clone,
{
    let kind = survey.kind().unwrap_or(Kind::Ram);
    let mut output = Output::new(out, limits.cuts, Record::OfOne);
    let (iova, links) = iova::map(backend, list, footprint, kind, &mut output)?;

    Ok(Mapped {
        ranges: output.written(),
        held: Held::Iova {
            iova,
            size: footprint.size(),
            kind,
        },
        effort: Effort {
            reason: Reason::Shared,
            links,
        },
    })
}

#[inline]
fn map_each<B, I>(
    backend: &mut B,
    list: I,
    limits: &Limits,
    survey: &Survey,
    reason: Reason,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Failure>
where
    B: Backend,
    I: Iterator<Item = Entry>,
{
    let needed = needed_for_each(limits, survey);
    check_room(needed, out)?;

    let record = match is_recorded(limits, survey) {
        true => Record::Kept,
        false if survey.each.calls <= 1 => Record::OfOne,
        false => Record::OfEach,
    };
    let kind = survey.kind().unwrap_or(Kind::Ram);
    let marks = match record {
        Record::Kept => Marks::Recorded,
        _ if survey.each.calls == 0 => Marks::All(Mark::Bus),
        Record::OfOne | Record::OfEach => Marks::All(Mark::Mapped(kind)),
    };
    let array = out.get_mut(..needed).unwrap_or_default();
    let mut output = Output::new(array, limits.cuts, record);
    let (last, calls) = per_run::map(backend, list, limits.merge(), marks, &mut output)?;

    if calls != survey.each.calls {
        per_run::discard(backend, Calls::of(output.array(), output.written(), marks));
        return Err(Error::Invalid.into());
    }
    // Only now: the first bounced mapping of a device changes the answer.
    let held = if calls == 0 || !backend.need_unmap() {
        Held::Nothing
    } else {
        match record {
            Record::Kept => Held::Recorded { entries: needed },
            Record::OfOne => Held::One(last, kind),
            Record::OfEach => Held::Each(kind),
        }
    };

    Ok(Mapped {
        ranges: output.written(),
        held,
        effort: Effort {
            reason,
            links: calls,
        },
    })
}

/// Whether the DMA ranges alone would not tell what was mapped. One call can be told without them.
#[inline]
fn is_recorded(limits: &Limits, survey: &Survey) -> bool {
    let unknown = !limits.in_phase && limits.cuts.has_boundary();
    let cut = survey.each.ranges != survey.each.calls || unknown;

    survey.is_mixed() || (cut && survey.each.calls > 1)
}

/// Entries that the caller's array must have if each run is a map call.
#[inline]
pub(super) fn needed_for_each(limits: &Limits, survey: &Survey) -> usize {
    let ranges = survey.each.ranges;

    match is_recorded(limits, survey) {
        true => ranges.saturating_add(record::slots(ranges)),
        false => ranges,
    }
}

#[inline]
fn check_room(needed: usize, out: &[DmaRange]) -> Result<(), Error> {
    if needed > out.len() {
        return Err(Error::NoSpace { needed });
    }
    Ok(())
}

/// Unmaps a list.
///
/// `array` is what [`map`] wrote to, unchanged, and `ranges` the number of DMA ranges in it. Only
/// for [`Held::Each`] and [`Held::Recorded`] are they looked at.
#[inline]
pub fn unmap<B: Backend>(backend: &mut B, held: Held<B::Iova>, array: &[DmaRange], ranges: usize) {
    match held {
        Held::Nothing => {}
        Held::Iova { iova, size, kind } => backend.destroy(iova, size, kind),
        Held::One(range, kind) => backend.unmap(range.addr(), range.len(), kind),
        Held::Each(kind) => {
            let marks = Marks::All(Mark::Mapped(kind));
            per_run::unmap(backend, Calls::of(array, ranges, marks));
        }
        Held::Recorded { entries } => {
            let array = array.get(..entries).unwrap_or_default();
            per_run::unmap(backend, Calls::of(array, ranges, Marks::Recorded));
        }
    }
}
