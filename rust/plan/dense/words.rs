// SPDX-License-Identifier: GPL-2.0

//! Codes one behind the other, with room for more.

use super::code::{
    decode,
    end_of_pages,
    page,
    pages,
    with_one_more,
    Code, //
};
use crate::plan::{
    phyr::Phyr,
    units::Bytes, //
};

/// The ranges whose codes `words` are.
#[derive(Clone, Debug)]
pub struct Phyrs<'a> {
    words: &'a [u64],
}

impl<'a> Phyrs<'a> {
    /// Reads `words`, up to the first that begin no code.
    #[inline]
    pub fn new(words: &'a [u64]) -> Self {
        Self { words }
    }
}

impl Iterator for Phyrs<'_> {
    type Item = Phyr;

    #[inline]
    fn next(&mut self) -> Option<Phyr> {
        let (phyr, len) = decode(self.words)?;

        self.words = self.words.get(len..).unwrap_or_default();
        Some(phyr)
    }
}

/// Writes the code of `phyr` at word `at`. Returns where the next belongs; [`None`] if there is too
/// little room, and nothing is written.
#[inline]
pub fn write(words: &mut [u64], at: usize, phyr: Phyr) -> Option<usize> {
    match pages(phyr) {
        Some(word) => {
            *words.get_mut(at)? = word;
            at.checked_add(1)
        }
        None => write_any(words, at, Code::of(phyr)),
    }
}

/// Adds whole pages, given by their numbers, behind the code that `words` begin with: to that, or
/// in codes of their own. Returns how many, and how many codes there are more. None are if that is
/// the code of something else; others are not if there is no room for them, or they have no such
/// code.
#[inline]
pub fn push_frames(words: &mut [u64], frames: &[u64]) -> (usize, usize) {
    let Some((mut code, mut end)) = words
        .first()
        .and_then(|&code| Some((code, end_of_pages(code)?)))
    else {
        return (0, 0);
    };
    let mut at: usize = 0;
    let mut rest = frames.iter();

    // What is taken is seen from what is left: it is not counted in the loop.
    let left = loop {
        let left = rest.len();
        let Some((&frame, alone)) = rest.next().and_then(|frame| Some((frame, page(*frame)?)))
        else {
            break left;
        };
        let (next, to) = if frame == end {
            let Some(longer) = with_one_more(code) else {
                break left;
            };
            (longer, at)
        } else {
            (alone, at.wrapping_add(1))
        };
        let Some(place) = words.get_mut(to) else {
            break left;
        };

        *place = next;
        code = next;
        at = to;
        end = frame.wrapping_add(1);
    };

    (frames.len().wrapping_sub(left), at)
}

fn write_any(words: &mut [u64], at: usize, code: Code) -> Option<usize> {
    let end = at.checked_add(code.words().len())?;

    words.get_mut(at..end)?.copy_from_slice(code.words());
    Some(end)
}

/// Where in `words` byte `offset` of what they list is: at which word the code of its range begins,
/// and how far inside of that it is. [`None`] if there are not so many bytes.
pub fn find(words: &[u64], mut offset: Bytes) -> Option<(usize, Bytes)> {
    let mut at = 0;

    loop {
        let (phyr, len) = decode(words.get(at..)?)?;

        match offset.checked_sub(phyr.len()) {
            None => return Some((at, offset)),
            Some(rest) => offset = rest,
        }
        at = at.checked_add(len)?;
    }
}

/// How many codes there are, and at which word the last begins.
pub fn count(words: &[u64]) -> (usize, usize) {
    let (mut codes, mut last, mut at): (usize, usize, usize) = (0, 0, 0);

    while let Some((_, len)) = words.get(at..).and_then(decode) {
        codes = codes.saturating_add(1);
        last = at;
        at = at.saturating_add(len);
    }
    (codes, last)
}
