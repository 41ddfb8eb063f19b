// SPDX-License-Identifier: GPL-2.0

//! One IOVA allocation for all runs, behind an IOMMU.

use super::{
    extent::Extent,
    give_up,
    link::{
        link_pieces,
        link_whole,
        Linked,
        Stretch, //
    },
    run::{
        only_run,
        Run, //
    },
    Stop,
    Then,
    Usual, //
};
use crate::plan::{
    backend::Backend,
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
        DmaAddr, //
    },
};

/// Maps `list`, all of it of the same kind.
#[inline(always)]
pub fn map<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    granule: Granule,
    device: &Usual,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    if let Some(run) = only_run(list) {
        return map_run(backend, run, kind, granule, device, out, then);
    }
    let Some(extent) = Extent::of(list, granule, out) else {
        return then.unusual(out);
    };
    match share(backend, &extent, kind, device, granule, out) {
        Ok((ranges, iova)) => {
            tell(backend, kind, list);
            let Extent {
                runs: links,
                bytes,
                size,
                ..
            } = extent;
            let mapped = Mapped {
                ranges,
                held: Held::Iova { iova, size, kind },
                effort: Effort {
                    bytes,
                    reason: Reason::Shared,
                    links,
                },
            };
            then.mapped(mapped, out)
        }
        Err(stop) => give_up(stop, out, then),
    }
}

/// Maps a list that is one run, and one range.
#[inline(always)]
pub(super) fn map_run<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    run: Run,
    kind: Kind,
    granule: Granule,
    device: &Usual,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let Some(((start, size), slot)) = run
        .granules(granule)
        .filter(|&(_, size)| size <= MAX_SIZE)
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
        return give_up(refusal.into(), out, then);
    }
    if let Err(refusal) = backend.sync(&mut iova, size) {
        backend.unlink(&mut iova, size, kind);
        backend.free(iova);
        return give_up(refusal.into(), out, then);
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

/// Gives the runs at the front of `out` one allocation, and puts the DMA ranges, of which it returns
/// the number, in their place.
#[inline(always)]
fn share<B: Backend>(
    backend: &mut B,
    extent: &Extent,
    kind: Kind,
    device: &Usual,
    granule: Granule,
    out: &mut [DmaRange],
) -> Result<(usize, B::Iova), Stop> {
    let &Extent {
        runs,
        bytes,
        size,
        pad,
    } = extent;
    if size > MAX_SIZE || (pad.is_none() && !device.cuts.takes(DmaAddr::default(), size)) {
        return Err(Stop::Unusual);
    }

    let mut iova = backend.alloc(size).ok_or(Stop::Unusual)?;
    let base = backend.base(&iova);
    let stretch = pad.and_then(|pad| {
        let addr = DmaAddr::new(base.raw().wrapping_add(pad.raw()));
        Stretch::new(DmaRange::new(addr, bytes), device.cuts, out.len())
    });
    let linked = match (stretch, pad, out.get_mut(..runs)) {
        (Some(_), _, Some(runs)) => link_whole(backend, &mut iova, kind, runs),
        (None, None, Some(runs)) if device.cuts.takes(base, size) => {
            link_pieces(backend, &mut iova, kind, granule, runs)
        }
        _ => Linked::NOTHING,
    };
    let stop = match linked.result {
        Ok(ranges) => match backend.sync(&mut iova, size) {
            Ok(()) => {
                let ranges = match stretch {
                    Some(stretch) => stretch.write(device.cuts, out),
                    None => ranges,
                };
                return Ok((ranges, iova));
            }
            Err(refusal) => refusal.into(),
        },
        Err(stop) => stop,
    };
    if !linked.bytes.is_zero() {
        backend.unlink(&mut iova, linked.bytes, kind);
    }
    backend.free(iova);
    Err(stop)
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
