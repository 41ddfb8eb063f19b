// SPDX-License-Identifier: GPL-2.0

//! Where the mapper tells what it did.

use super::ledger::Ticket;
use crate::{
    ffi::{
        as_raw,
        show,
        Iova, //
    },
    plan::{
        exec::{
            Effort,
            Mapped, //
        },
        phyr::Phyr,
        range::DmaRange,
        strategy::Reason,
        units::Bytes, //
    },
    raw_map::{
        clamp,
        RawMap, //
    },
    request::Request,
};
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_ulong, //
    }, //
};

/// `struct phyr_effort` of `watch.h`.
#[repr(C)]
struct RawEffort {
    bytes: u64,
    entries: u32,
    ranges: u32,
    links: u32,
    syncs: u32,
    attrs: u16,
    dir: u8,
    reason: u8,
}

const _: () = assert!(size_of::<RawEffort>() == 32);

/// `struct phyr_refusal` of `watch.h`.
#[repr(C)]
struct RawRefusal {
    bytes: u64,
    entries: u32,
    needed: u32,
    err: c_int,
    dir: u32,
    attrs: c_ulong,
}

const _: () = assert!(size_of::<RawRefusal>() == 32);

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_note_map(dev: *mut bindings::device, effort: *const RawEffort);
    fn phyr_note_error(dev: *mut bindings::device, refusal: *const RawRefusal);
    fn phyr_note_unmap(dev: *mut bindings::device, map: *const RawMap);
}

#[cfg(CONFIG_TRACEPOINTS)]
#[allow(improper_ctypes)]
extern "C" {
    static __tracepoint_phyr_map: bindings::tracepoint;
    static __tracepoint_phyr_unmap: bindings::tracepoint;
}

/// Whether somebody listens to a tracepoint: one instruction, if not.
macro_rules! is_traced {
    ($tracepoint:ident) => {{
        #[cfg(CONFIG_TRACEPOINTS)]
        // SAFETY: Each tracepoint has a static key, for as long as phyr is loaded.
        let is_traced = unsafe {
            kernel::jump_label::static_branch_unlikely!($tracepoint, bindings::tracepoint, key)
        };
        #[cfg(not(CONFIG_TRACEPOINTS))]
        let is_traced = false;
        is_traced
    }};
}

/// What a list amounts to.
pub(crate) struct Size {
    pub(crate) entries: usize,
    pub(crate) bytes: Bytes,
}

impl Size {
    pub(crate) fn of(list: &[Phyr]) -> Self {
        Self::sum(list.iter().copied())
    }

    pub(crate) fn sum(list: impl Iterator<Item = Phyr>) -> Self {
        list.fold(
            Self {
                entries: 0,
                bytes: Bytes::ZERO,
            },
            |sum, phyr| Self {
                entries: sum.entries.saturating_add(1),
                bytes: sum.bytes.saturating_add(phyr.len()),
            },
        )
    }
}

/// A list of some `size` was mapped, as `request` says [of](Request::of) what is held, and its DMA
/// ranges written to `array`. Returns what is to be kept of it.
#[inline(always)]
pub(crate) fn enter(
    dev: &Device,
    request: Request,
    size: impl FnOnce() -> Size,
    mapped: Mapped<Iova>,
    array: &[DmaRange],
) -> RawMap {
    let kept = array
        .get(..mapped.held.kept(mapped.ranges))
        .unwrap_or_default();
    let ticket = Ticket::issue(dev, request, size, kept, mapped.ranges);

    RawMap::new(mapped, request, ticket)
}

/// A list of some `size` was mapped, and `map` is what is kept of it.
#[inline(always)]
pub(crate) fn mapped(dev: &Device, map: &RawMap, effort: Effort, size: impl FnOnce() -> Size) {
    if is_traced!(__tracepoint_phyr_map) {
        trace_mapped(dev, map, size, effort.links, effort.reason);
    }
}

/// Its arguments are in registers. What is passed in memory would be written before it is known
/// whether somebody listens, and makes the compiler push the arguments of every call around this
/// one.
#[cold]
#[inline(never)]
fn trace_mapped(
    dev: &Device,
    map: &RawMap,
    size: impl FnOnce() -> Size,
    links: usize,
    reason: Reason,
) {
    let Size { entries, bytes } = size();
    let (dir, attrs) = map.request().into_raw();
    let raw = RawEffort {
        bytes: bytes.raw(),
        entries: clamp(entries),
        ranges: map.nr_ranges(),
        links: clamp(links),
        syncs: (reason == Reason::Shared).into(),
        attrs,
        dir,
        // CAST: The number of a reason is the tracepoint's.
        reason: reason as u8,
    };

    show(&raw);
    // SAFETY: The device is valid by the type invariants of `Device`, and `raw` is laid out as the
    // structure that the callee reads.
    unsafe { phyr_note_map(as_raw(dev), &raw) };
}

/// A list of some `size` was not mapped, for a direction and with attributes that may be invalid.
#[cold]
pub(crate) fn refused(
    dev: &Device,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
    size: Size,
    needed: usize,
    errno: c_int,
) {
    let Size { entries, bytes } = size;
    let raw = RawRefusal {
        bytes: bytes.raw(),
        entries: clamp(entries),
        needed: clamp(needed),
        err: errno,
        // CAST: A number that is shown.
        dir: dir as u32,
        attrs,
    };

    show(&raw);
    // SAFETY: The device is valid by the type invariants of `Device`, and `raw` is laid out as the
    // structure that the callee reads.
    unsafe { phyr_note_error(as_raw(dev), &raw) };
}

/// Whether somebody is to be [told](tell_unmap) of lists that are unmapped.
#[inline(always)]
pub(crate) fn is_unmap_told() -> bool {
    is_traced!(__tracepoint_phyr_unmap)
}

/// A list is about to be unmapped.
pub(crate) fn tell_unmap(dev: &Device, map: &RawMap) {
    show(map);
    // SAFETY: The device is valid by the type invariants of `Device`, and `RawMap` is laid out as
    // the structure that the callee reads.
    unsafe { phyr_note_unmap(as_raw(dev), map) };
}

/// A list is about to be unmapped: from now on, `map` tells that nothing is held. `kept` is what
/// was to be kept unchanged. Returns whether it may be.
#[inline]
pub(crate) fn leave(dev: &Device, map: &mut RawMap, kept: &[DmaRange]) -> bool {
    map.let_go();
    map.take_ticket().redeem(dev, map.request(), kept)
}
