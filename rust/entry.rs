// SPDX-License-Identifier: GPL-2.0

//! The C ABI of phyr: raw pointers in, errno out. Documented in `include/linux/dma-phyr.h`.

use super::{
    ffi::{
        coherence,
        limits,
        Iova, //
    },
    list::{
        array,
        List,
        RawList, //
    },
    plan::{
        backend::Owner,
        class::{
            Entry,
            Kind, //
        },
        error::Error,
        exec::{
            self,
            Mapped, //
        },
        index,
        part::{
            self,
            Part,
            Position,
            Rest, //
        },
        phyr::Phyr,
        range::DmaRange,
        sync::{
            hand_over,
            Span, //
        },
        units::Bytes,
        usual::Then,
    },
    raw_map::RawMap,
    request::{
        Flags,
        Request, //
    },
    usual::{
        self,
        Wanted, //
    },
    watch::{
        self,
        check_list,
        check_sync, //
    },
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

/// An array as [`array`] makes it, to be written: of no more entries than an `int` counts.
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
    let len = len.min(i32::MAX.unsigned_abs()) as usize;

    // SAFETY: By the safety requirements of this function.
    unsafe { core::slice::from_raw_parts_mut(ptr, len) }
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

    check_list(dev, list.entries(0));
    let request = request.of(&mapped.held);
    Ok(watch::mapped(dev, request, list.phyrs().len(), mapped, out))
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
        check_list(dev, list.entries(first).take(read));
        let entries = at.entry.saturating_sub(first);
        let request = request.of(&mapped.held);
        watch::mapped(dev, request, entries, mapped, out)
    }))
}

/// A list that C has passed in.
///
/// # Invariants
///
/// `phyrs` is memory that may be mapped for `dev`, RAM or as `attrs` says.
#[derive(Clone, Copy)]
struct Passed<'a> {
    dev: &'a Device,
    phyrs: &'a [Phyr],
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
}

impl<'a> Passed<'a> {
    /// A list of one entry, and that entry.
    ///
    /// # Safety
    ///
    /// As for [`phyr_rs_map_direct_entry`].
    #[inline(always)]
    unsafe fn entry(
        dev: *mut bindings::device,
        phyr: *const Phyr,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> (Self, Phyr) {
        // SAFETY: The entry is valid and does not change during the call.
        let phyr = unsafe { &*phyr };
        // INVARIANT: What C passes is.
        let passed = Self {
            // SAFETY: `dev` is a valid device.
            dev: unsafe { Device::from_raw(dev) },
            phyrs: core::slice::from_ref(phyr),
            dir,
            attrs,
        };

        (passed, *phyr)
    }

    /// A list of two entries or more.
    ///
    /// # Safety
    ///
    /// As for [`phyr_rs_map_direct`].
    #[inline(always)]
    unsafe fn several(
        dev: *mut bindings::device,
        phyrs: *const Phyr,
        nr: c_uint,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { core::hint::assert_unchecked(nr >= 2) };
        // INVARIANT: What C passes is.
        Self {
            // SAFETY: `dev` is a valid device.
            dev: unsafe { Device::from_raw(dev) },
            // CAST: `c_uint` has 32 bits, `usize` 64.
            //
            // SAFETY: The list is valid and does not change during the call.
            phyrs: unsafe { core::slice::from_raw_parts(phyrs, nr as usize) },
            dir,
            attrs,
        }
    }

    /// Writes the caller's map, and returns what is to be returned.
    #[inline(always)]
    fn finish(self, result: Result<RawMap, Error>, map: &mut MaybeUninit<RawMap>) -> c_int {
        match result {
            Ok(raw) => map.write(raw).count(),
            Err(error) => self.refuse(error, map),
        }
    }

    /// Maps the list, if its direction and attributes are valid, as `how` does it.
    #[inline(always)]
    fn map(
        self,
        out: &'a mut [DmaRange],
        map: &'a mut MaybeUninit<RawMap>,
        how: impl FnOnce(Wanted<'a>, &'a mut [DmaRange], Written<'a>) -> c_int,
    ) -> c_int {
        match Request::new(self.dir, self.attrs) {
            Ok(request) => {
                let then = Written {
                    passed: self,
                    request,
                    map,
                };
                how(self.wanted(request), out, then)
            }
            Err(error) => self.refuse(error, map),
        }
    }

    /// What is to be mapped, all of it of one kind, as the attributes say.
    #[inline(always)]
    fn wanted(&self, request: Request) -> Wanted<'a> {
        // SAFETY: The list is memory that may be mapped by the type invariants.
        unsafe { Wanted::new(self.dev, request, self.phyrs, Flags::default()) }
    }

    #[inline(always)]
    fn refuse(self, error: Error, map: &mut MaybeUninit<RawMap>) -> c_int {
        refuse(self.dev, self.phyrs, self.dir, self.attrs, error, map)
    }
}

/// Writes that nothing is mapped to the caller's map, and returns what is returned to C.
#[cold]
#[inline(never)]
fn refuse(
    dev: &Device,
    phyrs: &[Phyr],
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
    error: Error,
    map: &mut MaybeUninit<RawMap>,
) -> c_int {
    let needed = match error {
        Error::NoSpace { needed } => needed,
        _ => 0,
    };

    watch::refused(dev, dir, attrs, phyrs, error);
    map.write(RawMap::empty(needed));
    error.to_errno()
}

/// Writes what becomes of a list to the caller's map, and returns what is returned to C.
struct Written<'a> {
    passed: Passed<'a>,
    request: Request,
    map: &'a mut MaybeUninit<RawMap>,
}

impl Then<Iova> for Written<'_> {
    type Out = c_int;

    #[inline(always)]
    fn mapped(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> c_int {
        let raw = self.passed.wanted(self.request).keep(mapped, out);

        self.map.write(raw).count()
    }

    #[inline(always)]
    fn unusual(self, out: &mut [DmaRange]) -> c_int {
        let Passed {
            dev,
            phyrs,
            dir,
            attrs,
        } = self.passed;

        map_unusual(dev, phyrs, dir, attrs, out, self.map)
    }

    #[inline(always)]
    fn refused(self, error: Error) -> c_int {
        self.passed.refuse(error, self.map)
    }
}

/// What is left alone by [`usual::map`]. Its arguments are those of C, so that nothing has to be put
/// together before it is known that they are needed.
#[cold]
#[inline(never)]
fn map_unusual(
    dev: &Device,
    phyrs: &[Phyr],
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
    out: &mut [DmaRange],
    map: &mut MaybeUninit<RawMap>,
) -> c_int {
    // INVARIANT: As those that were left alone.
    let passed = Passed {
        dev,
        phyrs,
        dir,
        attrs,
    };
    let result = Request::new(dir, attrs).and_then(|request| passed.wanted(request).unusual(out));

    passed.finish(result, map)
}

/// An array as [`array_mut`] makes it.
///
/// # Safety
///
/// As for [`array_mut`]; there must be one element at least, and an `int` must count them.
#[inline(always)]
unsafe fn checked_array_mut<'a, T>(ptr: *mut T, len: c_uint) -> &'a mut [T] {
    // SAFETY: By the safety requirements of this function.
    unsafe { core::hint::assert_unchecked(len >= 1) };
    // CAST: `c_uint` has 32 bits, `usize` 64.
    //
    // SAFETY: By the safety requirements of this function.
    unsafe { core::slice::from_raw_parts_mut(ptr, len as usize) }
}

/// `dma_map_phyrs()` of one entry, without an IOMMU. Like the others it has the arguments of that, so
/// that C has to move none of them.
///
/// # Safety
///
/// As for [`phyr_rs_map`], with a list of RAM, or as `attrs` says, of `nr` entries, which is one.
/// `phyrs` must not be null, `max_ranges` be at least one, and both numbers must fit in an `int`.
#[no_mangle]
unsafe extern "C" fn phyr_rs_map_direct_entry(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    _nr: c_uint,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let (passed, phyr) = unsafe { Passed::entry(dev, phyrs, dir, attrs) };
    // SAFETY: By the safety requirements of this function.
    let out = unsafe { checked_array_mut(ranges, max_ranges) };
    // SAFETY: By the safety requirements of this function.
    let map = unsafe { &mut *map };

    passed.map(out, map, |wanted, out, then| {
        usual::map_direct_entry(wanted, phyr, out, then)
    })
}

/// `dma_map_phyrs()` of several entries, without an IOMMU.
///
/// # Safety
///
/// As for [`phyr_rs_map`], with a list of RAM, or as `attrs` says, of `nr` entries, two or more.
/// `phyrs` must not be null, `max_ranges` be at least one, and both numbers must fit in an `int`.
#[no_mangle]
unsafe extern "C" fn phyr_rs_map_direct(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    nr: c_uint,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let passed = unsafe { Passed::several(dev, phyrs, nr, dir, attrs) };
    // SAFETY: By the safety requirements of this function.
    let out = unsafe { checked_array_mut(ranges, max_ranges) };
    // SAFETY: By the safety requirements of this function.
    let map = unsafe { &mut *map };

    passed.map(out, map, usual::map_direct)
}

/// `dma_map_phyrs()` of one entry, behind an IOMMU.
///
/// # Safety
///
/// As for [`phyr_rs_map_direct_entry`].
#[no_mangle]
unsafe extern "C" fn phyr_rs_map_shared_entry(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    _nr: c_uint,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let (passed, phyr) = unsafe { Passed::entry(dev, phyrs, dir, attrs) };
    // SAFETY: By the safety requirements of this function.
    let out = unsafe { checked_array_mut(ranges, max_ranges) };
    // SAFETY: By the safety requirements of this function.
    let map = unsafe { &mut *map };

    passed.map(out, map, |wanted, out, then| {
        usual::map_shared_entry(wanted, phyr, out, then)
    })
}

/// `dma_map_phyrs()` of several entries, behind an IOMMU.
///
/// # Safety
///
/// As for [`phyr_rs_map_direct`].
#[no_mangle]
unsafe extern "C" fn phyr_rs_map_shared(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    nr: c_uint,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let passed = unsafe { Passed::several(dev, phyrs, nr, dir, attrs) };
    // SAFETY: By the safety requirements of this function.
    let out = unsafe { checked_array_mut(ranges, max_ranges) };
    // SAFETY: By the safety requirements of this function.
    let map = unsafe { &mut *map };

    passed.map(out, map, usual::map_shared)
}

/// `dma_map_phyrs()` of a list, or with room, that is empty or more than is counted.
///
/// # Safety
///
/// As for [`phyr_rs_map`], with a list of RAM, or as `attrs` says, of `nr` entries.
#[no_mangle]
unsafe extern "C" fn phyr_rs_map_unusual(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    nr: c_uint,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: The list is valid and does not change during the call.
    let phyrs = unsafe { array(phyrs, nr) };
    // SAFETY: As in `phyr_rs_map`.
    let out = unsafe { array_mut(ranges, max_ranges) };
    // SAFETY: `map` is valid for writes, and nobody else uses it.
    let map = unsafe { &mut *map };

    map_unusual(dev, phyrs, dir, attrs, out, map)
}

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
    // SAFETY: `ranges` has room for `max_ranges` entries and overlaps nothing else. They are integers
    // in memory that C owns, which have some value, whatever it is; it is written before it is read.
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

/// `dma_unmap_phyrs()`.
///
/// # Safety
///
/// As its documentation in `include/linux/dma-phyr.h` demands: `map` was written by `phyr_rs_map`
/// for the same device and not been unmapped since, or is zeroed; `ranges` is the array that was
/// written with it, where it is needed.
#[no_mangle]
unsafe extern "C" fn phyr_rs_unmap(
    dev: *mut bindings::device,
    map: *mut RawMap,
    ranges: *const DmaRange,
) {
    // SAFETY: `map` is valid for reads and writes, and nobody else uses it.
    let map = unsafe { &mut *map };
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: The map is one of this device's, and `ranges` the array that was written with it.
    unsafe { map.unmap(dev, ranges) };
}

/// `dma_sync_phyrs_for_cpu()` and `dma_sync_phyrs_for_device()`.
///
/// # Safety
///
/// As their documentation in `include/linux/dma-phyr.h` demands: `map` is a mapping for `dev`, and
/// `ranges` the array that was written with it.
#[no_mangle]
unsafe extern "C" fn phyr_rs_sync(
    dev: *mut bindings::device,
    map: *const RawMap,
    ranges: *const DmaRange,
    offset: usize,
    len: usize,
    for_cpu: bool,
) -> c_int {
    // SAFETY: `map` is valid for reads.
    let map = unsafe { &*map };
    if !map.is_held() {
        return 0;
    }
    // SAFETY: What is held is only looked at.
    let held = unsafe { map.held() };
    let request = map.request();
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: `ranges` is the array that was written with the mapping.
    let array = unsafe { array(ranges, map.entries_to_sync()) };
    // SAFETY: The device has a DMA mask, as it was mapped for, and the backend goes to `hand_over`
    // only, with what is mapped for the same device and request.
    let mut backend = unsafe { request.backend(dev) };
    let owner = match for_cpu {
        true => Owner::Cpu,
        false => Owner::Device,
    };

    // CAST: `usize` has 64 bits.
    let span = Span::new(Bytes::new(offset as u64), Bytes::new(len as u64));

    if !check_sync(map.ticket(), dev, span) {
        return Error::Invalid.to_errno();
    }
    // CAST: `u32` to 64 bits.
    let ranges = map.nr_ranges() as usize;
    let result = hand_over(
        &mut backend,
        &held,
        coherence(dev),
        array,
        ranges,
        span,
        owner,
    );
    result.map_or_else(Error::to_errno, |()| 0)
}

/// `dma_phyrs_index()`.
///
/// # Safety
///
/// `ranges` are `nr` valid entries, and `ends` has room for as many numbers, which overlap nothing
/// else.
#[no_mangle]
unsafe extern "C" fn phyr_rs_index(
    ranges: *const DmaRange,
    nr: c_uint,
    ends: *mut Bytes,
    total: *mut Bytes,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let ranges = unsafe { array(ranges, nr) };
    // SAFETY: By the safety requirements of this function; integers have some value.
    let ends = unsafe { array_mut(ends, nr) };

    match index::build(ranges, ends) {
        Ok(bytes) => {
            // SAFETY: `total` is valid for writes.
            unsafe { total.write(bytes) };
            0
        }
        Err(error) => error.to_errno(),
    }
}

/// `dma_phyrs_find()`.
///
/// # Safety
///
/// `ranges` and `ends` are `nr` valid entries each, and `found` is valid for writes.
#[no_mangle]
unsafe extern "C" fn phyr_rs_find(
    ranges: *const DmaRange,
    ends: *const Bytes,
    nr: c_uint,
    offset: Bytes,
    found: *mut DmaRange,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let ranges = unsafe { array(ranges, nr) };
    // SAFETY: By the safety requirements of this function.
    let ends = unsafe { array(ends, nr) };

    match index::find(ranges, ends, offset) {
        Some((number, range)) => {
            // SAFETY: `found` is valid for writes.
            unsafe { found.write(range) };
            c_int::try_from(number).unwrap_or(c_int::MAX)
        }
        None => Error::Invalid.to_errno(),
    }
}
