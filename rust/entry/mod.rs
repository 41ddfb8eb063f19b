// SPDX-License-Identifier: GPL-2.0

//! The C ABI of phyr: raw pointers in, errno out. Documented in `include/linux/dma-phyr.h`.

mod buffer;
#[cfg(CONFIG_BLOCK)]
mod file;
mod index;
mod iter;
mod list;
mod mapping;
mod passed;
mod phyr_list;
mod phyrs;

use kernel::ffi::c_uint;

/// An array as [`array`] makes it, to be written: of no more entries than an `int` counts.
///
/// # Safety
///
/// `ptr` must be valid for reads and writes of `len` elements, and nobody else may access them,
/// for `'a`.
#[inline]
unsafe fn array_mut<'a, T>(ptr: *mut T, len: c_uint) -> &'a mut [T] {
    if len == 0 {
        return &mut [];
    }
    // CAST: `c_uint` has 32 bits, `usize` 64.
    let len = len.min(i32::MAX.unsigned_abs()) as usize;

    // SAFETY: By the safety requirements of this function.
    unsafe { core::slice::from_raw_parts_mut(ptr, len) }
}
