// SPDX-License-Identifier: GPL-2.0

//! IOVA allocations, as far as the kernel has any.

#[cfg(CONFIG_IOMMU_DMA)]
mod calls;
#[cfg(not(CONFIG_IOMMU_DMA))]
mod none;

use crate::plan::units::DmaAddr;
use kernel::bindings;

/// An IOVA allocation: `struct dma_iova_state`.
///
/// # Invariants
///
/// Either allocated by `dma_iova_try_alloc()` for the device of the
/// [`KernelDma`](super::dma::KernelDma) that it is used with, or never used with any.
#[repr(transparent)]
pub(crate) struct Iova(bindings::dma_iova_state);

impl Iova {
    /// # Safety
    ///
    /// `state` must come from [`Iova::into_raw`], be used once, and with the same device.
    #[inline]
    pub(crate) unsafe fn from_raw(state: bindings::dma_iova_state) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self(state)
    }

    #[inline]
    pub(crate) fn into_raw(self) -> bindings::dma_iova_state {
        self.0
    }

    /// Where it begins.
    #[inline]
    pub(super) fn addr(&self) -> DmaAddr {
        DmaAddr::new(self.0.addr)
    }
}
