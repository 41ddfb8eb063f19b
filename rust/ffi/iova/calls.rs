// SPDX-License-Identifier: GPL-2.0

//! The kernel's calls on IOVA allocations.

use super::Iova;
#[cfg(PHYR_LINK_VEC)]
use crate::{
    ffi::to_u64,
    plan::backend::Links, //
};
use crate::{
    ffi::{
        as_raw,
        dma::{
            attrs_of,
            KernelDma,
            SKIP_CPU_SYNC, //
        },
        to_usize, //
    },
    plan::{
        backend::Refusal,
        class::Kind,
        units::{
            Bytes,
            PhysAddr, //
        }, //
    }, //
};
use core::mem::MaybeUninit;
#[cfg(PHYR_LINK_VEC)]
use kernel::ffi::{
    c_uint,
    c_ulong, //
};
use kernel::{
    bindings,
    ffi::c_int, //
};

// Kernel structures that are empty in some configurations are only pointed to.
#[cfg(PHYR_LINK_VEC)]
#[allow(improper_ctypes)]
extern "C" {
    fn dma_iova_link_vec(
        dev: *mut bindings::device,
        state: *mut bindings::dma_iova_state,
        vec: *const bindings::phys_vec,
        nr: c_uint,
        offset: usize,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
        linked: *mut usize,
    ) -> c_int;
}

#[inline(always)]
fn refusal(ret: c_int) -> Result<(), Refusal> {
    if ret == 0 {
        return Ok(());
    }
    match ret.unsigned_abs() {
        bindings::ENOMEM => Err(Refusal::NoMemory),
        bindings::EPERM | bindings::EOPNOTSUPP => Err(Refusal::NotSupported),
        _ => Err(Refusal::Layout),
    }
}

impl KernelDma<'_> {
    #[inline(always)]
    pub(in crate::ffi) fn iova_alloc(&mut self, paddr: PhysAddr, size: Bytes) -> Option<Iova> {
        let mut state = MaybeUninit::uninit();

        // SAFETY: The device is valid by the type invariants of `Device`, and `state` may be
        // written.
        let allocated = unsafe {
            bindings::dma_iova_try_alloc(
                as_raw(self.dev),
                state.as_mut_ptr(),
                paddr.raw(),
                to_usize(size),
            )
        };
        if !allocated {
            return None;
        }

        // INVARIANT: Just allocated, for this device.
        //
        // SAFETY: `dma_iova_try_alloc()` has written all of it, as it returned true.
        Some(Iova(unsafe { state.assume_init() }))
    }

    #[inline(always)]
    pub(in crate::ffi) fn iova_link(
        &mut self,
        iova: &mut Iova,
        paddr: PhysAddr,
        offset: Bytes,
        len: Bytes,
        kind: Kind,
    ) -> Result<(), Refusal> {
        // SAFETY: `iova` is allocated for this device by its type invariants, direction and
        // attributes are valid by those of `Self`, and the contract of `Backend` has the range
        // lie inside the allocation.
        refusal(unsafe {
            bindings::dma_iova_link(
                as_raw(self.dev),
                &mut iova.0,
                paddr.raw(),
                to_usize(offset),
                to_usize(len),
                self.dir,
                self.attrs | attrs_of(kind),
            )
        })
    }

    #[cfg(PHYR_LINK_VEC)]
    #[inline(always)]
    pub(in crate::ffi) fn iova_link_vec(
        &mut self,
        iova: &mut Iova,
        runs: Links<'_>,
        offset: Bytes,
        kind: Kind,
    ) -> (Bytes, Result<(), Refusal>) {
        let vec: *const bindings::phys_vec = match runs {
            Links::List(list) => list.as_ptr().cast(),
            Links::Slots(slots) => slots.as_ptr().cast(),
        };
        let Ok(nr) = c_uint::try_from(runs.len()) else {
            return (Bytes::ZERO, Err(Refusal::Layout));
        };
        let mut linked = 0;

        // SAFETY: As for `iova_link`, for each of the `nr` runs at `vec`. Either is an address and a
        // length, as `struct phys_vec`, whose size `ffi/mod.rs` compares; `linked` may be written.
        let ret = unsafe {
            dma_iova_link_vec(
                as_raw(self.dev),
                &mut iova.0,
                vec,
                nr,
                to_usize(offset),
                self.dir,
                self.attrs | attrs_of(kind),
                &mut linked,
            )
        };
        (Bytes::new(to_u64(linked)), refusal(ret))
    }

    #[inline(always)]
    pub(in crate::ffi) fn iova_sync(&mut self, iova: &mut Iova, len: Bytes) -> Result<(), Refusal> {
        // SAFETY: `iova` is allocated for this device by its type invariants, and the contract of
        // `Backend` has `len` lie inside the allocation.
        refusal(unsafe { bindings::dma_iova_sync(as_raw(self.dev), &mut iova.0, 0, to_usize(len)) })
    }

    #[inline]
    pub(in crate::ffi) fn iova_unlink(&mut self, iova: &mut Iova, len: Bytes, kind: Kind) {
        // SAFETY: `iova` is allocated for this device by its type invariants, direction and
        // attributes are those of the links but for the sync, and the contract of `Backend` has
        // `len` bytes linked.
        unsafe {
            bindings::dma_iova_unlink(
                as_raw(self.dev),
                &mut iova.0,
                0,
                to_usize(len),
                self.dir,
                self.attrs | attrs_of(kind) | SKIP_CPU_SYNC,
            )
        };
    }

    #[inline]
    pub(in crate::ffi) fn iova_free(&mut self, mut iova: Iova) {
        // SAFETY: `iova` is allocated for this device by its type invariants and given up here,
        // and the contract of `Backend` has nothing linked in it.
        unsafe { bindings::dma_iova_free(as_raw(self.dev), &mut iova.0) };
    }

    /// [`Backend::destroy`](crate::plan::backend::Backend::destroy) of an allocation that is not
    /// used any more afterwards.
    #[inline]
    pub(crate) fn destroy_in_place(&mut self, iova: &mut Iova, len: Bytes, kind: Kind) {
        // SAFETY: `iova` is allocated for this device by its type invariants and given up here,
        // direction and attributes are those of the links, and the contract of `Backend` has the
        // first `len` bytes linked and no more.
        unsafe {
            bindings::dma_iova_destroy(
                as_raw(self.dev),
                &mut iova.0,
                to_usize(len),
                self.dir,
                self.attrs | attrs_of(kind),
            )
        };
    }
}
