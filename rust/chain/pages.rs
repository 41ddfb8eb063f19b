// SPDX-License-Identifier: GPL-2.0

//! Where the pages of lists come from.

use core::{
    ffi::c_void,
    ptr::NonNull, //
};

/// Where the pages of lists come from.
///
/// # Safety
///
/// What [`Pages::alloc`] returns must be a page of [`PAGE_BYTES`](crate::PAGE_BYTES) bytes,
/// aligned to as many, that may be written and is nobody else's until it is freed, by any thread.
pub unsafe trait Pages {
    /// A page; [`None`] if none can be had.
    fn alloc(&self) -> Option<NonNull<u8>>;

    /// What [`Pages::free`] is told of the pages that come from here.
    fn pool(&self) -> *mut c_void;

    /// Gives a page back.
    ///
    /// # Safety
    ///
    /// `page` must be one of which [`Pages::alloc`] of a source with this `pool` was the origin,
    /// and must not be used any more.
    unsafe fn free(pool: *mut c_void, page: NonNull<u8>);
}
