// SPDX-License-Identifier: GPL-2.0

//! `dma_map_phyr_list()` and `dma_map_phyrs_next()`.

use super::{
    array_mut,
    passed::Passed, //
};
use crate::{
    ffi::{
        limits,
        Iova, //
    },
    list::{
        List,
        RawList, //
    },
    plan::{
        class::{
            Entry,
            Kind, //
        },
        error::Error,
        exec::{
            self,
            Mapped, //
        },
        part::{
            self,
            Part,
            Position,
            Rest, //
        },
        range::DmaRange,
        units::Bytes, //
    },
    raw_map::RawMap,
    request::Request,
    usual::{
        self,
        Wanted, //
    },
    watch::{
        self,
        check_list,
        Size, //
    }, //
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    }, //
};

/// `dma_map_phyr_list()`.
///
/// # Safety
///
/// As its documentation in `include/linux/dma-phyr.h` demands: `dev` is a valid device, `list` is
/// one of memory that may be mapped for it, `map` may be written, and `ranges` has room for
/// `max_ranges` entries, which overlap nothing else.
#[no_mangle]
unsafe extern "C" fn phyr_rs_map(
    dev: *mut bindings::device,
    list: *const RawList,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: `list` is valid during the call.
    let list = unsafe { &*list };
    // The number of ranges is returned as an `int`, so there must not be more than that.
    //
    // SAFETY: `ranges` has room for `max_ranges` entries and overlaps nothing else. They are
    // integers in memory that C owns, which have some value, whatever it is; it is written before
    // it is read.
    let out = unsafe { array_mut(ranges, max_ranges) };

    let result = Request::new(dir, attrs).and_then(|request| {
        // SAFETY: The list and what it refers to are valid and do not change during the call.
        let list = unsafe { list.read(dev, request.kind()) }?;
        map_all(&list, dev, request, out)
    });
    // INVARIANT: What C passes is.
    let passed = Passed {
        dev,
        // SAFETY: The list and what it refers to are valid and do not change during the call.
        phyrs: unsafe { list.phyrs() },
        dir,
        attrs,
    };

    // SAFETY: `map` is valid for writes, and nobody else uses it.
    passed.finish(result, unsafe { &mut *map })
}

/// `struct dma_phyr_cursor`.
#[repr(C)]
struct RawCursor {
    entry: c_uint,
    offset: u64,
}

const _: () = assert!(size_of::<RawCursor>() == 16);

/// `dma_map_phyrs_next()`.
///
/// # Safety
///
/// As for [`phyr_rs_map`]; `cursor` is valid for reads and writes.
#[no_mangle]
unsafe extern "C" fn phyr_rs_map_next(
    dev: *mut bindings::device,
    list: *const RawList,
    cursor: *mut RawCursor,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: `list` is valid during the call.
    let list = unsafe { &*list };
    // SAFETY: `cursor` is valid for reads and writes, and nobody else uses it.
    let cursor = unsafe { &mut *cursor };
    // SAFETY: As in `phyr_rs_map`.
    let out = unsafe { array_mut(ranges, max_ranges) };
    let mut at = Position {
        // CAST: `c_uint` has 32 bits, `usize` 64.
        entry: cursor.entry as usize,
        offset: Bytes::new(cursor.offset),
    };

    let result = Request::new(dir, attrs).and_then(|request| {
        // SAFETY: The list and what it refers to are valid and do not change during the call.
        let list = unsafe { list.read(dev, request.kind()) }?;
        map_next(&list, &mut at, dev, request, out)
    });
    let result = result.map(|raw| raw.unwrap_or_else(|| RawMap::empty(0)));
    // INVARIANT: What C passes is.
    let passed = Passed {
        dev,
        // SAFETY: The list and what it refers to are valid and do not change during the call.
        phyrs: unsafe { list.phyrs() },
        dir,
        attrs,
    };
    // SAFETY: `map` is valid for writes, and nobody else uses it.
    let ret = passed.finish(result, unsafe { &mut *map });

    if ret > 0 {
        // It is a position in a list that a `c_uint` counts.
        cursor.entry = c_uint::try_from(at.entry).unwrap_or(c_uint::MAX);
        cursor.offset = at.offset.raw();
    }
    ret
}

/// Maps all of `list`.
fn map_all(
    list: &List<'_>,
    dev: &Device,
    request: Request,
    out: &mut [DmaRange],
) -> Result<RawMap, Error> {
    if let Some(kind) = list.kind() {
        // SAFETY: The list is one of memory that may be mapped for this device.
        let wanted = unsafe { Wanted::new(dev, request.with(kind), list.phyrs(), list.flags()) };
        return usual::map(wanted, out, wanted);
    }

    let limits = limits(dev, request, list.flags())?;
    // SAFETY: `limits()` found a DMA mask, the backend goes to `exec::map` only, and the ranges may
    // be mapped for this device.
    let mut backend = unsafe { request.backend(dev) };
    let mapped = exec::map(&mut backend, list.entries(0), &limits, out)?;

    check_list(dev, || list.entries(0));
    let request = request.of(&mapped.held);
    Ok(kept(dev, request, || Size::of(list.phyrs()), mapped, out))
}

/// Maps what fits of `list` from `at` on, and moves `at` behind it. [`None`] if nothing is left.
fn map_next(
    list: &List<'_>,
    at: &mut Position,
    dev: &Device,
    request: Request,
    out: &mut [DmaRange],
) -> Result<Option<RawMap>, Error> {
    let limits = limits(dev, request, list.flags())?;
    // SAFETY: `limits()` found a DMA mask, the backend goes to `part::map` only, and the ranges may
    // be mapped for this device.
    let mut backend = unsafe { request.backend(dev) };
    let phyrs = list.phyrs().get(at.entry..).ok_or(Error::Invalid)?;
    let rest = phyrs.iter().copied();

    let part = match list.kind() {
        Some(Kind::Ram) => part::map(
            &mut backend,
            Rest::new(rest.map(Entry::ram), at.offset),
            &limits,
            out,
        ),
        Some(Kind::Mmio) => part::map(
            &mut backend,
            Rest::new(rest.map(Entry::mmio), at.offset),
            &limits,
            out,
        ),
        None => part::map(
            &mut backend,
            Rest::new(list.entries(at.entry), at.offset),
            &limits,
            out,
        ),
    }?;

    Ok(part.map(|Part { mapped, bytes }| {
        let first = at.entry;
        *at = at.advance(phyrs.iter().copied(), bytes);
        let read = at.entry.saturating_sub(first).saturating_add(1);
        check_list(dev, || list.entries(first).take(read));
        let entries = at.entry.saturating_sub(first);
        let request = request.of(&mapped.held);
        kept(dev, request, || Size { entries, bytes }, mapped, out)
    }))
}

/// Tells that a list is mapped. Returns what is to be kept of it.
fn kept(
    dev: &Device,
    request: Request,
    size: impl Copy + FnOnce() -> Size,
    mapped: Mapped<Iova>,
    out: &[DmaRange],
) -> RawMap {
    let effort = mapped.effort;
    let map = watch::enter(dev, request, size, mapped, out);

    watch::mapped(dev, &map, effort, size);
    map
}
