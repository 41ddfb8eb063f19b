// SPDX-License-Identifier: GPL-2.0

//! A list, and what is added to it.

use super::{
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
            decode_pages,
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

/// The range that `words` begin with, and the words behind its code.
#[inline(always)]
fn split_range(words: &[u64]) -> Option<(Phyr, &[u64])> {
    let (&word, rest) = words.split_first()?;

    match decode_pages(word) {
        Some(phyr) => Some((phyr, rest)),
        None => behind(words, Bytes::ZERO),
    }
}

/// A list of physical ranges, in pages that come from `P`.
#[repr(C)]
pub struct List<P: Pages> {
    pub(super) bytes: Bytes,
    pub(super) entries: u64,
    pub(super) chain: Chain<P>,
    seams: Seams,
}

impl<P: Pages> List<P> {
    /// An empty list. It has no page yet.
    pub const fn new(seams: Seams) -> Self {
        Self {
            chain: Chain::new(),
            bytes: Bytes::ZERO,
            entries: 0,
            seams,
        }
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
    /// - [`Error::Invalid`] if the range has no bytes, runs past the end of the address space, or the
    ///   list would have more than 2^64 - 1 bytes.
    /// - [`Error::NoMemory`] if a page is needed and cannot be had.
    #[inline]
    pub fn push(&mut self, phyr: Phyr, pages: &P) -> Result<(), Error> {
        let bytes = self.bytes.checked_add(phyr.len()).ok_or(Error::Invalid)?;
        let is_apart = |page: &mut Page| page.push_apart(phyr);

        if self.chain.last_mut().is_some_and(is_apart) {
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
    /// long as the list ends with whole pages or is empty, there is room in its last page, and it
    /// would not have too many bytes. Returns how many.
    #[inline]
    pub fn push_frames(&mut self, frames: &[u64], pages: &P) -> usize {
        // Not more than the list could have: then what is taken of them is not, either.
        let most = !self.bytes.raw() >> PAGE_SHIFT;
        if u64::try_from(frames.len()).is_ok_and(|nr| nr > most) {
            return 0;
        }
        let begun = self.chain.last_mut().is_none();
        let rest = match frames {
            [first, rest @ ..] if begun && self.begin(*first, pages) => rest,
            frames => frames,
        };
        let (nr, entries) = match (rest, self.chain.last_mut()) {
            (_, None) => return 0,
            ([], _) => (0, 0),
            (rest, Some(page)) => page.push_frames(rest),
        };
        let nr = nr.wrapping_add(begun.into());
        let len = u64::try_from(nr).unwrap_or_default() << PAGE_SHIFT;

        self.entries = self
            .entries
            .wrapping_add(entries)
            .wrapping_add(begun.into());
        self.bytes = self.bytes.wrapping_add(Bytes::new(len));
        nr
    }

    /// Makes the first page, with the number of a page of memory in it. Returns whether there is one.
    #[inline]
    fn begin(&mut self, first: u64, pages: &P) -> bool {
        let Some(mut spare) = Spare::new(pages) else {
            return false;
        };

        if !spare.push_frame(first) {
            return false;
        }
        self.chain.push(spare, Bytes::ZERO);
        true
    }

    /// The last range.
    fn last(&self) -> Option<Phyr> {
        let page = self.chain.last()?;

        decode(page.words().get(page.last()..)?).map(|(last, _)| last)
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
        let Some(page) = self.chain.last_mut() else {
            return Err(Error::Invalid);
        };
        if page.replace_last(phyr) {
            return Ok(());
        }
        let mut spare = spare().ok_or(Error::NoMemory)?;

        spare.push(phyr);
        page.truncate(page.last());
        self.chain
            .push(spare, self.bytes.saturating_sub(last.len()));
        Ok(())
    }

    fn add(&mut self, phyr: Phyr, pages: &P) -> Result<(), Error> {
        let fits = |page: &mut Page| page.push(phyr);

        if !self.chain.last_mut().is_some_and(fits) {
            let mut spare = Spare::new(pages).ok_or(Error::NoMemory)?;

            spare.push(phyr);
            self.chain.push(spare, self.bytes);
        }
        self.entries = self.entries.saturating_add(1);
        Ok(())
    }

    /// All of it, from the start.
    #[inline]
    pub fn iter(&self) -> Slice<'_> {
        Slice::all(self.chain.first(), self.bytes)
    }

    /// Does something for each range, in fewer steps than it takes to [iterate](List::iter), for
    /// which there may be a stretch.
    #[inline]
    pub fn for_each(&self, mut each: impl FnMut(Phyr)) {
        let mut page = self.chain.first();

        while let Some(at) = page {
            let mut words = at.words();

            while let Some((phyr, rest)) = split_range(words) {
                words = rest;
                each(phyr);
            }
            page = at.next();
        }
    }

    /// `len` bytes from byte `offset` on, which takes as many steps as the logarithm of the number
    /// of pages; [`None`] if there are not so many.
    #[inline]
    pub fn slice(&self, offset: Bytes, len: Bytes) -> Option<Slice<'_>> {
        match offset.is_zero() && len <= self.bytes {
            true => Some(Slice::all(self.chain.first(), len)),
            false => self.slice_from(offset, len),
        }
    }

    fn slice_from(&self, offset: Bytes, len: Bytes) -> Option<Slice<'_>> {
        let end = offset.checked_add(len)?;

        if end > self.bytes {
            return None;
        }
        match len.is_zero() {
            true => Some(Slice::empty()),
            false => Slice::from(self.chain.find(offset)?, offset, len),
        }
    }

    /// How many pages are looked at to find byte `offset`.
    pub fn steps_to(&self, offset: Bytes) -> usize {
        self.chain.path(offset).count()
    }
}
