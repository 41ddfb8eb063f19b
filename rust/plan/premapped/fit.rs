// SPDX-License-Identifier: GPL-2.0

//! For which devices a buffer can be mapped for long.
//!
//! A bounce buffer is a copy. Of a list that several use at the same time, as a whole and in part,
//! no sync can tell which of two copies is the newer one; so memory that would be bounced is
//! refused. Caches are another matter: what has no neighbours in its cache lines can be synced.

use super::super::{
    error::Error,
    limits::Limits,
    phyr::Phyr,
    units::Bytes, //
};

/// What has to be asked of the DMA API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// That it refuses what it would bounce: `DMA_ATTR_REQUIRE_COHERENT`.
    IfCoherent,
    /// Nothing: it bounces none of this, and the caches are kept by syncs.
    BySyncs,
}

/// How the ranges that `list` gives can be mapped for long, for a device with these `limits`.
/// `reaches` tells whether the device reaches a range, if its addresses are not those of the CPU.
///
/// # Errors
///
/// [`Error::NotSupported`] if a device that needs cache care is not trusted, or bounces some of it,
/// or a range shares a cache line with something else; or the device does not reach a range at an
/// address that only the DMA API knows.
pub fn fit(
    limits: &Limits,
    mut list: impl Iterator<Item = Phyr>,
    reaches: impl FnMut(Phyr) -> bool,
) -> Result<Fit, Error> {
    // What an IOMMU translates is not bounced because of where it is.
    let bounces_all = limits.granule.is_none() && limits.bounces_all;
    let fit = match limits.coherent {
        true => Fit::IfCoherent,
        false => Fit::BySyncs,
    };
    let is_fit = match fit {
        // What bounces for other reasons the DMA API refuses; this it would warn of.
        Fit::IfCoherent => !bounces_all || list.all(reaches),
        Fit::BySyncs => limits.trusted && !bounces_all && list.all(|phyr| is_apart(limits, phyr)),
    };

    match is_fit {
        true => Ok(fit),
        false => Err(Error::NotSupported),
    }
}

/// Whether `phyr` has its cache lines for itself, and lies where the device reaches.
fn is_apart(limits: &Limits, phyr: Phyr) -> bool {
    let line = limits.min_merge.raw().max(1);
    let is_whole = phyr.paddr().raw() % line == 0 && phyr.len().raw() % line == 0;
    let is_reached = phyr
        .len()
        .checked_sub(Bytes::new(1))
        .and_then(|before| phyr.paddr().checked_add(before))
        .is_some_and(|last| limits.granule.is_some() || limits.offset.apply(last) <= limits.reach);

    is_whole && is_reached
}
