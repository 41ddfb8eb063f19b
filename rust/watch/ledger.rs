// SPDX-License-Identifier: GPL-2.0

//! The ledger of what is mapped, and the checks against it: `CONFIG_PHYR_DEBUG`.
//!
//! dma-debug does not see mappings that go through `dma_iova_link()`. The ledger has all of phyr's.
//! It is a table without locks, because mappings are made in every context.

use super::Size;
use crate::{
    ffi::as_raw,
    plan::{
        class::{
            Class,
            Entry,
            Kind, //
        },
        range::DmaRange,
        sync::Span, //
    },
    request::Request,
};
use kernel::{
    bindings,
    debugfs::Writer,
    device::Device,
    error::to_result,
    ffi::{
        c_char,
        c_int,
        c_ulong, //
    },
    fmt,
    prelude::*,
    sync::atomic::{
        Acquire,
        Atomic,
        Full,
        Relaxed,
        Release, //
    }, //
};

/// Mappings that the ledger can hold at a time. More are not checked.
const SLOTS: usize = 8192;

/// What the slot of a mapping holds while it is filled in.
const BUSY: u64 = 1;

/// Who mapped: `struct phyr_owner` of `debug.h`, as words: 2 with the name of the task, 4 with that
/// of the device, its id.
const OWNER_WORDS: usize = 7;

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_debug_init() -> c_int;
    fn phyr_debug_exit();
    fn phyr_debug_report(dev: *mut bindings::device, what: *const c_char);
    fn phyr_debug_owner(dev: *mut bindings::device, owner: *mut [u64; OWNER_WORDS]);
    fn phyr_debug_symbol(caller: c_ulong, text: *mut u8, len: usize);
    fn phyr_debug_is_p2p(paddr: bindings::phys_addr_t) -> bool;
}

struct Slot {
    /// Zero if free, else the ticket.
    ticket: Atomic<u64>,
    dev: Atomic<u64>,
    request: Atomic<u64>,
    ranges: Atomic<u64>,
    bytes: Atomic<u64>,
    sum: Atomic<u64>,
    caller: Atomic<u64>,
    owner: [Atomic<u64>; OWNER_WORDS],
}

impl Slot {
    const fn new() -> Self {
        Self {
            ticket: Atomic::new(0),
            dev: Atomic::new(0),
            request: Atomic::new(0),
            ranges: Atomic::new(0),
            bytes: Atomic::new(0),
            sum: Atomic::new(0),
            caller: Atomic::new(0),
            owner: [const { Atomic::new(0) }; OWNER_WORDS],
        }
    }
}

static LEDGER: [Slot; SLOTS] = [const { Slot::new() }; SLOTS];

/// Tickets issued so far.
static ISSUED: Atomic<u64> = Atomic::new(0);

/// What a mapping is known by; zero if the ledger was full.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub(crate) struct Ticket(u64);

fn report(dev: &Device, what: &CStr) {
    // SAFETY: The device is valid by the type invariants of `Device`, and the text ends with a
    // zero.
    unsafe { phyr_debug_report(as_raw(dev), what.as_char_ptr()) };
}

fn device_key(dev: &Device) -> u64 {
    // CAST: An address, for comparison only.
    as_raw(dev) as u64
}

fn request_key(request: Request) -> u64 {
    // The kind of memory is told by the map, or by a record, not by the request.
    let (dir, attrs) = request.with(Kind::Ram).into_raw();

    u64::from(dir) << 16 | u64::from(attrs)
}

/// A checksum of what the caller has to keep.
fn sum_of(array: &[DmaRange]) -> u64 {
    array.iter().fold(0, |sum: u64, range| {
        (sum.rotate_left(7) ^ range.addr().raw()).wrapping_add(range.len().raw())
    })
}

/// The slot of a ticket.
fn slot_of(ticket: u64) -> Option<&'static Slot> {
    // CAST: Below `SLOTS`.
    LEDGER.get((ticket % SLOTS as u64) as usize)
}

impl Ticket {
    /// Enters a mapping.
    pub(super) fn issue(
        dev: &Device,
        request: Request,
        size: impl FnOnce() -> Size,
        kept: &[DmaRange],
        ranges: usize,
    ) -> Self {
        for _ in 0..SLOTS {
            let ticket = ISSUED.fetch_add(1, Relaxed).wrapping_add(SLOTS as u64);
            let Some(slot) = slot_of(ticket) else { break };
            if slot.ticket.cmpxchg(0, BUSY, Full).is_err() {
                continue;
            }

            let mut owner = [0; OWNER_WORDS];
            // SAFETY: The device is valid by the type invariants of `Device`, and `owner` has the
            // size of what the callee writes.
            unsafe { phyr_debug_owner(as_raw(dev), &mut owner) };
            for (word, value) in slot.owner.iter().zip(owner) {
                word.store(value, Relaxed);
            }
            slot.dev.store(device_key(dev), Relaxed);
            slot.request.store(request_key(request), Relaxed);
            // CAST: Both have 64 bits.
            slot.ranges.store(ranges as u64, Relaxed);
            slot.bytes.store(size().bytes.raw(), Relaxed);
            slot.sum.store(sum_of(kept), Relaxed);
            slot.caller.store(0, Relaxed);
            slot.ticket.store(ticket, Release);
            return Self(ticket);
        }
        report(dev, c"too many lists are mapped to check all of them");
        Self(0)
    }

    /// The entry, if the mapping is still there.
    fn entry(self, dev: &Device) -> Option<&'static Slot> {
        let slot = slot_of(self.0)?;

        if slot.ticket.load(Acquire) != self.0 {
            report(
                dev,
                c"a list is used or unmapped that is not mapped any more",
            );
            return None;
        }
        if slot.dev.load(Relaxed) != device_key(dev) {
            report(
                dev,
                c"a list is used or unmapped for another device than it is mapped for",
            );
            return None;
        }
        Some(slot)
    }

    /// Strikes a mapping out, and returns whether it may be unmapped.
    pub(super) fn redeem(self, dev: &Device, request: Request, kept: &[DmaRange]) -> bool {
        if self.0 == 0 {
            return true;
        }
        let Some(slot) = self.entry(dev) else {
            return false;
        };

        if slot.request.load(Relaxed) != request_key(request) {
            report(
                dev,
                c"the direction or the attributes of a mapping were changed",
            );
        }
        if !kept.is_empty() && slot.sum.load(Relaxed) != sum_of(kept) {
            report(dev, c"DMA ranges that had to be kept were changed");
        }
        if slot.ticket.cmpxchg(self.0, 0, Full).is_err() {
            report(dev, c"a list is unmapped twice at the same time");
            return false;
        }
        true
    }

    /// The number, for C to keep.
    #[inline]
    pub(crate) const fn into_raw(self) -> u64 {
        self.0
    }

    /// The ticket with that number.
    #[inline]
    pub(crate) const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }
}

/// Reports memory of PCI devices that is said to be RAM.
pub(crate) fn check_list<I: Iterator<Item = Entry>>(dev: &Device, list: impl FnOnce() -> I) {
    for entry in list() {
        // SAFETY: Any address may be asked for.
        let is_p2p = || unsafe { phyr_debug_is_p2p(entry.phyr.paddr().raw()) };

        if entry.class == Class::Ram && is_p2p() {
            report(
                dev,
                c"memory of a PCI device is mapped as RAM: name its provider",
            );
            return;
        }
    }
}

/// Reports a sync of what is not mapped. Returns whether it may be done.
pub(crate) fn check_sync(ticket: Ticket, dev: &Device, span: Span) -> bool {
    if ticket.0 == 0 {
        return true;
    }
    let Some(slot) = ticket.entry(dev) else {
        return false;
    };

    if span.end().raw() > slot.bytes.load(Relaxed) {
        report(dev, c"a list is synced beyond its end");
    }
    true
}

/// Names the function that had a list mapped.
#[no_mangle]
extern "C" fn phyr_rs_debug_caller(ticket: u64, caller: c_ulong) {
    if let Some(slot) = slot_of(ticket).filter(|slot| slot.ticket.load(Acquire) == ticket) {
        // CAST: An address.
        slot.caller.store(caller as u64, Relaxed);
    }
}

/// How many mappings there are for the device, which a driver was just unbound from.
#[no_mangle]
extern "C" fn phyr_rs_debug_leaks(dev: *mut bindings::device) -> usize {
    // CAST: An address, for comparison only.
    let key = dev as u64;

    LEDGER
        .iter()
        .filter(|slot| slot.ticket.load(Acquire) > BUSY && slot.dev.load(Relaxed) == key)
        .count()
}

/// The ledger, to be read. As long as it is, leaks are reported when a driver is unbound.
pub(super) struct Mappings;

impl Mappings {
    pub(super) fn new() -> Result<Self> {
        // SAFETY: It is called once, when the module is loaded.
        to_result(unsafe { phyr_debug_init() })?;
        Ok(Self)
    }
}

impl Drop for Mappings {
    fn drop(&mut self) {
        // SAFETY: What `new` registered is there.
        unsafe { phyr_debug_exit() };
    }
}

impl Writer for Mappings {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for slot in &LEDGER {
            if slot.ticket.load(Acquire) > BUSY {
                show(slot, f)?;
            }
        }
        Ok(())
    }
}

fn text(words: &[Atomic<u64>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for word in words {
        for byte in word.load(Relaxed).to_ne_bytes() {
            if byte == 0 {
                return Ok(());
            }
            write!(f, "{}", char::from(byte))?;
        }
    }
    Ok(())
}

fn show(slot: &Slot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let request = slot.request.load(Relaxed);
    let caller = slot.caller.load(Relaxed);
    let (comm, rest) = slot.owner.split_at(2);
    let (dev, pid) = rest.split_at(4);

    text(dev, f)?;
    write!(
        f,
        " ranges={} bytes={} dir={} attrs={:#x} owner=",
        slot.ranges.load(Relaxed),
        slot.bytes.load(Relaxed),
        request >> 16,
        request & 0xffff,
    )?;
    text(comm, f)?;
    for pid in pid {
        write!(f, "[{}]", pid.load(Relaxed))?;
    }
    if caller != 0 {
        let mut symbol = [0; 128];
        // SAFETY: The array may be written, and any address may be asked for.
        unsafe { phyr_debug_symbol(caller as c_ulong, symbol.as_mut_ptr(), symbol.len()) };
        let end = symbol.iter().position(|&byte| byte == 0).unwrap_or(0);
        let name = symbol.get(..end).unwrap_or_default();
        write!(f, " caller={}", core::str::from_utf8(name).unwrap_or("?"))?;
    }
    f.write_str("\n")
}
