// SPDX-License-Identifier: GPL-2.0

//! The calls a mapping is made of.

use super::units::{
    Bytes,
    DmaAddr,
    PhysAddr, //
};

/// Why a backend refused to link or to sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The layout is not one that the IOMMU's driver takes; single maps may still work.
    Layout,
    /// No memory for page tables. May succeed later.
    NoMemory,
    /// The attributes or the device rule it out for good.
    NotSupported,
}

/// What a mapping needs from a device: the DMA API's calls, one method each.
///
/// All calls concern one device, direction and set of attributes, which the backend holds. None
/// of them sleeps.
pub trait Backend {
    /// An IOVA allocation. It is given back by [`Backend::free`] or [`Backend::destroy`].
    type Iova;

    /// Allocates `size` bytes of IOVA space, whole granules, starting at a granule:
    /// `dma_iova_try_alloc()`.
    fn alloc(&mut self, size: Bytes) -> Option<Self::Iova>;

    /// DMA address of the first byte of an allocation.
    fn base(&self, iova: &Self::Iova) -> DmaAddr;

    /// Maps `len` bytes at `paddr` to `offset` in an allocation, all three in whole granules:
    /// `dma_iova_link()`. The device sees them after [`Backend::sync`].
    ///
    /// # Errors
    ///
    /// A [`Refusal`]; then nothing of this range is linked.
    fn link(
        &mut self,
        iova: &mut Self::Iova,
        paddr: PhysAddr,
        offset: Bytes,
        len: Bytes,
    ) -> Result<(), Refusal>;

    /// Makes the first `len` bytes of an allocation visible to the device: `dma_iova_sync()`.
    ///
    /// # Errors
    ///
    /// A [`Refusal`]; the links stand.
    fn sync(&mut self, iova: &mut Self::Iova, len: Bytes) -> Result<(), Refusal>;

    /// Unmaps the first `len` bytes of an allocation, all of them linked: `dma_iova_unlink()`.
    fn unlink(&mut self, iova: &mut Self::Iova, len: Bytes);

    /// Gives back an allocation in which nothing is linked: `dma_iova_free()`.
    fn free(&mut self, iova: Self::Iova);

    /// Unmaps the first `len` bytes of an allocation, which are all that is linked and have no
    /// hole, and gives it back: `dma_iova_destroy()`.
    fn destroy(&mut self, iova: Self::Iova, len: Bytes);

    /// Maps `len` bytes at `paddr`, at any alignment: `dma_map_phys()`. [`None`] if no IOVA, page
    /// table or bounce buffer could be had.
    fn map(&mut self, paddr: PhysAddr, len: Bytes) -> Option<DmaAddr>;

    /// Unmaps what [`Backend::map`] mapped: `dma_unmap_phys()`.
    fn unmap(&mut self, addr: DmaAddr, len: Bytes);

    /// Unmaps what [`Backend::map`] mapped and no device has used: `dma_unmap_phys()` with
    /// `DMA_ATTR_SKIP_CPU_SYNC`, for a bounce buffer would be copied back over newer data.
    fn discard(&mut self, addr: DmaAddr, len: Bytes);

    /// Whether what was mapped by [`Backend::map`] until now has to be unmapped at all:
    /// `dma_need_unmap()`.
    fn need_unmap(&mut self) -> bool;
}
