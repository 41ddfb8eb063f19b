// SPDX-License-Identifier: GPL-2.0

//! Handing memory over: exactly the bytes that were asked for, each within one mapping.

use crate::fake::{entry, list, room, translated, Fake, GRANULE};
use phyr_host::plan::{
    backend::Owner,
    class::{Class, Entry},
    cut::Cuts,
    error::Error,
    exec,
    limits::Limits,
    range::DmaRange,
    sync::{hand_over, hand_over_from, Coherence, Span, Start},
    units::{BusOffset, Bytes},
};

/// Pages and pieces, RAM only.
const RAM: [(u64, u64); 4] = [
    (0x10_0000, 0x3000),
    (0x50_0200, 0x800),
    (0x90_0000, 0x1000),
    (0xd0_0fff, 2),
];

/// Whole granules.
const WHOLE: [(u64, u64); 3] = [
    (0x10_0000, 0x3000),
    (0x50_0000, 0x1000),
    (0x90_0000, 0x2000),
];

fn incoherent() -> Limits {
    Limits {
        coherent: false,
        ..translated()
    }
}

fn coherence(limits: &Limits) -> Coherence {
    Coherence {
        granule: limits.granule,
        coherent: limits.coherent,
    }
}

/// Maps, hands each span over, and compares the physical bytes with those of the list.
fn check(limits: &Limits, entries: &[Entry]) {
    let mut device = Fake::of(limits);
    let mut out = room(64);
    let mapped = exec::map(&mut device, entries.iter().copied(), limits, &mut out).unwrap();
    let bytes: Vec<Option<u64>> = entries
        .iter()
        .flat_map(|entry| {
            let first = entry.phyr.paddr().raw();
            (first..first + entry.phyr.len().raw())
                .map(move |paddr| (entry.class == Class::Ram).then_some(paddr))
        })
        .collect();

    for start in [0, 1, 0x800, 0x2fff, 0x3000, bytes.len() - 1] {
        for len in [1, 0x7ff, 0x1000, bytes.len() - start] {
            let Some(expected) = bytes.get(start..start + len) else {
                continue;
            };
            device.handed.clear();
            let result = hand_over(
                &mut device,
                &mapped.held,
                coherence(limits),
                &out,
                mapped.ranges,
                Span::new(Bytes::new(start as u64), Bytes::new(len as u64)),
                Owner::Cpu,
            );
            assert_eq!(result, Ok(()));

            let handed: Vec<u64> = device
                .handed
                .iter()
                .flat_map(|&(addr, len, _)| addr..addr + len)
                .map(|addr| {
                    device
                        .translate(phyr_host::plan::units::DmaAddr::new(addr))
                        .unwrap()
                })
                .collect();
            let expected: Vec<u64> = expected.iter().copied().flatten().collect();
            assert_eq!(handed, expected);
        }
    }
    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
    assert!(device.is_clean());
}

#[test]
fn by_map_call() {
    check(&Limits::DIRECT, &list(&RAM));
    check(&incoherent(), &list(&RAM));
}

#[test]
fn one_map_call() {
    check(&Limits::DIRECT, &list(&RAM[..1]));
    check(&incoherent(), &list(&RAM[..1]));
}

#[test]
fn an_allocation_granule_by_granule() {
    check(&incoherent(), &list(&WHOLE));
}

#[test]
fn ranges_that_were_cut() {
    for limits in [Limits::DIRECT, incoherent()] {
        let limits = Limits {
            cuts: Cuts::new(Bytes::new(0x700), u64::MAX),
            ..limits
        };
        check(&limits, &list(&RAM));
        check(&limits, &list(&WHOLE));
    }
}

#[test]
fn what_belongs_to_peers_is_left_alone() {
    let bus = Class::Bus {
        provider: 1,
        offset: BusOffset::new(1 << 56),
    };
    let entries = [
        entry(0x10_0000, 0x1000, Class::Ram),
        entry(0x5000_0000, 0x1800, bus),
        entry(0x50_0000, 0x800, Class::Ram),
        entry(0x9000_0000, 0x3000, Class::Mmio { provider: 2 }),
        entry(0x90_0000, 0x1000, Class::Ram),
    ];
    let cut = Limits {
        cuts: Cuts::new(Bytes::new(0x700), u64::MAX),
        ..Limits::DIRECT
    };

    check(&Limits::DIRECT, &entries);
    check(&cut, &entries);
    check(&incoherent(), &entries);

    // Whole granules: in one allocation, but for the bus address.
    let entries = [
        entry(0x10_0000, 0x1000, Class::Ram),
        entry(0x5000_0000, 0x2000, bus),
        entry(0x50_0000, 0x3000, Class::Ram),
    ];
    check(&incoherent(), &entries);
}

#[test]
fn a_coherent_allocation_costs_nothing() {
    let mut device = Fake::new();
    let mut out = room(4);
    let limits = translated();
    let mapped = exec::map(&mut device, list(&RAM).into_iter(), &limits, &mut out).unwrap();
    let span = Span::new(Bytes::ZERO, Bytes::new(GRANULE));

    for owner in [Owner::Cpu, Owner::Device] {
        let ranges = mapped.ranges;
        hand_over(
            &mut device,
            &mapped.held,
            coherence(&limits),
            &out,
            ranges,
            span,
            owner,
        )
        .unwrap();
    }
    assert_eq!(device.calls.hand_over, 0);
    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
}

#[test]
fn beyond_the_end_is_told_and_not_touched() {
    let mut device = Fake::new();
    let mut out = room(4);
    let limits = Limits::DIRECT;
    let mapped = exec::map(&mut device, list(&RAM).into_iter(), &limits, &mut out).unwrap();
    let span = Span::new(Bytes::new(0x4000), Bytes::new(u64::MAX));
    let ranges = mapped.ranges;
    let result = hand_over(
        &mut device,
        &mapped.held,
        coherence(&limits),
        &out,
        ranges,
        span,
        Owner::Device,
    );

    assert_eq!(result, Err(Error::Invalid));
    assert!(device
        .handed
        .iter()
        .all(|&(_, _, owner)| owner == Owner::Device));
    assert_eq!(
        device.handed.iter().map(|handed| handed.1).sum::<u64>(),
        0x802
    );
    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
}

/// Only the ranges that have some of the span are looked at: the others are a trap here.
#[test]
fn the_others_are_not_looked_at() {
    for limits in [Limits::DIRECT, incoherent()] {
        let mut device = Fake::of(&limits);
        let mut out = room(64);
        let entries = list(&WHOLE);
        let mapped = exec::map(&mut device, entries.iter().copied(), &limits, &mut out).unwrap();
        let before = out[0].len();
        let trap = DmaRange::new(out[1].addr(), Bytes::new(u64::MAX));
        let trapped = [trap, out[1], trap];
        let mut handed = vec![];

        // Without an IOMMU there are three ranges, and with one they adjoin.
        if mapped.ranges == 3 {
            device.handed.clear();
            let result = hand_over_from(
                &mut device,
                &mapped.held,
                coherence(&limits),
                &trapped,
                3,
                Start { index: 1, before },
                Span::new(before, Bytes::new(0x800)),
                Owner::Device,
            );

            assert_eq!(result, Ok(()));
            handed = device
                .handed
                .iter()
                .map(|&(addr, len, _)| (addr, len))
                .collect();
            assert_eq!(handed, [(out[1].addr().raw(), 0x800)]);
        }
        assert_eq!(handed.is_empty(), mapped.ranges != 3);
        exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        assert!(device.is_clean());
    }
}
