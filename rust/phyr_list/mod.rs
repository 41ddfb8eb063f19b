// SPDX-License-Identifier: GPL-2.0

//! Lists that are kept, with the pages of their memory held: `struct phyr_list`.

mod hold;
mod iov;
mod pages;
mod part;
mod pin;
mod shared;
mod user;

pub use hold::Hold;
pub use pages::Gfp;
pub(crate) use pages::Spares;
pub use part::Part;
pub use pin::{
    Access,
    Term, //
};
pub use shared::SharedPart;
pub use user::UserMemory;

use crate::{
    chain::{
        List,
        Slice, //
    },
    plan::{
        error::Error,
        phyr::Phyr,
        units::Bytes, //
    }, //
};
use core::ptr::null_mut;
use kernel::bindings::gfp_t;
use pages::{
    KernelPages,
    Pool, //
};
use pin::Mm;

/// A list of physical ranges that is kept for long. It lets go of its memory when it is dropped.
///
/// The list is dense and of any length, see [`chain`](crate::chain). To read it takes `&self`: any
/// number of devices may be given it at the same time.
///
/// Laid out as `struct phyr_list`.
///
/// # Invariants
///
/// - The pages of each range are held as `hold` says, for that range alone.
/// - `mm`, if there is one, has a reference, and as many pages counted as the list holds. An empty
///   list has none, for it need not be released.
/// - `pool`, if it is one, lives as long as the list's pages.
#[repr(C)]
pub struct PhyrList {
    list: List<KernelPages>,
    hold: Hold,
    /// Whether what is pinned is written.
    is_written: bool,
    pool: Pool,
    mm: Option<Mm>,
}

// `struct phyr_list` of `include/linux/phyr-list.h`, of which `rust/phyr_list/hold.c` asserts the
// same.
const _: () = {
    assert!(size_of::<PhyrList>() == 200);
    assert!(core::mem::offset_of!(PhyrList, hold) == 176);
    assert!(core::mem::offset_of!(PhyrList, pool) == 184);
};

impl PhyrList {
    /// An empty list, for which nothing is allocated. Its memory is held by somebody else.
    pub const fn new() -> Self {
        Self::holding(Hold::None)
    }

    /// An empty list of user memory that is to be pinned.
    pub const fn pinned() -> Self {
        Self::holding(Hold::Pin)
    }

    /// An empty list of pages that it takes references to.
    pub const fn referenced() -> Self {
        Self::holding(Hold::Reference)
    }

    /// An empty list that holds memory as this one does, and whose pages come from the same pool.
    pub(crate) fn empty(&self) -> Self {
        let mut list = Self::holding(self.hold);

        list.pool = self.pool;
        list
    }

    const fn holding(hold: Hold) -> Self {
        // INVARIANT: There are no ranges.
        Self {
            list: List::new(hold.seams()),
            hold,
            is_written: false,
            pool: Pool(null_mut()),
            mm: None,
        }
    }

    /// Length of the memory in bytes.
    #[inline]
    pub fn bytes(&self) -> Bytes {
        self.list.bytes()
    }

    /// Number of ranges.
    #[inline]
    pub fn entries(&self) -> u64 {
        self.list.entries()
    }

    /// Bytes that it takes to keep the ranges.
    #[inline]
    pub fn metadata(&self) -> Bytes {
        let page = crate::PAGE_BYTES as u64;

        Bytes::new(size_of::<Self>() as u64 + self.list.pages().saturating_mul(page))
    }

    /// Whether it has no ranges.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a device may write it, as far as that is known: not what was pinned to be read.
    pub(crate) fn may_be_written(&self) -> bool {
        self.hold != Hold::Pin || self.is_written
    }

    /// How its memory is held.
    #[inline]
    pub fn hold(&self) -> Hold {
        self.hold
    }

    /// All ranges, in order.
    #[inline]
    pub fn iter(&self) -> Slice<'_> {
        self.list.iter()
    }

    /// `len` bytes from byte `offset` on, in as many steps as the logarithm of the number of the
    /// list's pages; [`None`] if there are not so many.
    #[inline]
    pub fn slice(&self, offset: Bytes, len: Bytes) -> Option<Slice<'_>> {
        self.list.slice(offset, len)
    }

    fn pages(&self, gfp: gfp_t) -> KernelPages {
        // SAFETY: By the type invariants.
        unsafe { KernelPages::new(self.pool, gfp) }
    }

    /// Adds a range at the end.
    ///
    /// # Safety
    ///
    /// If the list pins, the pages of `phyr` must be pinned, which the list takes over. If it holds
    /// references, and they are RAM, they must be allocated.
    ///
    /// # Errors
    ///
    /// The list does not change then: [`Error::Invalid`] if the range is not valid, no RAM though
    /// the list holds references, its pages are counted as locked, or there were too many bytes;
    /// [`Error::NoMemory`] if a page cannot be had.
    pub unsafe fn add(&mut self, phyr: Phyr, gfp: Gfp) -> Result<(), Error> {
        phyr.end()?;
        if self.mm.is_some() {
            // Its pages are not counted there.
            return Err(Error::Invalid);
        }
        // SAFETY: By the safety requirements of this function.
        unsafe { self.add_counted(phyr, gfp.0) }
    }

    /// [`PhyrList::add`] of pages that are counted, if the list's are.
    ///
    /// # Safety
    ///
    /// As for [`PhyrList::add`], and `phyr` must be valid.
    ///
    /// # Errors
    ///
    /// As for [`PhyrList::add`].
    unsafe fn add_counted(&mut self, phyr: Phyr, gfp: gfp_t) -> Result<(), Error> {
        if self.hold == Hold::Reference {
            // SAFETY: By the safety requirements of this function.
            unsafe { self.hold.take(phyr) }?;
        }
        let added = self.list.push(phyr, &self.pages(gfp));

        if added.is_err() && self.hold == Hold::Reference {
            // SAFETY: Taken above.
            unsafe { self.hold.let_go(phyr, false) };
        }
        added
    }

    /// Adds all that `phyrs` gives, or nothing.
    ///
    /// # Safety
    ///
    /// As for [`PhyrList::add`], of each.
    ///
    /// # Errors
    ///
    /// As for [`PhyrList::add`].
    pub unsafe fn add_all(
        &mut self,
        phyrs: impl Iterator<Item = Phyr>,
        gfp: Gfp,
    ) -> Result<(), Error> {
        let before = self.bytes();

        for phyr in phyrs {
            // SAFETY: By the safety requirements of this function.
            if let Err(error) = unsafe { self.add(phyr, gfp) } {
                self.revert(before, self.hold == Hold::Reference);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Lets go of all memory, and of the list's own pages.
    pub fn release(&mut self) {
        self.let_go();
        self.list.clear();
        self.is_written = false;
    }

    /// Lets go of all memory, which must not be done again.
    #[inline(always)]
    fn let_go(&mut self) {
        let dirty = self.is_written;
        let mut pages: u64 = 0;

        // Asked once, and not for each range.
        match self.hold {
            Hold::None => (),
            Hold::Pin => self.list.for_each(|phyr| {
                // SAFETY: Each range is held by itself by the type invariants.
                pages = pages.wrapping_add(unsafe { Hold::Pin.let_go(phyr, dirty) });
            }),
            Hold::Reference => self.list.for_each(|phyr| {
                // SAFETY: As above.
                unsafe { Hold::Reference.let_go(phyr, false) };
            }),
        }
        if let Some(mm) = self.mm.take() {
            mm.put(pages);
        }
    }

    /// Makes the list end where it did when it had `bytes` bytes, and lets go of what it holds
    /// since then, if that is its own.
    fn revert(&mut self, bytes: Bytes, is_own: bool) {
        let since = self.bytes().saturating_sub(bytes);
        let mut pages: u64 = 0;

        if is_own {
            for phyr in self.list.slice(bytes, since).into_iter().flatten() {
                // SAFETY: It is held for these ranges, and for nothing before them: ranges that
                // hold pages are merged only where one begins.
                let held = unsafe { self.hold.let_go(phyr, self.is_written) };

                pages = pages.saturating_add(held);
            }
        }
        self.list.truncate(bytes);
        match self.is_empty() {
            true => {
                if let Some(mm) = self.mm.take() {
                    mm.put(pages);
                }
            }
            false => {
                if let Some(mm) = &self.mm {
                    mm.unlock(pages);
                }
            }
        }
    }

    /// Lets go of what was added since the list had `bytes` bytes, for which nothing is allocated.
    ///
    /// # Errors
    ///
    /// The list does not change then: [`Error::Invalid`] if it has fewer, or never ended there.
    pub fn truncate(&mut self, bytes: Bytes) -> Result<(), Error> {
        if !self.list.can_end_at(bytes) || self.cut_page(bytes).is_some() {
            return Err(Error::Invalid);
        }
        if bytes < self.bytes() {
            self.revert(bytes, self.hold != Hold::None);
            self.forget_written();
        }
        Ok(())
    }

    /// Of what an empty list held is nothing left to say.
    fn forget_written(&mut self) {
        self.is_written &= !self.is_empty();
    }

    /// Says whether pages that are pinned, and were or will be [added](PhyrList::add), are for a
    /// device to write: they are marked dirty when they are let go of. An empty list forgets that.
    #[inline]
    pub fn set_access(&mut self, access: Access) {
        self.is_written = access == Access::Write;
    }

    /// Adds all of `other` at the end, which is empty then. No range is merged, and only those are
    /// copied that are in the list itself.
    ///
    /// # Errors
    ///
    /// Both are as they were then: [`Error::Invalid`] if they do not hold their memory in the same
    /// way, or there were too many bytes; [`Error::NoMemory`] if a page is needed and cannot be
    /// had.
    pub fn append(&mut self, other: &mut Self, gfp: Gfp) -> Result<(), Error> {
        let is_alike = self.hold == other.hold
            && (self.is_empty()
                || other.is_empty()
                || (self.is_written == other.is_written && self.mm == other.mm));
        if !is_alike {
            return Err(Error::Invalid);
        }
        if other.is_empty() {
            return Ok(());
        }
        let pages = self.pages(gfp.0);
        let seams = other.list.seams();
        let taken = core::mem::replace(&mut other.list, List::new(seams));

        match self.list.append(taken, &pages) {
            Ok(()) => {
                self.is_written = core::mem::take(&mut other.is_written);
                // INVARIANT: What the other has counted is counted here from now on. If both have
                // counted something, it is in the same memory.
                if let Some(mm) = core::mem::replace(&mut self.mm, other.mm.take()) {
                    mm.put(0);
                }
                Ok(())
            }
            Err((error, list)) => {
                other.list = list;
                Err(error)
            }
        }
    }

    /// Takes what is from byte `offset` on. A page of memory that is cut is held once more.
    ///
    /// # Errors
    ///
    /// The list does not change then: [`Error::Invalid`] if it is shorter; [`Error::NoMemory`] if
    /// one of up to three pages cannot be had.
    pub fn split_off(&mut self, offset: Bytes, gfp: Gfp) -> Result<Self, Error> {
        self.split(offset, gfp.0)
    }

    pub(crate) fn split(&mut self, offset: Bytes, gfp: gfp_t) -> Result<Self, Error> {
        let cut = self.cut_page(offset);

        if let Some(cut) = cut {
            // SAFETY: It is part of a range that is held.
            unsafe { self.hold.take(cut) }?;
        }
        match self.list.split_off(offset, &self.pages(gfp)) {
            Ok(list) => {
                let mut behind = Self {
                    // INVARIANT: Each list counts its own pages, among them the one that is cut.
                    mm: match (self.is_empty(), list.is_empty()) {
                        (_, true) => None,
                        (true, _) => self.mm.take(),
                        _ => self.mm.as_ref().map(|mm| {
                            mm.count(cut.is_some().into());
                            mm.again()
                        }),
                    },
                    list,
                    hold: self.hold,
                    is_written: self.is_written,
                    pool: self.pool,
                };

                self.forget_written();
                behind.forget_written();
                Ok(behind)
            }
            Err(error) => {
                if let Some(cut) = cut {
                    // SAFETY: Taken above.
                    unsafe { self.hold.let_go(cut, false) };
                }
                Err(error)
            }
        }
    }

    /// A byte of the page of memory that a cut at byte `offset` would cut, if it is held.
    fn cut_page(&self, offset: Bytes) -> Option<Phyr> {
        let before = offset.checked_sub(Bytes::new(1))?;
        let around = self.list.slice(before, Bytes::new(2))?.next()?;
        let is_inside = around.len() == Bytes::new(2)
            && around.paddr().raw().wrapping_add(1) % crate::PAGE_BYTES as u64 != 0;

        (self.hold != Hold::None && is_inside).then(|| Phyr::new(around.paddr(), Bytes::new(1)))
    }
}

impl Default for PhyrList {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for PhyrList {
    fn drop(&mut self) {
        self.let_go();
    }
}

// SAFETY: What it holds may be given up by any thread.
unsafe impl Send for PhyrList {}
// SAFETY: Through a shared reference it is only read.
unsafe impl Sync for PhyrList {}
