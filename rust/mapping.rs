// SPDX-License-Identifier: GPL-2.0

//! Mappings for Rust drivers.

use super::{
    entry::Request,
    ffi::{
        limits,
        Iova, //
    },
    plan::{
        error::Error,
        exec::{
            self,
            Held, //
        },
        phyr::Phyr,
        range::DmaRange,
    },
};
use kernel::{
    device::{
        Bound,
        Device, //
    },
    dma::DataDirection,
};

impl From<Error> for kernel::error::Error {
    #[inline]
    fn from(error: Error) -> Self {
        Self::from_errno(error.to_errno())
    }
}

/// Memory that a device may be given.
///
/// # Safety
///
/// While a value is borrowed, the ranges that [`PhyrSource::phyrs`] returns must not change, must
/// be RAM that stays allocated, and a device may read them, and write them if
/// [`PhyrSource::is_writable`]: nothing that Rust code relies on may live there.
pub unsafe trait PhyrSource {
    /// The physical ranges of the memory, in transfer order.
    fn phyrs(&self) -> &[Phyr];

    /// Whether a device may write the memory.
    fn is_writable(&self) -> bool;
}

/// A list of physical ranges that is mapped for DMA. It is unmapped on drop.
///
/// The mapping borrows the device, which therefore stays bound; the memory, which therefore stays
/// allocated; and the array with the DMA ranges. A mapping that is leaked
/// ([`core::mem::forget`]) stays mapped after these borrows have ended: then it is up to the
/// driver that the device does not use it.
///
/// # Invariants
///
/// `held` and `ranges` are what [`exec::map`] returned and wrote for `dev` and `request`, and have
/// not been unmapped.
pub struct Mapping<'dev, 'buf> {
    dev: &'dev Device<Bound>,
    request: Request,
    held: Held<Iova>,
    ranges: &'buf [DmaRange],
    entries: usize,
}

impl<'dev, 'buf> Mapping<'dev, 'buf> {
    /// Maps `memory` for `dev` and writes its DMA ranges to `ranges`.
    ///
    /// Adjacent ranges of `memory` are merged; behind an IOMMU the list takes one IOVA allocation.
    /// As many entries in `ranges` as in `memory` are enough, unless the device bounces entries
    /// longer than `dma_max_mapping_size()`. Never sleeps.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`] if the list is empty or has an invalid entry, the direction is
    ///   [`DataDirection::None`], or not [`DataDirection::ToDevice`] for memory that is not writable,
    ///   or the device has no DMA mask; never succeeds if retried.
    /// - [`Error::NoMemory`] if IOVA space, a page table or a bounce buffer cannot be had; may
    ///   succeed later.
    /// - [`Error::NoSpace`] if `ranges` is too small; tells the number of entries needed.
    /// - [`Error::NotSupported`] if the device is not coherent or not trusted.
    pub fn new(
        dev: &'dev Device<Bound>,
        memory: &'buf impl PhyrSource,
        ranges: &'buf mut [DmaRange],
        dir: DataDirection,
    ) -> Result<Self, Error> {
        if dir != DataDirection::ToDevice && !memory.is_writable() {
            return Err(Error::Invalid);
        }
        let request = Request::new(dir.into(), 0)?;
        let limits = limits(dev)?;
        let phyrs = memory.phyrs();

        // SAFETY: `limits()` found a DMA mask, the backend goes to `exec::map` only, and the
        // ranges are memory for devices, in this direction, by the safety requirements of
        // `PhyrSource` and the check above.
        let mut backend = unsafe { request.backend(dev) };
        let mapped = exec::map(&mut backend, phyrs.iter().copied(), &limits, ranges)?;

        // INVARIANT: Just mapped.
        Ok(Self {
            dev,
            request,
            held: mapped.held,
            ranges: ranges.get(..mapped.ranges).unwrap_or_default(),
            entries: phyrs.len(),
        })
    }

    /// The DMA ranges, in transfer order, for the device to be given.
    ///
    /// They are mapped only as long as `self` lives; copies of them are not.
    #[inline]
    pub fn ranges(&self) -> &[DmaRange] {
        self.ranges
    }

    /// Number of physical ranges that went in.
    #[inline]
    pub fn entries(&self) -> usize {
        self.entries
    }
}

impl Drop for Mapping<'_, '_> {
    fn drop(&mut self) {
        let held = core::mem::replace(&mut self.held, Held::Nothing);
        // SAFETY: The device has a DMA mask, as it has been mapped for, and the backend goes to
        // `exec::unmap` only, with what was mapped for the same device and request by the type
        // invariants.
        let mut backend = unsafe { self.request.backend(self.dev) };

        exec::unmap(&mut backend, held, self.ranges);
    }
}
