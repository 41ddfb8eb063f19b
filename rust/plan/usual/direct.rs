// SPDX-License-Identifier: GPL-2.0

//! A map call for each run, where no IOMMU translates.

use super::{
    give_up,
    run::{
        take_run,
        Run, //
    },
    Stop,
    Then, //
};
use crate::plan::{
    backend::Backend,
    class::Kind,
    cut::Cuts,
    exec::{
        Effort,
        Held,
        Mapped, //
    },
    phyr::Phyr,
    range::DmaRange,
    strategy::Reason,
    units::{
        Bytes,
        DmaAddr, //
    },
};
use core::cell::Cell;

/// What decides of a device that bounces nothing that it reaches, and whose DMA addresses are physical
/// ones.
///
/// Laid out as `struct phyr_usual_direct`, so that what C has found out need not be copied.
#[derive(Debug)]
#[repr(C)]
pub struct Device {
    /// Where DMA ranges are cut.
    pub cuts: Cuts,
    /// Highest physical address that the device can be given.
    pub reach: u64,
    /// Whether what is mapped has to be unmapped, `dma_need_unmap()`. Nothing is bounced here that
    /// would change the answer.
    pub needs_unmap: bool,
}

/// Maps `list`, all of it of the same kind: each run as it is read.
#[inline(always)]
pub fn map<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    if list.is_empty() {
        return then.unusual(out);
    }
    let uncut = device.cuts.uncut().min(MOST.raw() - 1);
    let slots = Cell::from_mut(&mut *out).as_slice_of_cells();
    let mut free = slots.iter();
    let mut rest = list.iter();
    let mut bytes = Bytes::ZERO;

    let (stop, left) = loop {
        let left = free.len();
        let Some(&first) = rest.next() else {
            break (None, left);
        };
        let run = match take_run(first, &mut rest) {
            Some(run) if fits(run, uncut, device) => run,
            _ => break (Some(Stop::Unusual), left),
        };
        let Some(slot) = free.next() else {
            break (Some(Stop::Unusual), left);
        };
        match backend.map(run.start, run.len(), kind) {
            Ok(addr) => slot.set(DmaRange::new(addr, run.len())),
            Err(refusal) => break (Some(refusal.into()), left),
        }
        bytes = bytes.wrapping_add(run.len());
    };
    let ranges = slots.len().wrapping_sub(left);

    if let Some(stop) = stop {
        for range in slots.iter().take(ranges).map(Cell::get) {
            backend.discard(range.addr(), range.len(), kind);
        }
        return give_up(stop, out, then);
    }

    let mapped = |held| Mapped {
        ranges,
        held,
        effort: Effort {
            bytes,
            reason: Reason::NoIommu,
            links: ranges,
        },
    };
    match (device.needs_unmap, &*out) {
        (false, _) => then.mapped(mapped(Held::Nothing), out),
        (true, &[range, ..]) if ranges == 1 => then.mapped(mapped(Held::One(range, kind)), out),
        (true, _) => then.mapped(mapped(Held::Each(kind)), out),
    }
}

/// The longest run. What an `int` counts of such runs is not too long for a list.
const MOST: Bytes = Bytes::new(1 << 32);

/// Whether `run` is within reach, and one range. One that differs in no more than the bits of `uncut`
/// is.
#[inline(always)]
fn fits(run: Run, uncut: u64, device: &Device) -> bool {
    run.last() <= device.reach
        && (run.spread() <= uncut
            || run.len() <= MOST && device.cuts.takes(DmaAddr::new(run.start.raw()), run.len()))
}

/// Maps a list of one entry, which comes out as one range.
#[inline(always)]
pub fn map_entry<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    phyr: Phyr,
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let Some(run) = Run::new(phyr) else {
        return then.unusual(out);
    };
    let len = run.len();
    if run.last() > device.reach {
        return then.unusual(out);
    }
    let Some(slot) = out.first_mut() else {
        return then.unusual(out);
    };
    if !device.cuts.takes(DmaAddr::new(run.start.raw()), len) {
        return then.unusual(out);
    }
    let addr = match backend.map(run.start, len, kind) {
        Ok(addr) => addr,
        Err(refusal) => return give_up(refusal.into(), out, then),
    };

    let range = DmaRange::new(addr, len);
    *slot = range;
    let mapped = |held| Mapped {
        ranges: 1,
        held,
        effort: Effort {
            bytes: len,
            reason: Reason::NoIommu,
            links: 1,
        },
    };
    match device.needs_unmap {
        false => then.mapped(mapped(Held::Nothing), out),
        true => then.mapped(mapped(Held::One(range, kind)), out),
    }
}
