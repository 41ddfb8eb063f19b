// SPDX-License-Identifier: GPL-2.0

//! Where the mapper tells what it did.

use super::ledger::Ticket;
use crate::{
    ffi::{
        as_raw,
        Iova, //
    },
    plan::{
        error::Error,
        exec::Mapped,
        phyr::Phyr,
        range::DmaRange,
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
    fn phyr_note_map(
        dev: *mut bindings::device,
        head: u64,
        bytes: u64,
        entries: u32,
        links: u32,
        reason: u32,
    );
    fn phyr_note_entry(dev: *mut bindings::device, head: u64, bytes: u64, reason: u32);
    fn phyr_note_error(dev: *mut bindings::device, refusal: *const RawRefusal);
    fn phyr_note_unmap(dev: *mut bindings::device, map: *mut RawMap);
}

/// A list of `entries` entries was mapped, as `request` says [of](Request::of) what is held, and its DMA
/// ranges written to `array`. Returns what is to be kept of it.
#[inline(always)]
pub(crate) fn mapped(
    dev: &Device,
    request: Request,
    entries: usize,
    mapped: Mapped<Iova>,
    array: &[DmaRange],
) -> RawMap {
    let effort = mapped.effort;
    let kept = array
        .get(..mapped.held.kept(mapped.ranges))
        .unwrap_or_default();
    let ticket = Ticket::issue(dev, request, &effort, kept, mapped.ranges);
    let raw = RawMap::new(mapped, request, ticket);

    let (head, bytes) = (raw.head(), effort.bytes.raw());
    // CAST: The number of a reason is the tracepoint's.
    let reason = effort.reason as u32;

    if entries == 1 && effort.links == 1 && raw.nr_ranges() == 1 {
        // SAFETY: The device is valid by the type invariants of `Device`.
        unsafe { phyr_note_entry(as_raw(dev), head, bytes, reason) };
        return raw;
    }
    // CAST: They are only shown, and C has counted the entries in as many bits.
    let (entries, links) = (entries as u32, effort.links as u32);
    // SAFETY: The device is valid by the type invariants of `Device`.
    unsafe { phyr_note_map(as_raw(dev), head, bytes, entries, links, reason) };
    raw
}

/// A list was not mapped, for a direction and with attributes that may be invalid.
#[cold]
pub(crate) fn refused(
    dev: &Device,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
    list: &[Phyr],
    error: Error,
) {
    let raw = RawRefusal {
        bytes: Bytes::sum(list.iter().map(|phyr| phyr.len())).raw(),
        entries: clamp(list.len()),
        needed: match error {
            Error::NoSpace { needed } => clamp(needed),
            _ => 0,
        },
        err: error.to_errno(),
        // CAST: A number that is shown.
        dir: dir as u32,
        attrs,
    };

    // SAFETY: The device is valid by the type invariants of `Device`, and `raw` is laid out as the
    // structure that the callee reads.
    unsafe { phyr_note_error(as_raw(dev), &raw) };
}

/// A list is about to be unmapped: from now on, `map` tells that nothing is held. `kept` is what was to be
/// kept unchanged. Returns whether it may be.
#[inline]
pub(crate) fn unmapped(dev: &Device, map: &mut RawMap, kept: &[DmaRange]) -> bool {
    // SAFETY: The device is valid by the type invariants of `Device`, and `RawMap` is laid out as
    // the structure that the callee reads and writes.
    unsafe { phyr_note_unmap(as_raw(dev), map) };
    map.take_ticket().redeem(dev, map.request(), kept)
}
