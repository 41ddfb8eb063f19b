// SPDX-License-Identifier: GPL-2.0

//! `struct phyr_iter`: the cursor that C passes in, as a Rust iterator.

use super::{
    chain::Slice,
    ffi::show,
    phyr_list::PhyrList,
    plan::{
        phyr::Phyr,
        units::{
            Bytes,
            PhysAddr, //
        },
    },
    streamed::Again, //
};
use core::{
    cell::Cell,
    mem::MaybeUninit, //
};
use kernel::ffi::c_int;

type NextFn = unsafe extern "C" fn(*mut RawIter, *mut Phyr) -> c_int;

/// `struct phyr_iter`. `rust/shims.c` asserts its size.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawIter {
    next: NextFn,
    state: [u64; 5],
}

const _: () = {
    assert!(size_of::<RawIter>() == 48);
    assert!(size_of::<Slice<'_>>() <= size_of::<[u64; 5]>());
};

extern "C" {
    fn phyr_next_of_list(iter: *mut RawIter, phyr: *mut Phyr) -> c_int;
    fn phyr_next_in_list(iter: *mut RawIter, phyr: *mut Phyr) -> c_int;
}

/// Of a cursor that has ended with an error.
///
/// # Safety
///
/// It may be called with anything.
unsafe extern "C" fn next_of_none(_iter: *mut RawIter, _phyr: *mut Phyr) -> c_int {
    0
}

/// What `phyr_iter_list()` leaves in `state`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Stretch<'a> {
    list: &'a PhyrList,
    offset: Bytes,
    len: Bytes,
}

impl RawIter {
    /// The list that it is a cursor over; [`None`] if it is one over something else.
    ///
    /// # Safety
    ///
    /// It must be a cursor that may be used during `'a`.
    #[inline(always)]
    pub(crate) unsafe fn as_list<'a>(&self) -> Option<InList<'a>> {
        let state = &raw const self.state;
        let is_by = |next: NextFn| core::ptr::fn_addr_eq(self.next, next);

        if is_by(phyr_next_of_list) {
            // SAFETY: Cursors with this function are made by `phyr_iter_list()`, which writes that
            // there; the list may be used for as long as they may.
            let Stretch { list, offset, len } = unsafe { state.cast::<Stretch<'a>>().read() };

            return Some(InList(list.slice(offset, len).unwrap_or(Slice::broken())));
        }
        if is_by(phyr_next_in_list) {
            // SAFETY: The first that is read by the function above puts this one in its place, and
            // a slice into the state.
            return Some(InList(unsafe { state.cast::<Slice<'a>>().read() }));
        }
        None
    }
}

/// What is left of a list, as its cursor gives it.
#[derive(Clone)]
pub(crate) struct InList<'a>(Slice<'a>);

impl InList<'_> {
    /// Whether there is nothing left.
    #[inline]
    pub(crate) fn is_at_end(&self) -> bool {
        self.0.bytes().is_zero()
    }
}

impl Iterator for InList<'_> {
    type Item = Phyr;

    /// For bytes that the list does not have there is a range of none, which is the last.
    #[inline(always)]
    fn next(&mut self) -> Option<Phyr> {
        match self.0.next() {
            None if !self.0.bytes().is_zero() => {
                self.0 = Slice::empty();
                Some(NOTHING)
            }
            next => next,
        }
    }

    #[inline]
    fn find_map<B, F: FnMut(Phyr) -> Option<B>>(&mut self, mut f: F) -> Option<B> {
        // As `Slice` does it: in registers, and `f` is called in one place, where it is inlined.
        let mut list = self.clone();
        let found = loop {
            let Some(phyr) = list.next() else { break None };

            if let Some(found) = f(phyr) {
                break Some(found);
            }
        };
        *self = list;
        found
    }
}

/// A range that no mapping takes.
const NOTHING: Phyr = Phyr::new(PhysAddr::new(0), Bytes::ZERO);

/// A cursor, and where its errors go.
///
/// # Invariants
///
/// `raw` is a cursor that may be used, or a copy of one.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    raw: RawIter,
    failed: &'a Cell<c_int>,
}

impl<'a> Cursor<'a> {
    /// What `raw` fails with is written to `failed`.
    ///
    /// # Safety
    ///
    /// `raw` must be a cursor that may be used during `'a`, or that of which it is a copy must.
    pub(crate) unsafe fn new(raw: RawIter, failed: &'a Cell<c_int>) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self { raw, failed }
    }
}

impl Iterator for Cursor<'_> {
    type Item = Phyr;

    /// For an error there is a range of no bytes, with which no list is mapped, and that is the
    /// last.
    #[inline]
    fn next(&mut self) -> Option<Phyr> {
        let mut phyr = MaybeUninit::uninit();

        show(&self.raw);
        // SAFETY: It is a cursor by the type invariants, and given itself and a range to write.
        match unsafe { (self.raw.next)(&mut self.raw, phyr.as_mut_ptr()) } {
            0 => None,
            // SAFETY: It was written, for a cursor gives a range then.
            1.. => Some(unsafe { phyr.assume_init() }),
            errno => {
                self.failed.set(errno);
                self.raw.next = next_of_none;
                Some(NOTHING)
            }
        }
    }
}

/// The list that a cursor is over, to be read again.
///
/// # Invariants
///
/// `raw` is a cursor over a list that may be used.
pub(crate) struct OfList<'a>(&'a RawIter);

impl<'a> OfList<'a> {
    /// [`None`] if it is a cursor over something else.
    ///
    /// # Safety
    ///
    /// `raw` must be a cursor that may be used during `'a`.
    #[inline(always)]
    pub(crate) unsafe fn new(raw: &'a RawIter) -> Option<(Self, InList<'a>)> {
        // SAFETY: By the safety requirements of this function.
        let list = unsafe { raw.as_list() }?;

        // INVARIANT: It is, as was just seen.
        Some((Self(raw), list))
    }
}

impl<'a> Again for OfList<'a> {
    type Iter = InList<'a>;

    #[inline(always)]
    fn again(&self) -> InList<'a> {
        // SAFETY: By the type invariants.
        unsafe { self.0.as_list() }.unwrap_or(InList(Slice::broken()))
    }
}

/// What a cursor gives, to be read again.
///
/// # Invariants
///
/// `raw` is a cursor that may be used.
pub(crate) struct OfCursor<'a> {
    raw: &'a RawIter,
    failed: &'a Cell<c_int>,
}

impl<'a> OfCursor<'a> {
    /// What it fails with is written to `failed`.
    ///
    /// # Safety
    ///
    /// `raw` must be a cursor that may be used during `'a`.
    #[inline(always)]
    pub(crate) unsafe fn new(raw: &'a RawIter, failed: &'a Cell<c_int>) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self { raw, failed }
    }
}

impl<'a> Again for OfCursor<'a> {
    type Iter = Cursor<'a>;

    #[inline(always)]
    fn again(&self) -> Cursor<'a> {
        // SAFETY: By the type invariants.
        unsafe { Cursor::new(*self.raw, self.failed) }
    }

    #[inline(always)]
    fn failed(&self) -> c_int {
        self.failed.get()
    }
}

/// What a cursor gives behind the first range, of which the next has been read.
#[derive(Clone)]
pub(crate) struct Begun<'a> {
    next: Option<Phyr>,
    rest: Cursor<'a>,
}

impl<'a> Begun<'a> {
    /// `next` is what was read of `rest` last. If there was nothing the cursor has failed, and no
    /// mapping takes what this gives.
    #[inline(always)]
    pub(crate) fn new(next: Option<Phyr>, rest: Cursor<'a>) -> Self {
        Self {
            next: Some(next.unwrap_or(NOTHING)),
            rest,
        }
    }
}

impl Iterator for Begun<'_> {
    type Item = Phyr;

    #[inline]
    fn next(&mut self) -> Option<Phyr> {
        self.next.take().or_else(|| self.rest.next())
    }

    #[inline]
    fn find_map<B, F: FnMut(Phyr) -> Option<B>>(&mut self, mut f: F) -> Option<B> {
        let mut next = self.next();

        // What has been read is not asked for again, with each.
        loop {
            if let Some(found) = f(next?) {
                return Some(found);
            }
            next = self.rest.next();
        }
    }
}
