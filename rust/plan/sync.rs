// SPDX-License-Identifier: GPL-2.0

//! Handing memory that is mapped back and forth between the CPU and the device.

use super::{
    backend::{
        Backend,
        Owner, //
    },
    class::Kind,
    error::Error,
    exec::Held,
    granule::Granule,
    range::DmaRange,
    record::{
        self,
        Mark, //
    },
    units::{
        Bytes,
        DmaAddr, //
    },
};

/// Part of a list, in bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    offset: Bytes,
    len: Bytes,
}

impl Span {
    /// `len` bytes from `offset` on.
    #[inline]
    pub const fn new(offset: Bytes, len: Bytes) -> Self {
        Self { offset, len }
    }

    /// Where it ends, in bytes from the start of the list.
    #[inline]
    pub const fn end(self) -> Bytes {
        self.offset.saturating_add(self.len)
    }

    /// The part of `range` that belongs to the span, if `range` is what the list's bytes from
    /// `before` on were mapped to.
    #[inline]
    fn within(self, range: DmaRange, before: Bytes) -> Option<DmaRange> {
        let skipped = self.offset.saturating_sub(before);
        let end = self.end().saturating_sub(before);
        let len = end.min(range.len()).checked_sub(skipped)?;

        (!len.is_zero()).then_some(DmaRange::new(range.addr().checked_add(skipped)?, len))
    }
}

/// A DMA range, and where in the list it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Which it is.
    pub index: usize,
    /// How many bytes of the list come before it.
    pub before: Bytes,
}

/// What handing over depends on in a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coherence {
    /// Granule of the device's IOMMU domain; [`None`] where no IOMMU translates.
    pub granule: Option<Granule>,
    /// Whether CPU caches need no maintenance around the device's DMA.
    pub coherent: bool,
}

/// Hands `span` of a list that is mapped over to `owner`.
///
/// `array` and `ranges` are as for [`exec::unmap`](super::exec::unmap), and are looked at for
/// [`Held::Iova`] too. It costs nothing where neither bounce buffer nor cache is in the way.
///
/// # Errors
///
/// [`Error::Invalid`] if the span reaches beyond the list; the part inside is handed over. That is
/// found out only where it has to be.
pub fn hand_over<B: Backend>(
    backend: &mut B,
    held: &Held<B::Iova>,
    coherence: Coherence,
    array: &[DmaRange],
    ranges: usize,
    span: Span,
    owner: Owner,
) -> Result<(), Error> {
    hand_over_from(
        backend,
        held,
        coherence,
        array,
        ranges,
        Start::default(),
        span,
        owner,
    )
}

/// The same for who knows where in the array the span begins: no range before that is looked at,
/// unless the array has a record of how each was mapped.
#[allow(clippy::too_many_arguments)]
pub fn hand_over_from<B: Backend>(
    backend: &mut B,
    held: &Held<B::Iova>,
    coherence: Coherence,
    array: &[DmaRange],
    ranges: usize,
    start: Start,
    span: Span,
    owner: Owner,
) -> Result<(), Error> {
    let end = span.end();
    let base = match held {
        Held::Iova { iova, .. } => backend.base(iova),
        _ => DmaAddr::default(),
    };
    let mut done = Bytes::ZERO;
    let mut each = |range: DmaRange, mapped: bool, step: Option<Bytes>, before: Bytes| {
        if let Some(part) = span.within(range, before) {
            done = done.saturating_add(part.len());
            if mapped {
                in_steps(backend, part, step, owner);
            }
        }
    };

    match held {
        Held::Nothing | Held::One(_, Kind::Mmio) | Held::Each(Kind::Mmio) => return Ok(()),
        Held::Iova { size, kind, .. } => {
            // Nothing that bounces goes into an allocation.
            if coherence.coherent || *kind == Kind::Mmio {
                return Ok(());
            }
            let (granule, last) = (coherence.granule, base.checked_add(*size));
            walk(array, ranges, start, end, |_, range, before| {
                // What is not in the allocation is at its bus address.
                let mapped = range.addr() >= base && last.is_none_or(|last| range.addr() < last);
                each(range, mapped, granule.map(|granule| granule.size()), before);
            });
        }
        Held::One(range, Kind::Ram) => each(*range, true, None, Bytes::ZERO),
        Held::Each(Kind::Ram) => {
            walk(array, ranges, start, end, |_, range, before| {
                each(range, true, None, before)
            });
        }
        Held::Recorded { entries } => {
            let array = array.get(..*entries).unwrap_or_default();
            let mut mapped = false;
            walk(
                array,
                ranges,
                Start::default(),
                end,
                |index, range, before| {
                    match record::get(array, index) {
                        Mark::More => {}
                        mark => mapped = mark == Mark::Mapped(Kind::Ram),
                    }
                    each(range, mapped, None, before);
                },
            );
        }
    }

    if done != span.len {
        return Err(Error::Invalid);
    }
    Ok(())
}

/// Calls `f` with each DMA range from `start` on that begins before byte `end` of the list, its
/// index, and how many bytes of the list come before it.
fn walk(
    array: &[DmaRange],
    ranges: usize,
    start: Start,
    end: Bytes,
    mut f: impl FnMut(usize, DmaRange, Bytes),
) {
    let mut before = start.before;

    for (index, &range) in array.iter().enumerate().take(ranges).skip(start.index) {
        if before >= end {
            break;
        }
        f(index, range, before);
        before = before.saturating_add(range.len());
    }
}

/// Hands a range over, in pieces that end at multiples of `step`: only within a granule is what an
/// IOMMU translates known to be contiguous.
fn in_steps<B: Backend>(backend: &mut B, range: DmaRange, step: Option<Bytes>, owner: Owner) {
    let Some(step) = step else {
        backend.hand_over(range.addr(), range.len(), owner);
        return;
    };
    let (mut addr, mut left) = (range.addr(), range.len());

    while !left.is_zero() {
        let part = step
            .saturating_sub(Bytes::new(addr.raw() & step.raw().wrapping_sub(1)))
            .min(left);
        backend.hand_over(addr, part, owner);
        left = left.saturating_sub(part);
        addr = addr.checked_add(part).unwrap_or(addr);
    }
}
