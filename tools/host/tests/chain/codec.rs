// SPDX-License-Identifier: GPL-2.0

//! What must be so of any words, and of any ranges that become words.

use crate::heap::phyr;
use phyr_host::plan::{
    dense::{
        code::{decode, Code, MOST_WORDS},
        words::{count, find, write, Phyrs},
    },
    phyr::Phyr,
    units::Bytes,
};

/// Words are decoded up to the first that begin no code, and each code by itself alone.
pub(crate) fn check_words(words: &[u64]) {
    let mut found: Vec<(usize, Phyr)> = Vec::new();
    let mut at = 0;

    while let Some((phyr, len)) = decode(&words[at..]) {
        let code = &words[at..at + len];

        assert!((1..=MOST_WORDS).contains(&len));
        assert_eq!(decode(code), Some((phyr, len)));
        assert_eq!(decode(&code[..len - 1]), None);
        assert!(check_code(phyr) <= len);
        found.push((at, phyr));
        at += len;
    }

    assert!(Phyrs::new(words).eq(found.iter().map(|&(_, phyr)| phyr)));
    assert_eq!(
        count(words),
        (found.len(), found.last().map_or(0, |&(at, _)| at))
    );
    check_find(words, &found);
}

/// A range is what its code says. Returns how many words that has.
fn check_code(phyr: Phyr) -> usize {
    let code = Code::of(phyr);
    let len = code.words().len();

    assert_eq!(decode(code.words()), Some((phyr, len)));
    len
}

/// The first and the last byte of each range are found, and none behind the last.
fn check_find(words: &[u64], found: &[(usize, Phyr)]) {
    let mut end: u64 = 0;

    for &(at, phyr) in found {
        let Some(next) = end.checked_add(phyr.len().raw()) else {
            return;
        };
        if let Some(last) = phyr.len().checked_sub(Bytes::new(1)) {
            assert_eq!(find(words, Bytes::new(end)), Some((at, Bytes::ZERO)));
            assert_eq!(find(words, Bytes::new(next - 1)), Some((at, last)));
        }
        end = next;
    }
    assert_eq!(find(words, Bytes::new(end)), None);
}

/// Ranges are written one behind the other as long as there is `room`, and nothing beside them.
pub(crate) fn check_ranges(ranges: &[(u64, u64)], room: usize) {
    const UNUSED: u64 = 0xa5a5_a5a5_a5a5_a5a5;
    let mut words = vec![UNUSED; room];
    let mut written: Vec<Phyr> = Vec::new();
    let mut expected: Vec<u64> = Vec::new();

    for phyr in ranges.iter().copied().map(phyr) {
        let at = expected.len();
        let end = at + check_code(phyr);

        if end <= room {
            assert_eq!(write(&mut words, at, phyr), Some(end));
            expected.extend(Code::of(phyr).words());
            written.push(phyr);
        } else {
            assert_eq!(write(&mut words, at, phyr), None);
        }
        let (used, unused) = words.split_at(expected.len());
        assert_eq!(used, expected);
        assert!(unused.iter().all(|&word| word == UNUSED));
    }
    assert!(Phyrs::new(&expected).eq(written));
}
