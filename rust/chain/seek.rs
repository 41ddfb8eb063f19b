// SPDX-License-Identifier: GPL-2.0

//! A stretch of a list, read from front to back.

use super::page::Page;
use crate::plan::{
    dense::{
        code::decode,
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
    /// The codes of the page that are left, of which there is one if there is a page.
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

impl Iterator for Slice<'_> {
    type Item = Phyr;

    #[inline]
    fn next(&mut self) -> Option<Phyr> {
        if self.left.is_zero() {
            return None;
        }
        let (mut phyr, words) = decode(self.words)?;

        if !self.skip.is_zero() {
            phyr = phyr.after(self.skip)?;
            self.skip = Bytes::ZERO;
        }
        let len = phyr.len().min(self.left);
        self.left = self.left.saturating_sub(len);
        self.words = self.words.get(words..)?;
        if self.words.is_empty() {
            self.page = self.page.and_then(Page::next);
            self.words = self.page.map_or(&[], Page::words);
        }
        Some(Phyr::new(phyr.paddr(), len))
    }
}
