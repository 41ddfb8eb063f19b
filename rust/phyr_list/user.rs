// SPDX-License-Identifier: GPL-2.0

//! Memory of a process, for a device.

use super::{
    Access,
    Gfp,
    Part,
    PhyrList,
    Term, //
};
use crate::{
    plan::{
        phyr::Phyr,
        units::Bytes, //
    },
    PhyrSource,
};
use kernel::error::Result;

/// Memory of a process that is pinned until this is dropped, for a device to read, or to write.
///
/// # Invariants
///
/// `list` pins, and for as much as `access` says.
pub struct UserMemory {
    list: PhyrList,
    access: Access,
    term: Term,
}

impl UserMemory {
    /// No memory yet.
    pub const fn new(access: Access, term: Term) -> Self {
        // INVARIANT: There is nothing in it.
        Self {
            list: PhyrList::pinned(),
            access,
            term,
        }
    }

    /// Pins `len` bytes at the user address `start` of the calling process, and adds them at the
    /// end. May sleep.
    ///
    /// # Errors
    ///
    /// Nothing is added then. `EFAULT` if some of it is not there, or may not be written though the
    /// device is to write it; `EINVAL` if `len` is 0, or it runs past the end of the address space;
    /// `ENOMEM` if a page of the list cannot be had, or, for [`Term::Long`], too many pages would
    /// be locked; `EINTR` if the process is being killed; and what else `pin_user_pages_fast()`
    /// returns.
    pub fn pin(&mut self, start: usize, len: usize) -> Result {
        self.list
            .pin_user(start, len, self.access, self.term, Gfp::KERNEL)
    }

    /// Lets go of what was added since there were `bytes` bytes: of an iov_iter that had too few,
    /// say.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there are fewer, or they never ended there; then nothing changes.
    pub fn truncate(&mut self, bytes: Bytes) -> Result {
        Ok(self.list.truncate(bytes)?)
    }

    pub(super) fn access(&self) -> Access {
        self.access
    }

    pub(super) fn term(&self) -> Term {
        self.term
    }

    /// The list, to which only what is pinned for as much as `access` says may be added.
    pub(super) fn list_mut(&mut self) -> &mut PhyrList {
        &mut self.list
    }

    /// The list, and what it is pinned for.
    pub(crate) fn into_list(self) -> (PhyrList, Access, Term) {
        (self.list, self.access, self.term)
    }

    /// The list of its ranges.
    pub fn list(&self) -> &PhyrList {
        &self.list
    }

    /// `len` bytes from byte `offset` on, to be mapped by themselves; [`None`] if there are not so
    /// many.
    pub fn part(&self, offset: Bytes, len: Bytes) -> Option<Part<'_>> {
        // SAFETY: The pages are pinned for it, and stay so while `self` is borrowed.
        unsafe { self.list.part(offset, len, self.access) }
    }
}

// SAFETY: The pages stay pinned, hence allocated, as long as `self` lives, and the list changes
// only through `&mut self`. They are memory of a process: Rust code relies on nothing in it, and
// never looks at it. What is writable was pinned to be written.
unsafe impl PhyrSource for UserMemory {
    type Cpu<'a> = ();

    #[inline]
    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_ {
        self.list.iter()
    }

    fn is_writable(&self) -> bool {
        self.access == Access::Write
    }

    fn cpu(&mut self) {}
}
