// SPDX-License-Identifier: GPL-2.0

//! User memory, pinned.

use super::{
    Gfp,
    Hold,
    PhyrList, //
};
use crate::{
    plan::{
        error::Error,
        phyr::Phyr,
        units::{
            Bytes,
            PhysAddr, //
        }, //
    },
    PAGE_BYTES,
};
use core::{
    mem::MaybeUninit,
    ptr::NonNull, //
};
use kernel::{
    bindings::{
        self,
        gfp_t, //
    },
    error::{
        code::*,
        Error as Errno, //
    },
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    },
};

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_page_to_phys(page: *mut bindings::page) -> bindings::phys_addr_t;
    fn phyr_shim_get_mm() -> *mut bindings::mm_struct;
    fn phyr_shim_grab_mm(mm: *mut bindings::mm_struct);
    fn phyr_shim_put_mm(mm: *mut bindings::mm_struct, pages: c_ulong);
    fn phyr_shim_lock_more(mm: *mut bindings::mm_struct, pages: c_ulong, always: bool) -> c_int;
    fn phyr_shim_lock_less(mm: *mut bindings::mm_struct, pages: c_ulong);
}

/// Pages that are pinned at a time, whose pointers are on the stack.
const BATCH: usize = 64;

/// What a device does with memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It reads it.
    Read,
    /// It writes it.
    Write,
}

/// The memory of a process, in which pages are counted as locked.
///
/// # Invariants
///
/// There is a reference to it.
#[derive(PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Mm(NonNull<bindings::mm_struct>);

impl Mm {
    /// That of the calling process.
    fn current() -> Option<Self> {
        // INVARIANT: The callee has taken a reference.
        //
        // SAFETY: It may be called anywhere.
        NonNull::new(unsafe { phyr_shim_get_mm() }).map(Self)
    }

    /// The same, with a reference of its own.
    pub(super) fn again(&self) -> Self {
        // SAFETY: There is a reference.
        unsafe { phyr_shim_grab_mm(self.0.as_ptr()) };
        // INVARIANT: Just taken.
        Self(self.0)
    }

    /// Counts so many pages more.
    fn lock(&self, pages: u64) -> Result<(), Errno> {
        // SAFETY: There is a reference.
        match unsafe { phyr_shim_lock_more(self.0.as_ptr(), pages as c_ulong, false) } {
            0 => Ok(()),
            _ => Err(ENOMEM),
        }
    }

    /// Counts so many pages more, whatever the limit.
    pub(super) fn count(&self, pages: u64) {
        // SAFETY: There is a reference.
        unsafe { phyr_shim_lock_more(self.0.as_ptr(), pages as c_ulong, true) };
    }

    fn unlock(&self, pages: u64) {
        // SAFETY: There is a reference.
        unsafe { phyr_shim_lock_less(self.0.as_ptr(), pages as c_ulong) };
    }

    /// Counts so many pages less, and gives up the reference.
    pub(super) fn put(self, pages: u64) {
        // SAFETY: There is a reference, which is given up.
        unsafe { phyr_shim_put_mm(self.0.as_ptr(), pages as c_ulong) };
    }
}

/// Pages that were just pinned, and are not in a list yet. They are unpinned on drop.
///
/// # Invariants
///
/// Those from `first` up to `end` are pinned, once each.
struct Batch<'a> {
    pages: &'a mut Room,
    first: usize,
    end: usize,
}

/// What a batch is kept in. It is not moved: that would take as long as to pin a page.
type Room = [MaybeUninit<*mut bindings::page>; BATCH];

impl<'a> Batch<'a> {
    /// Pins at least one and at most `nr` pages from the user address `start` on.
    #[inline]
    fn pin(pages: &'a mut Room, start: usize, nr: usize, gup_flags: c_uint) -> Result<Self, Errno> {
        let nr = nr.min(BATCH);

        // SAFETY: There is room for as many pages.
        let pinned = unsafe {
            bindings::pin_user_pages_fast(start, nr as c_int, gup_flags, pages.as_mut_ptr().cast())
        };
        match pinned {
            1.. => Ok(Self {
                // INVARIANT: So many were just pinned.
                pages,
                first: 0,
                end: pinned as usize,
            }),
            0 => Err(EFAULT),
            errno => Err(Errno::from_errno(errno)),
        }
    }

    fn len(&self) -> usize {
        self.end - self.first
    }

    /// Where page `index` is.
    fn paddr(&self, index: usize) -> Option<PhysAddr> {
        let page = self.pages.get(index).filter(|_| index < self.end)?;

        // SAFETY: So many were written by `pin()`, and are valid while they are pinned.
        Some(PhysAddr::new(unsafe {
            phyr_shim_page_to_phys(page.assume_init())
        }))
    }

    /// How many pages from the first on are adjacent, and where.
    fn run(&self) -> Option<(PhysAddr, usize)> {
        let start = self.paddr(self.first)?;
        let mut nr = 1;

        while let Some(next) = self.paddr(self.first + nr) {
            if start.wrapping_distance(next) != Bytes::new((nr * PAGE_BYTES) as u64) {
                break;
            }
            nr += 1;
        }
        Some((start, nr))
    }

    /// Leaves the first `nr` pages to somebody else.
    fn leave(&mut self, nr: usize) {
        // INVARIANT: There are fewer.
        self.first = self.end.min(self.first + nr);
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if let Some(pages) = self.pages.get_mut(self.first..self.end) {
            // SAFETY: They are pinned, and given up here.
            unsafe {
                bindings::unpin_user_pages(pages.as_mut_ptr().cast(), pages.len() as c_ulong)
            };
        }
    }
}

impl PhyrList {
    /// Pins `len` bytes at the user address `start` of the calling process, and adds them. Returns
    /// how many bytes that are.
    ///
    /// # Errors
    ///
    /// As `get_user_phyrs()` of `include/linux/phyr-list.h` has them.
    pub(crate) fn pin(
        &mut self,
        start: usize,
        len: usize,
        gup_flags: c_uint,
        gfp: gfp_t,
    ) -> Result<usize, Errno> {
        let end = start.checked_add(len).filter(|_| len > 0).ok_or(EINVAL)?;
        // There is no memory of processes in the last page of the address space.
        end.checked_add(PAGE_BYTES).ok_or(EFAULT)?;
        let is_written = gup_flags & bindings::FOLL_WRITE != 0;
        let mm = match gup_flags & bindings::FOLL_LONGTERM {
            0 => None,
            _ => Some(Mm::current().ok_or(EFAULT)?),
        };
        let is_alike = self.hold == Hold::Pin
            && (self.is_empty() || (self.is_written == is_written && self.mm == mm));
        if !is_alike {
            if let Some(mm) = mm {
                mm.put(0);
            }
            return Err(EINVAL);
        }

        self.is_written = is_written;
        if let Some(other) = core::mem::replace(&mut self.mm, mm) {
            // INVARIANT: It is the same one, or the list is empty.
            other.put(0);
        }
        let mut at = start;
        while at < end {
            match self.pin_some(at, end, gup_flags, gfp) {
                Ok(more) => at += more,
                Err(error) if at == start => {
                    if let Some(mm) = self.mm.take_if(|_| self.list.is_empty()) {
                        mm.put(0);
                    }
                    return Err(error);
                }
                Err(_) => break,
            }
        }
        Ok(at - start)
    }

    /// Pins at least one byte. Returns how many.
    fn pin_some(
        &mut self,
        at: usize,
        end: usize,
        gup_flags: c_uint,
        gfp: gfp_t,
    ) -> Result<usize, Errno> {
        let offset = at % PAGE_BYTES;
        let nr = (end - at + offset).div_ceil(PAGE_BYTES).min(BATCH);

        self.lock(nr)?;
        let mut room = [MaybeUninit::uninit(); BATCH];
        let mut batch = match Batch::pin(&mut room, at - offset, nr, gup_flags) {
            Ok(batch) => batch,
            Err(error) => {
                self.unlock(nr);
                return Err(error);
            }
        };
        self.unlock(nr - batch.len());

        let mut done = 0;
        while let Some((page, nr)) = batch.run() {
            let skip = if done == 0 { offset } else { 0 };
            let len = (nr * PAGE_BYTES - skip).min(end - at - done);
            let start = page.checked_add(Bytes::new(skip as u64)).ok_or(EFAULT)?;

            // SAFETY: Its pages are pinned.
            match unsafe { self.add(Phyr::new(start, Bytes::new(len as u64)), gfp) } {
                Ok(()) => batch.leave(nr),
                Err(error) => {
                    self.unlock(batch.len());
                    return match done {
                        0 => Err(to_errno(error)),
                        _ => Ok(done),
                    };
                }
            }
            done += len;
        }
        Ok(done)
    }

    fn lock(&self, pages: usize) -> Result<(), Errno> {
        match &self.mm {
            Some(mm) => mm.lock(pages as u64),
            None => Ok(()),
        }
    }

    fn unlock(&self, pages: usize) {
        if let Some(mm) = &self.mm {
            mm.unlock(pages as u64);
        }
    }

    /// Pins `len` bytes at the user address `start`, and adds all of them or nothing.
    ///
    /// # Errors
    ///
    /// Those of `get_user_phyrs()`; `EFAULT` also if not all of the memory could be pinned.
    pub fn pin_user(
        &mut self,
        start: usize,
        len: usize,
        access: Access,
        gfp: Gfp,
    ) -> Result<(), Errno> {
        let gup_flags = match access {
            Access::Read => 0,
            Access::Write => bindings::FOLL_WRITE,
        };
        let before = self.bytes();
        let pinned = self.pin(start, len, gup_flags, gfp.0)?;

        if pinned == len {
            return Ok(());
        }
        self.revert(before, true);
        Err(EFAULT)
    }
}

fn to_errno(error: Error) -> Errno {
    Errno::from_errno(error.to_errno())
}
