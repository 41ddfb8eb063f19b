// SPDX-License-Identifier: GPL-2.0

//! `struct dma_phyr_map`, as C keeps it.

use super::{
    ffi::Iova,
    plan::{
        class::Kind,
        exec::{
            self,
            Held,
            Mapped, //
        },
        range::DmaRange,
        units::{
            Bytes,
            DmaAddr, //
        },
    },
    request::Request,
    watch::{
        self,
        Ticket, //
    },
};
use kernel::{
    bindings,
    device::Device,
    ffi::c_int, //
};

/// `enum dma_phyr_held`.
const NOTHING: u8 = 0;
const FREE: u8 = 1;
const IOVA: u8 = 2;
const ONE: u8 = 3;
const EACH: u8 = 4;
const RECORDED: u8 = 5;

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
/// If `held` is not `NOTHING`, then `dir` and `attrs` are those of a list that is mapped, and
/// `anchor` and `size` are what [`Held`] keeps of it.
#[repr(C)]
pub(crate) struct RawMap {
    nr_ranges: u32,
    held: u8,
    dir: u8,
    attrs: u16,
    anchor: Anchor,
    size: u64,
    #[cfg(CONFIG_PHYR_DEBUG)]
    ticket: u64,
}

const _: () = {
    assert!(size_of::<RawMap>() == if cfg!(CONFIG_PHYR_DEBUG) { 40 } else { 32 });
    assert!(core::mem::offset_of!(RawMap, held) == 4);
    assert!(core::mem::offset_of!(RawMap, dir) == 5);
    assert!(core::mem::offset_of!(RawMap, attrs) == 6);
    assert!(core::mem::offset_of!(RawMap, anchor) == 8);
    assert!(core::mem::offset_of!(RawMap, size) == 24);
};

impl RawMap {
    /// Nothing is mapped; `nr_ranges` tells how much room would be needed.
    pub(crate) fn empty(nr_ranges: usize) -> Self {
        // INVARIANT: Nothing is held.
        Self {
            nr_ranges: clamp(nr_ranges),
            held: NOTHING,
            dir: 0,
            attrs: 0,
            anchor: Anchor { addr: 0, len: 0 },
            size: 0,
            #[cfg(CONFIG_PHYR_DEBUG)]
            ticket: 0,
        }
    }

    #[inline]
    pub(crate) fn new(mapped: Mapped<Iova>, request: Request, _ticket: Ticket) -> Self {
        let held = number_of(&mapped.held);
        let (addr, len, size, kind) = match mapped.held {
            Held::Nothing => (0, 0, 0, Kind::Ram),
            Held::Iova { iova, size, kind } => {
                let state = iova.into_raw();
                (state.addr, state.__size, size.raw(), kind)
            }
            Held::One(range, kind) => (range.addr().raw(), range.len().raw(), 0, kind),
            Held::Each(kind) => (0, 0, 0, kind),
            Held::Recorded { entries } => (0, 0, entries_to_raw(entries), Kind::Ram),
        };
        let (dir, attrs) = request.with(kind).into_raw();

        // INVARIANT: Taken over from what was just mapped.
        Self {
            nr_ranges: clamp(mapped.ranges),
            held,
            dir,
            attrs,
            anchor: Anchor { addr, len },
            size,
            #[cfg(CONFIG_PHYR_DEBUG)]
            ticket: _ticket.into_raw(),
        }
    }

    /// What the ledger knows it by.
    #[inline]
    pub(crate) fn ticket(&self) -> Ticket {
        #[cfg(CONFIG_PHYR_DEBUG)]
        return Ticket::from_raw(self.ticket);
        #[cfg(not(CONFIG_PHYR_DEBUG))]
        Ticket
    }

    /// Entries of the caller's array that a sync looks at.
    #[inline]
    pub(crate) fn entries_to_sync(&self) -> u32 {
        match self.held {
            IOVA | EACH | RECORDED => self.entries(),
            _ => 0,
        }
    }

    /// Whether a list is mapped, even if there is nothing to undo.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.held != NOTHING
    }

    /// DMA ranges that were written, as C returns it.
    #[inline]
    pub(crate) fn count(&self) -> c_int {
        c_int::try_from(self.nr_ranges).unwrap_or(c_int::MAX)
    }

    /// DMA ranges that were written.
    #[inline]
    pub(crate) fn nr_ranges(&self) -> u32 {
        self.nr_ranges
    }

    /// Entries of the caller's array that what is held is in.
    #[inline]
    pub(crate) fn entries(&self) -> u32 {
        match self.held {
            RECORDED => u32::try_from(self.size).unwrap_or(0),
            _ => self.nr_ranges,
        }
    }

    /// Whether unmapping looks at the caller's array.
    #[inline]
    pub(crate) fn needs_array(&self) -> bool {
        self.held == EACH || self.held == RECORDED
    }

    /// Unmaps what is held, and says that nothing is any more.
    ///
    /// # Safety
    ///
    /// It must be mapped for `dev`, or nothing be held; `array` is what was written with it, if
    /// that is needed.
    #[inline]
    pub(crate) unsafe fn unmap(&mut self, dev: &Device, array: &[DmaRange]) {
        if !self.is_held() {
            return;
        }
        let may_be = watch::unmapped(dev, self, array);
        // SAFETY: This is the only use, for the device of the mapping: below, nothing is held any
        // more.
        let held = unsafe { self.held() };
        let (request, ranges) = (self.request(), self.nr_ranges());

        self.held = NOTHING;
        #[cfg(CONFIG_PHYR_DEBUG)]
        {
            self.ticket = 0;
        }
        if matches!(held, Held::Nothing) || !may_be {
            return;
        }
        // SAFETY: The device has a DMA mask if anything is mapped for it, and the backend goes to
        // `exec::unmap` only, with what was mapped for the same device and request.
        let mut backend = unsafe { request.backend(dev) };
        // CAST: `u32` to 64 bits.
        exec::unmap(&mut backend, held, array, ranges as usize);
    }

    /// How the list was mapped.
    #[inline]
    pub(crate) fn request(&self) -> Request {
        // SAFETY: By the type invariants they come from a request; otherwise they are zero, which
        // is one too, for both ways and without attributes.
        unsafe { Request::from_raw(self.dir, self.attrs) }
    }

    /// What is held.
    ///
    /// # Safety
    ///
    /// What is returned may be unmapped once, for the device that it was mapped for.
    #[inline]
    pub(crate) unsafe fn held(&self) -> Held<Iova> {
        let kind = self.request().kind();

        match self.held {
            IOVA => Held::Iova {
                // SAFETY: By the type invariants this was taken from an `Iova`; the caller uses
                // it once and with the same device.
                iova: unsafe {
                    Iova::from_raw(bindings::dma_iova_state {
                        addr: self.anchor.addr,
                        __size: self.anchor.len,
                    })
                },
                size: Bytes::new(self.size),
                kind,
            },
            ONE => Held::One(
                DmaRange::new(DmaAddr::new(self.anchor.addr), Bytes::new(self.anchor.len)),
                kind,
            ),
            EACH => Held::Each(kind),
            // CAST: Entries of an array that was counted by a `usize`.
            RECORDED => Held::Recorded {
                entries: self.size as usize,
            },
            _ => Held::Nothing,
        }
    }
}

/// What C knows a mapping by that holds this: `enum dma_phyr_held`.
#[inline]
fn number_of(held: &Held<Iova>) -> u8 {
    match held {
        Held::Nothing => FREE,
        Held::Iova { .. } => IOVA,
        Held::One(..) => ONE,
        Held::Each(_) => EACH,
        Held::Recorded { .. } => RECORDED,
    }
}

/// A count as C sees it. What does not fit cannot be given room for, either.
#[inline]
pub(crate) fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[inline]
const fn entries_to_raw(entries: usize) -> u64 {
    // CAST: Both have 64 bits.
    entries as u64
}
