// SPDX-License-Identifier: GPL-2.0

//! What is counted is never more than may be, and comes back as it was.

use crate::atomic::HostWord;
use phyr_host::plan::{
    premapped::budget::{Budget, Most, Over},
    units::Bytes,
};
use proptest::prelude::*;

fn most(mappings: u64, bytes: u64) -> Most {
    Most {
        mappings,
        bytes: Bytes::new(bytes),
    }
}

#[test]
fn what_never_fits_is_told_from_what_does_not_fit_now() {
    let budget = Budget::<HostWord>::new();
    let page = Bytes::new(4096);

    assert_eq!(budget.charge(page, most(1, 4095)), Err(Over::TooLarge));
    assert_eq!(budget.charge(page, most(0, 4096)), Err(Over::TooLarge));
    assert_eq!(budget.charge(page, most(1, 4096)), Ok(()));
    assert_eq!(budget.charge(page, most(1, 8192)), Err(Over::Full));
    assert_eq!(budget.charge(page, most(2, 8191)), Err(Over::Full));
    assert_eq!((budget.mappings(), budget.bytes()), (1, page));
}

#[test]
fn what_does_not_fit_in_a_number_does_not_fit() {
    let budget = Budget::<HostWord>::new();
    let all = most(u64::MAX, u64::MAX);

    assert_eq!(budget.charge(Bytes::new(u64::MAX), all), Ok(()));
    assert_eq!(budget.charge(Bytes::new(1), all), Err(Over::Full));
    budget.give_back(Bytes::new(u64::MAX));
    assert_eq!((budget.mappings(), budget.bytes()), (0, Bytes::ZERO));
}

proptest! {
    #[test]
    fn it_is_never_more(
        lens in prop::collection::vec((1..1u64 << 20, any::<bool>()), 1..60),
        mappings in 1..20u64,
        bytes in 1..1u64 << 22,
    ) {
        let budget = Budget::<HostWord>::new();
        let mut counted = Vec::new();

        for (len, gives_back) in lens {
            let sum: u64 = counted.iter().sum();
            let fits = counted.len() < mappings as usize && sum + len <= bytes;

            prop_assert_eq!(budget.charge(Bytes::new(len), most(mappings, bytes)).is_ok(), fits);
            if fits {
                counted.push(len);
            }
            if gives_back {
                if let Some(len) = counted.pop() {
                    budget.give_back(Bytes::new(len));
                }
            }
            prop_assert_eq!(budget.mappings(), counted.len() as u64);
            prop_assert_eq!(budget.bytes(), Bytes::new(counted.iter().sum()));
        }
    }
}
