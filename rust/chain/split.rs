// SPDX-License-Identifier: GPL-2.0

//! One list from two, and two from one.

use super::{
    codes::Codes,
    list::List,
    page::{
        Page,
        Spare, //
    },
    pages::Pages, //
};
use crate::plan::{
    dense::{
        code::{
            decode,
            Code, //
        },
        words::{
            count,
            find,
            Phyrs, //
        }, //
    },
    error::Error,
    phyr::Phyr,
    units::Bytes,
};

impl<P: Pages> List<P> {
    /// Adds all of `other` at the end, of which only those ranges are copied that are in no page.
    /// It takes a step for each page of `other`, and a page at most. If its first range continues
    /// the last one here, they stay two.
    ///
    /// # Errors
    ///
    /// Both lists come back as they were, in the error.
    ///
    /// - [`Error::Invalid`] if they are not merged at the same [`Seams`](super::Seams), or would
    ///   have more than 2^64 - 1 bytes.
    /// - [`Error::NoMemory`] if a page is needed and cannot be had.
    pub fn append(&mut self, other: Self, pages: &P) -> Result<(), (Error, Self)> {
        let bytes = self.bytes.checked_add(other.bytes);
        let Some(bytes) = bytes.filter(|_| self.seams() == other.seams()) else {
            return Err((Error::Invalid, other));
        };
        if self.is_empty() {
            *self = other;
            return Ok(());
        }

        let is_in_pages = other.chain.first().is_some();
        let fits = match is_in_pages {
            true => self.chain.first().is_some(),
            false => self.tail_mut().extend(&other.few),
        };
        if !fits {
            let Some(mut spare) = Spare::new(pages) else {
                return Err((Error::NoMemory, other));
            };

            self.move_few(&mut spare);
            // There is room for what two lists have in themselves.
            spare.codes_mut().extend(&other.few);
            self.link(spare, self.bytes);
        }
        self.chain.append(other.chain, self.bytes);
        self.bytes = bytes;
        self.entries = self.entries.saturating_add(other.entries);
        Ok(())
    }

    /// Takes what is from byte `offset` on. A range that goes on across it is cut in two.
    ///
    /// At most three pages are needed, and a step for each page that is taken.
    ///
    /// # Errors
    ///
    /// The list does not change then.
    ///
    /// - [`Error::Invalid`] if `offset` is past the end.
    /// - [`Error::NoMemory`] if a page cannot be had.
    pub fn split_off(&mut self, offset: Bytes, pages: &P) -> Result<Self, Error> {
        let len_behind = self.bytes.checked_sub(offset).ok_or(Error::Invalid)?;
        let mut behind = Self::new(self.seams());
        if len_behind.is_zero() {
            return Ok(behind);
        }
        let Some(before) = offset.checked_sub(Bytes::new(1)) else {
            core::mem::swap(self, &mut behind);
            return Ok(behind);
        };

        // The range in which the byte before the cut is.
        let (page, codes, start) = self.find(before);
        let (at, inside) =
            find(codes.words(), before.saturating_sub(start)).ok_or(Error::Invalid)?;
        let words = codes.words().get(at..).unwrap_or_default();
        let (cut, len) = decode(words).ok_or(Error::Invalid)?;
        let head = Phyr::new(cut.paddr(), inside.saturating_add(Bytes::new(1)));

        // What can fail comes first: what is behind the cut in this page is copied.
        if let Some(tail) = cut.after(head.len()) {
            behind.push(tail, pages)?;
        }
        let rest = words.get(len..).unwrap_or_default();
        for phyr in Phyrs::new(rest) {
            behind.push(phyr, pages)?;
        }
        if page.and_then(Page::next).is_some() {
            behind.leave_itself(pages)?;
        }
        // The code of a part may be longer.
        let mut spare = match Code::of(head).words().len() > codes.room(at) {
            true => Some(Spare::new(pages).ok_or(Error::NoMemory)?),
            false => None,
        };

        let (copied, _) = count(rest);
        let moved = self.chain.split_behind(before);
        let entries = moved.entries();
        let gone = entries.saturating_add(u64::try_from(copied).unwrap_or(u64::MAX));

        behind.chain.append(moved, behind.bytes);
        behind.entries = behind.entries.saturating_add(entries);
        behind.bytes = len_behind;
        self.tail_mut().truncate(at.saturating_add(len));
        self.bytes = offset.saturating_sub(head.len()).saturating_add(cut.len());
        self.entries = self.entries.saturating_sub(gone);
        self.replace_last(cut, head, || spare.take())?;
        self.bytes = offset;
        Ok(behind)
    }

    /// Whether the list may end at byte `bytes`: wherever it did before something was added, and
    /// where else there is room in its page for the code of what is left of the range there.
    pub fn can_end_at(&self, bytes: Bytes) -> bool {
        let Some(before) = bytes.checked_sub(Bytes::new(1)) else {
            return true;
        };

        if bytes > self.bytes {
            return false;
        }
        let (_, codes, start) = self.find(before);

        head(codes, before.saturating_sub(start))
            .is_some_and(|(at, _, head)| Code::of(head).words().len() <= codes.room(at))
    }

    /// Drops what is behind byte `bytes`, where the list [may end](List::can_end_at): where it
    /// ended before something was added, for one. Few ranges return to the list itself.
    pub fn truncate(&mut self, bytes: Bytes) {
        let Some(before) = bytes.checked_sub(Bytes::new(1)) else {
            self.clear();
            return;
        };
        drop(self.chain.split_behind(before));
        let start = self.chain.last().map_or(Bytes::ZERO, Page::start);
        let tail = self.tail_mut();

        if let Some((at, len, head)) = head(tail, before.saturating_sub(start)) {
            tail.truncate(at.saturating_add(len));
            // There is room, by `can_end_at()`.
            tail.replace_last(head);
        }
        self.bytes = bytes;
        self.entries = match self.chain.first() {
            Some(_) => self.chain.entries(),
            None => self.tail().entries(),
        };
        self.return_to_itself();
    }
}

/// The range of `codes` that holds their byte `last`: at which word its code begins, how many words
/// that has, and what of the range is up to that byte.
fn head(codes: &Codes, last: Bytes) -> Option<(usize, usize, Phyr)> {
    let (at, inside) = find(codes.words(), last)?;
    let (range, len) = decode(codes.words().get(at..)?)?;

    Some((
        at,
        len,
        Phyr::new(range.paddr(), inside.checked_add(Bytes::new(1))?),
    ))
}
