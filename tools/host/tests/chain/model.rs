// SPDX-License-Identifier: GPL-2.0

//! A list is what a vector of ranges would be, whatever is done to it.

use crate::heap::{list_of, live, phyr, ranges_of, Heap};
use phyr_host::{
    chain::{List, Seams},
    plan::units::Bytes,
};
use proptest::prelude::*;

const PAGE: u64 = 4096;

/// What is done to a list.
#[derive(Clone, Debug)]
enum Step {
    /// So many ranges are added, from one that is a step further each time.
    Push {
        range: (u64, u64),
        step: u64,
        times: u64,
    },
    /// A range is added that continues the last.
    Continue { len: u64 },
    /// It is split there, in 65,536ths of its length, and put together again.
    SplitAndAppend { at: u16 },
    /// It is split there, and one of the parts goes on.
    SplitAndDrop { at: u16, keep_front: bool },
    /// A stretch is read.
    Slice { from: u16, len: u16 },
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

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (ranges(), prop_oneof![Just(8 * PAGE), 1..100_000u64], 1..1200u64)
            .prop_map(|(range, step, times)| Step::Push { range, step, times }),
        2 => prop_oneof![Just(PAGE), 1..3 * PAGE, Just(1 << 61)]
            .prop_map(|len| Step::Continue { len }),
        2 => any::<u16>().prop_map(|at| Step::SplitAndAppend { at }),
        1 => (any::<u16>(), any::<bool>())
            .prop_map(|(at, keep_front)| Step::SplitAndDrop { at, keep_front }),
        2 => (any::<u16>(), any::<u16>()).prop_map(|(from, len)| Step::Slice { from, len }),
    ]
}

/// What a list should be: ranges, in order.
#[derive(Clone, Default)]
struct Model {
    ranges: Vec<(u64, u64)>,
}

impl Model {
    fn bytes(&self) -> u64 {
        self.ranges.iter().map(|range| range.1).sum()
    }

    fn part(&self, share: u16) -> u64 {
        ((u128::from(self.bytes()) * u128::from(share)) >> 16) as u64
    }

    /// Ranges with all that are adjacent merged: which of them a list merges, others test.
    fn merged(ranges: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let mut merged: Vec<(u64, u64)> = Vec::new();

        for &(addr, len) in ranges {
            match merged.last_mut() {
                Some(last) if last.0 + last.1 == addr => last.1 += len,
                _ => merged.push((addr, len)),
            }
        }
        merged
    }

    fn slice(&self, from: u64, len: u64) -> Vec<(u64, u64)> {
        let (mut at, end) = (0, from + len);
        let mut part = Vec::new();

        for &(addr, len) in &self.ranges {
            let (first, last) = (from.max(at), end.min(at + len));
            if first < last {
                part.push((addr + (first - at), last - first));
            }
            at += len;
        }
        part
    }

    fn push(&mut self, list: &mut List<Heap>, range: (u64, u64)) {
        let fits = range.1 > 0
            && range.0.checked_add(range.1).is_some()
            && self.bytes().checked_add(range.1).is_some();

        assert_eq!(list.push(phyr(range), &Heap::endless()).is_ok(), fits);
        if fits {
            self.ranges.push(range);
        }
    }

    /// The same bytes in the same order; and what `list` says of itself.
    fn check(&self, list: &List<Heap>) {
        let found = ranges_of(list.iter());

        assert_eq!(Self::merged(&found), Self::merged(&self.ranges));
        assert_eq!(list.bytes().raw(), self.bytes());
        assert_eq!(list.entries(), found.len() as u64);
        // There is no other list.
        assert_eq!(list.pages(), live() as u64);
    }
}

fn play(steps: Vec<Step>, seams: Seams) {
    let mut model = Model::default();
    let mut list = List::new(seams);
    let heap = Heap::endless();

    for step in steps {
        match step {
            Step::Push { range, step, times } => {
                for i in 0..times {
                    model.push(&mut list, (range.0.wrapping_add(i * step), range.1));
                }
            }
            Step::Continue { len } => {
                if let Some(&(addr, before)) = model.ranges.last() {
                    model.push(&mut list, (addr + before, len));
                }
            }
            Step::SplitAndAppend { at } => {
                let at = Bytes::new(model.part(at));
                let behind = list.split_off(at, &heap).unwrap();
                assert_eq!(
                    (list.bytes(), behind.bytes().raw()),
                    (at, model.bytes() - at.raw())
                );
                assert!(list.append(behind).is_ok());
            }
            Step::SplitAndDrop { at, keep_front } => {
                let (at, all) = (model.part(at), model.bytes());
                let behind = list.split_off(Bytes::new(at), &heap).unwrap();
                match keep_front {
                    true => model.ranges = model.slice(0, at),
                    false => {
                        model.ranges = model.slice(at, all - at);
                        list = behind;
                    }
                }
            }
            Step::Slice { from, len } => {
                let from = model.part(from);
                let len = ((u128::from(model.bytes() - from) * u128::from(len)) >> 16) as u64;
                let slice = list.slice(Bytes::new(from), Bytes::new(len)).unwrap();
                assert_eq!(
                    Model::merged(&ranges_of(slice)),
                    Model::merged(&model.slice(from, len))
                );
            }
        }
        model.check(&list);
    }
    drop(list);
    assert_eq!(live(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: crate::heap::cases(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_list_is_a_vector(steps in prop::collection::vec(steps(), 1..20)) {
        play(steps, Seams::Any);
    }

    #[test]
    fn a_list_that_holds_pages_is_a_vector(steps in prop::collection::vec(steps(), 1..20)) {
        play(steps, Seams::Pages);
    }

    /// Lists of the same seams only.
    #[test]
    fn lists_that_merge_differently_stay_apart(range in ranges()) {
        let mut list = list_of(&[range], Seams::Any);
        let (_, other) = list.append(list_of(&[range], Seams::Pages)).unwrap_err();

        prop_assert_eq!(ranges_of(list.iter()), vec![range]);
        prop_assert_eq!(ranges_of(other.iter()), vec![range]);
    }
}
