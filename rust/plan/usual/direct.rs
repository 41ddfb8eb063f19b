// SPDX-License-Identifier: GPL-2.0

//! A map call for each run, where no IOMMU translates.

use super::{
    begins_apart,
    give_up,
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
        Refusal, //
    },
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
    units::DmaAddr,
};
use core::{
    borrow::BorrowMut,
    cell::Cell,
    slice::Iter, //
};

/// What decides of a device that bounces nothing that it reaches, and whose DMA addresses are
/// physical ones.
///
/// Laid out as `struct phyr_usual_direct`, so that what C has found out need not be copied.
#[derive(Debug)]
#[repr(C)]
pub struct Device {
    /// Where DMA ranges are cut.
    pub cuts: Cuts,
    /// [`Cuts::uncut`] of them. In a cell, as the next, for it to be read where it is compared with
    /// something: the loops need the register.
    pub uncut: Cell<u64>,
    /// Highest physical address that the device can be given.
    pub reach: Cell<u64>,
    /// Not 0 if what is mapped does not have to be unmapped, by `dma_need_unmap()`. Nothing is
    /// bounced here that would change the answer.
    pub needs_no_unmap: u64,
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
    match begins_apart(list) {
        true => map_apart(backend, list, kind, device, out, then),
        false => map_adjacent(backend, list, kind, device, out, then),
    }
}

/// [`map`] for a list that [begins apart](begins_apart). Where pages are scattered all entries
/// stand alone, and the loop for these is the shorter one.
#[inline(always)]
pub fn map_apart<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let slots = Cell::from_mut(&mut *out).as_slice_of_cells();
    let done = match map_alone(backend, list, kind, device, slots) {
        Ok(()) => (list.len(), None),
        Err(Stopped { slot, why: None }) => map_rest(
            backend.again().borrow_mut(),
            list,
            kind,
            device,
            slots,
            slot,
        ),
        Err(Stopped { slot, why }) => (count_before(slot, slots), why.map(Stop::from)),
    };

    finish(backend, kind, device, done, out, then)
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
    let slots = Cell::from_mut(&mut *out).as_slice_of_cells();
    let mut rest = list.iter();
    let done = match take_two(&mut rest) {
        Some(run) => map_runs(backend, run, rest, kind, device, slots, slots.iter()),
        None => (0, Some(Stop::Unusual)),
    };

    finish(backend, kind, device, done, out, then)
}

/// Tells what became of a list. What is mapped of one of which some is not is unmapped.
#[inline(always)]
pub(super) fn finish<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    kind: Kind,
    device: &Device,
    (ranges, stop): Done,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    if let Some(stop) = stop {
        backend.discard(out.get(..ranges).unwrap_or_default(), kind);
        return give_up(stop, out, then);
    }

    let mapped = |held| Mapped {
        ranges,
        held,
        effort: Effort {
            reason: Reason::NoIommu,
            links: ranges,
        },
    };
    match (device.needs_no_unmap, &*out) {
        (0, &[range, ..]) if ranges == 1 => then.mapped(mapped(Held::One(range, kind)), out),
        (0, _) => then.mapped(mapped(Held::Each(kind)), out),
        _ => then.mapped(mapped(Held::Nothing), out),
    }
}

/// What of a list is mapped, in ranges, and why the rest is not.
pub(super) type Done = (usize, Option<Stop>);

/// That not all entries of a list stand alone, and are usual.
struct Stopped<'a> {
    /// The slot of the first that is not mapped. If there is none, nothing is.
    slot: Option<&'a Cell<DmaRange>>,
    /// What its map call was refused for.
    why: Option<Refusal>,
}

/// Maps the entries of `list` as long as they stand alone, and nothing has to be looked at more
/// closely.
#[inline(always)]
fn map_alone<'a, B: Backend>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    slots: &'a [Cell<DmaRange>],
) -> Result<(), Stopped<'a>> {
    let stopped = |slot, why| Err(Stopped { slot, why });
    let mut map = |phyr: Phyr, slot: &'a Cell<DmaRange>| {
        let Some(run) = Run::new(phyr) else {
            return stopped(Some(slot), None);
        };

        if run.last() > device.reach.get() || run.spread() > device.uncut.get() {
            return stopped(Some(slot), None);
        }
        // The length is left where it will be, for it to take no register while the entry is
        // mapped.
        slot.set(DmaRange::new(slot.get().addr(), phyr.len()));
        match backend.map(run.start, phyr.len(), kind) {
            Ok(addr) => slot.set(DmaRange::new(addr, slot.get().len())),
            Err(refusal) => return stopped(Some(slot), Some(refusal)),
        }
        Ok(())
    };
    let Some(slots) = slots.get(..list.len()) else {
        return stopped(None, None);
    };

    for (pair, slot) in list.windows(2).zip(slots) {
        let &[phyr, _] = pair else {
            return stopped(None, None);
        };
        if !begins_apart(pair) {
            return stopped(Some(slot), None);
        }
        map(phyr, slot)?;
    }
    match (list, slots) {
        (&[.., last], [.., slot]) => map(last, slot),
        _ => stopped(None, None),
    }
}

/// Maps what is left of `list` from where [`map_alone`] stopped.
#[cold]
#[inline(never)]
fn map_rest<B: Backend>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    slots: &[Cell<DmaRange>],
    slot: Option<&Cell<DmaRange>>,
) -> Done {
    let alone = count_before(slot, slots);
    let mut rest = list.get(alone..).unwrap_or_default().iter();
    let free = slots.get(alone..).unwrap_or_default().iter();
    let run = rest.next().and_then(|&first| Run::new(first));

    match run {
        Some(run) => map_runs(backend, run, rest, kind, device, slots, free),
        None => (alone, Some(Stop::Unusual)),
    }
}

/// How many of `slots` are before `slot`, all of them written. Were the loop to count them, it
/// would take two instructions more for each.
#[cold]
fn count_before(slot: Option<&Cell<DmaRange>>, slots: &[Cell<DmaRange>]) -> usize {
    let Some(slot) = slot else { return 0 };

    slot.set(DmaRange::default());
    slots
        .iter()
        .take_while(|slot| !slot.get().len().is_zero())
        .count()
}

/// Maps `run` and the `rest` behind it into what is `free` of `slots`.
#[inline(always)]
fn map_runs<'a, B: Backend>(
    backend: &mut B,
    mut run: Run,
    mut rest: Iter<'_, Phyr>,
    kind: Kind,
    device: &Device,
    slots: &'a [Cell<DmaRange>],
    mut free: Iter<'a, Cell<DmaRange>>,
) -> Done {
    loop {
        let ranges = count_used(slots, &free);
        let grown = match take_adjacent(run, &mut rest) {
            Some(run) if fits(run, device) => run,
            _ => return (ranges, Some(Stop::Unusual)),
        };
        let Some(slot) = free.next() else {
            return (ranges, Some(Stop::Unusual));
        };
        match backend.map(grown.start, grown.len(), kind) {
            Ok(addr) => slot.set(DmaRange::new(addr, grown.len())),
            Err(refusal) => return (ranges, Some(refusal.into())),
        }
        let Some(&first) = rest.next() else {
            return (count_used(slots, &free), None);
        };
        run = match Run::new(first) {
            Some(run) => run,
            None => return (count_used(slots, &free), Some(Stop::Unusual)),
        };
    }
}

/// How many of `slots` are before those that are `free`, by where they are: by how many there are
/// it would take two instructions more.
#[inline(always)]
fn count_used(slots: &[Cell<DmaRange>], free: &Iter<'_, Cell<DmaRange>>) -> usize {
    let used = free.as_slice().as_ptr().addr() - slots.as_ptr().addr();

    used / size_of::<DmaRange>()
}

/// Maps the runs that `slots` hold.
#[inline(always)]
pub(super) fn map_gathered<B: Backend>(
    backend: &mut B,
    slots: Option<&mut [DmaRange]>,
    kind: Kind,
    device: &Device,
) -> Done {
    let slots = Cell::from_mut(slots.unwrap_or_default()).as_slice_of_cells();
    let before = |slot| count_before(Some(slot), slots);

    for slot in slots {
        let run = Run::from_slot(slot.get());

        if !fits(run, device) {
            return (before(slot), Some(Stop::Unusual));
        }
        match backend.map(run.start, run.len(), kind) {
            Ok(addr) => slot.set(DmaRange::new(addr, slot.get().len())),
            Err(refusal) => return (before(slot), Some(refusal.into())),
        }
    }
    (slots.len(), None)
}

/// Whether `run` is within reach, and one range. One that differs in no more than the bits of
/// `uncut` is.
#[inline(always)]
pub(super) fn fits(run: Run, device: &Device) -> bool {
    run.last() <= device.reach.get()
        && (run.spread() <= device.uncut.get()
            || device.cuts.takes(DmaAddr::new(run.start.raw()), run.len()))
}

/// Maps a list of one entry, which comes out as one range.
#[inline(always)]
pub fn map_entry<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: &[Phyr],
    kind: Kind,
    device: &Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let &[phyr] = list else {
        return then.unusual(out);
    };
    let Some(run) = Run::new(phyr) else {
        return then.unusual(out);
    };
    let len = run.len();
    if !fits(run, device) {
        return then.unusual(out);
    }
    let Some(slot) = out.first_mut() else {
        return then.unusual(out);
    };
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
            reason: Reason::NoIommu,
            links: 1,
        },
    };
    match device.needs_no_unmap {
        0 => then.mapped(mapped(Held::One(range, kind)), out),
        _ => then.mapped(mapped(Held::Nothing), out),
    }
}
