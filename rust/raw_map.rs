// SPDX-License-Identifier: GPL-2.0

//! `struct dma_phyr_map`, as C keeps it.

use super::{
    ffi::Iova,
    list::array,
    plan::{
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
use core::mem::MaybeUninit;
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

/// What is held, in as many bytes as `struct dma_iova_state` and `struct dma_vec` have. What is not
/// needed is not written, for it would take longer.
#[derive(Clone, Copy)]
#[repr(C)]
struct Anchor {
    addr: MaybeUninit<u64>,
    len: MaybeUninit<u64>,
}

// An allocation is written there member by member, and given back as it lies there.
const _: () = {
    assert!(size_of::<Anchor>() == size_of::<Iova>());
    assert!(align_of::<Anchor>() >= align_of::<Iova>());
    assert!(core::mem::offset_of!(bindings::dma_iova_state, addr) == 0);
    assert!(core::mem::offset_of!(bindings::dma_iova_state, __size) == 8);
};

const UNUSED: MaybeUninit<u64> = MaybeUninit::uninit();

/// What `struct dma_phyr_map` begins with: `nr_ranges`, `held`, `dir` and `attrs`.
///
/// # Invariants
///
/// Direction and attributes are those of a [`Request`].
#[derive(Clone, Copy)]
#[repr(C)]
struct Head {
    ranges: u32,
    held: u8,
    dir: u8,
    attrs: u16,
}

impl Head {
    /// That nothing is held.
    fn empty(ranges: u32) -> Self {
        // INVARIANT: Zero is a request, too: for both ways, without attributes.
        Self {
            ranges,
            held: NOTHING,
            dir: 0,
            attrs: 0,
        }
    }

    #[inline(always)]
    fn new(ranges: u32, held: u8, request: Request) -> Self {
        let (dir, attrs) = request.into_raw();

        // INVARIANT: They come from a request.
        Self {
            ranges,
            held,
            dir,
            attrs,
        }
    }

    /// How the list was mapped.
    #[inline]
    fn request(self) -> Request {
        // SAFETY: They come from a request by the type invariants.
        unsafe { Request::from_raw(self.dir, self.attrs) }
    }
}

/// `struct dma_phyr_map`. `rust/shims.c` asserts the offsets of the C side.
///
/// # Invariants
///
/// If what is held is not `NOTHING`, then `head` tells how a list is mapped, and what [`Held`]
/// keeps of it is written to `anchor` and `size`: both for `IOVA`, the first for `ONE`, the second
/// for `RECORDED`. It stays there after the list was unmapped.
#[repr(C)]
pub struct RawMap {
    head: Head,
    anchor: Anchor,
    size: MaybeUninit<u64>,
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
            head: Head::empty(clamp(nr_ranges)),
            anchor: Anchor {
                addr: UNUSED,
                len: UNUSED,
            },
            size: UNUSED,
            #[cfg(CONFIG_PHYR_DEBUG)]
            ticket: 0,
        }
    }

    /// `request` is one [`of`](Request::of) what is held, and an `int` counts what there was room
    /// for.
    #[inline(always)]
    pub(crate) fn new(mapped: Mapped<Iova>, request: Request, _ticket: Ticket) -> Self {
        let held = number_of(&mapped.held);
        let (addr, len, size) = match mapped.held {
            Held::Nothing | Held::Each(_) => (UNUSED, UNUSED, UNUSED),
            Held::Iova { iova, size, .. } => {
                let state = iova.into_raw();
                (used(state.addr), used(state.__size), used(size.raw()))
            }
            Held::One(range, _) => (used(range.addr().raw()), used(range.len().raw()), UNUSED),
            // CAST: Both have 64 bits.
            Held::Recorded { entries } => (UNUSED, UNUSED, used(entries as u64)),
        };
        // INVARIANT: Taken over from what was just mapped.
        Self {
            // CAST: An `int` counts what there is room for, and there are no more.
            head: Head::new(mapped.ranges as u32, held, request),
            anchor: Anchor { addr, len },
            size,
            #[cfg(CONFIG_PHYR_DEBUG)]
            ticket: _ticket.into_raw(),
        }
    }

    /// Nothing is held any more. What was is still told by the other members.
    #[inline(always)]
    pub(crate) fn let_go(&mut self) {
        self.head.held = NOTHING;
    }

    /// What the ledger has known it by: it has no other use.
    #[inline]
    pub(crate) fn take_ticket(&mut self) -> Ticket {
        let ticket = self.ticket();

        #[cfg(CONFIG_PHYR_DEBUG)]
        {
            self.ticket = 0;
        }
        ticket
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
        match self.head.held {
            IOVA | EACH | RECORDED => self.entries(),
            _ => 0,
        }
    }

    /// Whether a list is mapped, even if there is nothing to undo.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.head.held != NOTHING
    }

    /// DMA ranges that were written, as C returns it.
    #[inline]
    pub(crate) fn count(&self) -> c_int {
        // CAST: An `int` counts what there was room for, and there are no more.
        self.head.ranges as c_int
    }

    /// DMA ranges that were written.
    #[inline]
    pub(crate) fn nr_ranges(&self) -> u32 {
        self.head.ranges
    }

    /// Entries of the caller's array that what is held is in.
    #[inline]
    pub(crate) fn entries(&self) -> u32 {
        match self.head.held {
            // SAFETY: The size is written for this by the type invariants.
            RECORDED => u32::try_from(unsafe { self.size.assume_init() }).unwrap_or(0),
            _ => self.head.ranges,
        }
    }

    /// Whether unmapping looks at the caller's array.
    #[inline]
    pub(crate) fn needs_array(&self) -> bool {
        matches!(self.head.held, EACH | RECORDED)
    }

    /// Unmaps what is held, and says that nothing is any more.
    ///
    /// # Safety
    ///
    /// It must be mapped for `dev`, or nothing be held; `ranges` must be the array that was written
    /// with it, if that is needed.
    #[inline(always)]
    pub(crate) unsafe fn unmap(&mut self, dev: &Device, ranges: *const DmaRange) {
        // As the last thing, so that no register is saved for it.
        match watch::is_unmap_told() {
            // SAFETY: By the safety requirements of this function.
            true => unsafe { self.tell_and_unmap(dev, ranges) },
            // SAFETY: By the safety requirements of this function.
            false => unsafe { self.unmap_quietly(dev, ranges) },
        }
    }

    /// # Safety
    ///
    /// As for [`RawMap::unmap`].
    #[cold]
    #[inline(never)]
    unsafe fn tell_and_unmap(&mut self, dev: &Device, ranges: *const DmaRange) {
        if self.is_held() {
            watch::tell_unmap(dev, self);
        }
        // SAFETY: By the safety requirements of this function.
        unsafe { self.unmap_quietly(dev, ranges) };
    }

    /// # Safety
    ///
    /// As for [`RawMap::unmap`].
    #[inline(always)]
    unsafe fn unmap_quietly(&mut self, dev: &Device, ranges: *const DmaRange) {
        match self.head.held {
            // SAFETY: By the safety requirements of this function.
            IOVA => unsafe { self.undo_iova(dev) },
            FREE => {
                watch::leave(dev, self, &[]);
            }
            // SAFETY: By the safety requirements of this function.
            _ => unsafe { Self::undo(dev, self, ranges) },
        }
    }

    /// [`RawMap::unmap`] of an IOVA allocation. The kernel is given the one in the map, and not a
    /// copy, so that to give it back is the last thing to be done.
    ///
    /// # Safety
    ///
    /// As for [`RawMap::unmap`]; an allocation must be held.
    #[inline(always)]
    unsafe fn undo_iova(&mut self, dev: &Device) {
        let may_be = watch::leave(dev, self, &[]);
        let request = self.request();
        // SAFETY: The size is written for an allocation by the type invariants, and stays there.
        let size = Bytes::new(unsafe { self.size.assume_init() });

        if may_be {
            let iova = (&raw mut self.anchor).cast::<Iova>();
            // SAFETY: By the type invariants an allocation was written there, which is laid out as
            // an anchor is; it was held until now, for the device of the mapping: this is the only
            // use.
            let iova = unsafe { &mut *iova };
            // SAFETY: The device has a DMA mask if anything is mapped for it, and the backend is
            // given what was mapped for the same device and request, all of which is linked.
            let mut backend = unsafe { request.backend(dev) };
            backend.destroy_in_place(iova, size, request.kind());
        }
    }

    /// [`RawMap::unmap`] of anything, and of nothing, which is seldom asked for.
    ///
    /// # Safety
    ///
    /// As for [`RawMap::unmap`].
    #[inline(never)]
    unsafe fn undo(dev: &Device, map: &mut Self, ranges: *const DmaRange) {
        if !map.is_held() {
            return;
        }
        let kept = match map.needs_array() {
            // SAFETY: As it is needed, `ranges` is the array that was written.
            true => unsafe { array(ranges, map.entries()) },
            false => &[],
        };
        // SAFETY: This is the only use, for the device of the mapping: below, nothing is held any
        // more.
        let held = unsafe { map.held() };
        let may_be = watch::leave(dev, map, kept);
        let (request, nr) = (map.request(), map.nr_ranges());

        if !may_be {
            return;
        }
        // SAFETY: The device has a DMA mask if anything is mapped for it, and the backend goes to
        // `exec::unmap` only, with what was mapped for the same device and request.
        let mut backend = unsafe { request.backend(dev) };
        // CAST: `u32` to 64 bits.
        exec::unmap(&mut backend, held, kept, nr as usize);
    }

    /// How the list was mapped.
    #[inline]
    pub(crate) fn request(&self) -> Request {
        self.head.request()
    }

    /// The IOVA allocation that is held.
    ///
    /// # Safety
    ///
    /// One must be held, or have been until now. It may be unmapped once, for the device that it
    /// was mapped for.
    #[inline]
    unsafe fn iova(&self) -> Iova {
        let state = bindings::dma_iova_state {
            // SAFETY: The anchor is written for an allocation by the type invariants.
            addr: unsafe { self.anchor.addr.assume_init() },
            // SAFETY: As above.
            __size: unsafe { self.anchor.len.assume_init() },
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

        match self.head.held {
            IOVA => Held::Iova {
                // SAFETY: By the safety requirements of this function.
                iova: unsafe { self.iova() },
                // SAFETY: The size is written for this by the type invariants.
                size: Bytes::new(unsafe { self.size.assume_init() }),
                kind,
            },
            ONE => {
                // SAFETY: The anchor is written for this by the type invariants.
                let addr = DmaAddr::new(unsafe { self.anchor.addr.assume_init() });
                // SAFETY: As above.
                let len = Bytes::new(unsafe { self.anchor.len.assume_init() });
                Held::One(DmaRange::new(addr, len), kind)
            }
            EACH => Held::Each(kind),
            RECORDED => Held::Recorded {
                // CAST: Entries of an array that was counted by a `usize`.
                //
                // SAFETY: The size is written for this by the type invariants.
                entries: unsafe { self.size.assume_init() } as usize,
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

#[inline(always)]
const fn used(value: u64) -> MaybeUninit<u64> {
    MaybeUninit::new(value)
}
