// SPDX-License-Identifier: GPL-2.0

//! What the kernel holds data in, to be mapped as it is: the cursors of
//! `include/linux/phyr-iter.h`.
//!
//! What comes from C by pointer is for the caller to vouch for. Nothing is copied, and what is read
//! is not moved on.

use crate::{
    iter::{
        Cursor,
        RawIter, //
    },
    phyr_list::Access,
    plan::phyr::Phyr,
    PhyrSource, //
};
use core::{
    cell::Cell,
    marker::PhantomData,
    mem::MaybeUninit, //
};
use kernel::{
    alloc::{
        Allocator,
        Vec, //
    },
    bindings,
    error::Error,
    ffi::{
        c_int,
        c_uint,
        c_void, //
    }, //
};

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_iter_pages(
        iter: *mut RawIter,
        pages: *const *mut bindings::page,
        offset: c_uint,
        len: usize,
    );
    fn phyr_shim_iter_bvecs(
        iter: *mut RawIter,
        bvecs: *const bindings::bio_vec,
        at: *const bindings::bvec_iter,
    );
    fn phyr_shim_iter_sg(iter: *mut RawIter, sg: *mut bindings::scatterlist, nr: c_uint);
    fn phyr_shim_iter_kernel(iter: *mut RawIter, addr: *const c_void, len: usize);
    fn phyr_shim_iter_folio(
        iter: *mut RawIter,
        folio: *mut bindings::folio,
        offset: usize,
        len: usize,
    );
    fn phyr_shim_iter_xdr(iter: *mut RawIter, xdr: *const XdrBuf, offset: c_uint, len: c_uint);
    fn phyr_shim_iter_iov(iter: *mut RawIter, iov: *const bindings::iov_iter);
}

#[cfg(CONFIG_BLOCK)]
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_iter_bio(iter: *mut RawIter, bio: *mut bindings::bio);
    fn phyr_shim_iter_rq(iter: *mut RawIter, rq: *mut bindings::request);
    fn phyr_shim_iter_rq_integrity(iter: *mut RawIter, rq: *mut bindings::request);
}

/// `struct xdr_buf`, for which the kernel's crate has no bindings.
#[repr(C)]
pub struct XdrBuf {
    _opaque: [u8; 0],
}

/// Memory in what the kernel holds data in, for a device to read, or to write.
///
/// It is read while it is mapped. If there is a range that cannot be had, as a hole in an xarray,
/// the mapping fails with [`Error::Invalid`](crate::plan::error::Error::Invalid), and
/// [`Source::failure`] says why.
///
/// # Invariants
///
/// `iter` is a cursor that may be used during `'a`, and always gives the same ranges. They are RAM
/// that stays allocated, and that a device may use as `access` says: nothing that Rust code relies
/// on lives there, or it is borrowed for as long.
pub struct Source<'a> {
    iter: RawIter,
    access: Access,
    failed: Cell<c_int>,
    memory: PhantomData<&'a mut [u8]>,
}

impl<'a> Source<'a> {
    /// # Safety
    ///
    /// `write` must write a cursor for which the type invariants hold.
    unsafe fn new(access: Access, write: impl FnOnce(*mut RawIter)) -> Self {
        let mut iter = MaybeUninit::uninit();

        write(iter.as_mut_ptr());
        // INVARIANT: By the safety requirements of this function.
        Self {
            // SAFETY: It was just written.
            iter: unsafe { iter.assume_init() },
            access,
            failed: Cell::new(0),
            memory: PhantomData,
        }
    }

    /// What a device reads. Where there is no page to be found for it, as in the image of a module,
    /// the mapping fails with `EINVAL`.
    pub fn read(bytes: &'a [u8]) -> Self {
        // SAFETY: They are borrowed, hence allocated, and do not change during `'a`.
        unsafe { Self::kernel(bytes.as_ptr().cast(), bytes.len(), Access::Read) }
    }

    /// What a device reads and writes: all of a vector, for what shares a cache line with it may be
    /// lost where caches are not coherent. Vectors are of `kmalloc()` or `vmalloc()`, which see to
    /// that.
    pub fn write<A: Allocator>(bytes: &'a mut Vec<u8, A>) -> Self {
        // SAFETY: They are allocated, and borrowed for this alone during `'a`.
        unsafe { Self::kernel(bytes.as_mut_ptr().cast(), bytes.len(), Access::Write) }
    }

    /// `phyr_iter_kernel()`: `len` bytes at a kernel address.
    ///
    /// # Safety
    ///
    /// They must be allocated during `'a`, and a device may use them as `access` says.
    pub unsafe fn kernel(addr: *const c_void, len: usize, access: Access) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { Self::new(access, |iter| phyr_shim_iter_kernel(iter, addr, len)) }
    }

    /// `phyr_iter_pages()`: `len` bytes from byte `offset` of the first page on.
    ///
    /// # Safety
    ///
    /// As for [`Source::kernel`]; and `pages` must be as many as it takes.
    pub unsafe fn pages(
        pages: *const *mut bindings::page,
        offset: u32,
        len: usize,
        access: Access,
    ) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe {
            Self::new(access, |iter| {
                phyr_shim_iter_pages(iter, pages, offset, len)
            })
        }
    }

    /// `phyr_iter_bvecs()`: what is left of an array, from `at` on.
    ///
    /// # Safety
    ///
    /// As for [`Source::kernel`]; and `bvecs` must not change during `'a`.
    pub unsafe fn bvecs(
        bvecs: *const bindings::bio_vec,
        at: &bindings::bvec_iter,
        access: Access,
    ) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { Self::new(access, |iter| phyr_shim_iter_bvecs(iter, bvecs, at)) }
    }

    /// `phyr_iter_sg()`: the memory of a scatterlist of `nr` entries.
    ///
    /// # Safety
    ///
    /// As for [`Source::kernel`]; and the scatterlist must not change during `'a`.
    pub unsafe fn scatterlist(sg: *mut bindings::scatterlist, nr: u32, access: Access) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { Self::new(access, |iter| phyr_shim_iter_sg(iter, sg, nr)) }
    }

    /// `phyr_iter_folio()`: `len` bytes of a folio, from byte `offset` on.
    ///
    /// # Safety
    ///
    /// As for [`Source::kernel`].
    pub unsafe fn folio(
        folio: *mut bindings::folio,
        offset: usize,
        len: usize,
        access: Access,
    ) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe {
            Self::new(access, |iter| {
                phyr_shim_iter_folio(iter, folio, offset, len)
            })
        }
    }

    /// `phyr_iter_xdr()`: `len` bytes of an RPC message, from byte `offset` on.
    ///
    /// # Safety
    ///
    /// As for [`Source::kernel`]; and the buffer must not change during `'a`.
    pub unsafe fn xdr_buf(buf: *const XdrBuf, offset: u32, len: u32, access: Access) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { Self::new(access, |iter| phyr_shim_iter_xdr(iter, buf, offset, len)) }
    }

    /// `phyr_iter_iov()`: what is left of an `iov_iter` of kernel memory.
    ///
    /// # Safety
    ///
    /// As for [`Source::kernel`]; and what `iov` refers to must not change during `'a`.
    pub unsafe fn iov_iter(iov: &bindings::iov_iter, access: Access) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { Self::new(access, |iter| phyr_shim_iter_iov(iter, iov)) }
    }

    /// `phyr_iter_bio()`: what is left of bios that follow each other.
    ///
    /// # Safety
    ///
    /// As for [`Source::kernel`]; and the bios must not change or end during `'a`.
    #[cfg(CONFIG_BLOCK)]
    pub unsafe fn bio(bio: *mut bindings::bio, access: Access) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { Self::new(access, |iter| phyr_shim_iter_bio(iter, bio)) }
    }

    /// `phyr_iter_rq()`: the data of a block request.
    ///
    /// # Safety
    ///
    /// As for [`Source::kernel`]; and the request must not change or end during `'a`.
    #[cfg(CONFIG_BLOCK)]
    pub unsafe fn request(rq: *mut bindings::request, access: Access) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { Self::new(access, |iter| phyr_shim_iter_rq(iter, rq)) }
    }

    /// `phyr_iter_rq_integrity()`: the protection information of a block request.
    ///
    /// # Safety
    ///
    /// As for [`Source::request`].
    #[cfg(CONFIG_BLOCK)]
    pub unsafe fn request_integrity(rq: *mut bindings::request, access: Access) -> Self {
        // SAFETY: By the safety requirements of this function.
        unsafe { Self::new(access, |iter| phyr_shim_iter_rq_integrity(iter, rq)) }
    }

    /// Why a mapping of this could not be made, if it was for a range that could not be had: what
    /// the cursor in C fails with.
    pub fn failure(&self) -> Option<Error> {
        match self.failed.get() {
            0 => None,
            errno => Some(Error::from_errno(errno)),
        }
    }
}

// SAFETY: By the type invariants.
unsafe impl PhyrSource for Source<'_> {
    type Cpu<'b>
        = ()
    where
        Self: 'b;

    #[inline]
    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_ {
        // SAFETY: It may be used by the type invariants.
        unsafe { Cursor::new(self.iter, &self.failed) }
    }

    fn is_writable(&self) -> bool {
        self.access == Access::Write
    }

    fn cpu(&mut self) {}
}
