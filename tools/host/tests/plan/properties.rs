// SPDX-License-Identifier: GPL-2.0

//! What holds for every list.

use crate::fake::{
    direct, dma_addr_at, list, probes, room, translated, Calls, Fake, GRANULE, REFUSALS,
};
use phyr_host::plan::{exec, limits::Limits, range::DmaRange, run::Runs, units::Bytes};
use proptest::prelude::*;

/// Lists of up to 40 pieces of different memory: any alignment, some of them adjacent.
fn lists() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let piece = (0..GRANULE, 1..5 * GRANULE, any::<bool>(), any::<bool>());

    prop::collection::vec(piece, 1..40)
        .prop_map(|pieces| {
            let mut phyrs: Vec<(u64, u64)> = Vec::new();
            for (index, (offset, len, adjacent, aligned)) in (0u64..).zip(pieces) {
                // Each piece has 1 MiB of its own, far from where its predecessor ends.
                let mut next = ((index + 1) << 20) + offset;
                let mut len = len;
                if aligned {
                    next -= next % GRANULE;
                    len = len.next_multiple_of(GRANULE);
                }
                if adjacent {
                    if let Some((paddr, before)) = phyrs.last() {
                        next = paddr + before;
                    }
                }
                phyrs.push((next, len));
            }
            phyrs
        })
        .prop_shuffle()
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![
        Just(translated()),
        Just(direct()),
        (1..4 * GRANULE).prop_map(|cap| Limits {
            max_mapping: Some(Bytes::new(cap)),
            ..direct()
        }),
    ]
}

fn total(ranges: &[DmaRange]) -> u64 {
    ranges.iter().map(|range| range.len().raw()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The device reaches each byte of the list, in order, at the DMA address it is told.
    #[test]
    fn every_byte_is_where_its_range_says(phyrs in lists(), limits in limits()) {
        let mut device = Fake::new();
        let phyrs = list(&phyrs);
        let mut out = room(phyrs.len() * 16 * usize::try_from(GRANULE)?);
        let mapped = exec::map(&mut device, phyrs.iter().copied(), &limits, &mut out)
            .expect("nothing fails");
        let ranges = &out[..mapped.ranges];

        prop_assert_eq!(total(ranges), phyrs.iter().map(|phyr| phyr.len().raw()).sum::<u64>());
        prop_assert!(ranges.iter().all(|range| !range.is_empty()));
        for (offset, paddr) in probes(&phyrs) {
            let addr = dma_addr_at(ranges, offset).expect("inside the ranges");
            prop_assert_eq!(device.translate(addr), Some(paddr));
        }

        exec::unmap(&mut device, mapped.held, &out[..mapped.ranges]);
        prop_assert!(device.is_clean());
    }

    /// Behind an IOMMU: one allocation, one link for each run, one sync, one destroy.
    #[test]
    fn a_list_costs_one_allocation(phyrs in lists()) {
        let mut device = Fake::new();
        let phyrs = list(&phyrs);
        let runs = Runs::new(phyrs.iter().copied(), None).count();
        prop_assume!(runs > 1);
        let mut out = room(phyrs.len());
        let mapped = exec::map(&mut device, phyrs.iter().copied(), &translated(), &mut out)
            .expect("as much room as entries is enough");
        exec::unmap(&mut device, mapped.held, &[]);

        prop_assert!(mapped.ranges <= runs);
        prop_assert_eq!(
            device.calls,
            Calls { alloc: 1, link: runs, sync: 1, destroy: 1, ..Calls::default() }
        );
    }

    /// No neighbouring runs could be merged any further, and no cap is exceeded.
    #[test]
    fn runs_are_as_long_as_they_can_be(phyrs in lists(), cap in prop::option::of(1..4 * GRANULE)) {
        let runs: Vec<_> = Runs::new(list(&phyrs).into_iter(), cap.map(Bytes::new))
            .map(|run| run.expect("valid"))
            .collect();

        for pair in runs.windows(2) {
            let adjacent = pair[0].paddr().checked_add(pair[0].len()) == Some(pair[1].paddr());
            prop_assert!(!adjacent || cap == Some(pair[0].len().raw()));
        }
        if let Some(cap) = cap {
            prop_assert!(runs.iter().all(|run| run.len().raw() <= cap));
        }
    }

    /// With exactly as much room as is asked for, a list that had too little is mapped.
    #[test]
    fn the_room_that_is_asked_for_is_enough(phyrs in lists(), limits in limits()) {
        let phyrs = list(&phyrs);
        let mut device = Fake::new();
        let result = exec::map(&mut device, phyrs.iter().copied(), &limits, &mut []);
        let Err(phyr_host::plan::error::Error::NoSpace { needed }) = result else {
            return Err(TestCaseError::fail("no room is never enough"));
        };
        prop_assert!(device.is_clean());

        let mut out = room(needed);
        let mapped = exec::map(&mut device, phyrs.iter().copied(), &limits, &mut out)
            .expect("enough room");
        prop_assert_eq!(mapped.ranges, needed);
        exec::unmap(&mut device, mapped.held, &out);
        prop_assert!(device.is_clean());
    }

    /// A failure at any call, of any kind, leaves nothing mapped.
    #[test]
    fn any_failure_is_undone(
        phyrs in lists(),
        limits in limits(),
        nth in 0usize..64,
        how in prop::sample::select(REFUSALS.to_vec()),
    ) {
        let mut device = Fake::new().failing_at(nth, how);
        let phyrs = list(&phyrs);
        let mut out = room(phyrs.len() * 16 * usize::try_from(GRANULE)?);

        if let Ok(mapped) = exec::map(&mut device, phyrs.iter().copied(), &limits, &mut out) {
            exec::unmap(&mut device, mapped.held, &out[..mapped.ranges]);
        }
        prop_assert!(device.is_clean());
    }
}
