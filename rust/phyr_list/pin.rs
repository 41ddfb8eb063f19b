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
    ptr::{
        null_mut,
        NonNull, //
    }, //
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
        c_long,
        c_uint,
        c_ulong, //
    },
};

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_pin(
        frames: *mut MaybeUninit<u64>,
        start: c_ulong,
        nr: c_uint,
        gup_flags: c_uint,
        mm: *mut bindings::mm_struct,
    ) -> c_long;
    fn phyr_shim_get_mm() -> *mut bindings::mm_struct;
    fn phyr_shim_grab_mm(mm: *mut bindings::mm_struct);
    fn phyr_shim_put_mm(mm: *mut bindings::mm_struct, pages: c_ulong);
    fn phyr_shim_count_more(mm: *mut bindings::mm_struct, pages: c_ulong);
    fn phyr_shim_count_less(mm: *mut bindings::mm_struct, pages: c_ulong);
}

/// Pages that are pinned at a time, whose numbers are on the stack.
const BATCH: usize = 64;

/// No process has memory from there on, not even if it begins a batch before it.
const ABOVE_ALL_MEMORY: usize = usize::MAX - (BATCH + 1) * PAGE_BYTES;

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

impl Term {
    pub(super) fn gup_flags(self) -> c_uint {
        match self {
            Self::Short => 0,
            Self::Long => bindings::FOLL_LONGTERM,
        }
    }
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

    /// Where pages are counted that are pinned with `gup_flags`; [`None`] if they are not.
    #[inline]
    fn counting(gup_flags: c_uint) -> Result<Option<Self>, Errno> {
        match gup_flags & bindings::FOLL_LONGTERM {
            0 => Ok(None),
            _ => Self::current().map(Some).ok_or(EFAULT),
        }
    }

    /// The same, with a reference of its own.
    pub(super) fn again(&self) -> Self {
        // SAFETY: There is a reference.
        unsafe { phyr_shim_grab_mm(self.0.as_ptr()) };
        // INVARIANT: Just taken.
        Self(self.0)
    }

    /// Counts so many pages more, whatever the limit.
    pub(super) fn count(&self, pages: u64) {
        // SAFETY: There is a reference.
        unsafe { phyr_shim_count_more(self.0.as_ptr(), pages as c_ulong) };
    }

    pub(super) fn unlock(&self, pages: u64) {
        // SAFETY: There is a reference.
        unsafe { phyr_shim_count_less(self.0.as_ptr(), pages as c_ulong) };
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
type Room = [MaybeUninit<u64>; BATCH];

impl<'a> Batch<'a> {
    /// Pins at least one and at most `nr` pages from the user address `start` on, and counts them
    /// in `mm`.
    #[inline(always)]
    fn pin(
        room: &'a mut Room,
        start: usize,
        nr: usize,
        gup_flags: c_uint,
        mm: Option<&Mm>,
    ) -> Result<Self, Errno> {
        let frames = room.as_mut_ptr();
        let mm = mm.map_or(null_mut(), |mm| mm.0.as_ptr());

        // CAST: They fit in an `int`.
        //
        // SAFETY: There is room for as many. There is a reference to the memory of the process, if
        // it is given.
        match unsafe { phyr_shim_pin(frames, start, nr.min(BATCH) as c_uint, gup_flags, mm) } {
            // INVARIANT: So many were just pinned, and their numbers written.
            pinned @ 1.. => Ok(Self {
                // SAFETY: By what the callee returned.
                frames: unsafe { core::slice::from_raw_parts(frames.cast(), pinned as usize) },
            }),
            // CAST: The number of an error.
            errno => Err(Errno::from_errno(errno as c_int)),
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
    /// how many bytes that are, or the number of an error: `get_user_phyrs()` of
    /// `include/linux/phyr-list.h`.
    #[inline(never)]
    pub(crate) fn get_user(
        &mut self,
        start: usize,
        len: usize,
        gup_flags: c_uint,
        gfp: gfp_t,
    ) -> isize {
        let is_usual = self.hold == Hold::Pin
            && self.is_empty()
            && (start | len) % PAGE_BYTES == 0
            && len.wrapping_sub(1) < BATCH * PAGE_BYTES
            && start < ABOVE_ALL_MEMORY
            && gup_flags & bindings::FOLL_PCI_P2PDMA == 0;
        match is_usual {
            true => self.pin_pages(start, len, gup_flags, gfp),
            false => returned(self.pin(start, len, gup_flags, gfp)),
        }
    }

    /// What is usual: whole pages, no more than a batch, into an empty list.
    #[inline(always)]
    fn pin_pages(&mut self, start: usize, len: usize, gup_flags: c_uint, gfp: gfp_t) -> isize {
        let mm = match Mm::counting(gup_flags) {
            Ok(mm) => mm,
            Err(error) => return returned(Err(error)),
        };
        let mut room = [MaybeUninit::uninit(); BATCH];
        let nr = len / PAGE_BYTES;
        let mut batch = match Batch::pin(&mut room, start, nr, gup_flags, mm.as_ref()) {
            Ok(batch) => batch,
            Err(error) => {
                if let Some(mm) = mm {
                    mm.put(0);
                }
                return returned(Err(error));
            }
        };
        let is_written = gup_flags & bindings::FOLL_WRITE != 0;
        let was_written = core::mem::replace(&mut self.is_written, is_written);

        // INVARIANT: An empty list has none; the pages of the batch are counted in it, and are
        // pinned and left to the list.
        self.mm = mm;
        let taken = self.list.begin_with_frames(batch.frames);
        if taken == nr {
            core::mem::forget(batch);
            // CAST: Less than the memory of a process.
            return len as isize;
        }
        batch.leave(taken);
        returned(self.pin_on(
            start,
            start + taken * PAGE_BYTES,
            start + len,
            Some(batch),
            was_written,
            gup_flags,
            gfp,
        ))
    }

    /// [`PhyrList::get_user`] of anything.
    #[inline(never)]
    fn pin(
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
        let mm = Mm::counting(gup_flags)?;
        let is_alike = self.hold == Hold::Pin
            && (self.is_empty() || (self.is_written == is_written && self.mm == mm));
        if !is_alike {
            if let Some(mm) = mm {
                mm.put(0);
            }
            return Err(EINVAL);
        }

        let was_written = core::mem::replace(&mut self.is_written, is_written);
        if let Some(other) = core::mem::replace(&mut self.mm, mm) {
            // INVARIANT: It is the same one, or the list is empty.
            other.put(0);
        }
        self.pin_on(start, start, end, None, was_written, gup_flags, gfp)
    }

    /// Goes on at `at`, where `batch` is pinned already, if it is given. What the list says of
    /// access and locked pages is set; if nothing is added, it is as before.
    #[inline(never)]
    #[allow(clippy::too_many_arguments)]
    fn pin_on(
        &mut self,
        start: usize,
        mut at: usize,
        end: usize,
        mut batch: Option<Batch<'_>>,
        was_written: bool,
        gup_flags: c_uint,
        gfp: gfp_t,
    ) -> Result<usize, Errno> {
        while at < end {
            let added = match batch.take() {
                Some(batch) => self.add_batch(batch, at, end, gfp),
                None => self.pin_some(at, end, gup_flags, gfp),
            };

            match added {
                Ok(more) => at += more,
                Err(error) if at == start => {
                    self.is_written = was_written;
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

        let mut room = [MaybeUninit::uninit(); BATCH];
        let batch = Batch::pin(&mut room, at - offset, nr, gup_flags, self.mm.as_ref())?;

        self.add_batch(batch, at, end, gfp)
    }

    /// Adds a batch, which begins with the page of `at`, up to `end`. Returns how many bytes.
    fn add_batch(
        &mut self,
        mut batch: Batch<'_>,
        at: usize,
        end: usize,
        gfp: gfp_t,
    ) -> Result<usize, Errno> {
        let offset = at % PAGE_BYTES;
        let mut done = 0;

        while let Some(page) = batch.first() {
            let left = end - at - done;
            let skip = if done == 0 { offset } else { 0 };

            if skip == 0 {
                // SAFETY: They are pinned, and left to the list.
                let nr = unsafe { self.add_pages(batch.frames, left / PAGE_BYTES, gfp) };
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
    #[inline]
    unsafe fn add_pages(&mut self, frames: &[u64], most: usize, gfp: gfp_t) -> usize {
        let frames = frames.get(..most).unwrap_or(frames);
        let pages = self.pages(gfp);

        // INVARIANT: They are pinned, by the safety requirements of this function.
        self.list.push_frames(frames, &pages)
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
    /// Those of `get_user_phyrs()`, for the first byte or for the first that could not be pinned:
    /// the list is as it was then.
    pub fn pin_user(
        &mut self,
        start: usize,
        len: usize,
        access: Access,
        term: Term,
        gfp: Gfp,
    ) -> Result<(), Errno> {
        let gup_flags = match access {
            Access::Read => term.gup_flags(),
            Access::Write => term.gup_flags() | bindings::FOLL_WRITE,
        };
        if len == 0 {
            return Err(EINVAL);
        }
        let (before, was_written) = (self.bytes(), self.is_written);
        let mut done = 0;

        // What stops short says why when it is asked to go on.
        while done < len {
            match self.get_user(start + done, len - done, gup_flags, gfp.0) {
                // CAST: As there.
                pinned @ 1.. => done += pinned as usize,
                errno => {
                    self.revert(before, true);
                    self.is_written = was_written;
                    return Err(Errno::from_errno(errno as c_int));
                }
            }
        }
        Ok(())
    }
}

/// What `get_user_phyrs()` returns.
fn returned(pinned: Result<usize, Errno>) -> isize {
    match pinned {
        // CAST: Less than the memory of a process.
        Ok(bytes) => bytes as isize,
        Err(error) => error.to_errno() as isize,
    }
}

fn to_errno(error: Error) -> Errno {
    Errno::from_errno(error.to_errno())
}
