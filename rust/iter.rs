// SPDX-License-Identifier: GPL-2.0

//! `struct phyr_iter`: the cursor that C passes in, as a Rust iterator.

use super::{
    chain::Slice,
    plan::{
        phyr::Phyr,
        units::{
            Bytes,
            PhysAddr, //
        },
    }, //
};
use core::cell::Cell;
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
    fn phyr_next_in_list(iter: *mut RawIter, phyr: *mut Phyr) -> c_int;
}

impl RawIter {
    /// The list that it is a cursor over; [`None`] if it is one over something else.
    ///
    /// # Safety
    ///
    /// It must be a cursor that may be used during `'a`.
    #[inline]
    pub(crate) unsafe fn as_list<'a>(&self) -> Option<InList<'a>> {
        if !core::ptr::fn_addr_eq(self.next, phyr_next_in_list as NextFn) {
            return None;
        }
        let slice = (&raw const self.state).cast::<Slice<'a>>();

        // SAFETY: Cursors with this function are made by `phyr_iter_list()`, which writes a slice
        // there; it may be used for as long as they may.
        Some(InList(unsafe { slice.read() }))
    }
}

/// What is left of a list, as its cursor gives it.
#[derive(Clone)]
pub(crate) struct InList<'a>(Slice<'a>);

impl Iterator for InList<'_> {
    type Item = Phyr;

    /// For bytes that the list does not have there is a range of none, which is the last.
    #[inline]
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
        self.0.find_map(&mut f).or_else(|| self.next().and_then(f))
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
    has_ended: bool,
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
        Self {
            raw,
            has_ended: false,
            failed,
        }
    }
}

impl Iterator for Cursor<'_> {
    type Item = Phyr;

    /// For an error there is a range of no bytes, with which no list is mapped, and that is the last.
    #[inline]
    fn next(&mut self) -> Option<Phyr> {
        let mut phyr = NOTHING;

        if self.has_ended {
            return None;
        }
        // SAFETY: It is a cursor by the type invariants, and given itself and a range to write.
        match unsafe { (self.raw.next)(&mut self.raw, &mut phyr) } {
            0 => None,
            1.. => Some(phyr),
            errno => {
                self.failed.set(errno);
                self.has_ended = true;
                Some(NOTHING)
            }
        }
    }
}
