// SPDX-License-Identifier: GPL-2.0

//! A list, and what is added to it.

use super::{
    codes::{
        Codes,
        Counts, //
    },
    page::{
        Chain,
        Page,
        Spare, //
    },
    pages::Pages,
    seek::{
        behind,
        Slice, //
    }, //
};
use crate::{
    plan::{
        dense::code::{
            decode,
            decode_page,
            decode_pages,
            MOST_WORDS,
            PAGE_SHIFT, //
        },
        error::Error,
        phyr::Phyr,
        units::{
            Bytes,
            PhysAddr, //
        }, //
    },
    PAGE_BYTES,
};

/// Where ranges that are adjacent are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u64)]
pub enum Seams {
    /// Wherever they are.
    #[default]
    Any,
    /// Where the next begins with a page of memory: which pages a range has tells how many of its
    /// pages are held, and a page that two ranges have parts of is held twice.
    Pages,
}

impl Seams {
    fn allow(self, seam: PhysAddr) -> bool {
        match (self, usize::try_from(seam.raw())) {
            (Self::Any, _) => true,
            (Self::Pages, Ok(seam)) => seam % PAGE_BYTES == 0,
            (Self::Pages, Err(_)) => false,
        }
    }
}

/// Words of codes in a list itself.
pub const FEW_WORDS: usize = 16;

/// A list of physical ranges: in itself, or in pages that come from `P`.
///
/// # Invariants
///
/// - If there are pages, there are codes in each of them, and none in `few`.
/// - The first page begins at byte 0, and each other where the one before ends.
#[repr(C)]
pub struct List<P: Pages> {
    pub(super) bytes: Bytes,
    pub(super) entries: u64,
    pub(super) chain: Chain<P>,
    seams: Seams,
    /// The codes, as long as there is no page.
    pub(super) few: Codes<[u64; FEW_WORDS]>,
}

impl<P: Pages> List<P> {
    // What `phyr_list_init()` relies on.
    const LAYOUT: () = {
        assert!(core::mem::offset_of!(Self, few) == 40);
        assert!(size_of::<Counts>() <= size_of::<u64>());
    };

    /// An empty list. It has no page yet.
    pub const fn new(seams: Seams) -> Self {
        let () = Self::LAYOUT;

        Self {
            chain: Chain::new(),
            bytes: Bytes::ZERO,
            entries: 0,
            seams,
            few: Codes::new(),
        }
    }

    /// Drops all ranges.
    #[inline]
    pub fn clear(&mut self) {
        self.chain = Chain::new();
        self.bytes = Bytes::ZERO;
        self.entries = 0;
        self.few.clear();
    }

    /// Length of the memory in bytes.
    #[inline]
    pub fn bytes(&self) -> Bytes {
        self.bytes
    }

    /// Number of ranges.
    #[inline]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Number of pages that it has of its own, to keep its ranges in.
    #[inline]
    pub fn pages(&self) -> u64 {
        self.chain
            .last()
            .map_or(0, |last| u64::from(last.rank()).saturating_add(1))
    }

    /// Where its ranges are merged.
    #[inline]
    pub fn seams(&self) -> Seams {
        self.seams
    }

    /// Whether it has no ranges.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_zero()
    }

    /// Adds a range at the end. If it continues the last one, that grows.
    ///
    /// # Errors
    ///
    /// The list does not change then.
    ///
    /// - [`Error::Invalid`] if the range has no bytes, runs past the end of the address space, or
    ///   the list would have more than 2^64 - 1 bytes.
    /// - [`Error::NoMemory`] if a page is needed and cannot be had.
    #[inline]
    pub fn push(&mut self, phyr: Phyr, pages: &P) -> Result<(), Error> {
        let bytes = self.bytes.checked_add(phyr.len()).ok_or(Error::Invalid)?;

        if self.tail_mut().push_apart(phyr) {
            self.entries = self.entries.saturating_add(1);
            self.bytes = bytes;
            return Ok(());
        }
        self.push_any(phyr, pages)?;
        self.bytes = bytes;
        Ok(())
    }

    fn push_any(&mut self, phyr: Phyr, pages: &P) -> Result<(), Error> {
        phyr.end()?;
        match self.last().filter(|last| self.continues(*last, phyr)) {
            Some(last) => {
                let merged = Phyr::new(last.paddr(), last.len().saturating_add(phyr.len()));
                self.replace_last(last, merged, || Spare::new(pages))
            }
            None => self.add(phyr, pages),
        }
    }

    /// Adds whole pages of memory, given by their numbers, as [`List::push`] would one by one, as
    /// long as the list ends with whole pages or is empty, there is room in its last page or a
    /// first can be had, and it would not have too many bytes. Returns how many.
    #[inline]
    pub fn push_frames(&mut self, frames: &[u64], pages: &P) -> usize {
        // Not more than the list could have: then what is taken of them is not, either.
        let most = !self.bytes.raw() >> PAGE_SHIFT;
        if u64::try_from(frames.len()).is_ok_and(|nr| nr > most) {
            return 0;
        }
        let nr = self.push_frames_here(frames);

        match frames.get(nr..) {
            Some(rest @ [next, ..]) if self.must_leave_itself(*next) => {
                nr.wrapping_add(self.push_frames_behind(rest, pages))
            }
            _ => nr,
        }
    }

    /// [`List::push_frames`] of a list that is empty, as far as there is room in the list itself.
    #[inline(always)]
    pub fn begin_with_frames(&mut self, frames: &[u64]) -> usize {
        if !self.is_empty() {
            return 0;
        }
        let few: &mut Codes = &mut self.few;
        // It is, and what follows is made for it.
        few.clear();
        let (nr, entries) = few.push_frames(frames);

        self.entries = entries;
        self.bytes = Bytes::new(u64::try_from(nr).unwrap_or_default() << PAGE_SHIFT);
        nr
    }

    /// As many as there is room for.
    #[inline]
    fn push_frames_here(&mut self, frames: &[u64]) -> usize {
        let (nr, entries) = self.tail_mut().push_frames(frames);
        let len = u64::try_from(nr).unwrap_or_default() << PAGE_SHIFT;

        self.entries = self.entries.wrapping_add(entries);
        self.bytes = self.bytes.wrapping_add(Bytes::new(len));
        nr
    }

    /// In the first page, which is made for it.
    #[cold]
    #[inline(never)]
    fn push_frames_behind(&mut self, frames: &[u64], pages: &P) -> usize {
        match self.leave_itself(pages) {
            Ok(()) => self.push_frames_here(frames),
            Err(_) => 0,
        }
    }

    /// Whether there is no page, and page `frame` of memory needs one.
    #[inline]
    fn must_leave_itself(&self, frame: u64) -> bool {
        self.chain.first().is_none() && self.tail().has_no_room_for(frame)
    }

    /// Where the last codes are.
    #[inline]
    pub(super) fn tail(&self) -> &Codes {
        match self.chain.last() {
            Some(page) => page.codes(),
            None => &self.few,
        }
    }

    /// Where the last codes are, to be written.
    #[inline]
    pub(super) fn tail_mut(&mut self) -> &mut Codes {
        match self.chain.last_mut() {
            Some(page) => page.codes_mut(),
            None => &mut self.few,
        }
    }

    /// The first page, and where the first codes are.
    #[inline]
    fn front(&self) -> (Option<&Page>, &Codes) {
        match self.chain.first() {
            Some(page) => (Some(page), page.codes()),
            None => (None, &self.few),
        }
    }

    /// The last range.
    fn last(&self) -> Option<Phyr> {
        let tail = self.tail();

        decode(tail.words().get(tail.last()..)?).map(|(last, _)| last)
    }

    fn continues(&self, last: Phyr, phyr: Phyr) -> bool {
        last.end() == Ok(phyr.paddr()) && self.seams.allow(phyr.paddr())
    }

    /// Puts `phyr` in the place of the `last` range. Its code may be longer, and a `spare` page be
    /// needed.
    pub(super) fn replace_last(
        &mut self,
        last: Phyr,
        phyr: Phyr,
        spare: impl FnOnce() -> Option<Spare<P>>,
    ) -> Result<(), Error> {
        if self.tail_mut().replace_last(phyr) {
            return Ok(());
        }
        let mut spare = spare().ok_or(Error::NoMemory)?;
        let at = self.tail().last();

        self.tail_mut().truncate(at);
        self.move_few(&mut spare);
        spare.codes_mut().push(phyr);
        self.link(spare, self.bytes.saturating_sub(last.len()));
        Ok(())
    }

    fn add(&mut self, phyr: Phyr, pages: &P) -> Result<(), Error> {
        if !self.tail_mut().push(phyr) {
            let mut spare = Spare::new(pages).ok_or(Error::NoMemory)?;

            self.move_few(&mut spare);
            spare.codes_mut().push(phyr);
            self.link(spare, self.bytes);
        }
        self.entries = self.entries.saturating_add(1);
        Ok(())
    }

    /// Moves what is in the list itself, if it is, to a page that is to be its first. Any page has
    /// room for it.
    #[inline]
    pub(super) fn move_few(&mut self, spare: &mut Spare<P>) {
        spare.codes_mut().extend(&self.few);
        self.few.clear();
    }

    /// Moves what is in the only page to the list itself, if there is room, and also for the last
    /// code to become as long as one can be: it may have been, and the list may end there again.
    pub(super) fn return_to_itself(&mut self) {
        let Some(page) = self.chain.first().filter(|page| page.next().is_none()) else {
            return;
        };

        if page.codes().last() <= FEW_WORDS - MOST_WORDS {
            let few: &mut Codes = &mut self.few;

            // INVARIANT: The page is freed.
            few.extend(page.codes());
            self.chain = Chain::new();
        }
    }

    /// Moves what is in the list itself to a page, for others to be linked behind that.
    pub(super) fn leave_itself(&mut self, pages: &P) -> Result<(), Error> {
        if self.chain.first().is_some() || self.is_empty() {
            return Ok(());
        }
        let mut spare = Spare::new(pages).ok_or(Error::NoMemory)?;

        self.move_few(&mut spare);
        self.link(spare, Bytes::ZERO);
        Ok(())
    }

    /// Goes on in a page that begins at byte `start`, or at the first if it is the first.
    pub(super) fn link(&mut self, spare: Spare<P>, start: Bytes) {
        let start = self.chain.last().map_or(Bytes::ZERO, |_| start);

        // INVARIANT: There are codes in it, and none in the list itself any more.
        self.chain.push(spare, start);
    }

    /// All of it, from the start.
    #[inline]
    pub fn iter(&self) -> Slice<'_> {
        let (page, codes) = self.front();

        Slice::all(page, codes, self.bytes)
    }

    /// Does something for each range, in fewer steps than it takes to [iterate](List::iter), for
    /// which there may be a stretch.
    #[inline]
    pub fn for_each(&self, mut each: impl FnMut(Phyr)) {
        let (mut page, mut codes) = self.front();

        loop {
            let mut words = codes.words();

            while let Some((&word, rest)) = words.split_first() {
                // Each by itself: more is known of a page, and of whole pages.
                if let Some(phyr) = decode_page(word) {
                    words = rest;
                    each(phyr);
                } else if let Some(phyr) = decode_pages(word) {
                    words = rest;
                    each(phyr);
                } else if let Some((phyr, rest)) = behind(words, Bytes::ZERO) {
                    words = rest;
                    each(phyr);
                } else {
                    break;
                }
            }
            page = page.and_then(Page::next);
            codes = match page {
                Some(page) => page.codes(),
                None => return,
            };
        }
    }

    /// `len` bytes from byte `offset` on, which takes as many steps as the logarithm of the number
    /// of pages; [`None`] if there are not so many.
    #[inline]
    pub fn slice(&self, offset: Bytes, len: Bytes) -> Option<Slice<'_>> {
        match offset.is_zero() && len <= self.bytes {
            true => {
                let (page, codes) = self.front();

                Some(Slice::all(page, codes, len))
            }
            false => self.slice_from(offset, len),
        }
    }

    fn slice_from(&self, offset: Bytes, len: Bytes) -> Option<Slice<'_>> {
        let end = offset.checked_add(len)?;

        if end > self.bytes {
            return None;
        }
        if len.is_zero() {
            return Some(Slice::empty());
        }
        let (page, codes, start) = self.find(offset);

        Slice::from(page, codes, offset.checked_sub(start)?, len)
    }

    /// Where byte `offset` is, which the list has: the page, if there is one, its codes, and how
    /// many bytes are before it.
    pub(super) fn find(&self, offset: Bytes) -> (Option<&Page>, &Codes, Bytes) {
        match self.chain.find(offset) {
            Some(page) => (Some(page), page.codes(), page.start()),
            None => (None, &self.few, Bytes::ZERO),
        }
    }

    /// How many pages are looked at to find byte `offset`.
    pub fn steps_to(&self, offset: Bytes) -> usize {
        self.chain.path(offset).count()
    }
}
