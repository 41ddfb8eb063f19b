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
    fn phyr_shim_has_mm() -> bool;
    fn phyr_shim_is_killed() -> bool;
    fn phyr_shim_frames(pages: *mut *mut bindings::page, nr: c_ulong) -> *const u64;
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

/// For how long memory stays pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// For a transfer.
    Short,
    /// For as long as user space likes: `FOLL_LONGTERM`. It counts against `RLIMIT_MEMLOCK`.
    Long,
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

    pub(super) fn unlock(&self, pages: u64) {
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
/// The pages that `frames` are the numbers of are pinned, once each.
struct Batch<'a> {
    frames: &'a [u64],
}

/// What a batch is kept in. It is not moved: that would take as long as to pin a page.
type Room = [MaybeUninit<*mut bindings::page>; BATCH];

impl<'a> Batch<'a> {
    /// Pins at least one and at most `nr` pages from the user address `start` on.
    #[inline]
    fn pin(room: &'a mut Room, start: usize, nr: usize, gup_flags: c_uint) -> Result<Self, Errno> {
        let pages = room.as_mut_ptr().cast();

        // SAFETY: There is room for as many pages.
        let pinned = unsafe {
            bindings::pin_user_pages_fast(start, nr.min(BATCH) as c_int, gup_flags, pages)
        };
        if pinned < 0 {
            return Err(Errno::from_errno(pinned));
        }
        // SAFETY: So many pages were just written, and are valid while they are pinned.
        let frames = unsafe { phyr_shim_frames(pages, pinned as c_ulong) };
        // SAFETY: So many frames were just written in their place.
        let frames = unsafe { core::slice::from_raw_parts(frames, pinned as usize) };

        match frames {
            [] => Err(EFAULT),
            // INVARIANT: So many were just pinned.
            frames => Ok(Self { frames }),
        }
    }

    fn len(&self) -> usize {
        self.frames.len()
    }

    /// The first page; [`None`] if there is none.
    fn first(&self) -> Option<PhysAddr> {
        let frame = self.frames.first()?;

        Some(PhysAddr::new(frame.wrapping_mul(PAGE_BYTES as u64)))
    }

    /// Leaves the first `nr` pages to somebody else.
    fn leave(&mut self, nr: usize) {
        // INVARIANT: There are fewer.
        self.frames = self.frames.get(nr..).unwrap_or_default();
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        while let Some(page) = self.first() {
            let phyr = Phyr::new(page, Bytes::new(PAGE_BYTES as u64));

            // SAFETY: It is pinned, and given up here.
            unsafe { Hold::Pin.let_go(phyr, false) };
            self.leave(1);
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
        // Whose memory it is, a list cannot say.
        if gup_flags & bindings::FOLL_PCI_P2PDMA != 0 {
            return Err(EINVAL);
        }
        let mm = match gup_flags & bindings::FOLL_LONGTERM {
            // SAFETY: It may be called anywhere.
            0 if !unsafe { phyr_shim_has_mm() } => return Err(EFAULT),
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
            // SAFETY: It may be called anywhere.
            let more = match unsafe { phyr_shim_is_killed() } {
                true => Err(EINTR),
                false => self.pin_some(at, end, gup_flags, gfp),
            };

            match more {
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
        while let Some(page) = batch.first() {
            let left = end - at - done;
            let skip = if done == 0 { offset } else { 0 };

            if skip == 0 {
                // SAFETY: They are pinned, and left to the list.
                let nr = unsafe { self.add_pages(batch.frames, left / PAGE_BYTES) };
                if nr > 0 {
                    batch.leave(nr);
                    done += nr * PAGE_BYTES;
                    continue;
                }
            }
            let len = (PAGE_BYTES - skip).min(left);
            let start = page.checked_add(Bytes::new(skip as u64)).ok_or(EFAULT)?;

            // SAFETY: Its page is pinned.
            match unsafe { self.add_counted(Phyr::new(start, Bytes::new(len as u64)), gfp) } {
                Ok(()) => batch.leave(1),
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

    /// Adds whole pages, at most `most` of `frames`, as long as that is quick. Returns how many.
    ///
    /// # Safety
    ///
    /// They must be pinned, which the list takes over.
    unsafe fn add_pages(&mut self, frames: &[u64], most: usize) -> usize {
        let frames = frames.get(..most).unwrap_or(frames);

        // INVARIANT: They are pinned, by the safety requirements of this function.
        self.list.push_frames(frames)
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
    /// Those of `get_user_phyrs()`, for the first byte or for the first that could not be pinned.
    pub fn pin_user(
        &mut self,
        start: usize,
        len: usize,
        access: Access,
        term: Term,
        gfp: Gfp,
    ) -> Result<(), Errno> {
        let written = match access {
            Access::Read => 0,
            Access::Write => bindings::FOLL_WRITE,
        };
        let gup_flags = match term {
            Term::Short => written,
            Term::Long => written | bindings::FOLL_LONGTERM,
        };
        let before = self.bytes();
        let mut done = 0;

        // What stops short says why when it is asked to go on.
        while done < len {
            match self.pin(start + done, len - done, gup_flags, gfp.0) {
                Ok(pinned) => done += pinned,
                Err(error) => {
                    self.revert(before, true);
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

fn to_errno(error: Error) -> Errno {
    Errno::from_errno(error.to_errno())
}
