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
    fn grow(&mut self, len: Bytes) -> Option<()> {
        let end = self.end.raw().wrapping_add(len.raw());

        if end <= self.end.raw() {
            return None;
        }
        // INVARIANT: It has only grown.
        self.end = PhysAddr::new(end);
        Some(())
    }

    #[inline]
    fn into_slot(self) -> DmaRange {
        DmaRange::new(DmaAddr::new(self.start.raw()), self.len())
    }

    /// A run that [`gather`] or [`gather_runs`] wrote.
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

/// What a list begins with.
pub(super) enum Front<'a> {
    /// An entry that is a run by itself, or one that is not valid.
    Alone,
    /// A run of several entries, and what comes behind it.
    Run(Run, &'a [Phyr]),
}

impl<'a> Front<'a> {
    #[inline(always)]
    pub(super) fn of(list: &'a [Phyr]) -> Self {
        let &[first, second, ..] = list else {
            return Self::Alone;
        };
        if first.paddr().raw().wrapping_add(first.len().raw()) != second.paddr().raw() {
            return Self::Alone;
        }
        let mut rest = list.iter();

        match rest.next().and_then(|&first| take_run(first, &mut rest)) {
            Some(run) => Self::Run(run, rest.as_slice()),
            None => Self::Alone,
        }
    }
}

/// What has to be known of all the runs of a list.
pub(super) trait Sum: Copy {
    /// Adds a run; [`None`] if it is too much.
    fn add(&mut self, run: Run) -> Option<()>;

    /// Adds what is between a run that ends at `end` and one that starts at `next`.
    fn between(&mut self, end: PhysAddr, next: PhysAddr);
}

/// Reads `list`: its runs are written to the front of `out`, as if they were DMA ranges, and added to
/// `sum`. Returns how many these are, and the sum; [`None`] if there are none, or an entry is not valid,
/// or there is too little room.
#[inline(always)]
pub(super) fn gather<S: Sum>(
    list: &[Phyr],
    out: &mut [DmaRange],
    mut sum: S,
) -> Option<(usize, S)> {
    let before = sum;

    if gather_alone(list, out, &mut sum)? {
        return Some((list.len(), sum));
    }
    gather_mixed(list, out, before)
}

/// [`gather`] for a list that begins with a run of several entries, `first`, with `rest` behind it.
///
/// Its arguments fit in registers. Were it otherwise, the compiler would push those of all calls around
/// it, which takes two instructions more for each link.
#[inline(never)]
pub(super) fn gather_runs<S: Sum + Default>(
    first: &Run,
    rest: &[Phyr],
    out: &mut [DmaRange],
) -> Option<(usize, S)> {
    gather_from(first, rest, out, S::default())
}

#[inline(always)]
fn gather_from<S: Sum>(
    first: &Run,
    rest: &[Phyr],
    out: &mut [DmaRange],
    mut sum: S,
) -> Option<(usize, S)> {
    let room = out.len();
    let mut slots = out.iter_mut();
    let mut rest = rest.iter();
    let mut run = *first;

    loop {
        *slots.next()? = run.into_slot();
        sum.add(run)?;
        let Some(&next) = rest.next() else {
            return Some((room.wrapping_sub(slots.len()), sum));
        };
        sum.between(run.end, next.paddr());
        run = take_run(next, &mut rest)?;
    }
}

/// [`gather`] for a list all of whose entries are runs by themselves; false if they are not. Where pages
/// are scattered they are, and for them nothing is looked at twice.
///
/// Were it told how far it got, the loop would count.
#[inline(always)]
fn gather_alone<S: Sum>(list: &[Phyr], out: &mut [DmaRange], sum: &mut S) -> Option<bool> {
    let behind = list.len().checked_sub(1)?;

    for (pair, slot) in list.windows(2).zip(out.iter_mut()) {
        let [first, next] = pair else { return None };
        let run = Run::new(*first)?;

        if run.end == next.paddr() {
            return Some(false);
        }
        *slot = run.into_slot();
        sum.add(run)?;
        sum.between(run.end, next.paddr());
    }
    let run = Run::new(*list.get(behind)?)?;
    *out.get_mut(behind)? = run.into_slot();
    sum.add(run)?;
    Some(true)
}

/// [`gather`] for a list of which some entries are runs by themselves, and some are not.
#[inline(never)]
fn gather_mixed<S: Sum>(list: &[Phyr], out: &mut [DmaRange], sum: S) -> Option<(usize, S)> {
    let mut rest = list.iter();
    let first = take_run(*rest.next()?, &mut rest)?;

    gather_from(&first, rest.as_slice(), out, sum)
}

/// Takes from `list` what is adjacent to `first`; [`None`] if an entry is not valid.
///
/// The first that could be is asked before the loop: one instruction less for each entry that stands
/// alone, four more for a list.
#[inline(always)]
pub(super) fn take_run(first: Phyr, list: &mut core::slice::Iter<'_, Phyr>) -> Option<Run> {
    let mut run = Run::new(first)?;
    let is_next = |next: &Phyr, run: Run| next.paddr() == run.end;

    if !list
        .as_slice()
        .first()
        .is_some_and(|next| is_next(next, run))
    {
        return Some(run);
    }
    loop {
        let mut ahead = list.clone();
        match ahead.next() {
            Some(next) if is_next(next, run) => run.grow(next.len())?,
            _ => return Some(run),
        }
        *list = ahead;
    }
}
