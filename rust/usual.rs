// SPDX-License-Identifier: GPL-2.0

//! The way that most lists take: `plan::usual`.

use super::{
    ffi::{
        is_translated,
        limits,
        usual_direct,
        usual_shared,
        Iova,
        KernelDma, //
    },
    plan::{
        class::{
            Entry,
            Kind, //
        },
        error::Error,
        exec::{
            self,
            Effort,
            Mapped, //
        },
        phyr::Phyr,
        range::DmaRange,
        usual::{
            direct,
            shared,
            Then, //
        },
    },
    raw_map::RawMap,
    request::{
        Flags,
        Request, //
    },
    watch::{
        self,
        check_list,
        Size, //
    },
};
use core::mem::MaybeUninit;
use kernel::device::Device;

/// A list of one kind that is to be mapped.
///
/// # Invariants
///
/// `phyrs` is memory of the kind of `request` that may be mapped for `dev`, in its direction.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    dev: &'a Device,
    request: Request,
    phyrs: &'a [Phyr],
    flags: Flags,
}

impl<'a> Wanted<'a> {
    /// # Safety
    ///
    /// `phyrs` must be memory of the kind of `request` that may be mapped for `dev`, in its
    /// direction.
    #[inline(always)]
    pub(crate) unsafe fn new(
        dev: &'a Device,
        request: Request,
        phyrs: &'a [Phyr],
        flags: Flags,
    ) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self {
            dev,
            request,
            phyrs,
            flags,
        }
    }

    fn entries(&self) -> impl Iterator<Item = Entry> + Clone + 'a {
        let kind = self.request.kind();

        self.phyrs.iter().map(move |&phyr| match kind {
            Kind::Ram => Entry::ram(phyr),
            Kind::Mmio => Entry::mmio(phyr),
        })
    }

    /// Returns what is to be kept of it when it is mapped.
    #[inline(always)]
    pub(crate) fn keep(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> RawMap {
        check_list(self.dev, || self.entries());
        let phyrs = self.phyrs;

        watch::enter(self.dev, self.request, || Size::of(phyrs), mapped, out)
    }

    /// Tells that it is mapped, and kept as `map`.
    #[inline(always)]
    pub(crate) fn tell(self, map: &RawMap, effort: Effort) {
        let phyrs = self.phyrs;

        watch::mapped(self.dev, map, effort, || Size::of(phyrs));
    }

    /// [`Wanted::keep`], and [`Wanted::tell`] at once.
    #[inline]
    fn keep_and_tell(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> RawMap {
        let effort = mapped.effort;
        let map = self.keep(mapped, out);

        self.tell(&map, effort);
        map
    }
}

/// Keeps what is mapped of a list as C does.
impl Then<Iova> for Wanted<'_> {
    type Out = Result<RawMap, Error>;

    #[inline(always)]
    fn mapped(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> Self::Out {
        Ok(self.keep_and_tell(mapped, out))
    }

    #[inline(always)]
    fn unusual(self, out: &mut [DmaRange]) -> Self::Out {
        let Self {
            dev,
            request,
            phyrs,
            flags,
        } = self;

        // SAFETY: By the type invariants.
        unsafe { map_unusual(dev, request, phyrs, flags, out) }
    }

    #[inline(always)]
    fn refused(self, error: Error) -> Self::Out {
        Err(error)
    }
}

/// Maps what is left alone by [`map`]. The arguments are those of [`Wanted::new`] and not a
/// [`Wanted`], which every list would put into memory for this to be called with.
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
    flags: Flags,
    out: &mut [DmaRange],
) -> Result<RawMap, Error> {
    // SAFETY: By the safety requirements of this function.
    let wanted = unsafe { Wanted::new(dev, request, phyrs, flags) };
    let limits = limits(dev, request, flags)?;
    // SAFETY: `limits()` found a DMA mask, the backend goes to `exec::map` only, and by the type
    // invariants the ranges may be mapped for this device.
    let mut backend = unsafe { request.backend(dev) };
    let mapped = exec::map(&mut backend, wanted.entries(), &limits, out)?;

    Ok(wanted.keep_and_tell(mapped, out))
}

/// Maps a list that is of one kind, and does what is to be done `then`.
#[inline(always)]
pub(crate) fn map<T: Then<Iova>>(wanted: Wanted<'_>, out: &mut [DmaRange], then: T) -> T::Out {
    map_by(
        wanted,
        out,
        then,
        |backend, list, kind, device, out, then| {
            direct::map(backend, list, kind, device, out, then)
        },
        |backend, list, kind, device, out, then| {
            shared::map(backend, list, kind, device, out, then)
        },
    )
}

/// [`map`] of a list of one entry.
#[inline(always)]
pub(crate) fn map_entry<T: Then<Iova>>(
    wanted: Wanted<'_>,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    map_by(
        wanted,
        out,
        then,
        |backend, list, kind, device, out, then| {
            direct::map_entry(backend, list, kind, device, out, then)
        },
        |backend, list, kind, device, out, then| {
            shared::map_entry(backend, list, kind, device, out, then)
        },
    )
}

/// [`map`] in one of two ways: without an IOMMU, and behind one.
#[inline(always)]
pub(crate) fn map_by<T: Then<Iova>>(
    wanted: Wanted<'_>,
    out: &mut [DmaRange],
    then: T,
    way_direct: impl FnOnce(
        &mut KernelDma<'_>,
        &[Phyr],
        Kind,
        &direct::Device,
        &mut [DmaRange],
        T,
    ) -> T::Out,
    way_shared: impl FnOnce(
        &mut KernelDma<'_>,
        &[Phyr],
        Kind,
        &shared::Device,
        &mut [DmaRange],
        T,
    ) -> T::Out,
) -> T::Out {
    match is_translated(wanted.dev) {
        true => shared(wanted, out, then, way_shared),
        false => direct(wanted, out, then, way_direct),
    }
}

/// [`map`] for a device of which it is known that no IOMMU translates, in some `way`.
#[inline(always)]
pub(crate) fn direct<T: Then<Iova>>(
    wanted: Wanted<'_>,
    out: &mut [DmaRange],
    then: T,
    way: impl FnOnce(&mut KernelDma<'_>, &[Phyr], Kind, &direct::Device, &mut [DmaRange], T) -> T::Out,
) -> T::Out {
    let mut device = MaybeUninit::uninit();
    let device = match usual_direct(wanted.dev, wanted.flags, &mut device) {
        Ok(Some(device)) => device,
        Ok(None) => return then.unusual(out),
        Err(error) => return then.refused(error),
    };
    // SAFETY: A usual device has a DMA mask, the backend goes to `plan::usual` only, and by the
    // type invariants the ranges may be mapped for this device.
    let mut backend = unsafe { wanted.request.backend(wanted.dev) };

    way(
        &mut backend,
        wanted.phyrs,
        wanted.request.kind(),
        device,
        out,
        then,
    )
}

/// [`map`] for a device of which it is known that an IOMMU translates, in some `way`.
#[inline(always)]
pub(crate) fn shared<T: Then<Iova>>(
    wanted: Wanted<'_>,
    out: &mut [DmaRange],
    then: T,
    way: impl FnOnce(&mut KernelDma<'_>, &[Phyr], Kind, &shared::Device, &mut [DmaRange], T) -> T::Out,
) -> T::Out {
    let mut device = MaybeUninit::uninit();
    let device = match usual_shared(wanted.dev, wanted.flags, &mut device) {
        Ok(Some(device)) => device,
        Ok(None) => return then.unusual(out),
        Err(error) => return then.refused(error),
    };
    // SAFETY: As in `direct`.
    let mut backend = unsafe { wanted.request.backend(wanted.dev) };

    way(
        &mut backend,
        wanted.phyrs,
        wanted.request.kind(),
        device,
        out,
        then,
    )
}
