// SPDX-License-Identifier: GPL-2.0

//! Work requests hold every SGE, in order, and there are no more of them than must be.

use crate::config;
use phyr_host::{
    plan::{
        range::DmaRange,
        units::{Bytes, DmaAddr},
    },
    rdma_plan::message::{parts, Messages, LONGEST},
};
use proptest::prelude::*;

fn lens() -> impl Strategy<Value = Vec<u64>> {
    let longest = LONGEST.raw();
    let len = prop_oneof![
        4 => 1..0x10_0000u64,
        1 => longest - 0x1000..=longest,
        1 => longest / 2 - 0x1000..=longest / 2,
    ];

    prop::collection::vec(len, 1..200)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn sges_stay_in_order(lens in lens(), max_sge in 1..40u32) {
        let messages: Vec<_> =
            Messages::new(lens.iter().copied().map(Bytes::new), max_sge).collect();
        let mut left = lens.as_slice();

        for message in &messages {
            prop_assert!((1..=max_sge).contains(&message.sges));
            let (here, behind) = left.split_at(message.sges as usize);
            prop_assert_eq!(message.bytes.raw(), here.iter().sum::<u64>());
            prop_assert!(message.bytes <= LONGEST);
            // One more would have been too many.
            if let Some(next) = behind.first() {
                prop_assert!(
                    message.sges == max_sge || message.bytes.raw() + next > LONGEST.raw()
                );
            }
            left = behind;
        }
        prop_assert!(left.is_empty());
    }

    #[test]
    fn parts_are_the_range(addr in 0..1u64 << 40, len in 1..1u64 << 36) {
        let mut at = addr;

        for part in parts(DmaRange::new(DmaAddr::new(addr), Bytes::new(len))) {
            prop_assert_eq!(part.addr().raw(), at);
            prop_assert!(!part.is_empty() && part.len() <= LONGEST);
            at += part.len().raw();
        }
        prop_assert_eq!(at, addr + len);
    }
}
