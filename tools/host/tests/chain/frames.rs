// SPDX-License-Identifier: GPL-2.0

//! Pages that are added many at a time are the list that they are one by one.

use crate::{
    heap::{list_of, phyr, ranges_of, Heap},
    model::PAGE,
};
use phyr_host::chain::{List, Seams};
use proptest::prelude::*;

const MOST_PAGES: u64 = 1 << 23;
const NO_FRAME: u64 = 1 << 40;

/// Numbers of pages, in runs.
fn frames() -> impl Strategy<Value = Vec<u64>> {
    let run = prop_oneof![
        4 => (0..1u64 << 20, 1..20u64),
        1 => (NO_FRAME - 10..NO_FRAME, 1..20u64),
    ];

    prop::collection::vec(run, 1..300).prop_map(|runs| {
        runs.into_iter()
            .flat_map(|(first, nr)| first..first + nr)
            .collect()
    })
}

/// What is in the list before: another list may end with any code.
fn before() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let range = prop_oneof![
        Just((0, PAGE)),
        Just((512, 512)),
        Just((PAGE - 1, 1)),
        Just((0, MOST_PAGES * PAGE)),
        Just((0, (MOST_PAGES - 1) * PAGE)),
        Just((0, 1 << 61)),
    ];

    (any::<bool>(), range, prop_oneof![0..20usize, 0..520usize]).prop_map(|(is_empty, last, nr)| {
        let pages = (0..nr as u64).map(|page| (2 * page * PAGE, PAGE));

        pages.chain((!is_empty).then_some(last)).collect()
    })
}

fn push_all(list: &mut List<Heap>, mut frames: &[u64]) {
    while let Some(&frame) = frames.first() {
        let taken = match list.push_frames(frames, &Heap::endless()) {
            0 => {
                list.push(phyr((frame * PAGE, PAGE)), &Heap::endless())
                    .unwrap();
                1
            }
            taken => taken,
        };
        frames = &frames[taken..];
    }
}

proptest! {
    #[test]
    fn many_are_what_each_would_be(before in before(), frames in frames(), of_pages in any::<bool>()) {
        let seams = if of_pages { Seams::Pages } else { Seams::Any };
        let mut many = list_of(&before, seams);
        let mut each = list_of(&before, seams);

        // What continues the last range, too.
        let first = before.last().map_or(0, |(start, len)| (start + len) / PAGE);
        let frames: Vec<u64> = (first..first + 3).chain(frames).collect();
        push_all(&mut many, &frames);
        for &frame in &frames {
            each.push(phyr((frame * PAGE, PAGE)), &Heap::endless()).unwrap();
        }
        prop_assert_eq!(ranges_of(many.iter()), ranges_of(each.iter()));
        prop_assert_eq!(many.bytes(), each.bytes());
        prop_assert_eq!(many.entries(), each.entries());
        prop_assert_eq!(many.pages(), each.pages());
    }
}

#[test]
fn a_list_has_no_more_bytes_than_it_can() {
    let before = [(0, u64::MAX - 4 * PAGE), (1 << 44, 2 * PAGE)];
    let mut list = list_of(&before, Seams::Any);

    assert_eq!(list.push_frames(&[1, 3, 5], &Heap::endless()), 0);
    assert_eq!(ranges_of(list.iter()), before);
    assert_eq!(list.push_frames(&[1, 3], &Heap::endless()), 2);
    assert_eq!(list.bytes().raw(), u64::MAX);
    assert_eq!(list.push_frames(&[7], &Heap::endless()), 0);
    assert_eq!(list.entries(), 4);
}
