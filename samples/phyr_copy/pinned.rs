// SPDX-License-Identifier: GPL-2.0

//! User memory that is pinned for a copy.

use core::ptr::NonNull;
use kernel::{
    bindings,
    error::to_result,
    page::{
        BorrowedPage,
        PAGE_MASK,
        PAGE_SHIFT,
        PAGE_SIZE, //
    },
    prelude::*, //
};
use phyr::{
    page_paddr,
    plan::{
        phyr::Phyr,
        units::Bytes, //
    },
    PhyrSource, //
};

/// `PHYR_COPY_MAX_BYTES`.
const MAX_BYTES: u64 = 64 << 20;

/// What the device does with the memory.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Access {
    /// The device reads it.
    Read,
    /// The device writes it.
    Write,
}

/// User memory, pinned until it is dropped, as a list of physical ranges: one entry a page.
///
/// # Invariants
///
/// Every pointer in `pages` is a page that is pinned once, and `phyrs` are parts of those pages.
pub(crate) struct Pinned {
    access: Access,
    pages: KVVec<*mut bindings::page>,
    phyrs: KVVec<Phyr>,
    len: u64,
}

impl Pinned {
    /// No memory yet.
    pub(crate) const fn new(access: Access) -> Self {
        // INVARIANT: There are no pages.
        Self {
            access,
            pages: KVVec::new(),
            phyrs: KVVec::new(),
            len: 0,
        }
    }

    /// Length of the memory in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Number of physical ranges.
    pub(crate) fn entries(&self) -> usize {
        self.phyrs.len()
    }

    /// Pins `len` bytes at the user address `base` and appends them.
    ///
    /// # Errors
    ///
    /// `EFAULT` if some of it is not there, or may not be written though the device is to write
    /// it; `EINVAL` if it runs past the end of the address space; `E2BIG` if the memory grows past
    /// [`MAX_BYTES`]. What was pinned by then is unpinned on drop.
    pub(crate) fn add(&mut self, base: u64, len: u64) -> Result {
        if len == 0 {
            return Ok(());
        }
        let end = base.checked_add(len).ok_or(EINVAL)?;
        // There is no user memory in the last page of the address space.
        end.checked_add(PAGE_SIZE as u64).ok_or(EFAULT)?;
        let total = self.len.checked_add(len).ok_or(EINVAL)?;
        if total > MAX_BYTES {
            return Err(E2BIG);
        }
        let (base, end) = (usize::try_from(base)?, usize::try_from(end)?);

        let first = base & PAGE_MASK;
        let nr = (end - 1 - first) / PAGE_SIZE + 1;
        let old = self.pages.len();
        self.pages.reserve(nr, GFP_KERNEL)?;
        self.phyrs.reserve(nr, GFP_KERNEL)?;

        while self.pages.len() - old < nr {
            self.pin_some(first + ((self.pages.len() - old) << PAGE_SHIFT), old + nr)?;
        }

        let mut at = base;
        for &page in self.pages.get(old..).unwrap_or_default() {
            let part = end.min((at & PAGE_MASK) + PAGE_SIZE) - at;
            let page = NonNull::new(page).ok_or(EFAULT)?;
            // SAFETY: The page is valid while it is pinned, which is longer than this iteration.
            let page = unsafe { BorrowedPage::from_raw(page) };
            let paddr = page_paddr(&page)
                .checked_add(Bytes::new((at & !PAGE_MASK) as u64))
                .ok_or(EINVAL)?;

            self.phyrs
                .push(Phyr::new(paddr, Bytes::new(part as u64)), GFP_KERNEL)?;
            at += part;
        }
        self.len = total;
        Ok(())
    }

    /// Pins at least one page from `start` on, and no more than make `pages` grow to `nr`.
    ///
    /// `pages` must have room for `nr` pages.
    fn pin_some(&mut self, start: usize, nr: usize) -> Result {
        let flags = match self.access {
            Access::Read => 0,
            Access::Write => bindings::FOLL_WRITE,
        };
        let missing = nr.saturating_sub(self.pages.len());
        let spare = self.pages.spare_capacity_mut();
        let nr = missing.min(spare.len());

        // SAFETY: The spare capacity may be written, and has room for `nr` pointers.
        let pinned = unsafe {
            bindings::pin_user_pages_fast(
                start,
                i32::try_from(nr)?,
                flags,
                spare.as_mut_ptr().cast(),
            )
        };
        to_result(pinned)?;
        if pinned == 0 {
            return Err(EFAULT);
        }

        // INVARIANT: These pages were just pinned.
        //
        // SAFETY: The first `pinned` pointers of the spare capacity were just written.
        unsafe { self.pages.inc_len(usize::try_from(pinned)?) };
        Ok(())
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // SAFETY: By the type invariants each of the pages is pinned once, and is given up here.
        unsafe {
            bindings::unpin_user_pages_dirty_lock(
                self.pages.as_mut_ptr(),
                self.pages.len(),
                self.access == Access::Write,
            )
        };
    }
}

// SAFETY: The pages stay pinned, hence allocated, as long as `self` lives, and the list changes
// only through `&mut self`. They are user memory: Rust code relies on nothing in it, and never
// looks at it. What is writable was pinned with `FOLL_WRITE`.
unsafe impl PhyrSource for Pinned {
    type Cpu<'a> = ();

    fn phyrs(&self) -> &[Phyr] {
        &self.phyrs
    }

    fn is_writable(&self) -> bool {
        self.access == Access::Write
    }

    fn cpu(&mut self) {}
}
