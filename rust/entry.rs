// SPDX-License-Identifier: GPL-2.0

//! The C ABI of phyr: raw pointers in, errno out. Documented in `include/linux/dma-phyr.h`.

use super::{
    ffi::{
        limits,
        Iova,
        KernelDma, //
    },
    plan::{
        error::Error,
        exec::{
            self,
            Held,
            Mapped, //
        },
        phyr::Phyr,
        range::DmaRange,
        units::{
            Bytes,
            DmaAddr, //
        },
    },
};
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    }, //
};

/// Attributes that are passed on.
const ATTRS_ACCEPTED: c_uint = bindings::DMA_ATTR_WEAK_ORDERING
    | bindings::DMA_ATTR_SKIP_CPU_SYNC
    | bindings::DMA_ATTR_NO_WARN
    | bindings::DMA_ATTR_PRIVILEGED;

/// Attributes that the DMA API has for streaming mappings, but phyr does not map with.
const ATTRS_REFUSED: c_uint =
    bindings::DMA_ATTR_MMIO | bindings::DMA_ATTR_REQUIRE_COHERENT | bindings::DMA_ATTR_CC_SHARED;

/// `enum dma_phyr_held`.
const HELD_NOTHING: u8 = 0;
const HELD_IOVA: u8 = 1;
const HELD_ONE: u8 = 2;
const HELD_EACH: u8 = 3;

/// What is held, in as many bytes as `struct dma_iova_state` and `struct dma_vec` have.
#[derive(Clone, Copy)]
#[repr(C)]
struct Anchor {
    addr: u64,
    len: u64,
}

const _: () = assert!(size_of::<Anchor>() == size_of::<bindings::dma_iova_state>());

/// `struct dma_phyr_map`. `rust/shims.c` asserts the offsets of the C side.
///
/// # Invariants
///
/// If `held` is not `HELD_NOTHING`, then `dir` and `attrs` are those of a list that is mapped, and
/// `anchor` and `size` are what [`Held`] keeps of it.
#[repr(C)]
pub(crate) struct RawMap {
    nr_ranges: u32,
    held: u8,
    dir: u8,
    attrs: u16,
    anchor: Anchor,
    size: u64,
}

const _: () = {
    assert!(size_of::<RawMap>() == 32);
    assert!(core::mem::offset_of!(RawMap, held) == 4);
    assert!(core::mem::offset_of!(RawMap, dir) == 5);
    assert!(core::mem::offset_of!(RawMap, attrs) == 6);
    assert!(core::mem::offset_of!(RawMap, anchor) == 8);
    assert!(core::mem::offset_of!(RawMap, size) == 24);
};

impl RawMap {
    const fn empty(nr_ranges: u32) -> Self {
        // INVARIANT: Nothing is held.
        Self {
            nr_ranges,
            held: HELD_NOTHING,
            dir: 0,
            attrs: 0,
            anchor: Anchor { addr: 0, len: 0 },
            size: 0,
        }
    }

    #[inline]
    fn new(mapped: Mapped<Iova>, request: Request) -> Self {
        let (held, addr, len, size) = match mapped.held {
            Held::Nothing => (HELD_NOTHING, 0, 0, 0),
            Held::Iova { iova, size } => {
                let state = iova.into_raw();
                (HELD_IOVA, state.addr, state.__size, size.raw())
            }
            Held::One(range) => (HELD_ONE, range.addr().raw(), range.len().raw(), 0),
            Held::Each => (HELD_EACH, 0, 0, 0),
        };

        // INVARIANT: Taken over from what was just mapped.
        Self {
            nr_ranges: clamp(mapped.ranges),
            held,
            dir: request.dir,
            attrs: request.attrs,
            anchor: Anchor { addr, len },
            size,
        }
    }

    /// What is held, and how it was mapped.
    ///
    /// # Safety
    ///
    /// What is returned may be unmapped once, for the device that it was mapped for.
    #[inline]
    unsafe fn held(&self) -> (Held<Iova>, Request) {
        let held = match self.held {
            HELD_IOVA => Held::Iova {
                // SAFETY: By the type invariants this was taken from an `Iova`; the caller uses
                // it once and with the same device.
                iova: unsafe {
                    Iova::from_raw(bindings::dma_iova_state {
                        addr: self.anchor.addr,
                        __size: self.anchor.len,
                    })
                },
                size: Bytes::new(self.size),
            },
            HELD_ONE => Held::One(DmaRange::new(
                DmaAddr::new(self.anchor.addr),
                Bytes::new(self.anchor.len),
            )),
            HELD_EACH => Held::Each,
            _ => Held::Nothing,
        };

        (
            held,
            Request {
                dir: self.dir,
                attrs: self.attrs,
            },
        )
    }
}

/// A direction and attributes that are valid, as small as they are kept in a [`RawMap`].
///
/// # Invariants
///
/// `dir` is a valid direction and not `DMA_NONE`; `attrs` are attributes that phyr accepts.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    dir: u8,
    attrs: u16,
}

impl Request {
    #[inline]
    pub(crate) fn new(dir: bindings::dma_data_direction, attrs: c_ulong) -> Result<Self, Error> {
        let attrs = c_uint::try_from(attrs).map_err(|_| Error::Invalid)?;

        if attrs & !(ATTRS_ACCEPTED | ATTRS_REFUSED) != 0
            || dir >= bindings::dma_data_direction_DMA_NONE
        {
            return Err(Error::Invalid);
        }
        if attrs & ATTRS_REFUSED != 0 {
            return Err(Error::NotSupported);
        }
        // INVARIANT: The valid directions are those below `DMA_NONE`.
        Ok(Self {
            dir: u8::try_from(dir).map_err(|_| Error::Invalid)?,
            attrs: u16::try_from(attrs).map_err(|_| Error::Invalid)?,
        })
    }

    /// The DMA API for this request.
    ///
    /// # Safety
    ///
    /// As for [`KernelDma::new`], less what the type invariants say.
    #[inline]
    pub(crate) unsafe fn backend(self, dev: &Device) -> KernelDma<'_> {
        // SAFETY: Direction and attributes are valid by the type invariants; the rest is what the
        // caller guarantees.
        unsafe { KernelDma::new(dev, self.dir.into(), self.attrs.into()) }
    }
}

/// A count as C sees it. What does not fit cannot be given room for, either.
#[inline]
fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// An array of `len` elements from C, where `ptr` may be anything if there are none.
///
/// # Safety
///
/// `ptr` must be valid for reads of `len` elements, which must not change, for `'a`.
#[inline]
unsafe fn array<'a, T>(ptr: *const T, len: c_uint) -> &'a [T] {
    if len == 0 {
        return &[];
    }
    // CAST: `c_uint` has 32 bits, `usize` 64.
    //
    // SAFETY: By the safety requirements of this function.
    unsafe { core::slice::from_raw_parts(ptr, len as usize) }
}

/// As [`array`], to be written.
///
/// # Safety
///
/// `ptr` must be valid for reads and writes of `len` elements, and nobody else may access them,
/// for `'a`.
#[inline]
unsafe fn array_mut<'a, T>(ptr: *mut T, len: c_uint) -> &'a mut [T] {
    if len == 0 {
        return &mut [];
    }
    // CAST: `c_uint` has 32 bits, `usize` 64.
    //
    // SAFETY: By the safety requirements of this function.
    unsafe { core::slice::from_raw_parts_mut(ptr, len as usize) }
}

/// `dma_map_phyrs()`.
///
/// # Safety
///
/// As its documentation in `include/linux/dma-phyr.h` demands: `dev` is a valid device, `phyrs`
/// are `nr` ranges of RAM that may be mapped for it, `map` may be written, and `ranges` has room
/// for `max_ranges` entries, which overlap nothing else.
#[no_mangle]
unsafe extern "C" fn phyr_rs_map(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    nr: c_uint,
    map: *mut RawMap,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: `phyrs` are `nr` valid entries that do not change during the call.
    let phyrs = unsafe { array(phyrs, nr) };
    // The number of ranges is returned as an `int`, so there must not be more than that.
    //
    // SAFETY: `ranges` has room for `max_ranges` entries and overlaps nothing else. They are integers
    // in memory that C owns, which have some value, whatever it is; it is written before it is read.
    let ranges = unsafe { array_mut(ranges, max_ranges.min(i32::MAX.unsigned_abs())) };

    let result = Request::new(dir, attrs).and_then(|request| {
        let limits = limits(dev)?;
        // SAFETY: `limits()` found a DMA mask, the backend goes to `exec::map` only, and the
        // ranges may be mapped for this device.
        let mut backend = unsafe { request.backend(dev) };

        exec::map(&mut backend, phyrs.iter().copied(), &limits, ranges)
            .map(|mapped| RawMap::new(mapped, request))
    });

    let (raw, ret) = match result {
        Ok(raw) => {
            let ret = c_int::try_from(raw.nr_ranges).unwrap_or(c_int::MAX);
            (raw, ret)
        }
        Err(error) => {
            let needed = match error {
                Error::NoSpace { needed } => clamp(needed),
                _ => 0,
            };
            (RawMap::empty(needed), error.to_errno())
        }
    };

    // SAFETY: `map` is valid for writes.
    unsafe { map.write(raw) };
    ret
}

/// `dma_unmap_phyrs()`.
///
/// # Safety
///
/// As its documentation in `include/linux/dma-phyr.h` demands: `map` was written by `phyr_rs_map`
/// for the same device and not been unmapped since, or is zeroed; `ranges` are the ranges that
/// were written with it, where they are needed.
#[no_mangle]
unsafe extern "C" fn phyr_rs_unmap(
    dev: *mut bindings::device,
    map: *mut RawMap,
    ranges: *const DmaRange,
) {
    // SAFETY: `map` is valid for reads and writes, and nobody else uses it.
    let map = unsafe { &mut *map };
    // SAFETY: This is the only use, for the device of the mapping: below, nothing is held any more.
    let (held, request) = unsafe { map.held() };
    let nr_ranges = match held {
        Held::Each => map.nr_ranges,
        _ => 0,
    };
    map.held = HELD_NOTHING;

    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: If they are needed, `ranges` are the ranges that were written.
    let ranges = unsafe { array(ranges, nr_ranges) };
    // SAFETY: The device has a DMA mask if anything is mapped for it, and the backend goes to
    // `exec::unmap` only, with what was mapped for the same device and request.
    let mut backend = unsafe { request.backend(dev) };

    exec::unmap(&mut backend, held, ranges);
}
