// SPDX-License-Identifier: GPL-2.0

//! Random lists, and random words.

use crate::{
    codec::{check_ranges, check_words},
    heap::{list_of, ranges_of, Heap},
    model::{play, Place, Row, Step, PAGE},
};
use phyr_host::chain::{page::PAGE_WORDS, Seams, FEW_WORDS};
use proptest::prelude::*;

/// How many lists are played through.
fn cases() -> u32 {
    std::env::var("CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(300)
}

fn ranges() -> impl Strategy<Value = (u64, u64)> {
    prop_oneof![
        4 => (1..1u64 << 30, 1..9u64).prop_map(|(page, pages)| (page * PAGE, pages * PAGE)),
        2 => (1..1u64 << 33, 1..9u64).prop_map(|(unit, units)| (unit * 512, units * 512)),
        2 => (1..1u64 << 40, 1..3 * PAGE),
        1 => (Just(1 << 44), Just(1 << 44)),
        1 => (1..PAGE, (1u64 << 60)..(1 << 62)),
        1 => (1..2 * PAGE).prop_map(|len| (u64::MAX - len, len)),
    ]
}

/// Few that a list has in itself, and many that take pages.
fn times() -> impl Strategy<Value = u64> {
    prop_oneof![2 => 1..20u64, 1 => 1..1200u64]
}

/// Rows of ranges of one kind, and single ranges that continue the last.
fn rows() -> impl Strategy<Value = Row> {
    let row = |((addr, len), step, times)| Row {
        addr: Some(addr),
        len,
        step,
        times,
    };
    let next = |len| Row {
        addr: None,
        len,
        step: 0,
        times: 1,
    };
    prop_oneof![
        2 => (ranges(), prop_oneof![Just(8 * PAGE), 1..100_000u64], times()).prop_map(row),
        1 => prop_oneof![Just(PAGE), 1..3 * PAGE, Just(1 << 61)].prop_map(next),
    ]
}

fn places() -> impl Strategy<Value = Place> {
    (
        prop_oneof![
            2 => 0..10_000usize,
            1 => PAGE_WORDS - 2..PAGE_WORDS + 2,
            1 => FEW_WORDS - 2..FEW_WORDS + 2,
        ],
        prop_oneof![Just(0), Just(1), Just(PAGE), any::<u64>()],
    )
        .prop_map(|(range, inside)| Place { range, inside })
}

/// Steps, for one in four of which there are few pages.
fn steps() -> impl Strategy<Value = (Step, usize)> {
    let step = prop_oneof![
        6 => rows().prop_map(Step::Push),
        2 => rows().prop_map(Step::PushFrames),
        1 => rows().prop_map(Step::PushAndTruncate),
        1 => (rows(), prop::bool::weighted(0.2))
            .prop_map(|(row, is_other)| Step::Append { row, is_other }),
        2 => (places(), any::<bool>())
            .prop_map(|(at, is_swapped)| Step::SplitAndAppend { at, is_swapped }),
        1 => (places(), any::<bool>())
            .prop_map(|(at, keep_front)| Step::SplitAndDrop { at, keep_front }),
        2 => (places(), places()).prop_map(|(from, to)| Step::Slice { from, to }),
    ];
    (step, prop_oneof![3 => Just(usize::MAX), 1 => 0..4usize])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_list_is_a_vector(steps in prop::collection::vec(steps(), 1..20)) {
        play(&steps, Seams::Any);
    }

    #[test]
    fn a_list_that_holds_pages_is_a_vector(steps in prop::collection::vec(steps(), 1..20)) {
        play(&steps, Seams::Pages);
    }

    /// Lists of the same seams only.
    #[test]
    fn lists_that_merge_differently_stay_apart(range in ranges()) {
        let mut list = list_of(&[range], Seams::Any);
        let (_, other) = list
            .append(list_of(&[range], Seams::Pages), &Heap::endless())
            .unwrap_err();

        prop_assert_eq!(ranges_of(list.iter()), vec![range]);
        prop_assert_eq!(ranges_of(other.iter()), vec![range]);
    }

    #[test]
    fn any_words_are_decoded(words in prop::collection::vec(any::<u64>(), 0..64)) {
        check_words(&words);
    }

    #[test]
    fn what_is_written_is_read(
        ranges in prop::collection::vec(prop_oneof![ranges(), any::<(u64, u64)>()], 0..32),
        room in 0..96usize,
    ) {
        check_ranges(&ranges, room);
    }
}
