// SPDX-License-Identifier: GPL-2.0

//! The kernel's DMA API as a [`Backend`]: one method, one call.

use super::{
    as_raw,
    to_u64,
    to_usize,
    Iova, //
};
#[cfg(all(CONFIG_IOMMU_DMA, PHYR_LINK_VEC))]
use crate::plan::backend::Links;
use crate::plan::{
    backend::{
        Backend,
        Owner,
        Refusal, //
    },
    class::Kind,
    granule::Granule,
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    }, //
};
use core::borrow::BorrowMut;
use kernel::{
    bindings,
    device::Device,
    ffi::c_ulong, //
};

/// `DMA_MAPPING_ERROR`, which bindgen does not translate.
const DMA_MAPPING_ERROR: u64 = u64::MAX;

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_sync(
        dev: *mut bindings::device,
        addr: bindings::dma_addr_t,
        len: usize,
        dir: bindings::dma_data_direction,
        for_cpu: bool,
    );
    fn phyr_shim_has_bounce_buffers(dev: *mut bindings::device) -> bool;
    #[cfg(CONFIG_KMSAN)]
    fn phyr_shim_kmsan(paddr: bindings::phys_addr_t, len: usize, dir: bindings::dma_data_direction);
}

/// The DMA API for one device, direction and set of attributes.
///
/// # Invariants
///
/// - `dir` is a valid direction, not `DMA_NONE`, and `attrs` are valid for `dma_map_phys()`.
/// - The device has a DMA mask.
pub(crate) struct KernelDma<'a> {
    pub(super) dev: &'a Device,
    pub(super) dir: bindings::dma_data_direction,
    pub(super) attrs: c_ulong,
}

/// What memory of some kind needs among the attributes.
#[inline]
pub(super) const fn attrs_of(kind: Kind) -> c_ulong {
    match kind {
        Kind::Ram => 0,
        // CAST: The attributes are small flags.
        Kind::Mmio => bindings::DMA_ATTR_MMIO as c_ulong,
    }
}

impl<'a> KernelDma<'a> {
    /// # Safety
    ///
    /// - `dir` must be a valid direction, not `DMA_NONE`; `attrs` must be valid for
    ///   `dma_map_phys()`, and `dev` must have a DMA mask.
    /// - The contract of [`Backend`] must be kept, as the functions of [`plan`](crate::plan) do: to
    ///   map, they must be given a list of memory that may be mapped for `dev`; to unmap or to
    ///   sync, what was mapped for the same device, direction and attributes.
    #[inline]
    pub(crate) unsafe fn new(
        dev: &'a Device,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self { dev, dir, attrs }
    }
}

impl KernelDma<'_> {
    #[inline]
    fn is_direct(&self) -> bool {
        self.granule().is_none()
    }

    /// Whether what was not mapped, without an IOMMU, was not reached and may not be bounced.
    #[cold]
    fn is_out_of_reach(&self, attrs: c_ulong) -> bool {
        // SAFETY: The device is valid by the type invariants of `Device`.
        let bounces = unsafe { phyr_shim_has_bounce_buffers(as_raw(self.dev)) };

        attrs & NO_BOUNCE != 0 || !bounces
    }
}

/// [`Backend::discard`]. The arguments are not a [`KernelDma`], which every list would put into
/// memory for this to be called with.
///
/// # Safety
///
/// `dma_map_phys()` must have given `ranges` for `dev`, in this direction and with these
/// attributes, and this be the only time that they are unmapped.
#[cold]
#[inline(never)]
unsafe fn discard(
    dev: &Device,
    ranges: &[DmaRange],
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) {
    for range in ranges {
        let (addr, len) = (range.addr().raw(), to_usize(range.len()));

        // SAFETY: By the safety requirements of this function; the attributes differ in the sync.
        unsafe { bindings::dma_unmap_phys(as_raw(dev), addr, len, dir, attrs | SKIP_CPU_SYNC) };
    }
}

/// What cannot be bounced: without an IOMMU, no later try makes it any better.
// CAST: The attributes are small flags.
const NO_BOUNCE: c_ulong =
    (bindings::DMA_ATTR_MMIO | bindings::DMA_ATTR_REQUIRE_COHERENT) as c_ulong;

// CAST: The attributes are small flags.
pub(super) const SKIP_CPU_SYNC: c_ulong = bindings::DMA_ATTR_SKIP_CPU_SYNC as c_ulong;

impl Backend for KernelDma<'_> {
    type Iova = Iova;

    const IS_TOLD: bool = cfg!(CONFIG_KMSAN);

    const LINKS_ALL: bool = cfg!(all(CONFIG_IOMMU_DMA, PHYR_LINK_VEC));

    #[inline(always)]
    fn again(&mut self) -> impl BorrowMut<Self> {
        // INVARIANT: The same.
        Self { ..*self }
    }

    #[inline]
    fn granule(&self) -> Option<Granule> {
        // SAFETY: The device is valid by the type invariants of `Device`.
        let boundary = unsafe { bindings::dma_get_merge_boundary(as_raw(self.dev)) };

        Granule::from_merge_boundary(to_u64(boundary as usize))
    }

    #[inline(always)]
    fn alloc(&mut self, paddr: PhysAddr, size: Bytes) -> Option<Iova> {
        self.iova_alloc(paddr, size)
    }

    #[inline]
    fn base(&self, iova: &Iova) -> DmaAddr {
        iova.addr()
    }

    #[inline(always)]
    fn link(
        &mut self,
        iova: &mut Iova,
        paddr: PhysAddr,
        offset: Bytes,
        len: Bytes,
        kind: Kind,
    ) -> Result<(), Refusal> {
        self.iova_link(iova, paddr, offset, len, kind)
    }

    #[cfg(all(CONFIG_IOMMU_DMA, PHYR_LINK_VEC))]
    #[inline(always)]
    fn link_all(
        &mut self,
        iova: &mut Iova,
        runs: Links<'_>,
        offset: Bytes,
        kind: Kind,
    ) -> (Bytes, Result<(), Refusal>) {
        self.iova_link_vec(iova, runs, offset, kind)
    }

    #[cfg(CONFIG_KMSAN)]
    #[inline]
    fn tell(&mut self, paddr: PhysAddr, len: Bytes) {
        // SAFETY: The range is RAM that may be mapped.
        unsafe { phyr_shim_kmsan(paddr.raw(), to_usize(len), self.dir) };
    }

    #[inline(always)]
    fn sync(&mut self, iova: &mut Iova, len: Bytes) -> Result<(), Refusal> {
        self.iova_sync(iova, len)
    }

    #[inline]
    fn unlink(&mut self, iova: &mut Iova, len: Bytes, kind: Kind) {
        self.iova_unlink(iova, len, kind);
    }

    #[inline]
    fn free(&mut self, iova: Iova) {
        self.iova_free(iova);
    }

    #[inline]
    fn destroy(&mut self, mut iova: Iova, len: Bytes, kind: Kind) {
        self.destroy_in_place(&mut iova, len, kind);
    }

    #[inline(always)]
    fn map(&mut self, paddr: PhysAddr, len: Bytes, kind: Kind) -> Result<DmaAddr, Refusal> {
        let dev = as_raw(self.dev);
        let len = to_usize(len);
        let attrs = self.attrs | attrs_of(kind);

        // SAFETY: The device is valid and has a DMA mask, direction and attributes are valid, all
        // by the type invariants of `Self`; the contract of `KernelDma::new` has the range be
        // memory that may be mapped.
        let addr = unsafe { bindings::dma_map_phys(dev, paddr.raw(), len, self.dir, attrs) };

        // dma-debug wants to be told that the result is looked at, as `dma_mapping_error()` does.
        #[cfg(CONFIG_DMA_API_DEBUG)]
        // SAFETY: `addr` was just returned by `dma_map_phys()` for this device.
        unsafe {
            bindings::debug_dma_mapping_error(dev, addr)
        };

        match addr {
            DMA_MAPPING_ERROR if self.is_direct() && self.is_out_of_reach(attrs) => {
                Err(Refusal::NotSupported)
            }
            DMA_MAPPING_ERROR => Err(Refusal::NoMemory),
            addr => Ok(DmaAddr::new(addr)),
        }
    }

    #[inline]
    fn unmap(&mut self, addr: DmaAddr, len: Bytes, kind: Kind) {
        let attrs = self.attrs | attrs_of(kind);

        // SAFETY: The contract of `KernelDma::new` has this be a range that `dma_map_phys()` gave
        // for the same device, length, direction and attributes.
        unsafe {
            bindings::dma_unmap_phys(as_raw(self.dev), addr.raw(), to_usize(len), self.dir, attrs)
        };
    }

    #[inline(always)]
    fn discard(&mut self, ranges: &[DmaRange], kind: Kind) {
        // SAFETY: The contract of `KernelDma::new` has these be ranges that `dma_map_phys()` gave
        // for the same device, direction and attributes.
        unsafe { discard(self.dev, ranges, self.dir, self.attrs | attrs_of(kind)) };
    }

    #[inline]
    fn hand_over(&mut self, addr: DmaAddr, len: Bytes, owner: Owner) {
        // SAFETY: The device is valid by the type invariants of `Device`, and the contract of
        // `KernelDma::new` has this be part of a range that is mapped for it in this direction.
        unsafe {
            phyr_shim_sync(
                as_raw(self.dev),
                addr.raw(),
                to_usize(len),
                self.dir,
                owner == Owner::Cpu,
            )
        };
    }

    #[cfg(CONFIG_DMA_NEED_SYNC)]
    #[inline]
    fn need_unmap(&mut self) -> bool {
        // SAFETY: The device is valid by the type invariants of `Device`.
        unsafe { bindings::dma_need_unmap(as_raw(self.dev)) }
    }

    /// Where nothing is ever synced, nothing has to be unmapped either.
    #[cfg(not(CONFIG_DMA_NEED_SYNC))]
    #[inline]
    fn need_unmap(&mut self) -> bool {
        false
    }
}
