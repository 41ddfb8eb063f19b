// SPDX-License-Identifier: GPL-2.0

//! Pages run out, at each one that is asked for.

use crate::heap::{list_of, live, phyr, ranges_of, Heap};
use phyr_host::{
    chain::{List, Seams},
    plan::{error::Error, units::Bytes},
};

const PAGE: u64 = 4096;

/// Of one word and of two, so that pages do not end where words do.
fn mixed(count: u64) -> Vec<(u64, u64)> {
    let form = |i| match i % 4 {
        0 | 1 => (i * 8 * PAGE, PAGE),
        2 => (i * 8 * PAGE + 1, 2 * PAGE),
        // What makes it whole makes its code shorter.
        _ => (i * 8 * PAGE, PAGE / 2 + 1),
    };
    (0..count).map(form).collect()
}

/// The first that is refused is the one that needs a page, and the list is as it was.
#[test]
fn what_was_there_stays_when_pages_run_out() {
    let ranges = mixed(4000);

    for pages in 0..8 {
        let heap = Heap::with(pages);
        let mut list = List::new(Seams::Any);
        let refused = ranges
            .iter()
            .position(|&range| list.push(phyr(range), &heap).is_err())
            .unwrap();

        assert_eq!(live(), pages);
        assert_eq!(ranges_of(list.iter()), ranges[..refused]);
        // What needs no page goes on.
        assert_eq!(
            list.push(phyr(ranges[refused]), &heap),
            Err(Error::NoMemory)
        );
        assert_eq!(list.push(phyr(ranges[refused]), &Heap::with(1)), Ok(()));
        drop(list);
        assert_eq!(live(), 0);
    }
}

#[test]
fn a_split_that_fails_leaves_the_list() {
    let pages: Vec<_> = (0..16).map(|i| (i * 8 * PAGE, PAGE)).collect();

    for ranges in [pages, mixed(13), mixed(40), mixed(1200)] {
        let all = list_of(&ranges, Seams::Any).bytes().raw();

        for at in (1..all).step_by(usize::try_from(all / 997).unwrap()) {
            check_split(&ranges, at, all);
        }
    }
    assert_eq!(live(), 0);
}

/// A split at byte `at`, without pages, and with one more until there are as many as it needs.
fn check_split(ranges: &[(u64, u64)], at: u64, all: u64) {
    for pages in 0.. {
        let mut list = list_of(ranges, Seams::Any);
        let before = live();

        match list.split_off(Bytes::new(at), &Heap::with(pages)) {
            Ok(behind) => {
                assert!(pages <= 3);
                assert_eq!((list.bytes().raw(), behind.bytes().raw()), (at, all - at));
                return;
            }
            Err(error) => {
                assert!(pages < 3);
                assert_eq!(error, Error::NoMemory);
                assert_eq!(live(), before);
                assert_eq!(ranges_of(list.iter()), ranges);
            }
        }
    }
}

/// What was added is taken back, and needs no page for that.
#[test]
fn what_was_added_is_taken_back() {
    let ranges = mixed(1300);

    for kept in (0..16).chain((0..ranges.len()).step_by(7)) {
        let (before, since) = ranges.split_at(kept);
        let mut list = list_of(before, Seams::Any);
        let bytes = list.bytes();
        let last = before.last().copied().unwrap_or((0, PAGE));

        // It may continue the last, whose code is longer or shorter then: up to a page, for one.
        let end = last.0 + last.1;
        for more in [PAGE - 1, end.next_multiple_of(PAGE) - end] {
            for range in [(end, more)]
                .iter()
                .chain(since)
                .filter(|range| range.1 > 0)
            {
                list.push(phyr(*range), &Heap::endless()).unwrap();
            }
            assert!(list.can_end_at(bytes));
            list.truncate(bytes);
        }
        assert_eq!(ranges_of(list.iter()), before);
        assert_eq!((list.bytes(), list.entries()), (bytes, kept as u64));
    }
    assert_eq!(live(), 0);
}
