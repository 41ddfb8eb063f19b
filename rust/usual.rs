// SPDX-License-Identifier: GPL-2.0

//! The way that most lists take: `plan::usual`, for C and for Rust.

use super::{
    ffi::{
        usual_device,
        Iova,
        KernelDma, //
    },
    plan::{
        class::Kind,
        error::Error,
        exec::Mapped,
        phyr::Phyr,
        range::DmaRange,
        usual::{
            self,
            Usual, //
        },
    },
    request::{
        Flags,
        Request, //
    },
};
use kernel::device::Device;

/// Maps with `map`, which is given the backend and the device; [`None`] if that is not usual.
///
/// # Safety
///
/// `map` must give the backend to the functions of `plan::usual` alone, and map only memory that may
/// be mapped for `dev`.
#[inline(always)]
unsafe fn with_usual(
    dev: &Device,
    request: Request,
    flags: Flags,
    map: impl FnOnce(&mut KernelDma<'_>, &Usual) -> Result<Option<Mapped<Iova>>, Error>,
) -> Result<Option<Mapped<Iova>>, Error> {
    let Some(device) = usual_device(dev, flags)? else {
        return Ok(None);
    };
    // SAFETY: A usual device has a DMA mask; the rest is what the caller guarantees.
    let mut backend = unsafe { request.backend(dev) };

    map(&mut backend, &device)
}

/// Maps a list that is of one kind; [`None`] if it, or the device, is not usual.
///
/// # Safety
///
/// `phyrs` must be memory that may be mapped for `dev`.
#[inline(always)]
pub(crate) unsafe fn map(
    dev: &Device,
    request: Request,
    phyrs: &[Phyr],
    kind: Kind,
    flags: Flags,
    out: &mut [DmaRange],
) -> Result<Option<Mapped<Iova>>, Error> {
    let map = |backend: &mut KernelDma<'_>, device: &Usual| {
        usual::map(backend, phyrs.iter().copied(), kind, device, out)
    };

    // SAFETY: The closure does no more than it may, by the safety requirements of this function.
    unsafe { with_usual(dev, request, flags, map) }
}

/// [`map`] for a list of one entry.
///
/// # Safety
///
/// As for [`map`].
#[inline(always)]
pub(crate) unsafe fn map_entry(
    dev: &Device,
    request: Request,
    phyr: Phyr,
    kind: Kind,
    flags: Flags,
    out: &mut [DmaRange],
) -> Result<Option<Mapped<Iova>>, Error> {
    let map = |backend: &mut KernelDma<'_>, device: &Usual| {
        usual::map_entry(backend, phyr, kind, device, out)
    };

    // SAFETY: The closure does no more than it may, by the safety requirements of this function.
    unsafe { with_usual(dev, request, flags, map) }
}
