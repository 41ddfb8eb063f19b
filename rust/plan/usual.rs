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
    /// Whether what is mapped has to be unmapped, `dma_need_unmap()`. Nothing is bounced here that
    /// would change the answer.
    pub needs_unmap: bool,
}

impl Usual {
    /// Whether `len` bytes are one range, where an IOMMU's allocation is aligned to its size.
    #[inline]
    fn takes(&self, addr: DmaAddr, len: Bytes) -> bool {
        self.cuts.takes(len) && !self.cuts.crosses(addr, len)
    }
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
#[inline(always)]
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
    let result = match device.granule {
        None => map_direct(backend, list, kind, device, out),
        Some(granule) => map_translated(backend, list, kind, device, granule, out),
    };

    left_alone(result)
}

/// What is not usual is not an error.
#[inline(always)]
fn left_alone<I>(result: Result<Mapped<I>, Stop>) -> Result<Option<Mapped<I>>, Error> {
    match result {
        Ok(mapped) => Ok(Some(mapped)),
        Err(Stop::Unusual) => Ok(None),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// [`map`] for a list of one entry.
///
/// # Errors
///
/// As for [`map`].
#[inline(always)]
pub fn map_entry<B: Backend>(
    backend: &mut B,
    phyr: Phyr,
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
) -> Result<Option<Mapped<B::Iova>>, Error> {
    let run = match Run::new(phyr) {
        Some(run) if device.granule.is_some() || run.is_within(device.reach) => run,
        _ => return Ok(None),
    };

    left_alone(map_run(backend, run, kind, device, out))
}

/// Maps a list that is one run.
#[inline(always)]
fn map_run<B: Backend>(
    backend: &mut B,
    run: Run,
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
) -> Result<Mapped<B::Iova>, Stop> {
    let len = run.len();
    let slot = out.first_mut().ok_or(Stop::Unusual)?;

    let expected = match device.granule {
        Some(granule) => granule.pad(run.start).raw(),
        None => run.start.raw(),
    };

    if !device.takes(DmaAddr::new(expected), len) {
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
        held: match device.needs_unmap {
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

    /// Whether a device that reaches up to `reach` reaches all of it. For a run that ends with the
    /// very last byte that is within reach the answer is no, which only costs the usual way.
    #[inline]
    fn is_within(self, reach: DmaAddr) -> bool {
        self.end.raw() <= reach.raw()
    }

    /// The bits in which its first and last address differ.
    #[inline]
    fn spread(self) -> u64 {
        self.start.raw() ^ self.end.raw().wrapping_sub(1)
    }

    #[inline]
    fn into_slot(self) -> DmaRange {
        DmaRange::new(DmaAddr::new(self.start.raw()), self.len())
    }

    /// What [`Run::into_slot`] made of a run.
    #[inline]
    fn from_slot(slot: DmaRange) -> Self {
        let start = PhysAddr::new(slot.addr().raw());

        // INVARIANT: As those of the run.
        Self {
            start,
            end: PhysAddr::new(start.raw().wrapping_add(slot.len().raw())),
        }
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
#[inline(always)]
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
    let mut bytes = Bytes::ZERO;
    let result = map_each(backend, list, kind, device, &mut slots, &mut bytes);
    let calls = room.wrapping_sub(slots.len());

    if let Err(stop) = result {
        for range in out.iter().take(calls) {
            backend.discard(range.addr(), range.len(), kind);
        }
        return Err(stop);
    }
    if calls == 0 {
        return Err(Stop::Unusual);
    }
    let held = match (device.needs_unmap, calls) {
        (false, _) => Held::Nothing,
        (true, 1) => Held::One(out.first().copied().unwrap_or_default(), kind),
        (true, _) => Held::Each(kind),
    };
    Ok(Mapped {
        ranges: calls,
        held,
        effort: Effort {
            bytes,
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
    bytes: &mut Bytes,
) -> Result<(), Stop>
where
    B: Backend,
    I: Iterator<Item = Phyr> + Clone,
{
    // A range within such a window is neither too long nor crosses a boundary.
    let window = device.cuts.window();

    while let Some(phyr) = list.next() {
        let run = take_run(&mut list, phyr)?;
        let len = run.len();

        if !run.is_within(device.reach)
            || (run.spread() > window && is_cut(run, device))
            || slots.len() == 0
        {
            return Err(Stop::Unusual);
        }
        let addr = backend.map(run.start, len, kind)?;
        if let Some(slot) = slots.next() {
            *slot = DmaRange::new(addr, len);
        }
        *bytes = bytes.wrapping_add(len);
    }
    Ok(())
}

#[cold]
fn is_cut(run: Run, device: &Usual) -> bool {
    !device.takes(DmaAddr::new(run.start.raw()), run.len())
}

/// What a list amounts to behind an IOMMU.
struct Sum {
    /// How many runs there are.
    runs: usize,
    /// Where the first one starts.
    start: PhysAddr,
    bytes: Bytes,
    /// All addresses where a run starts or ends inside of the list, or'd.
    gaps: u64,
}

/// Reads the list, once and for all: its runs are written to the front of `out`, as if they were
/// DMA ranges, until these are known.
///
/// By itself, for it to have all of the registers.
#[inline(never)]
fn gather<B, I>(backend: &mut B, mut list: I, kind: Kind, out: &mut [DmaRange]) -> Result<Sum, Stop>
where
    B: Backend,
    I: Iterator<Item = Phyr> + Clone,
{
    let first = list.next().ok_or(Stop::Unusual)?;
    let mut sum = Sum {
        runs: out.len(),
        start: first.paddr(),
        bytes: Bytes::ZERO,
        // The start of the list is none.
        gaps: 0,
    };
    let mut slots = out.iter_mut();
    let mut run = take_run(&mut list, first)?;

    loop {
        let slot = slots.next().ok_or(Stop::Unusual)?;
        *slot = run.into_slot();
        sum.bytes = sum.bytes.checked_add(run.len()).ok_or(Stop::Unusual)?;
        if kind == Kind::Ram {
            backend.tell(run.start, run.len());
        }
        let Some(phyr) = list.next() else { break };
        sum.gaps |= run.end.raw() | phyr.paddr().raw();
        run = take_run(&mut list, phyr)?;
    }
    sum.runs = sum.runs.wrapping_sub(slots.len());
    Ok(sum)
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

#[inline(always)]
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
    let sum = gather(backend, list, kind, out)?;
    let runs = out.get_mut(..sum.runs).ok_or(Stop::Unusual)?;

    if let &mut [run] = runs {
        return map_run(backend, Run::from_slot(run), kind, device, out);
    }
    let is_aligned = granule.is_boundary(PhysAddr::new(sum.gaps));
    let size = match is_aligned {
        true => align_ends(runs, &sum, granule),
        false => size_of(runs, granule),
    }
    .filter(|&size| size <= MAX_SIZE && device.takes(DmaAddr::default(), size))
    .ok_or(Stop::Unusual)?;

    let mut iova = backend.alloc(size).ok_or(Stop::Unusual)?;
    let base = backend.base(&iova);
    let mut linked = Bytes::ZERO;
    let result = match (device.cuts.crosses(base, size), is_aligned) {
        (true, _) => Err(Stop::Unusual),
        (false, true) => link_aligned(backend, &mut iova, &mut linked, kind, runs),
        (false, false) => link_pieces(backend, &mut iova, &mut linked, kind, granule, runs),
    }
    .and_then(|ranges| Ok(backend.sync(&mut iova, size).map(|()| ranges)?));
    let ranges = match result {
        Ok(ranges) => ranges,
        Err(stop) => {
            if !linked.is_zero() {
                backend.unlink(&mut iova, linked, kind);
            }
            backend.free(iova);
            return Err(stop);
        }
    };
    if let (true, Some(slot)) = (is_aligned, runs.first_mut()) {
        let pad = granule.pad(sum.start);
        *slot = DmaRange::new(DmaAddr::new(base.raw().wrapping_add(pad.raw())), sum.bytes);
    }

    Ok(Mapped {
        ranges,
        held: Held::Iova { iova, size, kind },
        effort: Effort {
            bytes: sum.bytes,
            reason: Reason::Shared,
            links: sum.runs,
            syncs: 1,
        },
    })
}

/// Extends the first and the last of at least two runs to whole granules, which all others are.
/// Returns the bytes of all of them.
#[inline]
fn align_ends(runs: &mut [DmaRange], sum: &Sum, granule: Granule) -> Option<Bytes> {
    let pad = granule.pad(sum.start);
    let padded = pad.checked_add(sum.bytes)?;
    let size = granule.align_up(padded)?;

    if let [first, .., last] = runs {
        let start = DmaAddr::new(first.addr().raw().wrapping_sub(pad.raw()));
        *first = DmaRange::new(start, first.len().wrapping_add(pad));
        let rest = size.saturating_sub(padded);
        *last = DmaRange::new(last.addr(), last.len().wrapping_add(rest));
    }
    Some(size)
}

/// The bytes of all granules of all runs.
#[inline(never)]
fn size_of(runs: &[DmaRange], granule: Granule) -> Option<Bytes> {
    let mut size = Bytes::ZERO;

    for &run in runs {
        let (_, len) = Run::from_slot(run).granules(granule)?;
        size = size.checked_add(len)?;
    }
    Some(size)
}

/// Links runs of whole granules, one range together. `linked` tells, also after a failure, how much
/// is linked.
#[inline(never)]
fn link_aligned<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    linked: &mut Bytes,
    kind: Kind,
    runs: &[DmaRange],
) -> Result<usize, Stop> {
    for run in runs {
        let start = PhysAddr::new(run.addr().raw());

        backend.link(iova, start, *linked, run.len(), kind)?;
        *linked = linked.wrapping_add(run.len());
    }
    Ok(1)
}

/// Links the granules of each run and writes the ranges in the runs' places. Returns how many these
/// are; `linked` tells, also after a failure, how much is linked.
#[inline(never)]
fn link_pieces<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    linked: &mut Bytes,
    kind: Kind,
    granule: Granule,
    runs: &mut [DmaRange],
) -> Result<usize, Stop> {
    let base = backend.base(iova);
    let mut seam = Seam::default();
    let mut ranges: usize = 0;

    for at in 0..runs.len() {
        let run = runs.get(at).copied().map(Run::from_slot);
        let run = run.ok_or(Stop::Unusual)?;
        let (start, len) = run.granules(granule).ok_or(Stop::Unusual)?;
        let offset = *linked;

        backend.link(iova, start, offset, len, kind)?;
        *linked = offset.wrapping_add(len);
        // There are never more ranges than runs, so none is overwritten that was not read.
        if seam.joins(run, granule) {
            if let Some(range) = runs.get_mut(ranges.wrapping_sub(1)) {
                *range = DmaRange::new(range.addr(), range.len().wrapping_add(run.len()));
            }
        } else if let Some(range) = runs.get_mut(ranges) {
            let first = offset.wrapping_add(granule.pad(run.start));
            let addr = DmaAddr::new(base.raw().wrapping_add(first.raw()));
            *range = DmaRange::new(addr, run.len());
            ranges = ranges.wrapping_add(1);
        }
    }
    Ok(ranges)
}
