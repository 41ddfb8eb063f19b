// SPDX-License-Identifier: GPL-2.0

//! A stretch of a list, read from front to back.

use super::page::Page;
use crate::plan::{
    dense::{
        code::{
            decode,
            decode_pages, //
        },
        words, //
    },
    phyr::Phyr,
    units::Bytes,
};

/// The ranges of a stretch of a list. A copy goes on where it was made.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Slice<'a> {
    page: Option<&'a Page>,
    /// The codes of the page that are left, of which there is one if there is a page, and bytes are
    /// left.
    words: &'a [u64],
    /// Bytes of the next range before the stretch.
    skip: Bytes,
    /// Bytes of the stretch that are left.
    left: Bytes,
}

impl<'a> Slice<'a> {
    /// What is in `page`, and in those behind it, up to `left` bytes.
    #[inline]
    pub(super) fn all(page: Option<&'a Page>, left: Bytes) -> Self {
        Self {
            page,
            words: page.map_or(&[], Page::words),
            skip: Bytes::ZERO,
            left,
        }
    }

    /// `left` bytes from byte `offset` of the list on, which is in `page`.
    pub(super) fn from(page: &'a Page, offset: Bytes, left: Bytes) -> Option<Self> {
        let (at, skip) = words::find(page.words(), offset.checked_sub(page.start())?)?;

        Some(Self {
            page: Some(page),
            words: page.words().get(at..)?,
            skip,
            left,
        })
    }

    /// Nothing.
    pub fn empty() -> Self {
        Self::all(None, Bytes::ZERO)
    }

    /// What is not there, though it should have a byte.
    pub fn broken() -> Self {
        Self::all(None, Bytes::new(1))
    }

    /// Bytes that are left.
    #[inline]
    pub fn bytes(&self) -> Bytes {
        self.left
    }
}

impl Slice<'_> {
    /// The next range. What is rare is left to functions that are given copies, for the rest of the
    /// stretch to stay in registers.
    #[inline(always)]
    fn take_range(&mut self) -> Option<Phyr> {
        if self.left.is_zero() {
            return None;
        }
        let (&word, rest) = self.words.split_first()?;
        let (phyr, rest) = match decode_pages(word) {
            Some(phyr) if self.skip.is_zero() => (phyr, rest),
            _ => behind(self.words, self.skip)?,
        };
        let len = phyr.len().min(self.left);

        self.skip = Bytes::ZERO;
        self.left = self.left.saturating_sub(len);
        self.words = rest;
        if rest.is_empty() && !self.left.is_zero() {
            (self.page, self.words) = after(self.page);
        }
        Some(Phyr::new(phyr.paddr(), len))
    }
}

/// What is behind the first `skip` bytes of the range that `words` begin with, and the words behind
/// that.
#[cold]
#[inline(never)]
pub(super) fn behind(words: &[u64], skip: Bytes) -> Option<(Phyr, &[u64])> {
    let (phyr, len) = decode(words)?;

    Some((phyr.after(skip)?, words.get(len..)?))
}

/// The page behind `page`, and its words.
#[cold]
#[inline(never)]
fn after(page: Option<&Page>) -> (Option<&Page>, &[u64]) {
    let next = page.and_then(Page::next);

    (next, next.map_or(&[], Page::words))
}

impl Iterator for Slice<'_> {
    type Item = Phyr;

    #[inline(always)]
    fn next(&mut self) -> Option<Phyr> {
        self.take_range()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.left.is_zero().then_some(0))
    }

    #[inline]
    fn find_map<B, F: FnMut(Phyr) -> Option<B>>(&mut self, mut f: F) -> Option<B> {
        // In registers, which memory that others know of would not be.
        let mut slice = *self;
        let found = loop {
            let Some(phyr) = slice.take_range() else {
                break None;
            };

            if let Some(found) = f(phyr) {
                break Some(found);
            }
        };
        *self = slice;
        found
    }
}
