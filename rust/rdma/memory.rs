// SPDX-License-Identifier: GPL-2.0

//! Memory that a context owns.

use core::mem::MaybeUninit;
use kernel::{
    alloc::{
        flags::GFP_KERNEL,
        KBox,
        KVec, //
    },
    bindings,
    error::{
        code::ENOMEM,
        Result, //
    },
    ffi::c_void, //
};

extern "C" {
    fn phyr_rw_alloc(nr: usize, size: usize) -> *mut c_void;
}

/// Allocates room for a value.
pub(crate) fn allocate_value<T>() -> Result<KBox<MaybeUninit<T>>> {
    Ok(KBox::new_uninit(GFP_KERNEL)?)
}

/// Allocates room for `nr` entries, which [`free`] gives back. Never more than `kmalloc()` has.
#[inline]
pub(crate) fn allocate<T>(nr: usize) -> Result<*mut MaybeUninit<T>> {
    const { assert!(align_of::<T>() <= align_of::<u64>()) };

    // SAFETY: It may be called whenever one may sleep. What it gives is aligned for what `T` is.
    match unsafe { phyr_rw_alloc(nr, size_of::<T>()) } {
        array if array.is_null() => Err(ENOMEM),
        array => Ok(array.cast()),
    }
}

/// A vector with room for `nr` entries. Until it grows it takes less than `KVec::with_capacity()`,
/// which asks for memory as if it had some.
#[inline]
pub(crate) fn vector<T>(nr: usize) -> Result<KVec<T>> {
    let array = allocate::<T>(nr)?;

    // SAFETY: There is room for so many, from kmalloc(), as a vector's is.
    Ok(unsafe { KVec::from_raw_parts(array.cast(), 0, nr) })
}

/// Gives memory back.
///
/// # Safety
///
/// `array` must come from [`allocate`] and is given up here, or be null.
pub(crate) unsafe fn free<T>(array: *mut T) {
    // SAFETY: It is from kmalloc(), and kfree() takes null.
    unsafe { bindings::kfree(array.cast()) };
}
