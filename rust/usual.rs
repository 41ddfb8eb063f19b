// SPDX-License-Identifier: GPL-2.0

//! The way that most lists take: `plan::usual`, for C and for Rust.

use super::{
    ffi::{
        limits,
        usual_device,
        Iova, //
    },
    plan::{
        class::{
            Entry,
            Kind, //
        },
        error::Error,
        exec::{
            self,
            Mapped, //
        },
        granule::Granule,
        phyr::Phyr,
        range::DmaRange,
        usual::{
            self,
            Then,
            Usual, //
        },
    },
    raw_map::RawMap,
    request::{
        Flags,
        Request, //
    },
    watch::{
        self,
        check_list, //
    },
};
use core::mem::MaybeUninit;
use kernel::device::Device;

/// A list of one kind that is to be mapped.
///
/// # Invariants
///
/// `phyrs` is memory of this kind that may be mapped for `dev`, in the direction of `request`.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    dev: &'a Device,
    request: Request,
    phyrs: &'a [Phyr],
    kind: Kind,
    flags: Flags,
}

impl<'a> Wanted<'a> {
    /// # Safety
    ///
    /// `phyrs` must be memory of this kind that may be mapped for `dev`, in the direction of
    /// `request`.
    #[inline(always)]
    pub(crate) unsafe fn new(
        dev: &'a Device,
        request: Request,
        phyrs: &'a [Phyr],
        kind: Kind,
        flags: Flags,
    ) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self {
            dev,
            request,
            phyrs,
            kind,
            flags,
        }
    }

    fn entries(&self) -> impl Iterator<Item = Entry> + Clone + 'a {
        let kind = self.kind;

        self.phyrs.iter().map(move |&phyr| match kind {
            Kind::Ram => Entry::ram(phyr),
            Kind::Mmio => Entry::mmio(phyr),
        })
    }

    /// Tells that it is mapped. Returns what is to be kept of it.
    #[inline(always)]
    pub(crate) fn keep(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> RawMap {
        check_list(self.dev, self.entries());
        watch::mapped(self.dev, self.request, self.phyrs.len(), mapped, out)
    }
}

/// Keeps what is mapped of a list as C does.
impl Then<Iova> for Wanted<'_> {
    type Out = Result<RawMap, Error>;

    #[inline(always)]
    fn mapped(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> Self::Out {
        Ok(self.keep(mapped, out))
    }

    #[inline(always)]
    fn unusual(self, out: &mut [DmaRange]) -> Self::Out {
        let Self {
            dev,
            request,
            phyrs,
            kind,
            flags,
        } = self;

        // SAFETY: By the type invariants.
        unsafe { map_unusual(dev, request, phyrs, kind, flags, out) }
    }

    #[inline(always)]
    fn refused(self, error: Error) -> Self::Out {
        Err(error)
    }
}

/// Maps what is left alone by [`map`]. The arguments are those of [`Wanted::new`] and not a [`Wanted`],
/// which every list would put into memory for this to be called with.
///
/// # Safety
///
/// As for [`Wanted::new`].
#[cold]
#[inline(never)]
unsafe fn map_unusual(
    dev: &Device,
    request: Request,
    phyrs: &[Phyr],
    kind: Kind,
    flags: Flags,
    out: &mut [DmaRange],
) -> Result<RawMap, Error> {
    // SAFETY: By the safety requirements of this function.
    let wanted = unsafe { Wanted::new(dev, request, phyrs, kind, flags) };
    let limits = limits(dev, request, flags)?;
    // SAFETY: `limits()` found a DMA mask, the backend goes to `exec::map` only, and by the type
    // invariants the ranges may be mapped for this device.
    let mut backend = unsafe { request.backend(dev) };
    let mapped = exec::map(&mut backend, wanted.entries(), &limits, out)?;

    Ok(wanted.keep(mapped, out))
}

/// Maps a list that is of one kind, and does what is to be done `then`.
#[inline(always)]
pub(crate) fn map<T: Then<Iova>>(wanted: Wanted<'_>, out: &mut [DmaRange], then: T) -> T::Out {
    let Wanted {
        dev, phyrs, kind, ..
    } = wanted;
    let mut device = MaybeUninit::uninit();
    let device = match usual_device(dev, wanted.flags, &mut device) {
        Ok(Some(device)) => device,
        Ok(None) => return then.unusual(out),
        Err(error) => return then.refused(error),
    };

    if let Some(granule) = device.granule {
        return map_shared(wanted, granule, device, out, then);
    }
    // SAFETY: A usual device has a DMA mask, the backend goes to `plan::usual` only, and by the type
    // invariants the ranges may be mapped for this device.
    let mut backend = unsafe { wanted.request.backend(dev) };
    usual::map_direct(&mut backend, phyrs, kind, device, out, then)
}

/// [`map`] behind an IOMMU, for a device that was found to be usual, as `device` tells.
#[inline(always)]
fn map_shared<T: Then<Iova>>(
    wanted: Wanted<'_>,
    granule: Granule,
    device: &Usual,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let Wanted {
        dev, phyrs, kind, ..
    } = wanted;
    // SAFETY: As in `map`: a device that is usual has a DMA mask.
    let mut backend = unsafe { wanted.request.backend(dev) };

    usual::map_shared(&mut backend, phyrs, kind, granule, device, out, then)
}

/// [`map`] for a list of one entry, which is `phyr`.
#[inline(always)]
pub(crate) fn map_entry<T: Then<Iova>>(
    wanted: Wanted<'_>,
    phyr: Phyr,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let Wanted { dev, kind, .. } = wanted;
    let mut device = MaybeUninit::uninit();
    let device = match usual_device(dev, wanted.flags, &mut device) {
        Ok(Some(device)) => device,
        Ok(None) => return then.unusual(out),
        Err(error) => return then.refused(error),
    };
    // SAFETY: As in `map`.
    let mut backend = unsafe { wanted.request.backend(dev) };

    usual::map_entry(&mut backend, phyr, kind, device, out, then)
}
