// SPDX-License-Identifier: GPL-2.0

//! The usual list for the usual device, in as few steps as it takes.
//!
//! All of the list is of one kind, and the device is coherent, trusted and bounces nothing that it
//! reaches. What is not usual, invalid lists and too little room among it, is left to
//! [`exec`](super::exec), which would map the rest in the same way, too.

use super::{
    backend::{
        Backend,
        Refusal, //
    },
    class::Kind,
    cut::Cuts,
    error::Error,
    exec::{
        Effort,
        Held,
        Mapped, //
    },
    granule::Granule,
    layout::MAX_SIZE,
    phyr::Phyr,
    range::DmaRange,
    strategy::Reason,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    },
};

/// What decides of a device that is coherent, trusted and bounces nothing that it reaches, and
/// whose DMA addresses are physical ones where no IOMMU translates.
#[derive(Clone, Copy, Debug)]
pub struct Usual {
    /// Granule of the device's IOMMU domain; [`None`] where no IOMMU translates.
    pub granule: Option<Granule>,
    /// Where DMA ranges are cut.
    pub cuts: Cuts,
    /// Highest bus address that the device can use.
    pub reach: DmaAddr,
}

/// Why a list is not mapped here. Nothing of it is left mapped.
enum Stop {
    /// It is not for here.
    Unusual,
    /// It cannot be mapped.
    Error(Error),
}

impl From<Refusal> for Stop {
    #[inline]
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Layout => Self::Unusual,
            refusal => Self::Error(refusal.into()),
        }
    }
}

/// Maps `list`, all of it of the same kind; [`None`] if something about it is not usual.
///
/// # Errors
///
/// An [`Error`] of the backend's; then nothing is left mapped.
#[inline]
pub fn map<B, I>(
    backend: &mut B,
    list: I,
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
) -> Result<Option<Mapped<B::Iova>>, Error>
where
    B: Backend,
    I: Iterator<Item = Phyr> + Clone,
{
    let mut rest = list.clone();
    let first = rest.next();
    let result = match (first, rest.next(), device.granule) {
        (Some(phyr), None, _) => map_entry(backend, phyr, kind, device, out),
        (_, _, None) => map_direct(backend, list, kind, device, out),
        (_, _, Some(granule)) => map_translated(backend, list, kind, device, granule, out),
    };

    match result {
        Ok(mapped) => Ok(Some(mapped)),
        Err(Stop::Unusual) => Ok(None),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// Maps a list of one entry.
#[inline]
fn map_entry<B: Backend>(
    backend: &mut B,
    phyr: Phyr,
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Stop> {
    let run = Run::new(phyr).ok_or(Stop::Unusual)?;

    if device.granule.is_none() && !run.is_within(device.reach) {
        return Err(Stop::Unusual);
    }
    map_run(backend, run, kind, device, out)
}

/// Maps a list that is one run.
#[inline]
fn map_run<B: Backend>(
    backend: &mut B,
    run: Run,
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Stop> {
    let len = run.len();
    let slot = out.first_mut().ok_or(Stop::Unusual)?;

    // Whether it crosses a boundary is not known before.
    if !device.cuts.takes(len) {
        return Err(Stop::Unusual);
    }
    let addr = backend.map(run.start, len, kind)?;
    if device.cuts.crosses(addr, len) {
        backend.discard(addr, len, kind);
        return Err(Stop::Unusual);
    }

    let range = DmaRange::new(addr, len);
    *slot = range;
    Ok(Mapped {
        ranges: 1,
        held: match device.granule.is_some() || backend.need_unmap() {
            true => Held::One(range, kind),
            false => Held::Nothing,
        },
        effort: Effort {
            bytes: len,
            reason: match device.granule {
                Some(_) => Reason::OneRun,
                None => Reason::NoIommu,
            },
            links: 1,
            syncs: 0,
        },
    })
}

/// Entries that are adjacent, as one.
///
/// # Invariants
///
/// `start < end`.
#[derive(Clone, Copy)]
struct Run {
    start: PhysAddr,
    end: PhysAddr,
}

impl Run {
    #[inline]
    fn new(phyr: Phyr) -> Option<Self> {
        // INVARIANT: `end()` fails unless it can return an address above `paddr()`.
        Some(Self {
            start: phyr.paddr(),
            end: phyr.end().ok()?,
        })
    }

    #[inline]
    fn len(self) -> Bytes {
        self.start.wrapping_distance(self.end)
    }

    /// Whether a device that reaches up to `reach` reaches all of it. That of the last byte below
    /// its mask it says that it does not.
    #[inline]
    fn is_within(self, reach: DmaAddr) -> bool {
        self.end.raw() <= reach.raw()
    }

    /// The granules that it touches: where they are, and how long together.
    #[inline]
    fn granules(self, granule: Granule) -> Option<(PhysAddr, Bytes)> {
        let start = granule.align_down(self.start);

        Some((start, granule.align_up(start.wrapping_distance(self.end))?))
    }
}

/// Takes the next run from the front of `list`, which has an entry left.
#[inline]
fn take_run<I>(list: &mut I, first: Phyr) -> Result<Run, Stop>
where
    I: Iterator<Item = Phyr> + Clone,
{
    let mut run = Run::new(first).ok_or(Stop::Unusual)?;

    // What comes next is only looked at, so that nothing of it has to be remembered.
    loop {
        let mut ahead = list.clone();
        match ahead.next() {
            Some(next) if next.paddr() == run.end => {
                // INVARIANT: `start < end == next.start < next.end`.
                run.end = Run::new(next).ok_or(Stop::Unusual)?.end;
                *list = ahead;
            }
            _ => return Ok(run),
        }
    }
}

/// A map call for each run.
#[inline]
fn map_direct<B, I>(
    backend: &mut B,
    list: I,
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Stop>
where
    B: Backend,
    I: Iterator<Item = Phyr> + Clone,
{
    let room = out.len();
    let mut slots = out.iter_mut();
    let result = map_each(backend, list, kind, device, &mut slots);
    let calls = room.wrapping_sub(slots.len());
    let written = out.get(..calls).unwrap_or_default();

    if let Err(stop) = result {
        for range in written {
            backend.discard(range.addr(), range.len(), kind);
        }
        return Err(stop);
    }
    // Only now: the first bounced mapping of a device changes the answer.
    let held = match (backend.need_unmap(), written) {
        (false, _) => Held::Nothing,
        (true, &[range]) => Held::One(range, kind),
        (true, _) => Held::Each(kind),
    };
    Ok(Mapped {
        ranges: calls,
        held,
        effort: Effort {
            bytes: Bytes::sum(written.iter().map(|range| range.len())),
            reason: Reason::NoIommu,
            links: calls,
            syncs: 0,
        },
    })
}

/// Maps each run to the next slot. Those that are left tell, also after a failure, how many are
/// mapped.
///
/// By itself, for it to have all of the registers.
#[inline(never)]
fn map_each<B, I>(
    backend: &mut B,
    mut list: I,
    kind: Kind,
    device: &Usual,
    slots: &mut core::slice::IterMut<'_, DmaRange>,
) -> Result<(), Stop>
where
    B: Backend,
    I: Iterator<Item = Phyr> + Clone,
{
    // An empty list is not usual.
    let mut next = Some(list.next().ok_or(Stop::Unusual)?);

    while let Some(phyr) = next {
        let run = take_run(&mut list, phyr)?;
        let (addr, len) = (DmaAddr::new(run.start.raw()), run.len());

        if !run.is_within(device.reach)
            || !device.cuts.takes(len)
            || device.cuts.crosses(addr, len)
            || slots.len() == 0
        {
            return Err(Stop::Unusual);
        }
        let addr = backend.map(run.start, len, kind)?;
        if let Some(slot) = slots.next() {
            *slot = DmaRange::new(addr, len);
        }
        next = list.next();
    }
    Ok(())
}

/// What a list amounts to behind an IOMMU.
struct Sum {
    /// Where the first run starts.
    start: PhysAddr,
    bytes: Bytes,
    /// Whole granules.
    size: Bytes,
    runs: usize,
    ranges: usize,
}

impl Sum {
    /// By itself, for it to have all of the registers.
    #[inline(never)]
    fn of<I>(mut list: I, granule: Granule) -> Result<Self, Stop>
    where
        I: Iterator<Item = Phyr> + Clone,
    {
        let mut next = Some(list.next().ok_or(Stop::Unusual)?);
        let mut sum = Self {
            start: next.map(Phyr::paddr).unwrap_or_default(),
            bytes: Bytes::ZERO,
            size: Bytes::ZERO,
            runs: 0,
            ranges: 0,
        };
        let mut seam = Seam::default();

        while let Some(phyr) = next {
            let run = take_run(&mut list, phyr)?;
            let (_, len) = run.granules(granule).ok_or(Stop::Unusual)?;

            sum.size = sum.size.checked_add(len).ok_or(Stop::Unusual)?;
            // It is no longer than that.
            sum.bytes = sum.bytes.wrapping_add(run.len());
            sum.runs = sum.runs.wrapping_add(1);
            let opens = !seam.joins(run, granule);
            sum.ranges = sum.ranges.wrapping_add(usize::from(opens));
            next = list.next();
        }
        match sum.size <= MAX_SIZE {
            true => Ok(sum),
            false => Err(Stop::Unusual),
        }
    }

    /// All of it, if it is one run.
    #[inline]
    fn only(&self) -> Option<Run> {
        // INVARIANT: The run has bytes, and an end.
        match (self.runs, self.start.checked_add(self.bytes)) {
            (1, Some(end)) => Some(Run {
                start: self.start,
                end,
            }),
            _ => None,
        }
    }
}

/// Between two runs.
#[derive(Default)]
struct Seam {
    /// Whether the last granule of the run before is full.
    is_flush: bool,
}

impl Seam {
    /// Whether `run` continues the DMA range of the run before.
    #[inline]
    fn joins(&mut self, run: Run, granule: Granule) -> bool {
        let joins = self.is_flush && granule.is_boundary(run.start);

        self.is_flush = granule.is_boundary(run.end);
        joins
    }
}

#[inline]
fn map_translated<B, I>(
    backend: &mut B,
    list: I,
    kind: Kind,
    device: &Usual,
    granule: Granule,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Stop>
where
    B: Backend,
    I: Iterator<Item = Phyr> + Clone,
{
    let sum = Sum::of(list.clone(), granule)?;

    if let Some(run) = sum.only() {
        return map_run(backend, run, kind, device, out);
    }
    if !device.cuts.takes(sum.size) || sum.ranges > out.len() {
        return Err(Stop::Unusual);
    }
    let mut iova = backend.alloc(sum.size).ok_or(Stop::Unusual)?;
    let mut linked = Bytes::ZERO;
    let result = match device.cuts.crosses(backend.base(&iova), sum.size) {
        true => Err(Stop::Unusual),
        false => link_all(
            backend,
            &mut iova,
            &mut linked,
            list,
            &sum,
            kind,
            granule,
            out,
        ),
    };
    if let Err(stop) = result {
        if !linked.is_zero() {
            backend.unlink(&mut iova, linked, kind);
        }
        backend.free(iova);
        return Err(stop);
    }
    Ok(Mapped {
        ranges: sum.ranges,
        held: Held::Iova {
            iova,
            size: sum.size,
            kind,
        },
        effort: Effort {
            bytes: sum.bytes,
            reason: Reason::Shared,
            links: sum.runs,
            syncs: 1,
        },
    })
}

/// Links every run and syncs. `linked` tells, also after a failure, how much is linked.
///
/// By itself, for it to have all of the registers.
#[allow(clippy::too_many_arguments)]
#[inline(never)]
fn link_all<B, I>(
    backend: &mut B,
    iova: &mut B::Iova,
    linked: &mut Bytes,
    mut list: I,
    sum: &Sum,
    kind: Kind,
    granule: Granule,
    out: &mut [DmaRange],
) -> Result<(), Stop>
where
    B: Backend,
    I: Iterator<Item = Phyr> + Clone,
{
    let base = backend.base(iova);
    let mut slots = out.iter_mut();
    let mut ranges = 0;
    let mut range = DmaRange::default();
    let mut seam = Seam::default();

    while let Some(phyr) = list.next() {
        let run = take_run(&mut list, phyr)?;
        let (start, len) = run.granules(granule).ok_or(Stop::Unusual)?;
        let offset = *linked;
        let end = offset.saturating_add(len);
        // The list is read a second time here. Whatever it gives now, nothing may be linked
        // outside the allocation that was made for what it gave the first time.
        if end > sum.size {
            return Err(Stop::Unusual);
        }

        backend.link(iova, start, offset, len, kind)?;
        if kind == Kind::Ram {
            backend.tell(run.start, run.len());
        }
        *linked = end;
        range = match seam.joins(run, granule) {
            true => DmaRange::new(range.addr(), range.len().wrapping_add(run.len())),
            false => {
                put(&mut slots, &mut ranges, range);
                let first = offset.wrapping_add(granule.pad(run.start));
                DmaRange::new(base.checked_add(first).ok_or(Stop::Unusual)?, run.len())
            }
        };
    }
    put(&mut slots, &mut ranges, range);

    // A hole at the end would stop `dma_iova_destroy()` half-way, and a range fewer than was
    // counted would leave one in the output that was never written.
    if *linked != sum.size || ranges != sum.ranges {
        return Err(Stop::Unusual);
    }
    backend.sync(iova, sum.size)?;
    Ok(())
}

/// Writes a range, unless there is none yet.
#[inline]
fn put(slots: &mut core::slice::IterMut<'_, DmaRange>, ranges: &mut usize, range: DmaRange) {
    if range.is_empty() {
        return;
    }
    if let Some(slot) = slots.next() {
        *slot = range;
        *ranges = ranges.wrapping_add(1);
    }
}
