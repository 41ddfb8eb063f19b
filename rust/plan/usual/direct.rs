// SPDX-License-Identifier: GPL-2.0

//! A map call for each run, where no IOMMU translates.

use super::{
    each::Each,
    give_up,
    run::{
        address,
        gather_alone,
        only_run,
        Run,
        Sum, //
    },
    undo,
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
    phyr::Phyr,
    range::DmaRange,
    strategy::Reason,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    },
};
use core::cell::Cell;

/// What a list amounts to whose entries are apart.
#[derive(Clone, Copy, Default)]
struct Plain {
    bytes: Bytes,
    /// The addresses of all last bytes, or'd.
    lasts: u64,
    /// The bits in which the first and the last address of any run differ.
    spread: u64,
}

impl Sum for Plain {
    #[inline(always)]
    fn add(&mut self, run: Run) -> Option<()> {
        self.bytes = self.bytes.wrapping_add(run.len());
        self.lasts |= run.last();
        self.spread |= run.spread();
        Some(())
    }

    #[inline(always)]
    fn between(&mut self, _end: PhysAddr, _next: PhysAddr) {}
}

impl Plain {
    /// Whether all `runs` are within reach, none is cut, and their bytes can be counted.
    #[inline(always)]
    fn fits(&self, runs: &[DmaRange], device: &Usual) -> bool {
        // All of them are within reach if what has all of their bits is. None is longer than the spread
        // and one byte, so what they come to fits if this does.
        self.lasts <= device.reach
            && most_bytes(runs.len(), self.spread).is_some()
            && (self.spread <= device.cuts.uncut() || !is_any_cut(runs, device))
    }
}

/// What so many ranges come to at most, of which none is longer than `spread` and one byte; [`None`] if
/// that does not fit.
#[inline(always)]
fn most_bytes(ranges: usize, spread: u64) -> Option<u64> {
    u64::try_from(ranges)
        .ok()?
        .checked_mul(spread.checked_add(1)?)
}

#[cold]
fn is_any_cut(runs: &[DmaRange], device: &Usual) -> bool {
    !runs
        .iter()
        .all(|run| device.cuts.takes(run.addr(), run.len()))
}

/// Maps `list`, all of it of the same kind.
///
/// Of entries that are apart it is cheapest to read them all and then map them all. Where some are
/// adjacent, what there is to be known of the runs takes too many registers for that.
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
    let mut sum = Plain::default();
    let (ranges, bytes) = match gather_alone(list, out, &mut sum) {
        None => return then.unusual(out),
        Some(alone) if alone == list.len() => {
            let runs = out.get_mut(..alone).unwrap_or_default();
            if !sum.fits(runs, device) {
                return then.unusual(out);
            }
            if let Err(refusal) = map_each(backend, kind, runs) {
                return give_up(refusal.into(), out, then);
            }
            (alone, sum.bytes)
        }
        Some(_) => {
            let each = Each::new(device);
            let slots = Cell::from_mut(&mut *out).as_slice_of_cells();
            let Some(ranges) = each.map(backend, kind, list, slots) else {
                return give_up(each.stop.get(), out, then);
            };
            (ranges, each.bytes.get())
        }
    };

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

/// Maps each run, and puts its DMA range in its place. After a failure none of them is mapped.
#[inline(always)]
fn map_each<B: Backend>(backend: &mut B, kind: Kind, runs: &mut [DmaRange]) -> Result<(), Refusal> {
    for run in runs.iter_mut() {
        match backend.map(PhysAddr::new(run.addr().raw()), run.len(), kind) {
            Ok(addr) => *run = DmaRange::new(addr, run.len()),
            Err(refusal) => {
                let refused = address(run);
                let before = runs.iter().take_while(|&range| address(range) != refused);
                undo(backend, kind, before.copied());
                return Err(refusal);
            }
        }
    }
    Ok(())
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
