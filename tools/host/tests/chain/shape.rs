// SPDX-License-Identifier: GPL-2.0

//! What lists take, and how they are found one's way in.

use crate::heap::{list_of, live, phyr, ranges_of, Heap};
use phyr_host::{
    chain::{page::PAGE_WORDS, List, Seams, FEW_WORDS},
    plan::{error::Error, units::Bytes},
    PAGE_BYTES,
};

const PAGE: u64 = 4096;

fn scattered(count: u64, len: u64) -> Vec<(u64, u64)> {
    (0..count).map(|i| (i * 8 * PAGE, len)).collect()
}

#[test]
fn a_page_holds_505_ranges_of_whole_pages() {
    assert_eq!(PAGE_WORDS, 505);
    let list = list_of(&scattered(505, PAGE), Seams::Any);
    assert_eq!(live(), 1);
    drop(list);
    let _list = list_of(&scattered(506, PAGE), Seams::Any);
    assert_eq!(live(), 2);
}

#[test]
fn a_gib_of_scattered_pages_takes_a_quarter_of_a_scatterlist() {
    let list = list_of(&scattered(1 << 18, PAGE), Seams::Any);

    // 32 bytes for an entry of a scatterlist, 16 for a bio_vec.
    assert!(live() * PAGE_BYTES * 4 <= (32 << 18) + (32 << 18) / 64);
    assert_eq!(list.entries(), 1 << 18);
}

#[test]
fn pieces_of_512_bytes_take_a_word_each() {
    let _list = list_of(&scattered(505, 512), Seams::Any);
    assert_eq!(live(), 1);
}

#[test]
fn sixteen_words_take_no_page() {
    assert_eq!(FEW_WORDS, 16);
    let mut list = list_of(&scattered(15, PAGE), Seams::Any);
    assert!(list.push(phyr((1 << 30, 9)), &Heap::with(0)).is_err());
    list.push(phyr((1 << 30, PAGE)), &Heap::with(0)).unwrap();
    assert_eq!(list.pages(), 0);
    list.push(phyr((1 << 31, PAGE)), &Heap::with(1)).unwrap();
    assert_eq!((list.pages(), list.entries()), (1, 17));
    assert_eq!(list.iter().count(), 17);
}

/// Only those ranges are copied that are in no page, and not more pages are asked for than are needed.
#[test]
fn lists_of_any_lengths_are_put_together() {
    let lengths = [0, 1, 8, 9, 16, 17, 505, 506];

    for (first, second) in lengths
        .iter()
        .flat_map(|first| lengths.map(|second| (*first, second)))
    {
        let (front, behind) = (scattered(first, PAGE), scattered(second, 2 * PAGE));
        let needed = match (first, second) {
            (0, _) | (_, 0) => 0,
            (1..=16, 1..=16) => usize::from(first + second > 16),
            (1..=16, _) => 1,
            (505, 1..=16) => 1,
            _ => 0,
        };

        for pages in 0..=needed {
            let mut list = list_of(&front, Seams::Any);
            let other = list_of(&behind, Seams::Any);

            match list.append(other, &Heap::with(pages)) {
                Ok(()) => {
                    assert_eq!(pages, needed);
                    let all = [&front[..], &behind[..]].concat();
                    let mut at = 0;
                    for range in &all {
                        let slice = list.slice(Bytes::new(at), Bytes::new(range.1)).unwrap();
                        assert_eq!(ranges_of(slice), [*range]);
                        at += range.1;
                    }
                    assert_eq!(ranges_of(list.iter()), all);
                    assert_eq!(list.entries(), first + second);
                }
                Err((error, other)) => {
                    assert!(pages < needed);
                    assert_eq!(error, Error::NoMemory);
                    assert_eq!(ranges_of(list.iter()), front);
                    assert_eq!(ranges_of(other.iter()), behind);
                }
            }
        }
        assert_eq!(live(), 0);
    }
}

#[test]
fn adjacent_ranges_are_one() {
    let list = list_of(&[(PAGE, PAGE), (2 * PAGE, PAGE), (3 * PAGE, 7)], Seams::Any);

    assert_eq!(ranges_of(list.iter()), [(PAGE, 2 * PAGE + 7)]);
}

#[test]
fn held_pages_are_not_merged_inside_of_one() {
    let list = list_of(
        &[(PAGE, 512), (PAGE + 512, PAGE - 512), (2 * PAGE, 9)],
        Seams::Pages,
    );

    assert_eq!(
        ranges_of(list.iter()),
        [(PAGE, 512), (PAGE + 512, PAGE - 512 + 9)]
    );
}

#[test]
fn a_range_that_grows_moves_if_there_is_no_room() {
    for (nr, pages) in [(16, 0), (505, 1)] {
        let mut ranges = scattered(nr, PAGE);
        let mut list = list_of(&ranges, Seams::Any);
        let last = ranges.last_mut().unwrap();
        let more = phyr((last.0 + PAGE, 1));

        assert_eq!(live(), pages);
        assert_eq!(list.push(more, &Heap::with(0)), Err(Error::NoMemory));
        list.push(more, &Heap::with(1)).unwrap();
        last.1 += 1;
        assert_eq!(live(), pages + 1);
        assert_eq!(list.entries(), nr);
        assert_eq!(ranges_of(list.iter()), ranges);
    }
}

/// What continues the last range needs no other code than that.
#[test]
fn a_page_of_memory_that_needs_no_page_takes_none() {
    let pages = scattered(15, PAGE);
    let end = 1 << 30;

    for last in [(end - PAGE, PAGE), (end - 512, 512)] {
        let mut list = list_of(&[&pages[..], &[last]].concat(), Seams::Any);

        let taken = list.push_frames(&[end / PAGE], &Heap::with(1));
        if taken == 0 {
            list.push(phyr((end, PAGE)), &Heap::with(0)).unwrap();
        }
        assert_eq!((list.pages(), list.entries()), (0, 16));
        assert_eq!(list.push_frames(&[7 << 20], &Heap::with(0)), 0);
        assert_eq!(list.pages(), 0);
    }
}

/// Where what is left has room there, and its last range may have any code.
#[test]
fn few_ranges_return_to_the_list_itself() {
    for kept in 1..=20 {
        let ranges = scattered(600, PAGE);
        let mut list = list_of(&ranges, Seams::Any);

        list.truncate(Bytes::new(kept * PAGE));
        assert_eq!(list.pages(), u64::from(kept > 14));
        assert_eq!(
            ranges_of(list.iter()),
            ranges[..usize::try_from(kept).unwrap()]
        );
        assert_eq!(list.entries(), kept);
    }
    assert_eq!(live(), 0);
}

#[test]
fn every_page_is_found() {
    let list = list_of(&scattered(505 * 300, PAGE), Seams::Any);

    for page in 0..300 {
        for entry in [0, 1, 503] {
            let index = page * 505 + entry;
            let at = Bytes::new(index * PAGE + 5);
            let found = list.slice(at, Bytes::new(PAGE)).unwrap();

            assert_eq!(
                ranges_of(found),
                [
                    (index * 8 * PAGE + 5, PAGE - 5),
                    ((index + 1) * 8 * PAGE, 5)
                ]
            );
        }
    }
}

/// At most three times the logarithm of the number of pages, however the list came to be.
#[test]
fn a_search_takes_few_steps() {
    for pages in [1, 2, 3, 100, 1000, 4000] {
        let mut list = list_of(&scattered(505 * pages, PAGE), Seams::Any);
        let heap = Heap::endless();

        for _ in 0..2 {
            let most = (0..pages)
                .map(|page| list.steps_to(Bytes::new(page * 505 * PAGE)))
                .max();
            assert!(
                most <= Some(3 * (pages.ilog2() as usize + 1)),
                "{pages}: {most:?}"
            );

            let behind = list
                .split_off(Bytes::new(pages * 101 * PAGE + 1), &heap)
                .unwrap();
            assert!(list.append(behind, &heap).is_ok());
        }
    }
}

#[test]
fn what_is_past_the_end_is_no_slice() {
    let list = list_of(&[(PAGE, PAGE)], Seams::Any);

    assert!(list.slice(Bytes::new(1), Bytes::new(PAGE)).is_none());
    assert!(list.slice(Bytes::new(u64::MAX), Bytes::new(2)).is_none());
    assert!(list.slice(Bytes::new(PAGE), Bytes::new(0)).is_some());
}

#[test]
fn ranges_that_are_none_are_refused() {
    let mut list = List::new(Seams::Any);

    for range in [(PAGE, 0), (u64::MAX, 2), (2, u64::MAX)] {
        assert!(list.push(phyr(range), &Heap::endless()).is_err());
    }
    assert!(list.is_empty());
    assert_eq!(live(), 0);
}

#[test]
fn no_list_is_longer_than_can_be_counted() {
    let mut list = list_of(&[(0, u64::MAX)], Seams::Any);

    assert!(list.push(phyr((0, 1)), &Heap::endless()).is_err());
    assert_eq!(ranges_of(list.iter()), [(0, u64::MAX)]);
}

#[test]
fn several_read_at_the_same_time() {
    let list = list_of(&scattered(5000, PAGE), Seams::Any);

    std::thread::scope(|scope| {
        for i in 0..4u64 {
            let list = &list;
            scope.spawn(move || {
                let at = Bytes::new(i * 1000 * PAGE);
                let part = list.slice(at, Bytes::new(1000 * PAGE)).unwrap();
                assert_eq!(part.count(), 1000);
            });
        }
    });
}
