// SPDX-License-Identifier: GPL-2.0

//! What holds for every list.

use crate::fake::{
    dma_addr_at, entry, list, probes, room, translated, Calls, Fake, GRANULE, REFUSALS,
};
use phyr_host::plan::{
    class::{Class, Entry},
    cut::Cuts,
    error::Error,
    exec,
    limits::Limits,
    merge::{Cap, Merge},
    part::{self, Part, Position, Rest},
    range::DmaRange,
    run::Runs,
    units::{BusOffset, Bytes, DmaAddr},
};
use proptest::prelude::*;

/// Lists of up to 40 pieces of different memory: any alignment, some of them adjacent.
pub(crate) fn lists() -> impl Strategy<Value = Vec<(u64, u64)>> {
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

/// Where the bus addresses of the tests are, seen from the physical ones.
const BUS: u64 = 1 << 56;

fn class() -> impl Strategy<Value = Class> {
    prop_oneof![
        4 => Just(Class::Ram),
        1 => (1..3u32).prop_map(|provider| Class::Mmio { provider }),
        1 => Just(Class::Bus { provider: 3, offset: BusOffset::new(BUS) }),
    ]
}

/// Lists of RAM, and lists in which there is memory of peers too.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    (lists(), prop::collection::vec(class(), 40), any::<bool>()).prop_map(
        |(phyrs, classes, mixed)| {
            let classes = classes.into_iter().map(|class| match mixed {
                true => class,
                false => Class::Ram,
            });
            phyrs
                .into_iter()
                .zip(classes)
                .map(|((paddr, len), class)| entry(paddr, len, class))
                .collect()
        },
    )
}

pub(crate) fn cuts() -> impl Strategy<Value = Cuts> {
    let most = prop_oneof![Just(0), 1..64u64, 512..4 * GRANULE, Just(0xffff_ffff)];
    let boundary = prop_oneof![
        Just(u64::MAX),
        Just(0xffff_ffff),
        (9..20u32).prop_map(|n| (1 << n) - 1)
    ];

    (most, boundary).prop_map(|(most, boundary)| Cuts::new(Bytes::new(most), boundary))
}

fn limits() -> impl Strategy<Value = Limits> {
    let cap = prop::option::of(1..4 * GRANULE);

    let reach = prop_oneof![Just(u64::MAX), 1 << 20..1u64 << 25];

    (any::<[bool; 6]>(), cap, 0..256u64, cuts(), reach).prop_map(
        |(
            [iommu, coherent, trusted, per_run, bounces_all, in_phase],
            cap,
            min_merge,
            cuts,
            reach,
        )| Limits {
            granule: if iommu { translated().granule } else { None },
            coherent,
            trusted,
            max_mapping: cap.filter(|_| !iommu || !trusted).map(Bytes::new),
            min_merge: Bytes::new(min_merge),
            cuts,
            per_run,
            bounces_all,
            in_phase,
            reach: DmaAddr::new(reach),
            ..Limits::DIRECT
        },
    )
}

/// The list with memory of peers made RAM where it would be refused: it cannot be bounced.
fn suited(entries: Vec<Entry>, limits: &Limits) -> Vec<Entry> {
    let is_reached = limits.reach == Limits::DIRECT.reach;
    let is_shown = limits.trusted || limits.granule.is_none();

    entries
        .into_iter()
        .map(|entry| match entry.class {
            Class::Mmio { .. } if is_reached && is_shown => entry,
            Class::Bus { .. } if is_reached => entry,
            _ => Entry::ram(entry.phyr),
        })
        .collect()
}

/// More room than any list of these tests needs.
fn plenty() -> Vec<DmaRange> {
    room(1 << 20)
}

/// As many lists for each property as `CASES` says, 2,000 if it says nothing.
pub(crate) fn config() -> ProptestConfig {
    let cases = std::env::var("CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());

    ProptestConfig {
        cases: cases.unwrap_or(2000),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn total(ranges: &[DmaRange]) -> u64 {
    ranges.iter().map(|range| range.len().raw()).sum()
}

proptest! {
    #![proptest_config(config())]

    /// The device reaches each byte of the list, in order, at the DMA address it is told.
    #[test]
    fn every_byte_is_where_its_range_says(phyrs in entries(), limits in limits()) {
        let phyrs = suited(phyrs, &limits);
        let mut device = Fake::of(&limits);
        let mut out = plenty();
        let mapped = exec::map(&mut device, phyrs.iter().copied(), &limits, &mut out)
            .expect("nothing fails");
        let ranges = &out[..mapped.ranges];

        prop_assert_eq!(total(ranges), phyrs.iter().map(|entry| entry.phyr.len().raw()).sum::<u64>());
        prop_assert!(ranges.iter().all(|range| !range.is_empty()));
        for range in ranges {
            prop_assert_eq!(limits.cuts.first(range.addr(), range.len()), range.len());
        }
        for (offset, paddr) in probes(&phyrs) {
            let addr = dma_addr_at(ranges, offset).expect("inside the ranges");
            let seen = if addr.raw() & BUS != 0 { Some(addr.raw() - BUS) } else { None };
            prop_assert_eq!(seen.or_else(|| device.translate(addr)), Some(paddr));
        }

        exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        prop_assert!(device.is_clean());
    }

    /// Behind an IOMMU: one allocation, one link for each run, one sync, one destroy.
    #[test]
    fn a_list_costs_one_allocation(phyrs in lists()) {
        let mut device = Fake::new();
        let phyrs = list(&phyrs);
        let runs = Runs::new(phyrs.iter().copied(), Merge::ALL).count();
        prop_assume!(runs > 1);
        let mut out = room(phyrs.len());
        let mapped = exec::map(&mut device, phyrs.iter().copied(), &translated(), &mut out)
            .expect("as much room as entries is enough");
        exec::unmap(&mut device, mapped.held, &[], 0);

        prop_assert!(mapped.ranges <= runs);
        prop_assert_eq!(
            device.calls,
            Calls { alloc: 1, link: runs, sync: 1, destroy: 1, ..Calls::default() }
        );
    }

    /// No neighbouring runs could be merged any further, and no cap is exceeded.
    #[test]
    fn runs_are_as_long_as_they_can_be(phyrs in lists(), cap in prop::option::of(1..4 * GRANULE)) {
        let runs: Vec<_> = Runs::new(list(&phyrs).into_iter(), Merge {
            cap: cap.map_or(Cap::None, |cap| Cap::At(Bytes::new(cap))),
            ..Merge::ALL
        })
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
    fn the_room_that_is_asked_for_is_enough(phyrs in entries(), limits in limits()) {
        let phyrs = suited(phyrs, &limits);
        let mut device = Fake::of(&limits);
        let result = exec::map(&mut device, phyrs.iter().copied(), &limits, &mut []);
        let Err(Error::NoSpace { needed }) = result else {
            return Err(TestCaseError::fail("no room is never enough"));
        };
        prop_assert!(device.is_clean());

        let mut out = room(needed);
        let mapped = exec::map(&mut device, phyrs.iter().copied(), &limits, &mut out)
            .expect("enough room");
        prop_assert!(mapped.ranges <= needed);
        exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        prop_assert!(device.is_clean());
    }

    /// A failure at any call, of any kind, leaves nothing mapped.
    #[test]
    fn any_failure_is_undone(
        phyrs in entries(),
        limits in limits(),
        nth in 0usize..64,
        how in prop::sample::select(REFUSALS.to_vec()),
    ) {
        let mut device = Fake::of(&limits).failing_at(nth, how);
        let mut out = plenty();

        if let Ok(mapped) = exec::map(&mut device, phyrs.iter().copied(), &limits, &mut out) {
            exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        }
        prop_assert!(device.is_clean());
    }

    /// In arrays that are too small a list is mapped part by part, in order, all of it.
    #[test]
    fn parts_make_up_the_list(phyrs in entries(), limits in limits(), entries in 4usize..9) {
        let phyrs = suited(phyrs, &limits);
        let mut device = Fake::of(&limits);
        let mut at = Position::default();
        let mut parts = Vec::new();

        loop {
            let list = Rest::new(phyrs.iter().copied().skip(at.entry), at.offset);
            let mut out = room(entries);
            let part = match part::map(&mut device, list.clone(), &limits, &mut out) {
                // A granule is not shared by two parts, into however many ranges it is cut.
                Err(Error::NoSpace { needed }) if !(limits.coherent && limits.trusted) => {
                    out = room(needed);
                    part::map(&mut device, list, &limits, &mut out)
                }
                part => part,
            };
            let Some(Part { mapped, bytes }) = part.expect("room for one range") else {
                break;
            };
            at = at.advance(phyrs.iter().skip(at.entry).map(|entry| entry.phyr), bytes);
            parts.push((mapped, out));
        }

        let ranges: Vec<_> = parts
            .iter()
            .flat_map(|(mapped, out)| out[..mapped.ranges].to_vec())
            .collect();
        prop_assert_eq!(total(&ranges), phyrs.iter().map(|entry| entry.phyr.len().raw()).sum::<u64>());
        for (offset, paddr) in probes(&phyrs) {
            let addr = dma_addr_at(&ranges, offset).expect("inside the ranges");
            let seen = if addr.raw() & BUS != 0 { Some(addr.raw() - BUS) } else { None };
            prop_assert_eq!(seen.or_else(|| device.translate(addr)), Some(paddr));
        }
        for (mapped, out) in parts {
            exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        }
        prop_assert!(device.is_clean());
    }
}
