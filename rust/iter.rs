// SPDX-License-Identifier: GPL-2.0

//! `struct phyr_iter`: the cursor that C passes in, as a Rust iterator.

use super::plan::{
    phyr::Phyr,
    units::{
        Bytes,
        PhysAddr, //
    },
};
use core::cell::Cell;
use kernel::ffi::c_int;

/// `struct phyr_iter`. `rust/shims.c` asserts its size.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawIter {
    next: unsafe extern "C" fn(*mut RawIter, *mut Phyr) -> c_int,
    state: [u64; 5],
}

const _: () = assert!(size_of::<RawIter>() == 48);

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
