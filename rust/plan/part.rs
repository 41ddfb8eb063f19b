// SPDX-License-Identifier: GPL-2.0

//! Mapping a list part by part, where the array for its DMA ranges is small.

use super::{
    backend::Backend,
    class::Entry,
    error::Error,
    exec::{
        self,
        needed_for_each,
        Mapped, //
    },
    granule::Granule,
    limits::Limits,
    merge::Merge,
    phyr::Phyr,
    range::DmaRange,
    run::Runs,
    strategy::Strategy,
    survey::Survey,
    units::{
        Bytes,
        DmaAddr, //
    },
};

/// How many bytes of `list`, from its start, come to no more than `room` entries of the caller's
/// array. Zero if the list is empty.
///
/// # Errors
///
/// - [`Error::Invalid`] if what was read of the list is invalid.
/// - [`Error::NoSpace`] if not even a part of the first run fits.
/// - [`Error::NotSupported`] as for [`Strategy::choose`].
fn fitting<I>(list: I, limits: &Limits, room: usize) -> Result<Bytes, Error>
where
    I: Iterator<Item = Entry> + Clone,
{
    match limits.apart() {
        Some(granule) => fitting_apart(list, limits, granule, room),
        None => fitting_anywhere(list, limits, room),
    }
}

/// [`fitting`] for a device that two parts must not share a granule with: a part ends where a run
/// or a granule does.
fn fitting_apart<I>(list: I, limits: &Limits, granule: Granule, room: usize) -> Result<Bytes, Error>
where
    I: Iterator<Item = Entry> + Clone,
{
    let end = |bytes: Bytes| seam(list.clone(), granule, bytes);
    let needed = |bytes: Bytes| {
        let part = Prefix::new(list.clone(), end(bytes));
        Survey::of(part, limits).and_then(|survey| needed(limits, &survey))
    };
    // What cannot be mapped does not fit, unless there is nothing before it.
    let fits =
        |bytes: Bytes| end(bytes).is_zero() || needed(bytes).is_ok_and(|needed| needed <= room);
    let (mut low, mut high) = (Bytes::ZERO, granule.size());

    if list.clone().next().is_none() {
        return Ok(Bytes::ZERO);
    }
    while fits(high) {
        // There is a seam in every granule, unless the list is over.
        if end(high) <= low {
            return Ok(low);
        }
        low = end(high);
        high = low.saturating_add(low.max(granule.size()));
    }
    while let Some(middle) = low.midpoint(high) {
        match fits(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    if end(low).is_zero() {
        let needed = needed(high)?;
        return Err(Error::NoSpace { needed });
    }
    Ok(end(low))
}

/// The last place up to `bytes` bytes from the start of `list` where a run or a granule ends.
fn seam<I>(list: I, granule: Granule, bytes: Bytes) -> Bytes
where
    I: Iterator<Item = Entry>,
{
    let mut before = Bytes::ZERO;
    let more = bytes.saturating_add(Bytes::new(1));

    for run in Runs::new(Prefix::new(list, more), Merge::ALL) {
        // It is told when it is mapped.
        let Ok(run) = run else { return bytes };
        let end = before.saturating_add(run.len());

        if end > bytes {
            let pad = granule.pad(run.paddr());
            let within = bytes.saturating_sub(before).saturating_add(pad);
            let whole = granule.align_down_len(within).saturating_sub(pad);
            return before.saturating_add(whole);
        }
        before = end;
    }
    before
}

/// [`fitting`] for a device that takes a cut anywhere.
fn fitting_anywhere<I>(list: I, limits: &Limits, room: usize) -> Result<Bytes, Error>
where
    I: Iterator<Item = Entry> + Clone,
{
    let mut survey = Survey::empty(limits);
    let mut fits = Bytes::ZERO;
    let again = list.clone();
    // As map calls merge them. An allocation may do with fewer ranges than that comes to.
    let merge = match limits.merges_all() {
        true => Merge::ALL,
        false => limits.merge(),
    };

    // More cannot fit, so more need not be read.
    let list = Prefix::new(list, limits.cuts.most_of(room.max(1)));
    for run in Runs::uncut(list, merge) {
        let run = run?;
        survey.add(run, limits)?;
        if needed(limits, &survey)? > room {
            if fits.is_zero() {
                return some_of(again, limits, room, run.len());
            }
            break;
        }
        fits = survey.bytes;
    }
    Ok(fits)
}

/// Entries that a list comes to, of which `survey` has the counts.
fn needed(limits: &Limits, survey: &Survey) -> Result<usize, Error> {
    match Strategy::choose(limits, survey)? {
        (Strategy::PerRun, _) => Ok(needed_for_each(limits, survey)),
        (Strategy::Iova(footprint), _) => Ok(footprint.ranges()),
    }
}

/// How much of the first run, `len` bytes long, fits: at least one range of it.
fn some_of<I>(list: I, limits: &Limits, room: usize, len: Bytes) -> Result<Bytes, Error>
where
    I: Iterator<Item = Entry> + Clone,
{
    let fits = |bytes: u64| -> Result<bool, Error> {
        let survey = Survey::of(Prefix::new(list.clone(), Bytes::new(bytes)), limits)?;
        Ok(needed(limits, &survey)? <= room)
    };
    // What surely fits: whole ranges, for the next part should begin where a range would.
    let range = limits.cuts.first(DmaAddr::default(), len).raw().max(1);
    let (mut low, mut high) = (
        0,
        len.raw().checked_div(range).unwrap_or(0).saturating_add(1),
    );

    while high.saturating_sub(low) > 1 {
        let middle = low.midpoint(high);
        match fits(middle.saturating_mul(range))? {
            true => low = middle,
            false => high = middle,
        }
    }
    match low {
        // Its first range may be shorter, up to a boundary.
        0 => shorter(range, fits).and_then(|bytes| {
            bytes.ok_or(Error::NoSpace {
                needed: room.saturating_add(1),
            })
        }),
        ranges => Ok(Bytes::new(ranges.saturating_mul(range))),
    }
}

/// A part of a list that is mapped.
pub struct Part<I> {
    /// What is mapped.
    pub mapped: Mapped<I>,
    /// How many bytes of the list it is.
    pub bytes: Bytes,
}

/// Maps as much of `list` as comes to no more DMA ranges than `out` has room for; [`None`] if the
/// list is empty.
///
/// # Errors
///
/// As [`exec::map`], and [`Error::NoSpace`] only if not even one range fits.
pub fn map<B, I>(
    backend: &mut B,
    list: I,
    limits: &Limits,
    out: &mut [DmaRange],
) -> Result<Option<Part<B::Iova>>, Error>
where
    B: Backend,
    I: Iterator<Item = Entry> + Clone,
{
    let mut map_fitting = |limits: &Limits| {
        let bytes = fitting(list.clone(), limits, out.len())?;
        if bytes.is_zero() {
            return Ok(None);
        }
        let mapped = exec::map(backend, Prefix::new(list.clone(), bytes), limits, out)?;
        Ok(Some(Part { mapped, bytes }))
    };

    match map_fitting(limits) {
        // What was planned as an allocation came to be mapped by run, for which it is too much.
        Err(Error::NoSpace { .. } | Error::NoMemory) => map_fitting(&Limits {
            per_run: true,
            ..*limits
        }),
        result => result,
    }
}

/// The largest number of bytes below `most` that fits.
fn shorter(most: u64, fits: impl Fn(u64) -> Result<bool, Error>) -> Result<Option<Bytes>, Error> {
    let (mut low, mut high) = (0, most);

    while high.saturating_sub(low) > 1 {
        let middle = low.midpoint(high);
        match fits(middle)? {
            true => low = middle,
            false => high = middle,
        }
    }
    Ok((low > 0).then_some(Bytes::new(low)))
}

/// The first bytes of a list.
#[derive(Clone)]
struct Prefix<I> {
    list: I,
    left: Bytes,
}

impl<I> Prefix<I> {
    /// The first `bytes` bytes of `list`.
    #[inline]
    fn new(list: I, bytes: Bytes) -> Self {
        Self { list, left: bytes }
    }
}

impl<I: Iterator<Item = Entry>> Iterator for Prefix<I> {
    type Item = Entry;

    #[inline]
    fn next(&mut self) -> Option<Entry> {
        if self.left.is_zero() {
            return None;
        }
        let entry = self.list.next()?;
        let len = entry.phyr.len().min(self.left);

        self.left = self.left.saturating_sub(len);
        Some(Entry {
            phyr: Phyr::new(entry.phyr.paddr(), len),
            ..entry
        })
    }
}

/// A list without the first bytes of its first entry.
#[derive(Clone)]
pub struct Rest<I> {
    list: I,
    done: Bytes,
}

impl<I> Rest<I> {
    /// What is left of `list` after `done` bytes, which are fewer than its first entry has.
    #[inline]
    pub fn new(list: I, done: Bytes) -> Self {
        Self { list, done }
    }
}

impl<I: Iterator<Item = Entry>> Iterator for Rest<I> {
    type Item = Entry;

    #[inline]
    fn next(&mut self) -> Option<Entry> {
        let entry = self.list.next()?;
        let done = core::mem::take(&mut self.done);

        if done.is_zero() {
            return Some(entry);
        }
        // Nothing left is an invalid entry, of no bytes.
        Some(Entry {
            phyr: entry
                .phyr
                .after(done)
                .unwrap_or(Phyr::new(entry.phyr.paddr(), Bytes::ZERO)),
            ..entry
        })
    }
}

/// Where in a list the next part begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Entries that are done.
    pub entry: usize,
    /// Bytes of the next one that are done.
    pub offset: Bytes,
}

impl Position {
    /// The position `bytes` further on in the list that begins here. An entry without bytes, which
    /// is not valid, is not passed over: the next part begins with it.
    pub fn advance(self, list: impl Iterator<Item = Phyr>, bytes: Bytes) -> Self {
        let mut at = self;
        let mut left = bytes.saturating_add(self.offset);

        for phyr in list {
            if left.is_zero() || left < phyr.len() {
                break;
            }
            left = left.saturating_sub(phyr.len());
            at.entry = at.entry.saturating_add(1);
        }
        at.offset = left;
        at
    }
}
