// SPDX-License-Identifier: GPL-2.0

//! The runs of a list, found as it is read once, and written to where their DMA ranges will be.
//!
//! Functions that are not inlined have no more arguments than there are registers for them. Were it
//! otherwise, the compiler would push those of all calls around theirs, which takes two
//! instructions more for each link.

use super::run::{
    each_run,
    take_run,
    Run, //
};
use crate::plan::{
    granule::Granule,
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    }, //
};

/// What has to be known of the runs of a list.
pub(super) trait Sum: Copy {
    /// Adds a run; [`None`] if it is too much.
    fn add(&mut self, run: Run) -> Option<()>;

    /// Adds what is between a run that ends at `end` and one that starts at `next`; [`None`] if
    /// that is not of the kind that is summed up.
    fn between(&mut self, end: PhysAddr, next: PhysAddr) -> Option<()>;
}

/// What runs amount to that fill their granules, but for the first and the last.
#[derive(Clone, Copy, Default)]
pub(super) struct Whole {
    pub(super) bytes: Bytes,
    /// All addresses where a run starts or ends inside of the list, or'd.
    pub(super) gaps: u64,
}

impl Whole {
    /// Whether `runs` of which `last` is the last can come to no more bytes than are counted. No
    /// run is longer than the address at which it ends.
    #[inline(always)]
    pub(super) fn is_counted(&self, runs: usize, last: Run) -> bool {
        let longest = self.gaps | last.end.raw();

        u64::try_from(runs).is_ok_and(|runs| longest.checked_mul(runs).is_some())
    }
}

impl Sum for Whole {
    #[inline(always)]
    fn add(&mut self, run: Run) -> Option<()> {
        // Whether that is right is asked once: see `is_counted()`.
        self.bytes = self.bytes.wrapping_add(run.len());
        Some(())
    }

    #[inline(always)]
    fn between(&mut self, end: PhysAddr, next: PhysAddr) -> Option<()> {
        self.gaps |= end.raw() | next.raw();
        Some(())
    }
}

/// [`Whole`], of which each sum of bytes is checked.
#[derive(Clone, Copy, Default)]
pub(super) struct Checked(pub(super) Whole);

impl Sum for Checked {
    #[inline(always)]
    fn add(&mut self, run: Run) -> Option<()> {
        self.0.bytes = self.0.bytes.checked_add(run.len())?;
        Some(())
    }

    #[inline(always)]
    fn between(&mut self, end: PhysAddr, next: PhysAddr) -> Option<()> {
        self.0.between(end, next)
    }
}

/// Where it does not matter what runs amount to.
#[derive(Clone, Copy)]
pub(super) struct Nothing;

impl Sum for Nothing {
    #[inline(always)]
    fn add(&mut self, _run: Run) -> Option<()> {
        Some(())
    }

    #[inline(always)]
    fn between(&mut self, _end: PhysAddr, _next: PhysAddr) -> Option<()> {
        Some(())
    }
}

/// What runs amount to that do not.
#[derive(Clone, Copy)]
pub(super) struct Pieces {
    granule: Granule,
    /// Length of all granules that the runs touch.
    pub(super) size: Bytes,
}

impl Pieces {
    #[inline(always)]
    pub(super) fn new(granule: Granule) -> Self {
        Self {
            granule,
            size: Bytes::ZERO,
        }
    }
}

impl Sum for Pieces {
    #[inline(always)]
    fn add(&mut self, run: Run) -> Option<()> {
        let (_, len) = run.granules(self.granule)?;

        self.size = self.size.checked_add(len)?;
        Some(())
    }

    #[inline(always)]
    fn between(&mut self, _end: PhysAddr, _next: PhysAddr) -> Option<()> {
        Some(())
    }
}

/// [`Pieces`] of which none continues the granules of the one before.
#[derive(Clone, Copy)]
pub(super) struct Apart(pub(super) Pieces);

impl Sum for Apart {
    #[inline(always)]
    fn add(&mut self, run: Run) -> Option<()> {
        self.0.add(run)
    }

    #[inline(always)]
    fn between(&mut self, end: PhysAddr, next: PhysAddr) -> Option<()> {
        match self.0.granule.holds_whole(end, next) {
            false => Some(()),
            true => None,
        }
    }
}

/// Reads a list all of whose entries are runs by themselves, and adds them to `sum`; [`None`] if
/// they are not, or not of the kind that is summed up, or there is too little room. Where pages are
/// scattered they are, and for them nothing is looked at twice.
///
/// Were it told how far it got, the loop would count.
#[inline(always)]
pub(super) fn alone<S: Sum>(list: &[Phyr], out: &mut [DmaRange], sum: &mut S) -> Option<()> {
    let (&first, rest) = list.split_first()?;
    let (slot, slots) = out.get_mut(..list.len())?.split_first_mut()?;
    let run = Run::new(first)?;
    let mut end = run.end;

    *slot = slot_of(first);
    sum.add(run)?;
    for (&phyr, slot) in rest.iter().zip(slots) {
        let run = next_alone(phyr, end)?;

        sum.between(end, run.start)?;
        *slot = slot_of(phyr);
        sum.add(run)?;
        end = run.end;
    }
    Some(())
}

/// [`alone`] of a list whose runs need not be written, for they are its entries.
#[inline(always)]
pub(super) fn unwritten<S: Sum>(list: &[Phyr], sum: &mut S) -> Option<()> {
    let (&first, rest) = list.split_first()?;
    let run = Run::new(first)?;
    let mut end = run.end;

    sum.add(run)?;
    for &phyr in rest {
        let run = next_alone(phyr, end)?;

        sum.between(end, run.start)?;
        sum.add(run)?;
        end = run.end;
    }
    Some(())
}

/// The run of `phyr`; [`None`] if it is adjacent to one that ends at `end`, or not valid.
#[inline(always)]
fn next_alone(phyr: Phyr, end: PhysAddr) -> Option<Run> {
    let start = phyr.paddr();
    let next = PhysAddr::new(start.raw().wrapping_add(phyr.len().raw()));

    // INVARIANT: Compared here.
    (start != end && start < next).then_some(Run { start, end: next })
}

/// The slot of an entry that is a run by itself.
#[inline(always)]
fn slot_of(phyr: Phyr) -> DmaRange {
    DmaRange::new(DmaAddr::new(phyr.paddr().raw()), phyr.len())
}

/// Reads any list. Returns how many runs it has, and the sum; [`None`] if there are none, or an
/// entry is not valid, or there is too little room.
#[inline(never)]
pub(super) fn mixed(list: &[Phyr], out: &mut [DmaRange]) -> Option<(usize, Whole)> {
    let mut rest = list.iter();
    let first = take_run(*rest.next()?, &mut rest)?;

    runs(first, rest, out)
}

/// Reads a list that comes one by one, `first` and the `rest`, and adds its runs to `sum`. Returns
/// how many there are; [`None`] as [`mixed`].
#[inline(always)]
pub(super) fn stream<S: Sum>(
    first: Phyr,
    rest: impl Iterator<Item = Phyr>,
    out: &mut [DmaRange],
    sum: &mut S,
) -> Option<usize> {
    let room = out.len();
    let mut slots = out.iter_mut();
    let mut before: Option<PhysAddr> = None;

    each_run(first, rest, |run| {
        *slots.next()? = run.into_slot();
        sum.add(run)?;
        match before.replace(run.end) {
            Some(end) => sum.between(end, run.start),
            None => Some(()),
        }
    })?;
    Some(room.wrapping_sub(slots.len()))
}

/// [`mixed`] for a list that begins with `run`, and has `rest` behind that.
#[inline(always)]
pub(super) fn runs(
    mut run: Run,
    mut rest: core::slice::Iter<'_, Phyr>,
    out: &mut [DmaRange],
) -> Option<(usize, Whole)> {
    let room = out.len();
    let mut slots = out.iter_mut();
    let mut sum = Whole::default();

    loop {
        *slots.next()? = run.into_slot();
        sum.bytes = sum.bytes.checked_add(run.len())?;
        let Some(&next) = rest.next() else {
            return Some((room.wrapping_sub(slots.len()), sum));
        };
        sum.between(run.end, next.paddr())?;
        run = take_run(next, &mut rest)?;
    }
}
