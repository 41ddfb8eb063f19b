// SPDX-License-Identifier: GPL-2.0

//! What the plan has to know of a device.

use super::{
    as_raw,
    from_errno,
    to_u64, //
};
use crate::{
    plan::{
        cut::Cuts,
        error::Error,
        granule::Granule,
        limits::Limits,
        phyr::Phyr,
        sync::Coherence,
        units::{
            BusOffset,
            Bytes,
            DmaAddr, //
        },
        usual::{
            direct,
            shared, //
        },
    },
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
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    },
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

/// Longest DMA range of `DMA_PHYR_LEN32`.
const MOST_LEN32: Bytes = Bytes::new(1 << 31);

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_device_traits(dev: *mut bindings::device, traits: *mut DeviceTraits) -> c_int;
    fn phyr_usual_direct(dev: *mut bindings::device, usual: *mut direct::Device) -> c_int;
    fn phyr_usual_shared(dev: *mut bindings::device, usual: *mut shared::Device) -> c_int;
    fn phyr_shim_is_coherent(dev: *mut bindings::device) -> bool;
    fn phyr_shim_reaches(dev: *mut bindings::device, phys: u64, len: usize) -> bool;
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

/// Whether `dev`, which has a DMA mask, reaches RAM without an IOMMU, wherever that is on its bus.
pub(crate) fn reaches(dev: &Device, phyr: Phyr) -> bool {
    // CAST: Both have 64 bits.
    //
    // SAFETY: The device is valid by the type invariants of `Device`.
    unsafe { phyr_shim_reaches(as_raw(dev), phyr.paddr().raw(), phyr.len().raw() as usize) }
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
    apply(flags, usual.cuts.get_mut());
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
