// SPDX-License-Identifier: GPL-2.0

//! The kernel's DMA API as a [`Backend`]: one method, one call.

use super::{
    plan::{
        backend::{
            Backend,
            Owner,
            Refusal, //
        },
        class::{
            Class,
            Kind, //
        },
        cut::Cuts,
        error::Error,
        granule::Granule,
        limits::Limits,
        phyr::Phyr,
        range::DmaRange,
        sync::Coherence,
        units::{
            BusOffset,
            Bytes,
            DmaAddr,
            PhysAddr, //
        },
        usual::{
            direct,
            shared, //
        },
    },
    raw_map::RawMap,
    request::{
        Flags,
        Request, //
    },
    watch::is_forced_per_run,
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    device::Device,
    dma::DataDirection,
    ffi::{
        c_int,
        c_uint,
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
    assert!(Error::NotReachable.to_errno().unsigned_abs() == bindings::EREMOTEIO);
    assert!(Error::NotSupported.to_errno().unsigned_abs() == bindings::EOPNOTSUPP);
};

/// `struct phyr_device_traits` of `glue.h`.
#[repr(C)]
#[derive(Default)]
struct DeviceTraits {
    merge_boundary: c_ulong,
    max_mapping: usize,
    seg_boundary: c_ulong,
    reach: u64,
    offset: u64,
    max_seg: c_uint,
    min_merge: c_uint,
    coherent: bool,
    trusted: bool,
    in_phase: bool,
    bounces: bool,
    bounces_all: bool,
}

const _: () = assert!(size_of::<DeviceTraits>() == 56);

// `struct phyr_usual_direct` and `struct phyr_usual_shared` of `glue.h`.
const _: () = {
    assert!(size_of::<direct::Device>() == 40);
    assert!(core::mem::offset_of!(direct::Device, uncut) == 16);
    assert!(core::mem::offset_of!(direct::Device, reach) == 24);
    assert!(size_of::<shared::Device>() == 16);
};

/// Longest DMA range of whole pages whose length fits in 32 bits.
const MOST_LEN32: Bytes = Bytes::new(0xffff_f000);

/// A P2P provider that C named, or none.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Provider(*mut bindings::p2pdma_provider);

impl Provider {
    /// Whether there is none.
    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self.0.is_null()
    }
}

/// `enum phyr_p2p_route` of `glue.h`.
const ROUTE_BUS_ADDR: c_uint = 1;
const ROUTE_HOST_BRIDGE: c_uint = 2;

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    #[cfg(CONFIG_KMSAN)]
    fn kmsan_unpoison_memory(address: *const core::ffi::c_void, size: usize);
    fn dma_map_phyrs(
        dev: *mut bindings::device,
        phyrs: *const Phyr,
        nr: c_uint,
        map: *mut MaybeUninit<RawMap>,
        ranges: *mut DmaRange,
        max_ranges: c_uint,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> c_int;
    fn phyr_device_traits(dev: *mut bindings::device, traits: *mut DeviceTraits) -> c_int;
    fn phyr_usual_direct(dev: *mut bindings::device, usual: *mut direct::Device) -> c_int;
    fn phyr_usual_shared(dev: *mut bindings::device, usual: *mut shared::Device) -> c_int;
    fn phyr_shim_is_coherent(dev: *mut bindings::device) -> bool;
    fn phyr_shim_page_to_phys(page: *mut bindings::page) -> bindings::phys_addr_t;
    fn phyr_shim_p2p_route(
        provider: *mut bindings::p2pdma_provider,
        dev: *mut bindings::device,
        bus_offset: *mut u64,
    ) -> c_uint;
    fn phyr_shim_sync(
        dev: *mut bindings::device,
        addr: bindings::dma_addr_t,
        len: usize,
        dir: bindings::dma_data_direction,
        for_cpu: bool,
    );
    #[cfg(CONFIG_KMSAN)]
    fn phyr_shim_kmsan(paddr: bindings::phys_addr_t, len: usize, dir: bindings::dma_data_direction);
}

/// How `dev` reaches the memory of `provider`, the list's `index`th; [`None`] if it cannot.
///
/// The provider is one that C named for a list of memory that may be mapped, see
/// [`RawList::read`](super::list::RawList::read): it stays registered.
pub(crate) fn p2p_class(provider: Provider, index: u32, dev: &Device) -> Option<Class> {
    let mut offset = 0;

    // SAFETY: The provider is registered, the device valid by the type invariants of `Device`, and
    // `offset` may be written.
    match unsafe { phyr_shim_p2p_route(provider.0, as_raw(dev), &mut offset) } {
        ROUTE_BUS_ADDR => Some(Class::Bus {
            provider: index,
            offset: BusOffset::new(offset),
        }),
        ROUTE_HOST_BRIDGE => Some(Class::Mmio { provider: index }),
        _ => None,
    }
}

/// Physical address of the first byte of `page`.
pub fn page_paddr(page: &Page) -> PhysAddr {
    // SAFETY: A `Page` points to a valid `struct page`.
    PhysAddr::new(unsafe { phyr_shim_page_to_phys(page.as_ptr()) })
}

/// The error that C returned; [`Error::Invalid`] for what phyr never returns.
#[cold]
pub(crate) fn from_errno(errno: c_int, needed: usize) -> Error {
    match errno.unsigned_abs() {
        bindings::ENOMEM => Error::NoMemory,
        bindings::ENOSPC => Error::NoSpace { needed },
        bindings::EREMOTEIO => Error::NotReachable,
        bindings::EOPNOTSUPP => Error::NotSupported,
        _ => Error::Invalid,
    }
}

/// Maps RAM as C does, and writes what is to be kept of it to `map`.
///
/// # Errors
///
/// Those of `dma_map_phyrs()`.
///
/// # Safety
///
/// `phyrs` must be memory that may be mapped for `dev`, in this direction.
#[inline]
pub(crate) unsafe fn map_list(
    dev: &Device,
    phyrs: &[Phyr],
    array: &mut [DmaRange],
    dir: DataDirection,
    map: &mut MaybeUninit<RawMap>,
) -> Result<(), Error> {
    let nr = c_uint::try_from(phyrs.len()).map_err(|_| Error::Invalid)?;
    let room = c_uint::try_from(array.len()).unwrap_or(c_uint::MAX);

    // SAFETY: By the safety requirements of this function; the device is valid by the type
    // invariants of `Device`, and `map` and `array` may be written.
    let ret = unsafe {
        dma_map_phyrs(
            as_raw(dev),
            phyrs.as_ptr(),
            nr,
            map,
            array.as_mut_ptr(),
            room,
            dir.into(),
            0,
        )
    };
    if ret >= 0 {
        return Ok(());
    }
    // SAFETY: It is always written.
    let map = unsafe { map.assume_init_ref() };
    Err(from_errno(ret, map.nr_ranges() as usize))
}

/// What the plan has to know of `dev` and of what is wanted.
///
/// # Errors
///
/// [`Error::Invalid`] if the device has no DMA mask, and those that are injected.
#[inline]
pub(crate) fn limits(dev: &Device, request: Request, flags: Flags) -> Result<Limits, Error> {
    let mut traits = DeviceTraits::default();

    // SAFETY: `as_raw(dev)` is a valid device by the type invariants of `Device`, and `traits` is
    // laid out as the structure that the callee writes.
    let ret = unsafe { phyr_device_traits(as_raw(dev), &mut traits) };
    if ret < 0 {
        return Err(from_errno(ret, 0));
    }

    let granule = Granule::from_merge_boundary(to_u64(traits.merge_boundary));
    Ok(Limits {
        granule,
        coherent: traits.coherent,
        trusted: traits.trusted,
        max_mapping: match granule {
            Some(_) if traits.trusted => None,
            _ => Some(Bytes::new(to_u64(traits.max_mapping))),
        },
        min_merge: Bytes::new(traits.min_merge.into()),
        cuts: cuts(flags, traits.max_seg, traits.seg_boundary),
        // IOVA space is, and what is not is found out in time.
        in_phase: traits.in_phase || granule.is_some(),
        offset: BusOffset::new(traits.offset),
        bounces_all: traits.bounces_all,
        bounces: traits.bounces,
        reach: DmaAddr::new(traits.reach),
        require_coherent: request.requires_coherent(),
        per_run: is_forced_per_run(),
    })
}

/// Tells KMSAN, which does not see what Rust writes, that C may read `value`.
#[inline(always)]
pub(crate) fn show<T>(value: &T) {
    #[cfg(CONFIG_KMSAN)]
    // SAFETY: It is memory of so many bytes, of which nothing changes.
    unsafe {
        kmsan_unpoison_memory(core::ptr::from_ref(value).cast(), size_of::<T>());
    }
    let _ = value;
}

/// Whether an IOMMU translates for `dev`: `use_dma_iommu()`.
#[inline]
pub(crate) fn is_translated(dev: &Device) -> bool {
    // SAFETY: The device is valid by the type invariants of `Device`. Others may write the word
    // meanwhile, though not this flag while a driver is bound: it is read once, as `test_bit()`
    // does.
    let [flags] = unsafe { (&raw const (*as_raw(dev)).flags).read_volatile() };

    flags & (1 << bindings::struct_device_flags_DEV_FLAG_DMA_IOMMU) != 0
}

/// What the plan has to know of `dev` if no IOMMU translates and it is usual, as [`direct::Device`]
/// describes it. It is written to `usual`.
///
/// # Errors
///
/// Those that are injected.
#[inline(always)]
pub(crate) fn usual_direct<'a>(
    dev: &Device,
    flags: Flags,
    usual: &'a mut MaybeUninit<direct::Device>,
) -> Result<Option<&'a direct::Device>, Error> {
    // SAFETY: The device is valid by the type invariants of `Device`, and `usual` is laid out as
    // the structure that the callee writes.
    if !is_usual(unsafe { phyr_usual_direct(as_raw(dev), usual.as_mut_ptr()) })? {
        return Ok(None);
    }
    // SAFETY: It was written, for the callee returned 1, and as `glue.h` says: the boundary is one
    // less than a power of two, and the longest segment at least one byte.
    let usual = unsafe { usual.assume_init_mut() };
    if flags.uncut() {
        apply(flags, &mut usual.cuts);
        usual.uncut.set(usual.cuts.uncut());
    }
    Ok(Some(usual))
}

/// As [`usual_direct`], if an IOMMU translates and nobody wants the lists of `dev` mapped in
/// another way.
#[inline(always)]
pub(crate) fn usual_shared<'a>(
    dev: &Device,
    flags: Flags,
    usual: &'a mut MaybeUninit<shared::Device>,
) -> Result<Option<&'a shared::Device>, Error> {
    // SAFETY: The device is valid by the type invariants of `Device`, and `usual` is laid out as
    // the structure that the callee writes.
    if !is_usual(unsafe { phyr_usual_shared(as_raw(dev), usual.as_mut_ptr()) })? {
        return Ok(None);
    }
    // SAFETY: As above.
    let usual = unsafe { usual.assume_init_mut() };
    apply(flags, &mut usual.cuts);
    Ok(Some(usual))
}

#[inline(always)]
fn is_usual(ret: c_int) -> Result<bool, Error> {
    match ret {
        1.. => Ok(true),
        0 => Ok(false),
        errno => Err(from_errno(errno, 0)),
    }
}

#[inline(always)]
fn apply(flags: Flags, cuts: &mut Cuts) {
    if flags.uncut() {
        *cuts = match flags.len32() {
            true => Cuts::new(MOST_LEN32, u64::MAX),
            false => Cuts::NONE,
        };
    }
}

#[inline]
fn cuts(flags: Flags, max_seg: c_uint, seg_boundary: c_ulong) -> Cuts {
    match (flags.uncut(), flags.len32()) {
        (true, false) => Cuts::NONE,
        (true, true) => Cuts::new(MOST_LEN32, u64::MAX),
        // The longest segment is told in 32 bits.
        (false, _) => Cuts::new(Bytes::new(max_seg.into()), to_u64(seg_boundary)),
    }
}

/// What a sync has to know of `dev`: much less, for it is called more often, and in interrupts.
#[inline]
pub(crate) fn coherence(dev: &Device) -> Coherence {
    // SAFETY: The device is valid by the type invariants of `Device`.
    let boundary = unsafe { bindings::dma_get_merge_boundary(as_raw(dev)) };

    Coherence {
        granule: Granule::from_merge_boundary(to_u64(boundary as usize)),
        // SAFETY: The device is valid by the type invariants of `Device`.
        coherent: unsafe { phyr_shim_is_coherent(as_raw(dev)) },
    }
}

#[inline]
pub(crate) fn as_raw(dev: &Device) -> *mut bindings::device {
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

/// What memory of some kind needs among the attributes.
#[inline]
const fn attrs_of(kind: Kind) -> c_ulong {
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
    ///   map, they must be given a list of memory that may be mapped for `dev`; to unmap or to sync,
    ///   what was mapped for the same device, direction and attributes.
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
    fn is_direct(&self) -> bool {
        self.granule().is_none()
    }

    #[inline]
    fn unmap_with(&mut self, addr: DmaAddr, len: Bytes, attrs: c_ulong) {
        // SAFETY: The contract of `KernelDma::new` has this be a range that `dma_map_phys()` gave
        // for the same device, length and direction; `attrs` are the same but for the sync.
        unsafe {
            bindings::dma_unmap_phys(as_raw(self.dev), addr.raw(), to_usize(len), self.dir, attrs)
        };
    }
}

/// What cannot be bounced: without an IOMMU, no later try makes it any better.
// CAST: The attributes are small flags.
const NO_BOUNCE: c_ulong =
    (bindings::DMA_ATTR_MMIO | bindings::DMA_ATTR_REQUIRE_COHERENT) as c_ulong;

// CAST: The attributes are small flags.
const SKIP_CPU_SYNC: c_ulong = bindings::DMA_ATTR_SKIP_CPU_SYNC as c_ulong;

#[cfg_attr(not(CONFIG_IOMMU_DMA), allow(dead_code))]
#[inline(always)]
fn refusal(ret: c_int) -> Result<(), Refusal> {
    if ret == 0 {
        return Ok(());
    }
    match ret.unsigned_abs() {
        bindings::ENOMEM => Err(Refusal::NoMemory),
        bindings::EPERM | bindings::EOPNOTSUPP => Err(Refusal::NotSupported),
        _ => Err(Refusal::Layout),
    }
}

#[cfg(CONFIG_IOMMU_DMA)]
impl KernelDma<'_> {
    #[inline(always)]
    fn iova_alloc(&mut self, paddr: PhysAddr, size: Bytes) -> Option<Iova> {
        let mut state = MaybeUninit::uninit();

        // SAFETY: The device is valid by the type invariants of `Device`, and `state` may be
        // written.
        let allocated = unsafe {
            bindings::dma_iova_try_alloc(
                as_raw(self.dev),
                state.as_mut_ptr(),
                paddr.raw(),
                to_usize(size),
            )
        };
        if !allocated {
            return None;
        }

        // INVARIANT: Just allocated, for this device.
        //
        // SAFETY: `dma_iova_try_alloc()` has written all of it, as it returned true.
        Some(Iova(unsafe { state.assume_init() }))
    }

    #[inline(always)]
    fn iova_link(
        &mut self,
        iova: &mut Iova,
        paddr: PhysAddr,
        offset: Bytes,
        len: Bytes,
        kind: Kind,
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
                self.attrs | attrs_of(kind),
            )
        })
    }

    #[inline(always)]
    fn iova_sync(&mut self, iova: &mut Iova, len: Bytes) -> Result<(), Refusal> {
        // SAFETY: `iova` is allocated for this device by its type invariants, and the contract of
        // `Backend` has `len` lie inside the allocation.
        refusal(unsafe { bindings::dma_iova_sync(as_raw(self.dev), &mut iova.0, 0, to_usize(len)) })
    }

    #[inline]
    fn iova_unlink(&mut self, iova: &mut Iova, len: Bytes, kind: Kind) {
        // SAFETY: `iova` is allocated for this device by its type invariants, direction and
        // attributes are those of the links but for the sync, and the contract of `Backend` has
        // `len` bytes linked.
        unsafe {
            bindings::dma_iova_unlink(
                as_raw(self.dev),
                &mut iova.0,
                0,
                to_usize(len),
                self.dir,
                self.attrs | attrs_of(kind) | SKIP_CPU_SYNC,
            )
        };
    }

    #[inline]
    fn iova_free(&mut self, mut iova: Iova) {
        // SAFETY: `iova` is allocated for this device by its type invariants and given up here,
        // and the contract of `Backend` has nothing linked in it.
        unsafe { bindings::dma_iova_free(as_raw(self.dev), &mut iova.0) };
    }

    /// [`Backend::destroy`] of an allocation that is not used any more afterwards.
    #[inline]
    pub(crate) fn destroy_in_place(&mut self, iova: &mut Iova, len: Bytes, kind: Kind) {
        // SAFETY: `iova` is allocated for this device by its type invariants and given up here,
        // direction and attributes are those of the links, and the contract of `Backend` has the
        // first `len` bytes linked and no more.
        unsafe {
            bindings::dma_iova_destroy(
                as_raw(self.dev),
                &mut iova.0,
                to_usize(len),
                self.dir,
                self.attrs | attrs_of(kind),
            )
        };
    }
}

/// Without `CONFIG_IOMMU_DMA` no allocation ever succeeds, so there is none to be used.
#[cfg(not(CONFIG_IOMMU_DMA))]
impl KernelDma<'_> {
    fn iova_alloc(&mut self, _paddr: PhysAddr, _size: Bytes) -> Option<Iova> {
        None
    }

    fn iova_link(
        &mut self,
        _iova: &mut Iova,
        _paddr: PhysAddr,
        _offset: Bytes,
        _len: Bytes,
        _kind: Kind,
    ) -> Result<(), Refusal> {
        Err(Refusal::Layout)
    }

    fn iova_sync(&mut self, _iova: &mut Iova, _len: Bytes) -> Result<(), Refusal> {
        Err(Refusal::Layout)
    }

    fn iova_unlink(&mut self, _iova: &mut Iova, _len: Bytes, _kind: Kind) {}

    fn iova_free(&mut self, _iova: Iova) {}

    pub(crate) fn destroy_in_place(&mut self, _iova: &mut Iova, _len: Bytes, _kind: Kind) {}
}

impl Backend for KernelDma<'_> {
    type Iova = Iova;

    const IS_TOLD: bool = cfg!(CONFIG_KMSAN);

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
        DmaAddr::new(iova.0.addr)
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
            DMA_MAPPING_ERROR if self.is_direct() && attrs & NO_BOUNCE != 0 => {
                Err(Refusal::NotSupported)
            }
            DMA_MAPPING_ERROR => Err(Refusal::NoMemory),
            addr => Ok(DmaAddr::new(addr)),
        }
    }

    #[inline]
    fn unmap(&mut self, addr: DmaAddr, len: Bytes, kind: Kind) {
        self.unmap_with(addr, len, self.attrs | attrs_of(kind));
    }

    #[inline]
    fn discard(&mut self, addr: DmaAddr, len: Bytes, kind: Kind) {
        self.unmap_with(addr, len, self.attrs | attrs_of(kind) | SKIP_CPU_SYNC);
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
