// SPDX-License-Identifier: GPL-2.0

//! Every call that can fail, made to fail: nothing stays behind.
//!
//! The idea is that of tools/testing/selftests/iommu/iommufd_fail_nth.c in the kernel.

use crate::fake::{list, room, translated, Fake, REFUSALS};
use phyr_host::plan::{backend::Refusal, error::Error, exec, limits::Limits};

/// One run, an aligned list, a misaligned one, a mixed one.
const LISTS: [&[(u64, u64)]; 4] = [
    &[(0x1234, 0x3000)],
    &[(0x1000, 0x1000), (0x9000, 0x3000), (0x5000, 0x1000)],
    &[
        (0x1200, 0x800),
        (0x5200, 0x800),
        (0x9200, 0x800),
        (0xd3ff, 2),
    ],
    &[
        (0x1e00, 0x200),
        (0x9000, 0x1000),
        (0x5000, 0x1001),
        (0x7fff, 1),
    ],
];

fn calls_without_failure(limits: &Limits, phyrs: &[(u64, u64)]) -> usize {
    let mut device = Fake::new();
    let mut out = room(phyrs.len());
    let mapped = exec::map(&mut device, list(phyrs).into_iter(), limits, &mut out).unwrap();

    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
    assert!(device.is_clean());
    device.fallible()
}

/// Maps with `device`, unmaps if that worked, and checks that nothing stays behind.
fn map_and_unmap(
    mut device: Fake,
    limits: &Limits,
    phyrs: &[(u64, u64)],
    entries: usize,
) -> Result<Fake, Error> {
    let mut out = room(entries);
    let result = exec::map(&mut device, list(phyrs).into_iter(), limits, &mut out);

    match result {
        Ok(mapped) => {
            exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
            assert!(device.is_clean());
            Ok(device)
        }
        Err(error) => {
            assert!(device.is_clean(), "{error:?} left something behind");
            Err(error)
        }
    }
}

#[test]
fn one_failing_call_leaves_nothing_behind() {
    for phyrs in LISTS {
        for limits in [Limits::DIRECT, translated()] {
            for nth in 0..calls_without_failure(&limits, phyrs) {
                for how in REFUSALS {
                    let device = Fake::new().failing_at(nth, how);
                    let _ = map_and_unmap(device, &limits, phyrs, phyrs.len());
                }
            }
        }
    }
}

#[test]
fn a_second_failing_call_leaves_nothing_behind() {
    for phyrs in LISTS {
        let calls = calls_without_failure(&translated(), phyrs);
        for first in 0..calls {
            // After the first failure the runs are mapped one by one.
            for second in first + 1..=first + phyrs.len() {
                for how in REFUSALS {
                    let device = Fake::new()
                        .failing_at(first, Refusal::Layout)
                        .failing_at(second, how);
                    let _ = map_and_unmap(device, &translated(), phyrs, phyrs.len());
                }
            }
        }
    }
}

#[test]
fn a_matter_of_layout_never_reaches_the_caller() {
    for phyrs in LISTS {
        for nth in 0..calls_without_failure(&translated(), phyrs) {
            let device = Fake::new().failing_at(nth, Refusal::Layout);
            let result = map_and_unmap(device, &translated(), phyrs, phyrs.len());

            assert_eq!(result.unwrap().calls.map, phyrs.len());
        }
    }
}

#[test]
fn refusals_become_their_errors() {
    let phyrs = LISTS[1];
    let calls = calls_without_failure(&translated(), phyrs);

    // Call 0 is the allocation, which has no refusals; then come the links and the sync.
    for nth in 1..calls {
        for (how, error) in [
            (Refusal::NoMemory, Error::NoMemory),
            (Refusal::NotSupported, Error::NotSupported),
        ] {
            let device = Fake::new().failing_at(nth, how);
            let result = map_and_unmap(device, &translated(), phyrs, phyrs.len());

            assert_eq!(result.err(), Some(error));
        }
    }
}

#[test]
fn a_failed_map_call_is_a_lack_of_memory() {
    for phyrs in LISTS {
        for nth in 0..phyrs.len() {
            let device = Fake::new().failing_at(nth, Refusal::Layout);
            let result = map_and_unmap(device, &Limits::DIRECT, phyrs, phyrs.len());

            assert_eq!(result.err(), Some(Error::NoMemory));
        }
    }
}

#[test]
fn a_fallback_without_room_says_what_is_short() {
    // Three aligned runs are planned as one range, so one entry is room enough for the plan.
    let phyrs = LISTS[1];

    let no_iova = Fake::new().failing_at(0, Refusal::Layout);
    let result = map_and_unmap(no_iova, &translated(), phyrs, 1);
    assert_eq!(result.err(), Some(Error::NoMemory));

    let no_link = Fake::new().failing_at(2, Refusal::Layout);
    let result = map_and_unmap(no_link, &translated(), phyrs, 1);
    assert_eq!(result.err(), Some(Error::NoSpace { needed: 3 }));
}
