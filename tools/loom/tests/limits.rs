// SPDX-License-Identifier: GPL-2.0

//! Limits hold in whatever order several map and unmap, with few preemptions.

use loom::{sync::Arc, thread};
use phyr_host::plan::{
    premapped::budget::{Budget, Most},
    units::Bytes,
};
use phyr_loom::LoomWord;

const MOST: Most = Most {
    mappings: 2,
    bytes: Bytes::new(10),
};

/// Counts a mapping of so many bytes, looks, and takes it back.
fn map(budget: &Budget<LoomWord>, len: u64) -> bool {
    let is_counted = budget.charge(Bytes::new(len), MOST).is_ok();

    assert!(budget.mappings() <= MOST.mappings && budget.bytes() <= MOST.bytes);
    if is_counted {
        assert!(budget.bytes() >= Bytes::new(len));
        budget.give_back(Bytes::new(len));
    }
    is_counted
}

#[test]
fn there_is_never_more_than_may_be() {
    let mut builder = loom::model::Builder::new();

    builder.preemption_bound = Some(2);
    builder.check(|| {
        let budget = Arc::new(Budget::new());
        let others = [4, 7].map(|len| {
            let budget = budget.clone();

            thread::spawn(move || map(&budget, len))
        });

        map(&budget, 6);
        others.map(|other| other.join().unwrap());
        assert_eq!((budget.mappings(), budget.bytes()), (0, Bytes::ZERO));
        assert!(map(&budget, 10));
    });
}
