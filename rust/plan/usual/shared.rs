// SPDX-License-Identifier: GPL-2.0

//! One IOVA allocation for all runs, behind an IOMMU.

use super::{
    give_up,
    run::{
        address,
        gather,
        only_run,
        Run,
        Sum, //
    },
    Then,
    Usual, //
};
use crate::plan::{
    backend::{
        Backend,
        Refusal, //
    },
    class::Kind,
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

/// What a list amounts to.
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

/// Why a list is not mapped here. Nothing of it is left mapped.
#[derive(Clone, Copy)]
enum Stop {
    /// It is not for here.
    Unusual,
    /// It cannot be mapped.
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    #[inline]
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Maps `list`, all of it of the same kind.
#[inline(always)]
pub fn map<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    if let Some(run) = only_run(list) {
        return map_run(backend, run, kind, device, out, then);
    }
    let Some((links, sum)) = gather::<Whole>(list, out) else {
        return then.unusual(out);
    };
    let Some(runs) = out.get_mut(..links) else {
        return then.unusual(out);
    };
    match share(backend, sum, kind, device, runs) {
        Ok((ranges, held)) => {
            tell(backend, kind, list);
            let mapped = Mapped {
                ranges,
                held,
                effort: Effort {
                    bytes: sum.bytes,
                    reason: Reason::Shared,
                    links,
                },
            };
            then.mapped(mapped, runs)
        }
        Err(Stop::Unusual) => then.unusual(out),
        Err(Stop::Refused(refusal)) => give_up(refusal, out, then),
    }
}

/// Maps a list that is one run.
#[inline(always)]
pub(super) fn map_run<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    run: Run,
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let Some(((granule, (start, size)), slot)) = device
        .granule()
        .and_then(|granule| Some((granule, run.granules(granule)?)))
        .filter(|&(_, (_, size))| size <= MAX_SIZE)
        .zip(out.first_mut())
    else {
        return then.unusual(out);
    };
    let pad = granule.pad(run.start);
    if !device.cuts.takes(DmaAddr::new(pad.raw()), run.len()) {
        return then.unusual(out);
    }
    let Some(mut iova) = backend.alloc(size) else {
        return then.unusual(out);
    };
    let addr = DmaAddr::new(backend.base(&iova).raw().wrapping_add(pad.raw()));

    if !device.cuts.takes(addr, run.len()) {
        backend.free(iova);
        return then.unusual(out);
    }
    if let Err(refusal) = backend.link(&mut iova, start, Bytes::ZERO, size, kind) {
        backend.free(iova);
        return give_up(refusal, out, then);
    }
    if let Err(refusal) = backend.sync(&mut iova, size) {
        backend.unlink(&mut iova, size, kind);
        backend.free(iova);
        return give_up(refusal, out, then);
    }

    *slot = DmaRange::new(addr, run.len());
    if kind == Kind::Ram {
        backend.tell(run.start, run.len());
    }
    let mapped = Mapped {
        ranges: 1,
        held: Held::Iova { iova, size, kind },
        effort: Effort {
            bytes: run.len(),
            reason: Reason::Shared,
            links: 1,
        },
    };
    then.mapped(mapped, out)
}

/// Gives the runs one allocation, and puts the DMA ranges, of which it returns the number, in
/// their place.
#[inline(always)]
fn share<B: Backend>(
    backend: &mut B,
    sum: Whole,
    kind: Kind,
    device: &Usual,
    runs: &mut [DmaRange],
) -> Result<(usize, Held<B::Iova>), Stop> {
    let granule = device.granule().ok_or(Stop::Unusual)?;
    let start = PhysAddr::new(runs.first().ok_or(Stop::Unusual)?.addr().raw());
    let is_aligned = granule.is_boundary(PhysAddr::new(sum.gaps));
    let size = match is_aligned {
        true => align_ends(runs, start, sum.bytes, granule),
        false => size_of(runs, granule),
    }
    .filter(|&size| size <= MAX_SIZE && device.cuts.takes(DmaAddr::default(), size))
    .ok_or(Stop::Unusual)?;

    let mut iova = backend.alloc(size).ok_or(Stop::Unusual)?;
    let base = backend.base(&iova);
    let Linked { bytes, result } = match (device.cuts.takes(base, size), is_aligned) {
        (false, _) => Linked::NOTHING,
        (true, true) => link_aligned(backend, &mut iova, kind, runs),
        (true, false) => link_pieces(backend, &mut iova, kind, granule, runs),
    };
    let result = result.and_then(|ranges| Ok(backend.sync(&mut iova, size).map(|()| ranges)?));
    let ranges = match result {
        Ok(ranges) => ranges,
        Err(stop) => {
            if !bytes.is_zero() {
                backend.unlink(&mut iova, bytes, kind);
            }
            backend.free(iova);
            return Err(stop);
        }
    };
    if let (true, Some(slot)) = (is_aligned, runs.first_mut()) {
        let pad = granule.pad(start);
        *slot = DmaRange::new(DmaAddr::new(base.raw().wrapping_add(pad.raw())), sum.bytes);
    }
    Ok((ranges, Held::Iova { iova, size, kind }))
}

/// Tells those who watch memory that the device has got it.
#[inline(always)]
fn tell<B: Backend>(backend: &mut B, kind: Kind, list: &[Phyr]) {
    if kind == Kind::Ram {
        for phyr in list {
            backend.tell(phyr.paddr(), phyr.len());
        }
    }
}

/// Extends the first and the last of the runs to whole granules, which all others are.
/// Returns the bytes of all of them.
#[inline]
fn align_ends(
    runs: &mut [DmaRange],
    start: PhysAddr,
    bytes: Bytes,
    granule: Granule,
) -> Option<Bytes> {
    let pad = granule.pad(start);
    let padded = pad.checked_add(bytes)?;
    let size = granule.align_up(padded)?;

    if let Some(first) = runs.first_mut() {
        let start = DmaAddr::new(first.addr().raw().wrapping_sub(pad.raw()));
        *first = DmaRange::new(start, first.len().wrapping_add(pad));
    }
    if let Some(last) = runs.last_mut() {
        let rest = size.saturating_sub(padded);
        *last = DmaRange::new(last.addr(), last.len().wrapping_add(rest));
    }
    Some(size)
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

/// What became of a list's links.
struct Linked {
    /// How much is linked, also after a failure.
    bytes: Bytes,
    /// How many ranges it comes to.
    result: Result<usize, Stop>,
}

impl Linked {
    /// It was not begun.
    const NOTHING: Self = Self {
        bytes: Bytes::ZERO,
        result: Err(Stop::Unusual),
    };
}

/// Links runs of whole granules, one range together.
///
/// By itself, for it to have all of the registers.
#[inline(never)]
fn link_aligned<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    runs: &[DmaRange],
) -> Linked {
    let mut bytes = Bytes::ZERO;

    for run in runs {
        let start = PhysAddr::new(run.addr().raw());

        if let Err(refusal) = backend.link(iova, start, bytes, run.len(), kind) {
            return Linked {
                bytes,
                result: Err(refusal.into()),
            };
        }
        bytes = bytes.wrapping_add(run.len());
    }
    Linked {
        bytes,
        result: Ok(1),
    }
}

/// Links the granules of each run and writes the ranges in the runs' places.
///
/// By itself, for it to have all of the registers.
#[inline(never)]
fn link_pieces<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    granule: Granule,
    runs: &mut [DmaRange],
) -> Linked {
    let base = backend.base(iova);
    let mut seam = Seam::default();
    let mut bytes = Bytes::ZERO;

    // Each run is a range by itself, until one is not.
    for at in runs.iter_mut() {
        let run = Run::from_slot(*at);
        if seam.joins(run, granule) {
            let done = address(at);
            return link_joined(backend, iova, kind, granule, runs, done, bytes);
        }
        match link_piece(backend, iova, kind, granule, run, bytes) {
            Ok((pad, len)) => {
                let addr = base.raw().wrapping_add(bytes.wrapping_add(pad).raw());
                *at = DmaRange::new(DmaAddr::new(addr), run.len());
                bytes = bytes.wrapping_add(len);
            }
            Err(stop) => {
                return Linked {
                    bytes,
                    result: Err(stop),
                }
            }
        }
    }
    Linked {
        bytes,
        result: Ok(runs.len()),
    }
}

/// Links the granules of `run` behind `bytes`. Returns what of them comes before it, and all of them.
#[inline(always)]
fn link_piece<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    granule: Granule,
    run: Run,
    bytes: Bytes,
) -> Result<(Bytes, Bytes), Stop> {
    let (start, len) = run.granules(granule).ok_or(Stop::Unusual)?;

    backend.link(iova, start, bytes, len, kind)?;
    Ok((granule.pad(run.start), len))
}

/// [`link_pieces`] from the run at `done` on, which continues the range before it; `bytes` are linked.
#[inline(never)]
fn link_joined<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    kind: Kind,
    granule: Granule,
    runs: &mut [DmaRange],
    done: usize,
    mut bytes: Bytes,
) -> Linked {
    let base = backend.base(iova);
    let alone = runs.iter().take_while(|&run| address(run) != done).count();
    let mut ranges = alone;
    let mut seam = Seam { is_flush: true };

    for at in alone..runs.len() {
        let run = Run::from_slot(runs.get(at).copied().unwrap_or_default());
        let (pad, len) = match link_piece(backend, iova, kind, granule, run, bytes) {
            Ok(linked) => linked,
            Err(stop) => {
                return Linked {
                    bytes,
                    result: Err(stop),
                }
            }
        };
        // There are never more ranges than runs, so none is overwritten that was not read.
        if seam.joins(run, granule) {
            if let Some(range) = runs.get_mut(ranges.wrapping_sub(1)) {
                *range = DmaRange::new(range.addr(), range.len().wrapping_add(run.len()));
            }
        } else if let Some(range) = runs.get_mut(ranges) {
            let addr = base.raw().wrapping_add(bytes.wrapping_add(pad).raw());
            *range = DmaRange::new(DmaAddr::new(addr), run.len());
            ranges = ranges.wrapping_add(1);
        }
        bytes = bytes.wrapping_add(len);
    }
    Linked {
        bytes,
        result: Ok(ranges),
    }
}
