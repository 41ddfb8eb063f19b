// SPDX-License-Identifier: GPL-2.0

//! The usual list for the usual device, in as few steps as it takes.
//!
//! All of the list is of one kind, and the device is coherent, trusted and bounces nothing that it
//! reaches. What is not usual, invalid lists and too little room among it, is left to
//! [`exec`](super::exec), which would map the rest in the same way, too.

mod direct;
mod each;
mod extent;
mod link;
mod run;
mod shared;

pub use {
    direct::map as map_direct,
    shared::map as map_shared, //
};

use super::{
    backend::{
        Backend,
        Refusal, //
    },
    class::Kind,
    cut::Cuts,
    error::Error,
    exec::Mapped,
    granule::Granule,
    phyr::Phyr,
    range::DmaRange,
};
use run::Run;

/// What decides of a device that is coherent, trusted and bounces nothing that it reaches, and
/// whose DMA addresses are physical ones where no IOMMU translates.
///
/// Laid out as `struct phyr_usual_device`, so that what C has found out need not be copied.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Usual {
    /// Granule of the device's IOMMU domain; [`None`] where no IOMMU translates.
    pub granule: Option<Granule>,
    /// Where DMA ranges are cut.
    pub cuts: Cuts,
    /// Highest physical address that the device can be given without an IOMMU.
    pub reach: u64,
    /// Whether what is mapped has to be unmapped, `dma_need_unmap()`. Nothing is bounced here that
    /// would change the answer.
    pub needs_unmap: bool,
}

/// What is done once it is known what becomes of a list.
///
/// It is done where that is found out, so that no later step has to find it out again.
pub trait Then<I>: Sized {
    /// What comes of it.
    type Out;

    /// The list is `mapped`, and its DMA ranges are at the front of `out`.
    fn mapped(self, mapped: Mapped<I>, out: &[DmaRange]) -> Self::Out;

    /// The list is not for here. Nothing of it is mapped, though something may be written to `out`.
    fn unusual(self, out: &mut [DmaRange]) -> Self::Out;

    /// The list cannot be mapped, and nothing of it is.
    fn refused(self, error: Error) -> Self::Out;
}

/// Maps a list of one entry, which comes out as one range.
#[inline(always)]
pub fn map_entry<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    phyr: Phyr,
    kind: Kind,
    device: &Usual,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    match (Run::new(phyr), device.granule) {
        (None, _) => then.unusual(out),
        (Some(run), None) => direct::map_run(backend, run, kind, device, out, then),
        (Some(run), Some(_)) => shared::map_run(backend, run, kind, device, out, then),
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
    /// What a backend refused is left alone if it can be mapped otherwise.
    #[inline]
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Layout => Self::Unusual,
            refusal => Self::Refused(refusal),
        }
    }
}

/// What is done then. To put `then` together for a function of its own would be done before it is known
/// that it is needed.
#[inline(always)]
fn give_up<I, T: Then<I>>(stop: Stop, out: &mut [DmaRange], then: T) -> T::Out {
    match stop {
        Stop::Unusual => then.unusual(out),
        Stop::Refused(refusal) => then.refused(refusal.into()),
    }
}

/// Unmaps what was mapped before something failed.
#[cold]
fn undo<B: Backend>(backend: &mut B, kind: Kind, ranges: impl Iterator<Item = DmaRange>) {
    for range in ranges {
        backend.discard(range.addr(), range.len(), kind);
    }
}
