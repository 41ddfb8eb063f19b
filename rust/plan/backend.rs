// SPDX-License-Identifier: GPL-2.0

//! The calls a mapping is made of.

use super::{
    class::Kind,
    error::Error,
    granule::Granule,
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    },
};
use core::borrow::BorrowMut;

/// Why a backend refused to map, to link or to sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The layout is not one that the IOMMU's driver takes; single maps may still work.
    Layout,
    /// No memory for page tables, no IOVA space or no bounce buffer. May succeed later.
    NoMemory,
    /// The attributes or the device rule it out for good.
    NotSupported,
}

impl From<Refusal> for Error {
    #[inline]
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Layout | Refusal::NoMemory => Self::NoMemory,
            Refusal::NotSupported => Self::NotSupported,
        }
    }
}

/// Who is to have the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The CPU: `dma_sync_single_for_cpu()`.
    Cpu,
    /// The device: `dma_sync_single_for_device()`.
    Device,
}

/// Runs that are linked one behind the other.
#[derive(Clone, Copy)]
pub enum Links<'a> {
    /// As a list has them.
    List(&'a [Phyr]),
    /// Where their DMA ranges will be, as if they were these.
    Slots(&'a [DmaRange]),
}

impl Links<'_> {
    /// How many there are.
    #[inline]
    pub const fn len(self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Slots(slots) => slots.len(),
        }
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The run that comes after `index` others.
    #[inline]
    pub fn get(self, index: usize) -> Option<Phyr> {
        match self {
            Self::List(list) => list.get(index).copied(),
            Self::Slots(slots) => slots
                .get(index)
                .map(|slot| Phyr::new(PhysAddr::new(slot.addr().raw()), slot.len())),
        }
    }
}

/// What a mapping needs from a device: the DMA API's calls, one method each.
///
/// All calls concern one device, direction and set of attributes, which the backend holds. None
/// of them sleeps.
pub trait Backend {
    /// An IOVA allocation. It is given back by [`Backend::free`] or [`Backend::destroy`].
    type Iova;

    /// Whether [`Backend::tell`] does anything: if not, the list need not be read for it.
    const IS_TOLD: bool = false;

    /// Whether [`Backend::link_all`] is one call. If not, there is no use in gathering runs for it.
    const LINKS_ALL: bool = false;

    /// Granule of the device's IOMMU domain, [`None`] without an IOMMU: `dma_get_merge_boundary()`.
    fn granule(&self) -> Option<Granule>;

    /// The same, for a function that wants it in memory. It is put there by this, and not before it
    /// is known that it has to be.
    #[inline(always)]
    fn again(&mut self) -> impl BorrowMut<Self>
    where
        Self: Sized,
    {
        self
    }

    /// Allocates `size` bytes of IOVA space, the first of them where `paddr` is in its granule:
    /// `dma_iova_try_alloc()`.
    fn alloc(&mut self, paddr: PhysAddr, size: Bytes) -> Option<Self::Iova>;

    /// DMA address of the first byte of an allocation.
    fn base(&self, iova: &Self::Iova) -> DmaAddr;

    /// Maps `len` bytes at `paddr` to `offset` in an allocation, all three in whole granules,
    /// except that the allocation's first byte and last byte may lie inside of one:
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
        kind: Kind,
    ) -> Result<(), Refusal>;

    /// Links `runs`, one behind the other from `offset` on, as [`Backend::link`] does each of them:
    /// `dma_iova_link_vec()`. Returns how much is linked, also after a failure.
    #[inline]
    fn link_all(
        &mut self,
        iova: &mut Self::Iova,
        runs: Links<'_>,
        offset: Bytes,
        kind: Kind,
    ) -> (Bytes, Result<(), Refusal>) {
        let mut linked = Bytes::ZERO;

        for run in (0..runs.len()).filter_map(|index| runs.get(index)) {
            let at = offset.wrapping_add(linked);
            if let Err(refusal) = self.link(iova, run.paddr(), at, run.len(), kind) {
                return (linked, Err(refusal));
            }
            linked = linked.wrapping_add(run.len());
        }
        (linked, Ok(()))
    }

    /// Tells whoever watches memory, and is not told by [`Backend::link`], that the device is given
    /// `len` bytes of RAM at `paddr`: `kmsan_handle_dma()`.
    #[inline]
    fn tell(&mut self, _paddr: PhysAddr, _len: Bytes) {}

    /// Makes the first `len` bytes of an allocation visible to the device: `dma_iova_sync()`.
    ///
    /// # Errors
    ///
    /// A [`Refusal`]; the links stand.
    fn sync(&mut self, iova: &mut Self::Iova, len: Bytes) -> Result<(), Refusal>;

    /// Unmaps the first `len` bytes of an allocation, all of them linked and used by no device:
    /// `dma_iova_unlink()`.
    fn unlink(&mut self, iova: &mut Self::Iova, len: Bytes, kind: Kind);

    /// Gives back an allocation in which nothing is linked: `dma_iova_free()`.
    fn free(&mut self, iova: Self::Iova);

    /// Unmaps the first `len` bytes of an allocation, which are all that is linked and have no
    /// hole, and gives it back: `dma_iova_destroy()`.
    fn destroy(&mut self, iova: Self::Iova, len: Bytes, kind: Kind);

    /// Maps `len` bytes at `paddr`, at any alignment: `dma_map_phys()`.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], never for the layout; then nothing is mapped.
    fn map(&mut self, paddr: PhysAddr, len: Bytes, kind: Kind) -> Result<DmaAddr, Refusal>;

    /// Unmaps what [`Backend::map`] mapped: `dma_unmap_phys()`.
    fn unmap(&mut self, addr: DmaAddr, len: Bytes, kind: Kind);

    /// Unmaps `ranges`, each of which [`Backend::map`] mapped and no device has used:
    /// `dma_unmap_phys()` with `DMA_ATTR_SKIP_CPU_SYNC`, for a bounce buffer would be copied back
    /// over newer data.
    fn discard(&mut self, ranges: &[DmaRange], kind: Kind);

    /// Whether what was mapped by [`Backend::map`] until now has to be unmapped at all:
    /// `dma_need_unmap()`.
    fn need_unmap(&mut self) -> bool;

    /// Hands `len` bytes at `addr` over to `owner`: physically contiguous RAM that is mapped.
    fn hand_over(&mut self, addr: DmaAddr, len: Bytes, owner: Owner);
}
