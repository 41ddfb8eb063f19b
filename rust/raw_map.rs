// SPDX-License-Identifier: GPL-2.0

//! `struct dma_phyr_map`, as C keeps it.

use super::{
    ffi::Iova,
    plan::{
        backend::Backend,
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

/// What `struct dma_phyr_map` begins with: `nr_ranges`, `held`, `dir` and `attrs`.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Head(u64);

/// Where its fields are: in C they are those of a structure.
#[cfg(target_endian = "little")]
const SHIFTS: [u32; 4] = [0, 32, 40, 48];
#[cfg(target_endian = "big")]
const SHIFTS: [u32; 4] = [32, 24, 16, 0];

impl Head {
    #[inline(always)]
    fn new(ranges: u32, held: u8, dir: u8, attrs: u16) -> Self {
        Self(
            u64::from(ranges) << SHIFTS[0]
                | u64::from(held) << SHIFTS[1]
                | u64::from(dir) << SHIFTS[2]
                | u64::from(attrs) << SHIFTS[3],
        )
    }

    // CAST: Each takes the field, and no more.
    #[inline]
    fn ranges(self) -> u32 {
        (self.0 >> SHIFTS[0]) as u32
    }

    #[inline]
    fn held(self) -> u8 {
        (self.0 >> SHIFTS[1]) as u8
    }

    #[inline]
    fn dir(self) -> u8 {
        (self.0 >> SHIFTS[2]) as u8
    }

    #[inline]
    fn attrs(self) -> u16 {
        (self.0 >> SHIFTS[3]) as u16
    }
}

/// `struct dma_phyr_map`. `rust/shims.c` asserts the offsets of the C side.
///
/// # Invariants
///
/// If what is held is not `NOTHING`, then direction and attributes are those of a list that is mapped,
/// and `anchor` and `size` are what [`Held`] keeps of it.
#[repr(C)]
pub(crate) struct RawMap {
    head: Head,
    anchor: Anchor,
    size: u64,
    #[cfg(CONFIG_PHYR_DEBUG)]
    ticket: u64,
}

const _: () = {
    assert!(size_of::<RawMap>() == if cfg!(CONFIG_PHYR_DEBUG) { 40 } else { 32 });
    assert!(core::mem::offset_of!(RawMap, anchor) == 8);
    assert!(core::mem::offset_of!(RawMap, size) == 24);
};

impl RawMap {
    /// Nothing is mapped; `nr_ranges` tells how much room would be needed.
    pub(crate) fn empty(nr_ranges: usize) -> Self {
        // INVARIANT: Nothing is held.
        Self {
            head: Head::new(clamp(nr_ranges), NOTHING, 0, 0),
            anchor: Anchor { addr: 0, len: 0 },
            size: 0,
            #[cfg(CONFIG_PHYR_DEBUG)]
            ticket: 0,
        }
    }

    #[inline(always)]
    pub(crate) fn new(mapped: Mapped<Iova>, request: Request, _ticket: Ticket) -> Self {
        let held = number_of(&mapped.held);
        let (addr, len, size, request) = match mapped.held {
            Held::Nothing => (0, 0, 0, request),
            Held::Iova { iova, size, kind } => {
                let state = iova.into_raw();
                (state.addr, state.__size, size.raw(), request.with(kind))
            }
            Held::One(range, kind) => {
                let (addr, len) = (range.addr().raw(), range.len().raw());
                (addr, len, 0, request.with(kind))
            }
            Held::Each(kind) => (0, 0, 0, request.with(kind)),
            Held::Recorded { entries } => (0, 0, entries_to_raw(entries), request),
        };
        let (dir, attrs) = request.into_raw();

        // INVARIANT: Taken over from what was just mapped.
        Self {
            head: Head::new(clamp(mapped.ranges), held, dir, attrs),
            anchor: Anchor { addr, len },
            size,
            #[cfg(CONFIG_PHYR_DEBUG)]
            ticket: _ticket.into_raw(),
        }
    }

    /// Its first 8 bytes, as `watch.c` takes them apart, but with what the caller asked for.
    #[inline(always)]
    pub(crate) fn head(&self, request: Request) -> u64 {
        let (dir, attrs) = request.into_raw();

        Head::new(self.head.ranges(), self.head.held(), dir, attrs).0
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
        match self.head.held() {
            IOVA | EACH | RECORDED => self.entries(),
            _ => 0,
        }
    }

    /// Whether a list is mapped, even if there is nothing to undo.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.head.held() != NOTHING
    }

    /// DMA ranges that were written, as C returns it.
    #[inline]
    pub(crate) fn count(&self) -> c_int {
        c_int::try_from(self.head.ranges()).unwrap_or(c_int::MAX)
    }

    /// DMA ranges that were written.
    #[inline]
    pub(crate) fn nr_ranges(&self) -> u32 {
        self.head.ranges()
    }

    /// Entries of the caller's array that what is held is in.
    #[inline]
    pub(crate) fn entries(&self) -> u32 {
        match self.head.held() {
            RECORDED => u32::try_from(self.size).unwrap_or(0),
            _ => self.head.ranges(),
        }
    }

    /// Whether unmapping looks at the caller's array.
    #[inline]
    pub(crate) fn needs_array(&self) -> bool {
        matches!(self.head.held(), EACH | RECORDED)
    }

    /// Unmaps what is held, and says that nothing is any more.
    ///
    /// # Safety
    ///
    /// It must be mapped for `dev`, or nothing be held; `array` gives what was written with it, if
    /// that is needed.
    #[inline(always)]
    pub(crate) unsafe fn unmap<'a>(
        &mut self,
        dev: &Device,
        array: impl FnOnce(&Self) -> &'a [DmaRange],
    ) {
        match self.head.held() {
            NOTHING => (),
            FREE => {
                watch::unmapped(dev, self, &[]);
                self.forget();
            }
            // By itself, for it needs nothing else.
            //
            // SAFETY: By the safety requirements of this function.
            IOVA => unsafe { Self::undo_iova(dev, self) },
            _ => {
                let array = array(self);
                // SAFETY: By the safety requirements of this function.
                unsafe { self.undo(dev, array) }
            }
        }
    }

    /// [`RawMap::unmap`] of an IOVA allocation. Its arguments come in the order in which C passes them,
    /// so that they need not change places.
    ///
    /// # Safety
    ///
    /// As for [`RawMap::unmap`].
    #[inline(never)]
    unsafe fn undo_iova(dev: &Device, map: &mut Self) {
        let may_be = watch::unmapped(dev, map, &[]);
        let (request, size) = (map.request(), Bytes::new(map.size));
        // SAFETY: This is the only use, for the device of the mapping: below, nothing is held any
        // more.
        let iova = unsafe { map.iova() };

        map.forget();
        if may_be {
            // SAFETY: The device has a DMA mask if anything is mapped for it, and the backend is given
            // what was mapped for the same device and request, all of which is linked.
            let mut backend = unsafe { request.backend(dev) };
            backend.destroy(iova, size, request.kind());
        }
    }

    /// [`RawMap::unmap`] of anything.
    ///
    /// # Safety
    ///
    /// As for [`RawMap::unmap`].
    #[inline(never)]
    unsafe fn undo(&mut self, dev: &Device, array: &[DmaRange]) {
        let kept = match self.needs_array() {
            // CAST: `u32` to 64 bits.
            true => array.get(..self.entries() as usize).unwrap_or_default(),
            false => &[],
        };
        let may_be = watch::unmapped(dev, self, kept);
        // SAFETY: This is the only use, for the device of the mapping: below, nothing is held any
        // more.
        let held = unsafe { self.held() };
        let (request, ranges) = (self.request(), self.nr_ranges());

        self.forget();
        if !may_be {
            return;
        }
        // SAFETY: The device has a DMA mask if anything is mapped for it, and the backend goes to
        // `exec::unmap` only, with what was mapped for the same device and request.
        let mut backend = unsafe { request.backend(dev) };
        // CAST: `u32` to 64 bits.
        exec::unmap(&mut backend, held, array, ranges as usize);
    }

    /// Nothing is held any more.
    #[inline]
    fn forget(&mut self) {
        self.head = Head::new(
            self.head.ranges(),
            NOTHING,
            self.head.dir(),
            self.head.attrs(),
        );
        #[cfg(CONFIG_PHYR_DEBUG)]
        {
            self.ticket = 0;
        }
    }

    /// How the list was mapped.
    #[inline]
    pub(crate) fn request(&self) -> Request {
        // SAFETY: By the type invariants they come from a request, also if nothing is held any more;
        // where nothing ever was they are zero, which is one too, for both ways and without
        // attributes.
        unsafe { Request::from_raw(self.head.dir(), self.head.attrs()) }
    }

    /// The IOVA allocation that is held.
    ///
    /// # Safety
    ///
    /// One must be held. It may be unmapped once, for the device that it was mapped for.
    #[inline]
    unsafe fn iova(&self) -> Iova {
        let state = bindings::dma_iova_state {
            addr: self.anchor.addr,
            __size: self.anchor.len,
        };

        // SAFETY: By the type invariants this was taken from an `Iova`; the caller uses it once and
        // with the same device.
        unsafe { Iova::from_raw(state) }
    }

    /// What is held.
    ///
    /// # Safety
    ///
    /// What is returned may be unmapped once, for the device that it was mapped for.
    #[inline]
    pub(crate) unsafe fn held(&self) -> Held<Iova> {
        let kind = self.request().kind();

        match self.head.held() {
            IOVA => Held::Iova {
                // SAFETY: By the safety requirements of this function.
                iova: unsafe { self.iova() },
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
#[inline(always)]
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
