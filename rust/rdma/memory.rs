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
    error::Result, //
};

/// Allocates room for a value.
pub(crate) fn allocate_value<T>() -> Result<KBox<MaybeUninit<T>>> {
    Ok(KBox::new_uninit(GFP_KERNEL)?)
}

/// Allocates room for `nr` entries, which [`free`] gives back. Never more than `kmalloc()` has.
pub(crate) fn allocate<T>(nr: usize) -> Result<*mut MaybeUninit<T>> {
    let (array, _, _) = KVec::<MaybeUninit<T>>::with_capacity(nr, GFP_KERNEL)?.into_raw_parts();

    Ok(array)
}

/// Gives memory back.
///
/// # Safety
///
/// `array` must come from [`allocate`] and is given up here, or be null.
pub(crate) unsafe fn free<T>(array: *mut T) {
    // SAFETY: `KVec` has its memory from kmalloc(), and kfree() takes null.
    unsafe { bindings::kfree(array.cast()) };
}
