// SPDX-License-Identifier: GPL-2.0

//! The kernel's DMA API as a [`Backend`]: one method, one call.

use super::plan::{
    backend::{
        Backend,
        Refusal, //
    },
    error::Error,
    granule::Granule,
    limits::Limits,
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    },
};
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_ulong, //
    },
    page::Page, //
};

/// `DMA_MAPPING_ERROR`, which bindgen does not translate.
const DMA_MAPPING_ERROR: u64 = u64::MAX;

// `Phyr`, `DmaRange` and the units are the C structures; `rust/shims.c` asserts the C side.
const _: () = {
    assert!(size_of::<Phyr>() == size_of::<bindings::phys_vec>());
    assert!(align_of::<Phyr>() == align_of::<bindings::phys_vec>());
    assert!(size_of::<DmaRange>() == 16 && align_of::<DmaRange>() == 8);
    assert!(size_of::<usize>() == size_of::<Bytes>());
    assert!(Error::Invalid.to_errno().unsigned_abs() == bindings::EINVAL);
    assert!(Error::NoMemory.to_errno().unsigned_abs() == bindings::ENOMEM);
    assert!(Error::NoSpace { needed: 0 }.to_errno().unsigned_abs() == bindings::ENOSPC);
    assert!(Error::NotSupported.to_errno().unsigned_abs() == bindings::EOPNOTSUPP);
};

/// `struct phyr_device_traits` of `glue.h`.
#[repr(C)]
#[derive(Default)]
struct DeviceTraits {
    merge_boundary: c_ulong,
    max_mapping: usize,
    has_mask: bool,
    coherent: bool,
    trusted: bool,
}

const _: () = assert!(size_of::<DeviceTraits>() == 24);

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_device_traits(dev: *mut bindings::device, traits: *mut DeviceTraits);
    fn phyr_shim_page_to_phys(page: *mut bindings::page) -> bindings::phys_addr_t;
}

/// Physical address of the first byte of `page`.
pub fn page_paddr(page: &Page) -> PhysAddr {
    // SAFETY: A `Page` points to a valid `struct page`.
    PhysAddr::new(unsafe { phyr_shim_page_to_phys(page.as_ptr()) })
}

/// What the plan has to know of `dev`.
///
/// # Errors
///
/// [`Error::Invalid`] if the device has no DMA mask.
#[inline]
pub(crate) fn limits(dev: &Device) -> Result<Limits, Error> {
    let mut traits = DeviceTraits::default();

    // SAFETY: `as_raw(dev)` is a valid device by the type invariants of `Device`, and `traits` is
    // laid out as the structure that the callee writes.
    unsafe { phyr_shim_device_traits(as_raw(dev), &mut traits) };
    if !traits.has_mask {
        return Err(Error::Invalid);
    }

    let granule = Granule::from_merge_boundary(to_u64(traits.merge_boundary));
    Ok(Limits {
        granule,
        coherent: traits.coherent,
        trusted: traits.trusted,
        max_mapping: match granule {
            Some(_) => None,
            None => Some(Bytes::new(to_u64(traits.max_mapping))),
        },
    })
}

#[inline]
fn as_raw(dev: &Device) -> *mut bindings::device {
    // CAST: `Device` is a transparent wrapper of `struct device`; its own `as_raw()` is private to
    // the kernel crate.
    core::ptr::from_ref(dev).cast_mut().cast()
}

/// A length, from the kernel's type to the plan's. Both have 64 bits.
#[inline]
const fn to_u64(len: usize) -> u64 {
    // CAST: Lossless, see the assertion on `size_of::<usize>()` above.
    len as u64
}

/// A length, from the plan's type to the kernel's. Both have 64 bits.
#[inline]
const fn to_usize(len: Bytes) -> usize {
    // CAST: Lossless, see the assertion on `size_of::<usize>()` above.
    len.raw() as usize
}

/// The DMA API for one device, direction and set of attributes.
///
/// # Invariants
///
/// - `dir` is a valid direction, not `DMA_NONE`, and `attrs` are valid for `dma_map_phys()`.
/// - The device has a DMA mask.
pub(crate) struct KernelDma<'a> {
    dev: &'a Device,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
}

impl<'a> KernelDma<'a> {
    /// # Safety
    ///
    /// - `dir` must be a valid direction, not `DMA_NONE`; `attrs` must be valid for
    ///   `dma_map_phys()`, and `dev` must have a DMA mask.
    /// - The backend must be given to the functions of [`plan::exec`](crate::plan::exec) alone,
    ///   which keep the contract of [`Backend`]; to map, only with a list of memory that may be
    ///   mapped for `dev`; to unmap, only with what was mapped for the same device, direction and
    ///   attributes.
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

/// An IOVA allocation: `struct dma_iova_state`.
///
/// # Invariants
///
/// Either allocated by `dma_iova_try_alloc()` for the device of the [`KernelDma`] that it is used
/// with, or never used with any.
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
}

impl KernelDma<'_> {
    #[inline]
    fn unmap_with(&mut self, addr: DmaAddr, len: Bytes, attrs: c_ulong) {
        // SAFETY: The contract of `KernelDma::new` has this be a range that `dma_map_phys()` gave
        // for the same device, length and direction; `attrs` are the same but for the sync.
        unsafe {
            bindings::dma_unmap_phys(as_raw(self.dev), addr.raw(), to_usize(len), self.dir, attrs)
        };
    }
}

#[inline]
fn refusal(ret: c_int) -> Result<(), Refusal> {
    match ret.unsigned_abs() {
        0 => Ok(()),
        bindings::ENOMEM => Err(Refusal::NoMemory),
        bindings::EPERM | bindings::EOPNOTSUPP => Err(Refusal::NotSupported),
        _ => Err(Refusal::Layout),
    }
}

#[cfg(CONFIG_IOMMU_DMA)]
impl KernelDma<'_> {
    #[inline]
    fn iova_alloc(&mut self, size: Bytes) -> Option<Iova> {
        let mut state = bindings::dma_iova_state::default();

        // SAFETY: The device is valid by the type invariants of `Device`, and `state` may be
        // written.
        let allocated = unsafe {
            bindings::dma_iova_try_alloc(as_raw(self.dev), &mut state, 0, to_usize(size))
        };

        // INVARIANT: Just allocated, for this device.
        allocated.then_some(Iova(state))
    }

    #[inline]
    fn iova_link(
        &mut self,
        iova: &mut Iova,
        paddr: PhysAddr,
        offset: Bytes,
        len: Bytes,
    ) -> Result<(), Refusal> {
        // SAFETY: `iova` is allocated for this device by its type invariants, direction and
        // attributes are valid by those of `Self`, and the contract of `Backend` has the range
        // lie inside the allocation.
        refusal(unsafe {
            bindings::dma_iova_link(
                as_raw(self.dev),
                &mut iova.0,
                paddr.raw(),
                to_usize(offset),
                to_usize(len),
                self.dir,
                self.attrs,
            )
        })
    }

    #[inline]
    fn iova_sync(&mut self, iova: &mut Iova, len: Bytes) -> Result<(), Refusal> {
        // SAFETY: `iova` is allocated for this device by its type invariants, and the contract of
        // `Backend` has `len` lie inside the allocation.
        refusal(unsafe { bindings::dma_iova_sync(as_raw(self.dev), &mut iova.0, 0, to_usize(len)) })
    }

    #[inline]
    fn iova_unlink(&mut self, iova: &mut Iova, len: Bytes) {
        // SAFETY: `iova` is allocated for this device by its type invariants, direction and
        // attributes are those of the links, and the contract of `Backend` has `len` bytes linked.
        unsafe {
            bindings::dma_iova_unlink(
                as_raw(self.dev),
                &mut iova.0,
                0,
                to_usize(len),
                self.dir,
                self.attrs,
            )
        };
    }

    #[inline]
    fn iova_free(&mut self, mut iova: Iova) {
        // SAFETY: `iova` is allocated for this device by its type invariants and given up here,
        // and the contract of `Backend` has nothing linked in it.
        unsafe { bindings::dma_iova_free(as_raw(self.dev), &mut iova.0) };
    }

    #[inline]
    fn iova_destroy(&mut self, mut iova: Iova, len: Bytes) {
        // SAFETY: `iova` is allocated for this device by its type invariants and given up here,
        // direction and attributes are those of the links, and the contract of `Backend` has the
        // first `len` bytes linked and no more.
        unsafe {
            bindings::dma_iova_destroy(
                as_raw(self.dev),
                &mut iova.0,
                to_usize(len),
                self.dir,
                self.attrs,
            )
        };
    }
}

/// Without `CONFIG_IOMMU_DMA` no allocation ever succeeds, so there is none to be used.
#[cfg(not(CONFIG_IOMMU_DMA))]
impl KernelDma<'_> {
    fn iova_alloc(&mut self, _size: Bytes) -> Option<Iova> {
        None
    }

    fn iova_link(
        &mut self,
        _iova: &mut Iova,
        _paddr: PhysAddr,
        _offset: Bytes,
        _len: Bytes,
    ) -> Result<(), Refusal> {
        Err(Refusal::Layout)
    }

    fn iova_sync(&mut self, _iova: &mut Iova, _len: Bytes) -> Result<(), Refusal> {
        Err(Refusal::Layout)
    }

    fn iova_unlink(&mut self, _iova: &mut Iova, _len: Bytes) {}

    fn iova_free(&mut self, _iova: Iova) {}

    fn iova_destroy(&mut self, _iova: Iova, _len: Bytes) {}
}

impl Backend for KernelDma<'_> {
    type Iova = Iova;

    #[inline]
    fn alloc(&mut self, size: Bytes) -> Option<Iova> {
        self.iova_alloc(size)
    }

    #[inline]
    fn base(&self, iova: &Iova) -> DmaAddr {
        DmaAddr::new(iova.0.addr)
    }

    #[inline]
    fn link(
        &mut self,
        iova: &mut Iova,
        paddr: PhysAddr,
        offset: Bytes,
        len: Bytes,
    ) -> Result<(), Refusal> {
        self.iova_link(iova, paddr, offset, len)
    }

    #[inline]
    fn sync(&mut self, iova: &mut Iova, len: Bytes) -> Result<(), Refusal> {
        self.iova_sync(iova, len)
    }

    #[inline]
    fn unlink(&mut self, iova: &mut Iova, len: Bytes) {
        self.iova_unlink(iova, len);
    }

    #[inline]
    fn free(&mut self, iova: Iova) {
        self.iova_free(iova);
    }

    #[inline]
    fn destroy(&mut self, iova: Iova, len: Bytes) {
        self.iova_destroy(iova, len);
    }

    #[inline]
    fn map(&mut self, paddr: PhysAddr, len: Bytes) -> Option<DmaAddr> {
        let dev = as_raw(self.dev);

        // SAFETY: The device is valid and has a DMA mask, direction and attributes are valid, all
        // by the type invariants of `Self`; the contract of `KernelDma::new` has the range be
        // memory that may be mapped.
        let addr = unsafe {
            bindings::dma_map_phys(dev, paddr.raw(), to_usize(len), self.dir, self.attrs)
        };

        // dma-debug wants to be told that the result is looked at, as `dma_mapping_error()` does.
        #[cfg(CONFIG_DMA_API_DEBUG)]
        // SAFETY: `addr` was just returned by `dma_map_phys()` for this device.
        unsafe {
            bindings::debug_dma_mapping_error(dev, addr)
        };

        (addr != DMA_MAPPING_ERROR).then_some(DmaAddr::new(addr))
    }

    #[inline]
    fn unmap(&mut self, addr: DmaAddr, len: Bytes) {
        self.unmap_with(addr, len, self.attrs);
    }

    #[inline]
    fn discard(&mut self, addr: DmaAddr, len: Bytes) {
        // CAST: The attributes are small flags.
        let skip_sync = bindings::DMA_ATTR_SKIP_CPU_SYNC as c_ulong;

        self.unmap_with(addr, len, self.attrs | skip_sync);
    }

    #[inline]
    fn need_unmap(&mut self) -> bool {
        // SAFETY: The device is valid by the type invariants of `Device`.
        unsafe { bindings::dma_need_unmap(as_raw(self.dev)) }
    }
}
