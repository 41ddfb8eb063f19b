// SPDX-License-Identifier: GPL-2.0

//! Where Rust calls the kernel to map, to unmap and to sync, and what it asks it for that.

mod device;
mod dma;
mod iova;
mod p2p;
mod phyrs;

pub(crate) use device::{
    coherence,
    is_translated,
    limits,
    reaches,
    usual_direct,
    usual_shared, //
};
pub(crate) use dma::KernelDma;
pub(crate) use iova::Iova;
pub(crate) use p2p::{
    p2p_class,
    Provider, //
};
pub(crate) use phyrs::map_list;

use super::plan::{
    error::Error,
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        PhysAddr, //
    }, //
};
use kernel::{
    bindings,
    device::Device,
    ffi::c_int,
    page::Page, //
};

// `Phyr`, `DmaRange` and the units are the C structures; `rust/shims.c` asserts the C side.
const _: () = {
    assert!(size_of::<Phyr>() == size_of::<bindings::phys_vec>());
    assert!(align_of::<Phyr>() == align_of::<bindings::phys_vec>());
    assert!(size_of::<DmaRange>() == 16 && align_of::<DmaRange>() == 8);
    assert!(size_of::<usize>() == size_of::<Bytes>());
    assert!(Error::Invalid.to_errno().unsigned_abs() == bindings::EINVAL);
    assert!(Error::NoMemory.to_errno().unsigned_abs() == bindings::ENOMEM);
    assert!(Error::NoSpace { needed: 0 }.to_errno().unsigned_abs() == bindings::ENOSPC);
    assert!(Error::NotReachable.to_errno().unsigned_abs() == bindings::EREMOTEIO);
    assert!(Error::NotSupported.to_errno().unsigned_abs() == bindings::EOPNOTSUPP);
};

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_page_to_phys(page: *mut bindings::page) -> bindings::phys_addr_t;
    #[cfg(CONFIG_KMSAN)]
    fn kmsan_unpoison_memory(address: *const core::ffi::c_void, size: usize);
}

/// Physical address of the first byte of `page`.
pub fn page_paddr(page: &Page) -> PhysAddr {
    // SAFETY: A `Page` points to a valid `struct page`.
    PhysAddr::new(unsafe { phyr_shim_page_to_phys(page.as_ptr()) })
}

/// The error that C returned; [`Error::Invalid`] for what phyr never returns.
#[cold]
pub(crate) fn from_errno(errno: c_int, needed: usize) -> Error {
    match errno.unsigned_abs() {
        bindings::ENOMEM => Error::NoMemory,
        bindings::ENOSPC => Error::NoSpace { needed },
        bindings::EREMOTEIO => Error::NotReachable,
        bindings::EOPNOTSUPP => Error::NotSupported,
        _ => Error::Invalid,
    }
}

/// Tells KMSAN, which does not see what Rust writes, that C may read `value`.
#[inline(always)]
pub(crate) fn show<T>(value: &T) {
    #[cfg(CONFIG_KMSAN)]
    // SAFETY: It is memory of so many bytes, of which nothing changes.
    unsafe {
        kmsan_unpoison_memory(core::ptr::from_ref(value).cast(), size_of::<T>());
    }
    let _ = value;
}

#[inline]
pub(crate) fn as_raw(dev: &Device) -> *mut bindings::device {
    // CAST: `Device` is a transparent wrapper of `struct device`; its own `as_raw()` is private to
    // the kernel crate.
    core::ptr::from_ref(dev).cast_mut().cast()
}

/// A length, from the kernel's type to the plan's. Both have 64 bits.
#[inline]
const fn to_u64(len: usize) -> u64 {
    // CAST: Lossless, see the assertion on `size_of::<usize>()` above.
    len as u64
}

/// A length, from the plan's type to the kernel's. Both have 64 bits.
#[inline]
const fn to_usize(len: Bytes) -> usize {
    // CAST: Lossless, see the assertion on `size_of::<usize>()` above.
    len.raw() as usize
}
