// SPDX-License-Identifier: GPL-2.0

//! The pages of a list, linked.
//!
//! A page knows the next, the one before, and one further back, to which a search jumps: the skew
//! binary numbering of Myers ("An applicative random-access stack", 1983) takes a search from the
//! last page to any in at most three times as many steps as the logarithm of how many there are,
//! and only the pages behind one that is added or taken away have to be numbered anew.

use super::{
    codes::{
        Codes,
        Counts, //
    },
    pages::Pages, //
};
use crate::{
    plan::units::Bytes,
    PAGE_BYTES, //
};
use core::{
    ffi::c_void,
    marker::PhantomData,
    ops::{
        Deref,
        DerefMut, //
    },
    ptr::NonNull,
};

/// Words of codes in a page.
pub const PAGE_WORDS: usize =
    (PAGE_BYTES - size_of::<Header>() - size_of::<Codes<[u64; 0]>>()) / size_of::<u64>();

type Link = Option<NonNull<Page>>;

#[repr(C)]
struct Header {
    next: Link,
    prev: Link,
    jump: Link,
    /// Where the page came from.
    pool: *mut c_void,
    /// Bytes of the list before this page.
    start: Bytes,
    /// Pages of the list before this one.
    rank: u32,
}

/// A page of a list.
///
/// # Invariants
///
/// What it links to are pages of the same [`Chain`], which owns them all; `prev` and `jump` are
/// further to the front.
#[repr(C)]
pub struct Page {
    header: Header,
    codes: Codes<[u64; PAGE_WORDS]>,
}

const _: () = assert!(size_of::<Page>() == PAGE_BYTES);

impl Page {
    /// The codes.
    #[inline]
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// The codes, to be written.
    #[inline]
    pub(super) fn codes_mut(&mut self) -> &mut Codes {
        &mut self.codes
    }

    /// Bytes of the list before this page.
    #[inline]
    pub fn start(&self) -> Bytes {
        self.header.start
    }

    /// Pages of the list before this one.
    #[inline]
    pub(super) fn rank(&self) -> u32 {
        self.header.rank
    }

    /// The next page.
    #[inline]
    pub fn next(&self) -> Option<&Page> {
        // SAFETY: By the type invariants it is a page of the same chain, which is borrowed.
        self.header.next.map(|page| unsafe { page.as_ref() })
    }

    #[inline]
    fn prev(&self) -> Option<&Page> {
        // SAFETY: As above.
        self.header.prev.map(|page| unsafe { page.as_ref() })
    }

    #[inline]
    fn jump(&self) -> Option<&Page> {
        // SAFETY: As above.
        self.header.jump.map(|page| unsafe { page.as_ref() })
    }
}

/// A page that is in no list yet.
///
/// # Invariants
///
/// The page is initialised, as far as [`Page`] says, and nobody else's; it came from `P`.
pub struct Spare<P: Pages> {
    page: NonNull<Page>,
    _from: PhantomData<P>,
}

impl<P: Pages> Spare<P> {
    /// An empty page; [`None`] if none can be had.
    pub fn new(pages: &P) -> Option<Self> {
        let page: NonNull<Page> = pages.alloc()?.cast();
        let header = Header {
            next: None,
            prev: None,
            jump: None,
            pool: pages.pool(),
            start: Bytes::ZERO,
            rank: 0,
        };

        // SAFETY: By the contract of `Pages` the page may be written.
        unsafe { (&raw mut (*page.as_ptr()).header).write(header) };
        // SAFETY: As above.
        unsafe { (&raw mut (*page.as_ptr()).codes.counts).write(Counts::NONE) };
        // INVARIANT: Just written; there are no words that are used.
        Some(Self {
            page,
            _from: PhantomData,
        })
    }

    fn into_page(self) -> NonNull<Page> {
        core::mem::ManuallyDrop::new(self).page
    }
}

impl<P: Pages> Deref for Spare<P> {
    type Target = Page;

    fn deref(&self) -> &Page {
        // SAFETY: By the type invariants. The words that are not used are never read; memory that C
        // hands out has some value.
        unsafe { self.page.as_ref() }
    }
}

impl<P: Pages> DerefMut for Spare<P> {
    fn deref_mut(&mut self) -> &mut Page {
        // SAFETY: As above, and nobody else has it.
        unsafe { self.page.as_mut() }
    }
}

impl<P: Pages> Drop for Spare<P> {
    fn drop(&mut self) {
        // SAFETY: It came from `P`, is initialised, and nobody uses it any more.
        unsafe { free::<P>(self.page) };
    }
}

/// # Safety
///
/// `page` must have come from `P`, have its header initialised, and must not be used any more.
unsafe fn free<P: Pages>(page: NonNull<Page>) {
    // SAFETY: By the safety requirements of this function.
    let pool = unsafe { (*page.as_ptr()).header.pool };

    // SAFETY: It came from there.
    unsafe { P::free(pool, page.cast()) };
}

/// Pages, linked.
///
/// # Invariants
///
/// `first` and `last` are the ends of pages that are linked to each other, and which nobody else
/// owns. They came from `P`. Both are [`None`] if there are none.
#[repr(C)]
pub struct Chain<P: Pages> {
    first: Link,
    last: Link,
    _from: PhantomData<P>,
}

impl<P: Pages> Chain<P> {
    /// No pages.
    pub const fn new() -> Self {
        // INVARIANT: There are none.
        Self {
            first: None,
            last: None,
            _from: PhantomData,
        }
    }

    /// The first page.
    #[inline]
    pub fn first(&self) -> Option<&Page> {
        // SAFETY: By the type invariants; the chain is borrowed as long as the page.
        self.first.map(|page| unsafe { page.as_ref() })
    }

    /// The last page.
    #[inline]
    pub fn last(&self) -> Option<&Page> {
        // SAFETY: As above.
        self.last.map(|page| unsafe { page.as_ref() })
    }

    /// The last page, to be written.
    #[inline]
    pub fn last_mut(&mut self) -> Option<&mut Page> {
        // SAFETY: As above, and for this borrow alone.
        self.last.map(|mut page| unsafe { page.as_mut() })
    }

    /// The page that holds byte `offset` of the list, which has more bytes than that.
    pub fn find(&self, offset: Bytes) -> Option<&Page> {
        self.path(offset).last()
    }

    /// The pages that a search for that one looks at.
    pub(super) fn path(&self, offset: Bytes) -> impl Iterator<Item = &Page> {
        core::iter::successors(self.last(), move |page| {
            let is_behind = |page: &&Page| page.start() > offset;

            is_behind(page).then(|| page.jump().filter(is_behind).or(page.prev()))?
        })
    }

    /// Adds a page that begins at byte `start` of the list.
    pub fn push(&mut self, spare: Spare<P>, start: Bytes) {
        self.link(spare.into_page(), start);
    }

    /// Links a page that nobody else owns behind the others.
    fn link(&mut self, mut page: NonNull<Page>, start: Bytes) {
        let before = self.last();
        let (rank, jump) = match before {
            None => (0, None),
            Some(before) => {
                // As far apart twice: the page may jump over both.
                let is_pair = |jump: &Page, over: &Page| {
                    before.header.rank.wrapping_sub(jump.header.rank)
                        == jump.header.rank.wrapping_sub(over.header.rank)
                };
                let over = before
                    .jump()
                    .filter(|jump| jump.jump().is_some_and(|over| is_pair(jump, over)))
                    .and_then(|jump| jump.header.jump);

                let rank = before.header.rank.saturating_add(1);
                (rank, over.or(self.last))
            }
        };
        // SAFETY: The page is nobody else's.
        let header = unsafe { &mut page.as_mut().header };

        // INVARIANT: These are pages of this chain, which owns the page from now on.
        header.start = start;
        header.rank = rank;
        header.jump = jump;
        header.prev = self.last;
        header.next = None;
        match self.last_mut() {
            Some(last) => last.header.next = Some(page),
            None => self.first = Some(page),
        }
        self.last = Some(page);
    }

    /// Takes the first page out.
    fn unlink_first(&mut self) -> Link {
        let page = self.first?;
        // SAFETY: By the type invariants.
        let next = unsafe { page.as_ref() }.header.next;

        // INVARIANT: Those behind it are left; their links to it are not followed before they are
        // set anew, or they are taken out themselves.
        self.first = next;
        if next.is_none() {
            self.last = None;
        }
        Some(page)
    }

    /// Adds all pages of `other`, whose first byte is byte `start` of this list.
    pub fn append(&mut self, mut other: Self, start: Bytes) {
        while let Some(page) = other.unlink_first() {
            // SAFETY: It was taken out, so it is nobody's.
            let before = unsafe { page.as_ref() }.start();

            self.link(page, start.wrapping_add(before));
        }
    }

    /// Number of codes, for which all pages are looked at.
    pub fn entries(&self) -> u64 {
        core::iter::successors(self.first(), |page| page.next()).fold(0, |sum: u64, page| {
            sum.saturating_add(page.codes().entries())
        })
    }

    /// Takes the pages behind the one that holds byte `offset` out of the chain. The first of them
    /// begins at byte 0 then.
    pub fn split_behind(&mut self, offset: Bytes) -> Self {
        // The link to it: through what is only borrowed a page must not be written.
        let last = self.find(offset).and_then(|page| match page.prev() {
            Some(before) => before.header.next,
            None => self.first,
        });
        let Some(last) = last else {
            return Self::new();
        };
        // SAFETY: It is a page of this chain, which is borrowed exclusively.
        let header = unsafe { &mut (*last.as_ptr()).header };
        let Some(next) = header.next.take() else {
            return Self::new();
        };
        // SAFETY: It is a page of this chain.
        let skipped = unsafe { next.as_ref() }.start();
        // INVARIANT: The pages up to `last` are left here.
        let behind = Self {
            first: Some(next),
            last: self.last,
            _from: PhantomData,
        };
        self.last = Some(last);

        behind.numbered(skipped)
    }

    /// The same pages, of which the first begins at byte 0 and not at `skipped`, linked anew.
    fn numbered(mut self, skipped: Bytes) -> Self {
        let mut chain = Self::new();

        while let Some(page) = self.unlink_first() {
            // SAFETY: It was taken out, so it is nobody's.
            let start = unsafe { page.as_ref() }.start();

            chain.link(page, start.saturating_sub(skipped));
        }
        chain
    }
}

impl<P: Pages> Default for Chain<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Pages> Drop for Chain<P> {
    fn drop(&mut self) {
        while let Some(page) = self.unlink_first() {
            // SAFETY: It came from `P`, and was taken out, so nobody uses it.
            unsafe { free::<P>(page) };
        }
    }
}

// SAFETY: A chain owns its pages, which may be freed by any thread by the contract of `Pages`.
unsafe impl<P: Pages> Send for Chain<P> {}
// SAFETY: Through a shared reference pages are only read.
unsafe impl<P: Pages> Sync for Chain<P> {}
