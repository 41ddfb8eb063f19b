// SPDX-License-Identifier: GPL-2.0

//! The way that most lists take: `plan::usual`, for C and for Rust.

use super::{
    ffi::{
        usual_device,
        Iova, //
    },
    plan::{
        class::Kind,
        error::Error,
        exec::Mapped,
        phyr::Phyr,
        range::DmaRange,
        usual, //
    },
    request::{
        Flags,
        Request, //
    },
};
use kernel::device::Device;

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
    let Some(device) = usual_device(dev, flags)? else {
        return Ok(None);
    };
    // SAFETY: A usual device has a DMA mask, the backend goes to `usual::map` only, and by the
    // safety requirements of this function the ranges may be mapped for this device.
    let mut backend = unsafe { request.backend(dev) };

    usual::map(&mut backend, phyrs.iter().copied(), kind, &device, out)
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
    let Some(device) = usual_device(dev, flags)? else {
        return Ok(None);
    };
    // SAFETY: As in `map`.
    let mut backend = unsafe { request.backend(dev) };

    usual::map_entry(&mut backend, phyr, kind, &device, out)
}
