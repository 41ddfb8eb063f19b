// SPDX-License-Identifier: GPL-2.0

//! One IOVA allocation for all runs, behind an IOMMU.

use super::{
    begins_apart,
    extent::{
        Extent,
        Shape, //
    },
    give_up,
    link::{
        join,
        link_all,
        link_gathered,
        link_mixed,
        link_pieces,
        link_whole,
        Stretch,
        FEWEST, //
    },
    run::{
        take_adjacent,
        take_two,
        Run, //
    },
    Stop,
    Then, //
};
use crate::plan::{
    backend::{
        Backend,
        Links, //
    },
    class::Kind,
    cut::Cuts,
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
use core::{
    borrow::{
        Borrow,
        BorrowMut, //
    },
    cell::Cell, //
};

/// What decides of a device that is trusted with the neighbours of a buffer.
///
/// Laid out as `struct phyr_usual_shared`, so that what C has found out need not be copied.
#[derive(Debug)]
#[repr(C)]
pub struct Device {
    /// Where DMA ranges are cut. In a cell, for it to be read where it is compared with something:
    /// the loops need the registers.
    pub cuts: Cell<Cuts>,
}

/// Maps `list`, all of it of the same kind.
#[inline(always)]
pub fn map<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    match begins_apart(list) {
        true => map_apart(backend, list, kind, device, out, then),
        false => map_adjacent(backend, list, kind, device, out, then),
    }
}

/// [`map`] for a list that [begins apart](begins_apart).
#[inline(always)]
pub fn map_apart<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let extent = match backend.granule() {
        Some(granule) => Extent::of(list, granule, out).zip(Some(granule)),
        None => None,
    };

    share(backend, list, list, kind, device, extent, out, then)
}

/// [`map`] for a list that does not.
#[inline(always)]
pub fn map_adjacent<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let mut rest = list.iter();
    let Some(first) = take_two(&mut rest).and_then(|run| take_adjacent(run, &mut rest)) else {
        return then.unusual(out);
    };
    if rest.as_slice().is_empty() {
        return map_run(backend, first, kind, device, out, then);
    }
    let extent = match backend.granule() {
        Some(granule) => Extent::of_runs(first, rest, granule, out).zip(Some(granule)),
        None => None,
    };

    share(backend, list, &[], kind, device, extent, out, then)
}

/// Maps a list whose runs are at the front of `out`, or its entries. If they may be its entries,
/// it is `alone`, too.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
pub(super) fn share<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: impl IntoIterator<Item: Borrow<Phyr>, IntoIter: Clone> + Clone,
    alone: &[Phyr],
    kind: Kind,
    device: &Device,
    extent: Option<(Extent, Granule)>,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let Some((extent, granule)) = extent else {
        return then.unusual(out);
    };
    let cuts = &device.cuts;
    let shared = match extent.shape {
        Shape::Whole => {
            let runs = out.get(..extent.runs).unwrap_or_default();
            let all = Links::Slots(runs);
            let runs = runs.iter().map(|&run| run_in(run));

            share_whole(backend, runs, all, extent.size, kind, cuts, out.len())
                .map(|(stretch, iova)| (stretch.write(cuts.get(), out), iova))
        }
        Shape::Alone => {
            let runs = list.clone().into_iter().map(|phyr| *phyr.borrow());

            share_whole(
                backend,
                runs,
                Links::List(alone),
                extent.size,
                kind,
                cuts,
                out.len(),
            )
            .map(|(stretch, iova)| (stretch.write(cuts.get(), out), iova))
        }
        Shape::Apart | Shape::Mixed => share_pieces(backend, &extent, kind, cuts, granule, out),
    };
    match shared {
        Ok((ranges, iova)) => {
            tell(backend, kind, list);
            let Extent {
                runs: links, size, ..
            } = extent;
            let mapped = Mapped {
                ranges,
                held: Held::Iova { iova, size, kind },
                effort: Effort {
                    reason: Reason::Shared,
                    links,
                },
            };
            then.mapped(mapped, out)
        }
        Err(stop) => give_up(stop, out, then),
    }
}

/// Maps a list of one entry.
#[inline(always)]
pub fn map_entry<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    match *list {
        [phyr] => match Run::new(phyr) {
            Some(run) => map_run(backend, run, kind, device, out, then),
            None => then.unusual(out),
        },
        _ => then.unusual(out),
    }
}

/// Maps a list that is one run, and one range.
#[inline(always)]
fn map_run<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    run: Run,
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let size = run.len();
    let Some(slot) = out.first_mut() else {
        return then.unusual(out);
    };
    if size > MAX_SIZE || !device.cuts.get().takes(DmaAddr::default(), size) {
        return then.unusual(out);
    }
    let Some(mut iova) = backend.alloc(run.start, size) else {
        return then.unusual(out);
    };
    let addr = backend.base(&iova);

    if !device.cuts.get().takes(addr, size) {
        backend.free(iova);
        return then.unusual(out);
    }
    if let Err(refusal) = backend.link(&mut iova, run.start, Bytes::ZERO, size, kind) {
        backend.free(iova);
        return give_up(refusal.into(), out, then);
    }
    if let Err(refusal) = backend.sync(&mut iova, size) {
        backend.unlink(&mut iova, size, kind);
        backend.free(iova);
        return give_up(refusal.into(), out, then);
    }

    *slot = DmaRange::new(addr, size);
    if kind == Kind::Ram {
        backend.tell(run.start, size);
    }
    let mapped = Mapped {
        ranges: 1,
        held: Held::Iova { iova, size, kind },
        effort: Effort {
            reason: Reason::Shared,
            links: 1,
        },
    };
    then.mapped(mapped, out)
}

/// The run that is in a slot.
#[inline(always)]
fn run_in(slot: DmaRange) -> Phyr {
    Phyr::new(PhysAddr::new(slot.addr().raw()), slot.len())
}

/// Gives `runs`, which are one stretch of so many bytes, and `all` of which are there as well, an
/// allocation. Returns the stretch, for which there is room among so many DMA ranges.
#[inline(always)]
fn share_whole<B: Backend>(
    backend: &mut B,
    runs: impl Iterator<Item = Phyr> + Clone,
    all: Links<'_>,
    size: Bytes,
    kind: Kind,
    cuts: &Cell<Cuts>,
    room: usize,
) -> Result<(Stretch, B::Iova), Stop> {
    let first = runs.clone().next().ok_or(Stop::Unusual)?;
    if size > MAX_SIZE {
        return Err(Stop::Unusual);
    }
    let mut iova = backend.alloc(first.paddr(), size).ok_or(Stop::Unusual)?;
    let range = DmaRange::new(backend.base(&iova), size);

    let Some(stretch) = Stretch::new(range, cuts.get(), room) else {
        return Err(give_back(backend, iova, kind, Bytes::ZERO, Stop::Unusual));
    };
    let linked = match B::LINKS_ALL && all.len() >= FEWEST {
        true => link_all(backend, &mut iova, kind, all),
        false => link_whole(backend, &mut iova, kind, runs),
    };
    if let Err(stop) = linked.result {
        return Err(give_back(backend, iova, kind, linked.bytes, stop));
    }
    if let Err(refusal) = backend.sync(&mut iova, size) {
        return Err(give_back(backend, iova, kind, size, refusal.into()));
    }
    Ok((stretch, iova))
}

/// As [`share_whole`], for runs that are not.
#[inline(always)]
fn share_pieces<B: Backend>(
    backend: &mut B,
    extent: &Extent,
    kind: Kind,
    cuts: &Cell<Cuts>,
    granule: Granule,
    out: &mut [DmaRange],
) -> Result<(usize, B::Iova), Stop> {
    let &Extent { runs, size, shape } = extent;
    let runs = out.get_mut(..runs).ok_or(Stop::Unusual)?;
    if is_too_long(cuts, size) {
        return Err(Stop::Unusual);
    }
    let mut iova = backend
        .alloc(PhysAddr::default(), size)
        .ok_or(Stop::Unusual)?;

    if !cuts.get().takes(backend.base(&iova), size) {
        return Err(give_back(backend, iova, kind, Bytes::ZERO, Stop::Unusual));
    }
    let (linked, ranges) = match shape {
        _ if B::LINKS_ALL && runs.len() >= FEWEST => {
            let linked =
                link_gathered(backend.again().borrow_mut(), &mut iova, kind, granule, runs);
            let ranges = match shape {
                Shape::Mixed => join(runs),
                _ => runs.len(),
            };
            (linked, ranges)
        }
        Shape::Mixed => link_mixed(backend.again().borrow_mut(), &mut iova, kind, granule, runs),
        _ => (
            link_pieces(backend.again().borrow_mut(), &mut iova, kind, granule, runs),
            runs.len(),
        ),
    };
    if let Err(stop) = linked.result {
        return Err(give_back(backend, iova, kind, linked.bytes, stop));
    }
    if let Err(refusal) = backend.sync(&mut iova, size) {
        return Err(give_back(backend, iova, kind, size, refusal.into()));
    }
    Ok((ranges, iova))
}

/// Whether no allocation of `size` bytes is one range. By itself: it would take a register from the
/// loop of lists whose granules are full, which is beside it.
#[inline(never)]
fn is_too_long(cuts: &Cell<Cuts>, size: Bytes) -> bool {
    size > MAX_SIZE || !cuts.get().takes(DmaAddr::default(), size)
}

/// Gives back an allocation of which so much is `linked`. Returns why.
#[inline(always)]
fn give_back<B: Backend>(
    backend: &mut B,
    iova: B::Iova,
    kind: Kind,
    linked: Bytes,
    why: Stop,
) -> Stop {
    unlink_and_free(backend.again().borrow_mut(), iova, kind, linked);
    why
}

#[cold]
#[inline(never)]
fn unlink_and_free<B: Backend>(backend: &mut B, mut iova: B::Iova, kind: Kind, linked: Bytes) {
    if !linked.is_zero() {
        backend.unlink(&mut iova, linked, kind);
    }
    backend.free(iova);
}

/// Tells those who watch memory that the device has got it.
#[inline(always)]
fn tell<B: Backend>(backend: &mut B, kind: Kind, list: impl IntoIterator<Item: Borrow<Phyr>>) {
    if B::IS_TOLD && kind == Kind::Ram {
        for phyr in list {
            let phyr: &Phyr = phyr.borrow();
            backend.tell(phyr.paddr(), phyr.len());
        }
    }
}
