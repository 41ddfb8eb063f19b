// SPDX-License-Identifier: GPL-2.0

//! Map and unmap: the plan, performed through a backend.

use super::{
    backend::{
        Backend,
        Refusal, //
    },
    error::Error,
    iova::{
        self,
        Failure, //
    },
    limits::Limits,
    per_run,
    phyr::Phyr,
    range::DmaRange,
    strategy::Strategy,
    survey::Survey,
    units::Bytes,
};

/// A list that is mapped, and all that [`unmap`] needs apart from [`Held::Each`]'s ranges.
#[must_use = "what is mapped must be unmapped"]
pub struct Mapped<I> {
    /// DMA ranges that were written.
    pub ranges: usize,
    /// What has to be undone.
    pub held: Held<I>,
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
    },
    /// One map call.
    One(DmaRange),
    /// A map call for each DMA range; the caller has kept the ranges.
    Each,
}

/// Maps `list` and writes its DMA ranges, in transfer order, to the front of `out`.
///
/// `list` is read twice, hence `Clone`, and must give the same phyrs both times. Of a list that
/// does not, what it gives the second time is mapped if it takes as much space and as many DMA
/// ranges, and is [`Error::Invalid`] otherwise.
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
    I: Iterator<Item = Phyr> + Clone,
{
    let survey = Survey::of(list.clone(), limits)?;

    let Strategy::Iova(layout) = Strategy::choose(limits, &survey)? else {
        return map_each(backend, list, limits, survey.runs, out);
    };

    check_room(layout.ranges(), out)?;
    match iova::map(backend, list.clone(), &layout, out) {
        Ok(iova) => Ok(Mapped {
            ranges: layout.ranges(),
            held: Held::Iova {
                iova,
                size: layout.size(),
            },
        }),
        // Smaller allocations may still be had. But if their ranges have no room, then it is
        // IOVA space that is short, not the array, which was large enough for the plan.
        Err(Failure::NoIova) if survey.runs > out.len() => Err(Error::NoMemory),
        Err(Failure::NoIova | Failure::Refused(Refusal::Layout)) => {
            map_each(backend, list, limits, survey.runs, out)
        }
        Err(Failure::Refused(Refusal::NoMemory)) => Err(Error::NoMemory),
        Err(Failure::Refused(Refusal::NotSupported)) => Err(Error::NotSupported),
        Err(Failure::Fatal(error)) => Err(error),
    }
}

#[inline]
fn map_each<B, I>(
    backend: &mut B,
    list: I,
    limits: &Limits,
    runs: usize,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Error>
where
    B: Backend,
    I: Iterator<Item = Phyr>,
{
    check_room(runs, out)?;
    per_run::map(backend, list, limits.max_mapping, runs, out)?;

    // Only now: the first bounced mapping of a device changes the answer.
    let held = match out.first() {
        _ if !backend.need_unmap() => Held::Nothing,
        Some(&only) if runs == 1 => Held::One(only),
        _ => Held::Each,
    };
    Ok(Mapped { ranges: runs, held })
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
/// `ranges` are the DMA ranges that [`map`] wrote, unchanged. Only for [`Held::Each`] are they
/// looked at.
#[inline]
pub fn unmap<B: Backend>(backend: &mut B, held: Held<B::Iova>, ranges: &[DmaRange]) {
    match held {
        Held::Nothing => {}
        Held::Iova { iova, size } => backend.destroy(iova, size),
        Held::One(range) => backend.unmap(range.addr(), range.len()),
        Held::Each => per_run::unmap(backend, ranges.iter()),
    }
}
