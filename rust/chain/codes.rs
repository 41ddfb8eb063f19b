// SPDX-License-Identifier: GPL-2.0

//! The codes of a list that are in one place, in as many words as there are.

use crate::plan::{
    dense::{
        code,
        words, //
    },
    phyr::Phyr, //
};

/// How many there are.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Counts {
    /// Words that are used.
    used: u16,
    /// At which of them the last code begins.
    last: u16,
    /// Codes.
    entries: u16,
}

impl Counts {
    pub(super) const NONE: Self = Self {
        used: 0,
        last: 0,
        entries: 0,
    };
}

/// Codes, one behind the other, and room for more.
///
/// # Invariants
///
/// The first `used` words are initialised. There are fewer than 2^16.
#[repr(C)]
pub struct Codes<W: ?Sized = [u64]> {
    pub(super) counts: Counts,
    words: W,
}

impl<const WORDS: usize> Codes<[u64; WORDS]> {
    const FITS: () = assert!(WORDS < 1 << u16::BITS);

    /// No codes.
    #[inline]
    pub(super) const fn new() -> Self {
        let () = Self::FITS;

        // INVARIANT: All are, and as was just asserted.
        Self {
            counts: Counts::NONE,
            words: [0; WORDS],
        }
    }
}

impl<W: ?Sized> Codes<W> {
    /// Drops all codes.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.counts = Counts::NONE;
    }
}

impl Codes {
    /// The codes.
    #[inline]
    pub fn words(&self) -> &[u64] {
        self.words
            .get(..usize::from(self.counts.used))
            .unwrap_or_default()
    }

    /// Where the last code begins.
    #[inline]
    pub fn last(&self) -> usize {
        self.counts.last.into()
    }

    /// Number of codes.
    #[inline]
    pub fn entries(&self) -> u64 {
        self.counts.entries.into()
    }

    /// Whether these end with whole pages, and page `frame` behind them would need a word more than
    /// there are.
    #[inline]
    pub(super) fn has_no_room_for(&self, frame: u64) -> bool {
        let Counts { used, last, .. } = self.counts;
        let is_one_word = last.wrapping_add(1) == used;
        let end = self
            .words()
            .last()
            .and_then(|&code| code::end_of_pages(code));

        self.room(used.into()) == 0 && is_one_word && end.is_some_and(|end| end != frame)
    }

    /// Words from word `at` on, used or not.
    #[inline]
    pub(super) fn room(&self, at: usize) -> usize {
        self.words.len().saturating_sub(at)
    }

    /// Writes the code of `phyr` behind the others. Returns whether there is room; if not, nothing
    /// changes.
    #[inline]
    pub fn push(&mut self, phyr: Phyr) -> bool {
        let at = self.counts.used;
        let Some(used) = self.write(at, phyr) else {
            return false;
        };

        self.set(used, at, self.counts.entries.saturating_add(1));
        true
    }

    /// [`Codes::push`] of whole pages behind whole pages that they do not continue, as most are. If
    /// it is something else, nothing changes.
    #[inline]
    pub(super) fn push_apart(&mut self, phyr: Phyr) -> bool {
        let Counts { used, last, .. } = self.counts;
        let (Some(word), Some(&before)) = (code::pages(phyr), self.words().last()) else {
            return false;
        };
        // Else it is no code, but the end of one.
        let is_one_word = last.wrapping_add(1) == used;

        if !is_one_word || !code::is_apart(before, word) {
            return false;
        }
        let Some(place) = self.words.get_mut(usize::from(used)) else {
            return false;
        };
        *place = word;
        self.set(
            used.saturating_add(1),
            used,
            self.counts.entries.saturating_add(1),
        );
        true
    }

    /// Adds whole pages of memory, as far as the last code is one of such or there is none, and
    /// there is room. Returns how many, and how many codes there are more.
    #[inline]
    pub(super) fn push_frames(&mut self, frames: &[u64]) -> (usize, u64) {
        let (begun, rest) = match (self.counts.used, frames) {
            (0, [first, rest @ ..]) if self.begin(*first) => (true, rest),
            _ => (false, frames),
        };
        let (taken, codes) = self.push_more_frames(rest);

        (
            taken.wrapping_add(begun.into()),
            codes.wrapping_add(begun.into()),
        )
    }

    /// Writes the code of a page of memory, behind no other. Returns whether it has one.
    #[inline]
    fn begin(&mut self, frame: u64) -> bool {
        let (Some(code), Some(first)) = (code::page(frame), self.words.first_mut()) else {
            return false;
        };

        *first = code;
        self.set(1, 0, 1);
        true
    }

    #[inline]
    fn push_more_frames(&mut self, frames: &[u64]) -> (usize, u64) {
        let Counts {
            used,
            last,
            entries,
        } = self.counts;
        if last.wrapping_add(1) != used || frames.is_empty() {
            return (0, 0);
        }
        let room = self.words.get_mut(last.into()..).unwrap_or_default();
        let (taken, codes) = words::push_frames(room, frames);
        // There are no more than words.
        let codes: u16 = codes.try_into().unwrap_or_default();

        self.set(
            used.wrapping_add(codes),
            last.wrapping_add(codes),
            entries.wrapping_add(codes),
        );
        (taken, codes.into())
    }

    /// Writes the codes of `other` behind these. Returns whether there is room; if not, nothing
    /// changes.
    pub(super) fn extend(&mut self, other: &Self) -> bool {
        let at = self.counts.used;
        let used = at.saturating_add(other.counts.used);
        let Some(room) = self.words.get_mut(at.into()..used.into()) else {
            return false;
        };

        room.copy_from_slice(other.words());
        if !other.words().is_empty() {
            let entries = self.counts.entries.saturating_add(other.counts.entries);
            self.set(used, at.saturating_add(other.counts.last), entries);
        }
        true
    }

    /// Writes the code of `phyr` over the last one. Returns whether there is room; if not, nothing
    /// changes.
    #[inline]
    pub fn replace_last(&mut self, phyr: Phyr) -> bool {
        let Counts { last, entries, .. } = self.counts;
        let Some(used) = self.write(last, phyr) else {
            return false;
        };

        self.set(used, last, entries);
        true
    }

    #[inline]
    fn write(&mut self, at: u16, phyr: Phyr) -> Option<u16> {
        words::write(&mut self.words, at.into(), phyr)?
            .try_into()
            .ok()
    }

    /// Drops the codes from word `at` on, where one begins.
    pub fn truncate(&mut self, at: usize) {
        let kept = self.words().get(..at).unwrap_or_default();
        let (entries, last) = words::count(kept);

        if let (Ok(used), Ok(last), Ok(entries)) =
            (at.try_into(), last.try_into(), entries.try_into())
        {
            self.set(used, last, entries);
        }
    }

    /// Says that `used` words are, all of which have been written.
    #[inline]
    fn set(&mut self, used: u16, last: u16, entries: u16) {
        // INVARIANT: They have been written.
        self.counts = Counts {
            used,
            last,
            entries,
        };
    }
}
