// SPDX-License-Identifier: GPL-2.0

//! One IOVA allocation for a whole list.

use super::{
    backend::{
        Backend,
        Refusal, //
    },
    error::Error,
    layout::{
        Layout,
        Place, //
    },
    phyr::Phyr,
    range::DmaRange,
    run::Runs,
    units::{
        Bytes,
        DmaAddr, //
    },
};

/// Why a list did not get into an IOVA allocation. Nothing of it is left mapped.
pub(super) enum Failure {
    /// No IOVA space of that size, or none for this device.
    NoIova,
    /// The IOMMU's driver refused.
    Refused(Refusal),
    /// The list cannot be mapped in any way.
    Fatal(Error),
}

impl From<Error> for Failure {
    #[inline]
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

/// Maps `list` into one allocation as `plan` says, writes its DMA ranges to `out`, and returns
/// the allocation.
#[inline]
pub(super) fn map<B, I>(
    backend: &mut B,
    list: I,
    plan: &Layout,
    out: &mut [DmaRange],
) -> Result<B::Iova, Failure>
where
    B: Backend,
    I: Iterator<Item = Phyr>,
{
    let mut iova = backend.alloc(plan.size()).ok_or(Failure::NoIova)?;
    let mut linked = Bytes::ZERO;

    match fill(backend, &mut iova, &mut linked, list, plan, out) {
        Ok(()) => Ok(iova),
        Err(failure) => {
            if !linked.is_zero() {
                backend.unlink(&mut iova, linked);
            }
            backend.free(iova);
            Err(failure)
        }
    }
}

/// Links every run and syncs. `linked` tells, also after a failure, how much is linked.
#[inline]
fn fill<B, I>(
    backend: &mut B,
    iova: &mut B::Iova,
    linked: &mut Bytes,
    list: I,
    plan: &Layout,
    out: &mut [DmaRange],
) -> Result<(), Failure>
where
    B: Backend,
    I: Iterator<Item = Phyr>,
{
    let base = backend.base(iova);
    let mut layout = plan.emptied();
    let mut ranges = Ranges::new(base, out);

    for run in Runs::new(list, None) {
        let run = run?;
        let place = layout.place(run).ok_or(Error::Invalid)?;
        // The list is read a second time here. Whatever it gives now, nothing may be linked
        // outside the allocation that was made for what it gave the first time.
        if layout.size() > plan.size() {
            return Err(Error::Invalid.into());
        }

        backend
            .link(iova, place.paddr, place.offset, place.len)
            .map_err(Failure::Refused)?;
        *linked = layout.size();
        ranges.push(&place, run.len())?;
    }

    // A hole at the end would stop `dma_iova_destroy()` half-way, and a range fewer than was
    // counted would leave one in `out` that was never written.
    if layout.size() != plan.size() || layout.ranges() != plan.ranges() {
        return Err(Error::Invalid.into());
    }
    backend.sync(iova, plan.size()).map_err(Failure::Refused)
}

/// Writes DMA ranges to the caller's array.
struct Ranges<'a> {
    base: DmaAddr,
    free: core::slice::IterMut<'a, DmaRange>,
    last: Option<&'a mut DmaRange>,
}

impl<'a> Ranges<'a> {
    #[inline]
    fn new(base: DmaAddr, out: &'a mut [DmaRange]) -> Self {
        Self {
            base,
            free: out.iter_mut(),
            last: None,
        }
    }

    /// Adds a run of `len` bytes: to the last range if it joins that, else as a range of its own.
    #[inline]
    fn push(&mut self, place: &Place, len: Bytes) -> Result<(), Error> {
        match &mut self.last {
            Some(last) if place.joins => {
                let len = last.len().checked_add(len).ok_or(Error::Invalid)?;
                **last = DmaRange::new(last.addr(), len);
            }
            _ => {
                let addr = self.base.checked_add(place.first).ok_or(Error::Invalid)?;
                let slot = self.free.next().ok_or(Error::Invalid)?;
                *slot = DmaRange::new(addr, len);
                self.last = Some(slot);
            }
        }
        Ok(())
    }
}
