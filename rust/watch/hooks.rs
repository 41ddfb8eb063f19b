// SPDX-License-Identifier: GPL-2.0

//! Where the mapper tells what it did.

use super::ledger::Ticket;
use crate::{
    ffi::as_raw,
    plan::{
        error::Error,
        exec::Effort,
        range::DmaRange, //
    },
    request::Request,
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

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_note_map(dev: *mut bindings::device, effort: *const RawEffort);
    fn phyr_note_error(dev: *mut bindings::device, entries: c_uint, err: c_int);
    fn phyr_note_unmap(
        dev: *mut bindings::device,
        ranges: c_uint,
        attrs: c_ulong,
        dir: bindings::dma_data_direction,
    );
}

#[inline]
fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A list of `entries` entries was mapped to `ranges` DMA ranges. `kept` is what the caller has to
/// keep unchanged, if anything.
///
/// The ticket goes to [`unmapped`].
pub(crate) fn mapped(
    dev: &Device,
    request: Request,
    entries: usize,
    effort: &Effort,
    kept: &[DmaRange],
    ranges: usize,
) -> Ticket {
    let (dir, attrs) = request.into_raw();
    let raw = RawEffort {
        bytes: effort.bytes.raw(),
        entries: clamp(entries),
        ranges: clamp(ranges),
        links: clamp(effort.links),
        syncs: clamp(effort.syncs),
        attrs,
        dir,
        // CAST: The numbers of the reasons are those of the tracepoint.
        reason: effort.reason as u8,
    };

    // SAFETY: The device is valid by the type invariants of `Device`, and `raw` is laid out as the
    // structure that the callee reads.
    unsafe { phyr_note_map(as_raw(dev), &raw) };
    Ticket::issue(dev, request, effort, kept, ranges)
}

/// A list of `entries` entries was not mapped.
pub(crate) fn refused(dev: &Device, entries: usize, error: Error) {
    // SAFETY: The device is valid by the type invariants of `Device`.
    unsafe { phyr_note_error(as_raw(dev), clamp(entries), error.to_errno()) };
}

/// A list is about to be unmapped. `kept` is what was to be kept unchanged. Returns whether it may
/// be.
pub(crate) fn unmapped(
    dev: &Device,
    request: Request,
    kept: &[DmaRange],
    ranges: usize,
    ticket: Ticket,
) -> bool {
    let (dir, attrs) = request.into_raw();

    // SAFETY: The device is valid by the type invariants of `Device`.
    unsafe { phyr_note_unmap(as_raw(dev), clamp(ranges), attrs.into(), dir.into()) };
    ticket.redeem(dev, request, kept)
}
