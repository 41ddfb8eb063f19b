// SPDX-License-Identifier: GPL-2.0

//! A physical range as one, two or three words.
//!
//! ```text
//!            63                 24 23              1 0
//! pages     |  page frame number  |    pages - 1    |0|
//!            63              21 20            2    1 0
//! sectors   |   address / 512     | sectors - 1   | 01 |
//!            63                             3      2 0
//! bytes     |            length                   | 011 |   and the address in a word of its own
//! long      |               0                     | 111 |   and the address, and the length
//! ```

use crate::{
    plan::{
        phyr::Phyr,
        units::{
            Bytes,
            PhysAddr, //
        }, //
    },
    PAGE_BYTES, //
};

/// Words that the longest code has.
pub const MOST_WORDS: usize = 3;

/// `PAGE_SHIFT`.
pub const PAGE_SHIFT: u32 = 12;
const _: () = assert!(PAGE_BYTES == 1 << PAGE_SHIFT);

const PAGES_SHIFT: u32 = 1;
const FRAME_SHIFT: u32 = 24;

const SECTOR_SHIFT: u32 = 9;
const SECTORS_SHIFT: u32 = 2;
const SECTOR_ADDR_SHIFT: u32 = 21;
const SECTORS: u64 = 0b01;

const BYTES_SHIFT: u32 = 3;
const BYTES: u64 = 0b011;
const LONG: u64 = 0b111;

/// The code of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    words: [u64; MOST_WORDS],
    len: usize,
}

impl Code {
    /// The shortest code of `phyr`. What [`Phyr::end`] refuses has one, too.
    pub fn of(phyr: Phyr) -> Self {
        let (addr, len) = (phyr.paddr().raw(), phyr.len().raw());
        if let Some(word) = pages(phyr) {
            return Self::one(word);
        }
        let sectors = unit(
            addr,
            len,
            SECTOR_SHIFT,
            SECTOR_ADDR_SHIFT - SECTORS_SHIFT,
            u64::BITS - SECTOR_ADDR_SHIFT,
        );
        if let Some((sector, sectors)) = sectors {
            return Self::one((sector << SECTOR_ADDR_SHIFT) | (sectors << SECTORS_SHIFT) | SECTORS);
        }
        match len >> (u64::BITS - BYTES_SHIFT) {
            0 => Self {
                words: [(len << BYTES_SHIFT) | BYTES, addr, 0],
                len: 2,
            },
            _ => Self {
                words: [LONG, addr, len],
                len: 3,
            },
        }
    }

    const fn one(word: u64) -> Self {
        Self {
            words: [word, 0, 0],
            len: 1,
        }
    }

    /// Its words.
    pub fn words(&self) -> &[u64] {
        self.words.get(..self.len).unwrap_or_default()
    }
}

/// The one word that a range of whole pages is, as most are; [`None`] if it is something else, or
/// too many.
#[inline]
pub fn pages(phyr: Phyr) -> Option<u64> {
    let (frame, pages) = unit(
        phyr.paddr().raw(),
        phyr.len().raw(),
        PAGE_SHIFT,
        FRAME_SHIFT - PAGES_SHIFT,
        u64::BITS - FRAME_SHIFT,
    )?;

    Some((frame << FRAME_SHIFT) | (pages << PAGES_SHIFT))
}

/// The code of one whole page, given by its number; [`None`] if that is too large.
#[inline]
pub fn page(frame: u64) -> Option<u64> {
    (frame >> (u64::BITS - FRAME_SHIFT) == 0).then_some(frame << FRAME_SHIFT)
}

/// The code of one page more than `code` is of; [`None`] if that is not whole pages, or as many as
/// there can be.
#[inline]
pub fn with_one_more(code: u64) -> Option<u64> {
    let most = (1 << FRAME_SHIFT) - (1 << PAGES_SHIFT);

    (code & 1 == 0 && code & most != most).then_some(code + (1 << PAGES_SHIFT))
}

/// Whether `before` is the code of whole pages, and those of `next`, which is one, do not continue
/// them.
#[inline]
pub fn is_apart(before: u64, next: u64) -> bool {
    end_of_pages(before).is_some_and(|end| end != next >> FRAME_SHIFT)
}

/// The number of the page behind those that `code` is of; [`None`] if that is not whole pages.
#[inline]
pub fn end_of_pages(code: u64) -> Option<u64> {
    let pages = (code & ((1 << FRAME_SHIFT) - 1)) >> PAGES_SHIFT;
    let end = (code >> FRAME_SHIFT) + pages + 1;

    (code & 1 == 0).then_some(end)
}

/// A range in units of `1 << shift` bytes: where it starts, in at most `addr_bits`, and one less
/// than how many there are, in at most `len_bits`. [`None`] if it is not whole units, or too much.
#[inline]
fn unit(addr: u64, len: u64, shift: u32, len_bits: u32, addr_bits: u32) -> Option<(u64, u64)> {
    let inner = (1 << shift) - 1;
    let start = addr >> shift;
    let units = (len >> shift).checked_sub(1)?;

    ((addr | len) & inner == 0 && start >> addr_bits == 0 && units >> len_bits == 0)
        .then_some((start, units))
}

/// The page that `word` is the code of, if it is that of just one: its number, and zeros.
#[inline]
pub fn decode_page(word: u64) -> Option<Phyr> {
    let addr = word >> (FRAME_SHIFT - PAGE_SHIFT);
    let phyr = Phyr::new(PhysAddr::new(addr), Bytes::new(1 << PAGE_SHIFT));

    (word & ((1 << FRAME_SHIFT) - 1) == 0).then_some(phyr)
}

/// The whole pages that `word` is the code of; [`None`] if it is no such code, or the start of one.
#[inline]
pub fn decode_pages(word: u64) -> Option<Phyr> {
    // Where pages are scattered most are one, and that takes fewer steps.
    if let Some(page) = decode_page(word) {
        return Some(page);
    }
    let pages = (word & ((1 << FRAME_SHIFT) - 1)) >> PAGES_SHIFT;
    let phyr = Phyr::new(
        PhysAddr::new((word >> FRAME_SHIFT) << PAGE_SHIFT),
        Bytes::new((pages + 1) << PAGE_SHIFT),
    );

    (word & 1 == 0).then_some(phyr)
}

/// The range whose code `words` begin with, and how many words that has; [`None`] if that is not
/// all of a code.
#[inline]
pub fn decode(words: &[u64]) -> Option<(Phyr, usize)> {
    let (&first, rest) = words.split_first()?;
    let phyr = |addr, len| Phyr::new(PhysAddr::new(addr), Bytes::new(len));

    if let Some(phyr) = decode_pages(first) {
        return Some((phyr, 1));
    }
    if first & 0b11 == SECTORS {
        let sectors = (first & ((1 << SECTOR_ADDR_SHIFT) - 1)) >> SECTORS_SHIFT;
        let sector = first >> SECTOR_ADDR_SHIFT;

        return Some((
            phyr(sector << SECTOR_SHIFT, (sectors + 1) << SECTOR_SHIFT),
            1,
        ));
    }
    match (first, rest) {
        (LONG, &[addr, len, ..]) => Some((phyr(addr, len), 3)),
        (_, &[addr, ..]) if first & LONG == BYTES => Some((phyr(addr, first >> BYTES_SHIFT), 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: u64 = 1 << PAGE_SHIFT;
    const SECTOR: u64 = 1 << SECTOR_SHIFT;

    fn code(addr: u64, len: u64) -> Code {
        let phyr = Phyr::new(PhysAddr::new(addr), Bytes::new(len));
        let code = Code::of(phyr);

        assert_eq!(decode(code.words()), Some((phyr, code.words().len())));
        code
    }

    #[test]
    fn each_form_ends_where_the_next_begins() {
        let most_pages = PAGE << 23;
        let most_sectors = SECTOR << 19;
        let cases = [
            (0, PAGE, 1),
            (PAGE, most_pages, 1),
            (PAGE, most_pages + PAGE, 2),
            ((1 << 52) - PAGE, PAGE, 1),
            (1 << 52, PAGE, 2),
            (SECTOR, SECTOR, 1),
            (SECTOR, most_sectors, 1),
            (SECTOR, most_sectors + SECTOR, 2),
            ((1 << 52) - SECTOR, SECTOR, 1),
            (1 << 52, SECTOR, 2),
            (1, PAGE, 2),
            (PAGE, 1, 2),
            (u64::MAX, 1, 2),
            (0, (1 << 61) - 1, 2),
            (0, 1 << 61, 3),
            (0, u64::MAX, 3),
            (0, 0, 2),
        ];

        for (addr, len, words) in cases {
            assert_eq!(code(addr, len).words().len(), words, "{addr:#x} {len:#x}");
        }
    }

    #[test]
    fn sixteen_tib_are_one_entry() {
        assert_eq!(code(1 << 44, 1 << 44).words().len(), 2);
    }

    #[test]
    fn what_is_cut_short_is_no_code() {
        for code in [code(1, 1), code(0, u64::MAX)] {
            for len in 0..code.words().len() {
                assert_eq!(decode(&code.words()[..len]), None);
            }
        }
    }

    #[test]
    fn other_words_with_the_mark_of_a_long_code_are_none() {
        assert_eq!(decode(&[LONG | (1 << 3), 0, 1]), None);
    }
}
