// SPDX-License-Identifier: GPL-2.0

//! What a mapping does, call by call.

use crate::fake::{entry, list, room, translated, Calls, Fake};
use phyr_host::plan::{
    class::{Class, Entry},
    cut::Cuts,
    error::Error,
    exec::{self, Held},
    limits::Limits,
    part::{self, Position},
    range::DmaRange,
    strategy::Reason,
    units::{BusOffset, Bytes, DmaAddr, PhysAddr},
};

/// Two aligned runs, of two phyrs each.
const ALIGNED: [(u64, u64); 4] = [
    (0x10_0000, 0x1000),
    (0x10_1000, 0x1000),
    (0x50_0000, 0x2000),
    (0x50_2000, 0x800),
];

/// Pieces of 2 KiB at offset 512.
const MISALIGNED: [(u64, u64); 3] = [(0x1200, 0x800), (0x5200, 0x800), (0x9200, 0x800)];

#[test]
fn an_aligned_list_is_one_range() {
    let mut device = Fake::new();
    let mut out = room(1);
    let mapped = exec::map(
        &mut device,
        list(&ALIGNED).into_iter(),
        &translated(),
        &mut out,
    )
    .unwrap();

    assert_eq!(mapped.ranges, 1);
    assert_eq!(out[0].len(), Bytes::new(0x4800));
    assert_eq!(
        device.calls,
        Calls {
            alloc: 1,
            link: 2,
            sync: 1,
            ..Calls::default()
        }
    );

    exec::unmap(&mut device, mapped.held, &[], 0);
    assert_eq!(device.calls.destroy, 1);
    assert!(device.is_clean());
}

#[test]
fn a_misaligned_list_is_one_allocation() {
    let mut device = Fake::new();
    let mut out = room(3);
    let mapped = exec::map(
        &mut device,
        list(&MISALIGNED).into_iter(),
        &translated(),
        &mut out,
    )
    .unwrap();

    assert_eq!(mapped.ranges, 3);
    assert_eq!(
        device.calls,
        Calls {
            alloc: 1,
            link: 3,
            sync: 1,
            ..Calls::default()
        }
    );

    exec::unmap(&mut device, mapped.held, &[], 0);
    assert_eq!(device.calls.destroy, 1);
    assert!(device.is_clean());
}

#[test]
fn without_iommu_each_run_is_a_map_call() {
    let mut device = Fake::new();
    let mut out = room(2);
    let mapped = exec::map(
        &mut device,
        list(&ALIGNED).into_iter(),
        &Limits::DIRECT,
        &mut out,
    )
    .unwrap();

    assert_eq!(mapped.ranges, 2);
    assert!(matches!(mapped.held, Held::Each(_)));
    assert_eq!(
        device.calls,
        Calls {
            map: 2,
            ..Calls::default()
        }
    );

    exec::unmap(&mut device, mapped.held, &out, 2);
    assert!(device.is_clean());
}

#[test]
fn one_run_is_one_call_and_unmaps_without_the_ranges() {
    for (limits, calls) in [(Limits::DIRECT, (1, 1)), (translated(), (0, 0))] {
        let mut device = Fake::new();
        let mut out = room(1);
        let phyrs = list(&ALIGNED[..2]);
        let mapped = exec::map(&mut device, phyrs.into_iter(), &limits, &mut out).unwrap();

        assert_eq!(mapped.ranges, 1);
        assert_eq!(mapped.effort.links, 1);
        exec::unmap(&mut device, mapped.held, &[], 0);
        assert_eq!((device.calls.map, device.calls.unmap), calls);
        assert!(device.is_clean());
    }
}

#[test]
fn nothing_is_held_where_nothing_needs_unmapping() {
    let mut device = Fake::new().without_unmap();
    let mut out = room(2);
    let mapped = exec::map(
        &mut device,
        list(&ALIGNED).into_iter(),
        &Limits::DIRECT,
        &mut out,
    )
    .unwrap();

    assert!(matches!(mapped.held, Held::Nothing));
    exec::unmap(&mut device, mapped.held, &[], 0);
    assert_eq!(device.calls.unmap, 0);
}

fn range(addr: u64, len: u64) -> DmaRange {
    DmaRange::new(DmaAddr::new(addr), Bytes::new(len))
}

/// A device that takes no more than `most` bytes at a time.
fn short(most: u64, limits: Limits) -> Limits {
    Limits {
        cuts: Cuts::new(Bytes::new(most), u64::MAX),
        ..limits
    }
}

#[test]
fn cuts_take_no_mapping() {
    let phyrs = [(0x10_0000, 0x5000), (0x50_0000, 0x1000)];
    let mut out = room(9);

    let mut device = Fake::new();
    let limits = short(0x2000, translated());
    let mapped = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut out).unwrap();
    assert_eq!(mapped.ranges, 3);
    assert_eq!((device.calls.alloc, device.calls.link), (1, 2));
    exec::unmap(&mut device, mapped.held, &[], 0);
    assert!(device.is_clean());

    let mut device = Fake::new();
    let limits = short(0x2000, Limits::DIRECT);
    let mapped = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut out).unwrap();
    assert_eq!(mapped.ranges, 4);
    assert_eq!(device.calls.map, 2);
    assert!(matches!(mapped.held, Held::Recorded { entries: 5 }));
    exec::unmap(&mut device, mapped.held, &out, 4);
    assert_eq!(device.calls.unmap, 2);
    assert!(device.is_clean());
}

#[test]
fn one_run_that_is_cut_needs_no_record() {
    for (limits, calls) in [(Limits::DIRECT, (1, 1)), (translated(), (0, 0))] {
        let mut device = Fake::new();
        let mut out = room(3);
        let limits = short(0x2000, limits);
        let phyrs = list(&[(0x10_0000, 0x5000)]);
        let mapped = exec::map(&mut device, phyrs.into_iter(), &limits, &mut out).unwrap();

        assert_eq!(mapped.ranges, 3);
        exec::unmap(&mut device, mapped.held, &[], 0);
        assert_eq!((device.calls.map, device.calls.unmap), calls);
        assert!(device.is_clean());
    }
}

#[test]
fn ram_and_peers_stand_in_transfer_order() {
    let bus = Class::Bus {
        provider: 1,
        offset: BusOffset::new(u64::MAX - 0xffff_ffff),
    };
    let phyrs = [
        entry(0x10_0000, 0x1000, Class::Ram),
        entry(0x2_8000_0000, 0x3000, bus),
        entry(0x50_0000, 0x800, Class::Ram),
        entry(0x9000_0000, 0x1000, Class::Mmio { provider: 2 }),
    ];
    for (limits, calls) in [
        (
            translated(),
            Calls {
                alloc: 1,
                link: 3,
                sync: 1,
                ..Calls::default()
            },
        ),
        (
            Limits::DIRECT,
            Calls {
                map: 3,
                ..Calls::default()
            },
        ),
    ] {
        let mut device = Fake::new();
        let mut out = room(5);
        let mapped = exec::map(&mut device, phyrs.into_iter(), &limits, &mut out).unwrap();

        assert_eq!(mapped.ranges, 4);
        assert_eq!(device.calls, calls);
        assert_eq!(out[1], range(0x1_8000_0000, 0x3000));
        for (at, paddr) in [(0, 0x10_0000), (2, 0x50_0000), (3, 0x9000_0000)] {
            assert_eq!(device.translate(out[at].addr()), Some(paddr));
        }
        exec::unmap(&mut device, mapped.held, &out, 4);
        assert!(device.is_clean());
    }
}

/// A list whose peer is reached another way when it is read again.
#[derive(Clone)]
struct Rerouted {
    at: usize,
    reads: std::rc::Rc<std::cell::Cell<usize>>,
    is_counted: bool,
}

impl Iterator for Rerouted {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.at == 0 {
            self.is_counted = self.reads.get() == 0;
            self.reads.set(self.reads.get() + 1);
        }
        self.at += 1;
        let class = match (self.at, self.is_counted) {
            (2, false) => Class::Bus {
                provider: 1,
                offset: BusOffset::new(0),
            },
            _ => Class::Mmio { provider: 1 },
        };
        (self.at < 4).then(|| entry(0x10_0000 * self.at as u64, 0x800, class))
    }
}

#[test]
fn a_peer_that_is_rerouted_between_the_passes_is_refused_and_undone() {
    for limits in [translated(), Limits::DIRECT] {
        let mut device = Fake::of(&limits);
        let list = Rerouted {
            at: 0,
            reads: std::rc::Rc::default(),
            is_counted: false,
        };
        let result = exec::map(&mut device, list, &limits, &mut room(8));

        assert_eq!(result.err(), Some(Error::Invalid));
        assert!(device.is_clean());
    }
}

#[test]
fn a_gap_takes_no_more_links_than_the_stretch_has_runs() {
    let limits = Limits {
        cuts: Cuts::new(Bytes::ZERO, (1 << 32) - 1),
        ..translated()
    };
    let phyrs = [
        (1 << 40, (3 << 30) - 1),
        (2 << 40, 0x1000),
        (3 << 40, 2 << 30),
    ];
    let mut device = Fake::of(&limits);
    let mut out = room(4);
    let mapped = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut out).unwrap();

    assert_eq!((mapped.ranges, mapped.effort.links), (2, 4));
}

#[test]
fn bus_addresses_alone_map_nothing() {
    let bus = Class::Bus {
        provider: 1,
        offset: BusOffset::new(0),
    };
    for limits in [translated(), Limits::DIRECT] {
        let mut device = Fake::new();
        let mut out = room(1);
        let phyrs = [entry(0x1000, 1, bus)];
        let mapped = exec::map(&mut device, phyrs.into_iter(), &limits, &mut out).unwrap();

        assert!(matches!(mapped.held, Held::Nothing));
        assert_eq!(out[0], range(0x1000, 1));
        assert_eq!(mapped.effort.reason, Reason::BusOnly);
        assert_eq!(device.calls, Calls::default());
    }
}

#[test]
fn bus_addresses_are_cut_without_a_record() {
    let bus = Class::Bus {
        provider: 1,
        offset: BusOffset::new(0),
    };
    let limits = Limits {
        cuts: Cuts::new(Bytes::new(0x1000), u64::MAX),
        ..Limits::DIRECT
    };
    let phyrs = [entry(0x1000, 0x2800, bus), entry(0x9000, 0x800, bus)];
    let mut out = room(4);
    let mapped = exec::map(&mut Fake::new(), phyrs.into_iter(), &limits, &mut out).unwrap();

    assert!(matches!(mapped.held, Held::Nothing));
    assert_eq!(mapped.ranges, 4);
    assert_eq!(out[2], range(0x3000, 0x800));
}

#[test]
fn a_part_ends_where_a_granule_does_if_the_next_must_not_share_it() {
    let limits = Limits {
        trusted: false,
        require_coherent: true,
        cuts: Cuts::new(Bytes::new(0x200), u64::MAX),
        ..translated()
    };
    let phyrs = list(&[(0x10_0000, 0x1_0000)]);
    let mut device = Fake::of(&limits);

    let refused = part::map(
        &mut device,
        phyrs.clone().into_iter(),
        &limits,
        &mut room(7),
    );
    assert!(matches!(refused, Err(Error::NoSpace { needed: 8 })));

    let mut out = room(23);
    let part = part::map(&mut device, phyrs.into_iter(), &limits, &mut out)
        .unwrap()
        .unwrap();
    assert_eq!((part.bytes, part.mapped.ranges), (Bytes::new(0x2000), 16));
    exec::unmap(&mut device, part.mapped.held, &out, 16);
    assert!(device.is_clean());
}

#[test]
fn a_part_ends_before_an_entry_without_bytes() {
    let phyrs = [(0x1000, 0x1000), (0x8000, 0), (0x9000, 0x1000)];
    let phyrs = list(&phyrs).into_iter().map(|entry| entry.phyr);
    let before = Position::default();
    let at = |entry, offset| Position {
        entry,
        offset: Bytes::new(offset),
    };

    assert_eq!(
        before.advance(phyrs.clone(), Bytes::new(0xfff)),
        at(0, 0xfff)
    );
    assert_eq!(before.advance(phyrs.clone(), Bytes::new(0x1000)), at(1, 0));
    assert_eq!(at(0, 0xfff).advance(phyrs, Bytes::new(1)), at(1, 0));
}

#[test]
fn an_allocation_that_is_out_of_phase_is_given_back() {
    let limits = Limits {
        cuts: Cuts::new(Bytes::ZERO, 0xffff),
        ..translated()
    };
    let phyrs: Vec<_> = (1..=32).map(|page| (page << 20, 0x1000)).collect();
    let mut device = Fake::new().out_of_phase(0x8000);
    let mut out = room(64);
    let mapped = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut out).unwrap();

    assert_eq!(mapped.effort.reason, Reason::NoIova);
    assert_eq!((device.calls.alloc, device.calls.free), (1, 1));
    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
    assert!(device.is_clean());
}

#[test]
fn addresses_that_are_not_where_they_were_expected_take_more_room() {
    let limits = Limits {
        cuts: Cuts::new(Bytes::ZERO, 0xffff),
        ..Limits::DIRECT
    };
    let phyrs = [(0x10_0000, 0x1_0000), (0x50_0000, 0x1_0000)];

    let mut device = Fake::new().offset_by(0x800);
    let result = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut room(2));
    let Err(Error::NoSpace { needed }) = result else {
        panic!("four ranges have no room in two entries");
    };
    assert!(device.is_clean());

    let mut out = room(needed);
    let mapped = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut out).unwrap();
    assert_eq!(mapped.ranges, 4);
    exec::unmap(&mut device, mapped.held, &out, 4);
    assert!(device.is_clean());
}

#[test]
fn addresses_that_cannot_be_foreseen_are_recorded() {
    let limits = Limits {
        cuts: Cuts::new(Bytes::ZERO, 0xffff),
        in_phase: false,
        ..Limits::DIRECT
    };
    let phyrs = [(0x10_0000, 0x1_0000), (0x50_0000, 0x1_0000)];
    let mut device = Fake::new().offset_by(0x800);
    let mut out = room(7);
    let mapped = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut out).unwrap();

    assert_eq!((mapped.ranges, device.calls.map), (4, 2));
    exec::unmap(&mut device, mapped.held, &out, 4);
    assert!(device.is_clean());
}

#[test]
fn an_offset_that_is_known_takes_no_room() {
    let limits = Limits {
        cuts: Cuts::new(Bytes::ZERO, 0xffff),
        offset: BusOffset::new(0x800),
        ..Limits::DIRECT
    };
    let phyrs = [(0x10_f800, 0x1000), (0x50_0000, 0x800)];
    let mut device = Fake::new().offset_by(0x800);
    let mut out = room(2);
    let mapped = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut out).unwrap();

    assert!(matches!(mapped.held, Held::Each(_)));
    exec::unmap(&mut device, mapped.held, &out, 2);
    assert!(device.is_clean());
}

#[test]
fn offsets_take_no_room_where_no_boundary_cuts() {
    let limits = Limits {
        in_phase: false,
        ..Limits::DIRECT
    };
    let mut device = Fake::new().offset_by(0x800);
    let mut out = room(2);
    let mapped = exec::map(&mut device, list(&ALIGNED).into_iter(), &limits, &mut out).unwrap();

    assert_eq!(mapped.ranges, 2);
    exec::unmap(&mut device, mapped.held, &out, 2);
    assert!(device.is_clean());
}

#[test]
fn a_cap_cuts_map_calls_but_not_links() {
    let capped = Limits {
        max_mapping: Some(Bytes::new(0x800)),
        bounces_all: true,
        ..Limits::DIRECT
    };
    let mut device = Fake::new();
    let mut out = room(16);
    let mapped = exec::map(&mut device, list(&ALIGNED).into_iter(), &capped, &mut out).unwrap();

    assert_eq!(mapped.ranges, 9);
    exec::unmap(&mut device, mapped.held, &out, 9);
    assert!(device.is_clean());
}

#[test]
fn too_little_room_tells_how_much_is_needed() {
    for (limits, phyrs, needed) in [
        (Limits::DIRECT, &ALIGNED[..], 2),
        (translated(), &MISALIGNED[..], 3),
        (translated(), &ALIGNED[..], 1),
    ] {
        for entries in 0..needed {
            let mut device = Fake::new();
            let result = exec::map(
                &mut device,
                list(phyrs).into_iter(),
                &limits,
                &mut room(entries),
            );

            assert_eq!(result.err(), Some(Error::NoSpace { needed }));
            assert_eq!(device.calls, Calls::default());
        }
    }
}

#[test]
fn errors_have_the_errnos_of_dma_map_sgtable() {
    assert_eq!(Error::Invalid.to_errno(), -22);
    assert_eq!(Error::NoMemory.to_errno(), -12);
    assert_eq!(Error::NoSpace { needed: 1 }.to_errno(), -28);
    assert_eq!(Error::NotReachable.to_errno(), -121);
    assert_eq!(Error::NotSupported.to_errno(), -95);
}

/// A list that is longer, shorter or elsewhere when it is read again.
#[derive(Clone)]
struct Fickle {
    first: Vec<Entry>,
    second: Vec<Entry>,
    at: usize,
    clones: std::rc::Rc<std::cell::Cell<usize>>,
    generation: usize,
}

impl Fickle {
    fn new(first: &[(u64, u64)], second: &[(u64, u64)]) -> Self {
        Self {
            first: list(first),
            second: list(second),
            at: 0,
            clones: std::rc::Rc::default(),
            generation: 0,
        }
    }
}

impl Iterator for Fickle {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.at == 0 {
            self.generation = self.clones.get();
            self.clones.set(self.generation + 1);
        }
        let list = match self.generation {
            0 => &self.first,
            _ => &self.second,
        };
        let phyr = list.get(self.at).copied();
        self.at += 1;
        phyr
    }
}

#[test]
fn a_list_that_changes_between_the_passes_is_refused_and_undone() {
    let longer = [ALIGNED.as_slice(), &[(0x90_0000, 0x1000)]].concat();
    let invalid = [ALIGNED.as_slice(), &[(u64::MAX, 2)]].concat();

    for second in [&longer[..], &invalid[..], &ALIGNED[..3], &MISALIGNED[..]] {
        for limits in [translated(), Limits::DIRECT] {
            let mut device = Fake::new();
            let mut out = room(2);
            let fickle = Fickle::new(&ALIGNED, second);

            match exec::map(&mut device, fickle, &limits, &mut out) {
                Err(error) => {
                    assert!(matches!(error, Error::Invalid | Error::NoSpace { .. }));
                }
                // As many runs as were counted, so they fit: mapped, and undone like any other.
                Ok(mapped) => {
                    assert!(limits.granule.is_none());
                    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
                }
            }
            assert!(device.is_clean());
        }
    }
}

#[test]
fn a_list_that_becomes_fewer_ranges_hands_out_none_that_were_not_written() {
    let aligned = [(0x1000, 0x1000), (0x5000, 0x1000), (0x9000, 0x1000)];
    let mut device = Fake::new();
    let fickle = Fickle::new(&MISALIGNED, &aligned);
    let result = exec::map(&mut device, fickle, &translated(), &mut room(3));

    assert_eq!(result.err(), Some(Error::Invalid));
    assert!(device.is_clean());
}

#[test]
fn an_endless_entry_is_counted_not_cut() {
    let capped = Limits {
        max_mapping: Some(Bytes::new(1)),
        bounces_all: true,
        ..Limits::DIRECT
    };
    let phyrs = list(&[(0, 1 << 62)]);
    let result = exec::map(&mut Fake::new(), phyrs.into_iter(), &capped, &mut room(1));

    assert_eq!(result.err(), Some(Error::NoSpace { needed: 1 << 62 }));

    let beyond = Limits {
        bounces_all: false,
        reach: DmaAddr::new(0xffff),
        ..capped
    };
    let result = exec::map(
        &mut Fake::new(),
        list(&[(0, 1 << 62)]).into_iter(),
        &beyond,
        &mut room(1),
    );
    assert_eq!(result.err(), Some(Error::NoSpace { needed: 1 << 62 }));

    let untrusted = Limits {
        trusted: false,
        max_mapping: Some(Bytes::new(0x4000)),
        ..translated()
    };
    let result = exec::map(
        &mut Fake::new(),
        list(&[(1, 1 << 62)]).into_iter(),
        &untrusted,
        &mut room(1),
    );
    assert_eq!(
        result.err(),
        Some(Error::NoSpace {
            needed: (1 << 48) + 1
        })
    );
}

#[test]
fn what_is_out_of_reach_is_not_tried_without_bounce_buffers() {
    let limits = Limits {
        bounces: false,
        reach: DmaAddr::new(0xffff),
        ..Limits::DIRECT
    };
    let beyond = [(0x1000, 0x1000), (0xf000, 0x1001)];
    let within = [(0x1000, 0x1000), (0xf000, 0x1000)];
    let of = |phyrs: &[(u64, u64)], limits: &Limits| {
        let mut device = Fake::new();
        let result = exec::map(&mut device, list(phyrs).into_iter(), limits, &mut room(2));

        (result.map(drop), device.calls)
    };

    assert_eq!(
        of(&beyond, &limits),
        (Err(Error::NotSupported), Calls::default())
    );
    assert_eq!(of(&within, &limits).0, Ok(()));
    let bounces = Limits {
        bounces: true,
        ..limits
    };
    assert_eq!(of(&beyond, &bounces).0, Ok(()));
    let elsewhere = Limits {
        bounces_all: true,
        ..limits
    };
    assert_eq!(of(&beyond, &elsewhere).0, Ok(()));
}

#[test]
fn addresses_at_the_end_of_the_address_space_are_invalid_not_wrapped() {
    for phyrs in [
        [(u64::MAX - 0xfff, 0x1000), (0x1000, 0x1000)],
        [(0x1000, u64::MAX), (0x1000, 0x1000)],
        [(0x1000, 0x1000), (0x3000, 0)],
    ] {
        for limits in [translated(), Limits::DIRECT] {
            let mut device = Fake::new();
            let result = exec::map(&mut device, list(&phyrs).into_iter(), &limits, &mut room(2));

            assert_eq!(result.err(), Some(Error::Invalid));
            assert_eq!(device.calls, Calls::default());
        }
    }
    assert_eq!(PhysAddr::new(u64::MAX).checked_add(Bytes::new(1)), None);
}
