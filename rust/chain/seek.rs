// SPDX-License-Identifier: GPL-2.0

//! A stretch of a list, read from front to back.

use super::{
    codes::Codes,
    page::Page, //
};
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
    /// The codes of the page that are left, or of those that are in no page.
    words: &'a [u64],
    /// Bytes of the next range before the stretch.
    skip: Bytes,
    /// Bytes of the stretch that are left.
    left: Bytes,
}

impl<'a> Slice<'a> {
    /// What is in `codes`, which are those of `page`, and in the pages behind it, up to `left`
    /// bytes.
    #[inline]
    pub(super) fn all(page: Option<&'a Page>, codes: &'a Codes, left: Bytes) -> Self {
        Self {
            page,
            words: codes.words(),
            skip: Bytes::ZERO,
            left,
        }
    }

    /// The same, from byte `offset` of the `codes` on, which they have.
    pub(super) fn from(
        page: Option<&'a Page>,
        codes: &'a Codes,
        offset: Bytes,
        left: Bytes,
    ) -> Option<Self> {
        let (at, skip) = words::find(codes.words(), offset)?;

        Some(Self {
            page,
            words: codes.words().get(at..)?,
            skip,
            left,
        })
    }

    const fn none(left: Bytes) -> Self {
        Self {
            page: None,
            words: &[],
            skip: Bytes::ZERO,
            left,
        }
    }

    /// Nothing.
    pub fn empty() -> Self {
        Self::none(Bytes::ZERO)
    }

    /// What is not there, though it should have a byte.
    pub fn broken() -> Self {
        Self::none(Bytes::new(1))
    }

    /// Bytes that are left.
    #[inline]
    pub fn bytes(&self) -> Bytes {
        self.left
    }
}

impl Slice<'_> {
    /// The next range: whole pages, as most are.
    #[inline(always)]
    fn take_range(&mut self) -> Option<Phyr> {
        if let Some((&word, rest)) = self.words.split_first() {
            if let Some(phyr) = decode_pages(word).filter(|_| self.skip.is_zero()) {
                if let Some(left) = self.left.checked_sub(phyr.len()) {
                    self.words = rest;
                    self.left = left;
                    return Some(phyr);
                }
            }
        }
        match self.left.is_zero() {
            true => None,
            false => self.take_rare(),
        }
    }

    /// The next range where a page ends, or the stretch, or where it begins inside of a range, or
    /// that has another code. What takes long is left to functions that are given copies, for the
    /// rest of the stretch to stay in registers.
    #[inline(always)]
    fn take_rare(&mut self) -> Option<Phyr> {
        if self.words.is_empty() {
            (self.page, self.words) = after(self.page);
        }
        let (phyr, rest) = behind(self.words, self.skip)?;
        let len = phyr.len().min(self.left);

        self.words = rest;
        self.skip = Bytes::ZERO;
        self.left = self.left.saturating_sub(len);
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

    (next, next.map_or(&[], |next| next.codes().words()))
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
