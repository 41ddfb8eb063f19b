// SPDX-License-Identifier: GPL-2.0

//! What is left of an `iov_iter` of a process, pinned.

use super::{
    Access,
    PhyrList,
    UserMemory, //
};
use kernel::{
    bindings::{
        self,
        gfp_t, //
    },
    error::{
        code::EINVAL,
        to_result,
        Result, //
    },
    ffi::{
        c_int,
        c_uint, //
    },
    iov::{
        IovIterDest,
        IovIterSource, //
    },
};

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn iov_iter_get_phyrs(
        list: *mut PhyrList,
        iov: *mut bindings::iov_iter,
        most: usize,
        gup_flags: c_uint,
        gfp: gfp_t,
    ) -> isize;
}

impl UserMemory {
    /// Pins up to `most` bytes of what is left of `iov`, for a device to read, adds them at the
    /// end, and advances `iov`. Returns how many, which may be fewer. May sleep.
    ///
    /// # Errors
    ///
    /// As for [`UserMemory::pin`]; `EINVAL` if `iov` is not of user memory, or this is memory to be
    /// written.
    pub fn pin_source(&mut self, iov: &mut IovIterSource<'_>, most: usize) -> Result<usize> {
        // SAFETY: It is valid, as long as it is borrowed.
        unsafe { self.pin_iov(iov.as_raw(), most, Access::Read) }
    }

    /// [`UserMemory::pin_source`], for a device to write.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pin_dest(&mut self, iov: &mut IovIterDest<'_>, most: usize) -> Result<usize> {
        // SAFETY: It is valid, as long as it is borrowed.
        unsafe { self.pin_iov(iov.as_raw(), most, Access::Write) }
    }

    /// # Safety
    ///
    /// `iov` must be valid, and nobody else may use it.
    unsafe fn pin_iov(
        &mut self,
        iov: *mut bindings::iov_iter,
        most: usize,
        access: Access,
    ) -> Result<usize> {
        if self.access() != access {
            return Err(EINVAL);
        }
        let gup_flags = self.term().gup_flags();

        // SAFETY: By the safety requirements of this function; `PhyrList` is laid out as the
        // structure that the callee uses.
        match unsafe {
            iov_iter_get_phyrs(self.list_mut(), iov, most, gup_flags, bindings::GFP_KERNEL)
        } {
            // CAST: It is not negative.
            pinned @ 0.. => Ok(pinned as usize),
            // CAST: The number of an error.
            errno => to_result(errno as c_int).map(|()| 0),
        }
    }
}
