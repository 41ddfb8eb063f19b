// SPDX-License-Identifier: GPL-2.0

//! Pages of the kernel's, for lists.

use crate::chain::pages::Pages;
use core::{
    ffi::c_void,
    ptr::NonNull, //
};
use kernel::bindings::{
    self,
    gfp_t, //
};

/// How pages are asked for: a `gfp_t`, which [`kernel::alloc::Flags`] does not give away.
#[derive(Clone, Copy)]
pub struct Gfp(pub(crate) gfp_t);

impl Gfp {
    /// `GFP_KERNEL`: may sleep.
    pub const KERNEL: Self = Self(bindings::GFP_KERNEL);
    /// `GFP_NOWAIT`: from any context.
    pub const NOWAIT: Self = Self(bindings::GFP_NOWAIT);
    /// `GFP_ATOMIC`: from any context, and from the reserves.
    pub const ATOMIC: Self = Self(bindings::GFP_ATOMIC);
}

extern "C" {
    fn phyr_shim_alloc(pool: *mut c_void, gfp: gfp_t) -> *mut u8;
    fn phyr_shim_free(pool: *mut c_void, page: *mut u8);
    fn phyr_shim_free_spares();
}

/// What is kept of the page allocator's pages while there may be lists. It is given up on drop.
pub(crate) struct Spares;

impl Drop for Spares {
    fn drop(&mut self) {
        // SAFETY: There are no lists any more, so no CPU takes its page or puts one there.
        unsafe { phyr_shim_free_spares() };
    }
}

/// A `mempool_t` of single pages; null for the page allocator.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Pool(pub(super) *mut c_void);

/// A pool, and how it is asked.
///
/// # Invariants
///
/// The pool, if it is one, lives as long as the pages that come from it.
pub(super) struct KernelPages {
    pool: Pool,
    gfp: gfp_t,
}

impl KernelPages {
    /// # Safety
    ///
    /// The pool, if it is one, must live as long as the pages that come from it.
    pub(super) unsafe fn new(pool: Pool, gfp: gfp_t) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self { pool, gfp }
    }
}

// SAFETY: The page allocator's pages, and a mempool's, are as many bytes and aligned, nobody
// else's, and may be freed by any thread. They are of the direct map, for there is no other memory
// in kernels with 64 bits.
unsafe impl Pages for KernelPages {
    fn alloc(&self) -> Option<NonNull<u8>> {
        // SAFETY: The pool lives, by the type invariants.
        NonNull::new(unsafe { phyr_shim_alloc(self.pool.0, self.gfp) })
    }

    fn pool(&self) -> *mut c_void {
        self.pool.0
    }

    unsafe fn free(pool: *mut c_void, page: NonNull<u8>) {
        // SAFETY: It came from there, by the safety requirements of this function.
        unsafe { phyr_shim_free(pool, page.as_ptr()) };
    }
}
