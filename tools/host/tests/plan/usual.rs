// SPDX-License-Identifier: GPL-2.0

//! The usual list for the usual device: mapped as `exec` would map it, or left to it.

use crate::fake::{dma_addr_at, list, probes, room, translated, Fake, REFUSALS};
use crate::properties::{config, cuts, lists};
use phyr_host::plan::{
    backend::Backend,
    class::Kind,
    cut::Cuts,
    error::Error,
    exec::{self, Mapped},
    limits::Limits,
    phyr::Phyr,
    range::DmaRange,
    units::{Bytes, DmaAddr, PhysAddr},
    usual::{direct, shared, Then},
};
use proptest::prelude::*;
use std::cell::Cell;
use std::mem::discriminant;

type Iova = <Fake as Backend>::Iova;

/// [`direct::map`] or [`shared::map`], as the device wants it.
fn map_list(
    device: &mut Fake,
    phyrs: &[Phyr],
    limits: &Limits,
    out: &mut [DmaRange],
) -> Result<Option<Mapped<Iova>>, Error> {
    match limits.granule {
        None => direct::map(device, phyrs, Kind::Ram, &direct_of(limits), out, Told),
        Some(_) => shared::map(device, phyrs, Kind::Ram, &shared_of(limits), out, Told),
    }
}

/// The same for one entry.
fn map_entry(
    device: &mut Fake,
    phyr: Phyr,
    limits: &Limits,
    out: &mut [DmaRange],
) -> Result<Option<Mapped<Iova>>, Error> {
    match limits.granule {
        None => direct::map_entry(device, &[phyr], Kind::Ram, &direct_of(limits), out, Told),
        Some(_) => shared::map_entry(device, &[phyr], Kind::Ram, &shared_of(limits), out, Told),
    }
}

pub(crate) fn direct_of(limits: &Limits) -> direct::Device {
    direct::Device {
        cuts: limits.cuts,
        uncut: Cell::new(limits.cuts.uncut()),
        reach: Cell::new(limits.reach.raw()),
        needs_no_unmap: 0,
    }
}

pub(crate) fn shared_of(limits: &Limits) -> shared::Device {
    shared::Device {
        cuts: Cell::new(limits.cuts),
    }
}

/// Hands on what becomes of a list.
pub(crate) struct Told;

impl Then<Iova> for Told {
    type Out = Result<Option<Mapped<Iova>>, Error>;

    fn mapped(self, mapped: Mapped<Iova>, _out: &[DmaRange]) -> Self::Out {
        Ok(Some(mapped))
    }

    fn unusual(self, _out: &mut [DmaRange]) -> Self::Out {
        Ok(None)
    }

    fn refused(self, error: Error) -> Self::Out {
        Err(error)
    }
}

fn phyrs(list: &[(u64, u64)]) -> Vec<Phyr> {
    list.iter()
        .map(|&(paddr, len)| Phyr::new(PhysAddr::new(paddr), Bytes::new(len)))
        .collect()
}

fn map(
    device: &mut Fake,
    list: &[(u64, u64)],
    limits: &Limits,
    out: &mut [DmaRange],
) -> Result<Option<Mapped<Iova>>, Error> {
    match phyrs(list)[..] {
        [phyr] => map_entry(device, phyr, limits, out),
        ref phyrs => map_list(device, phyrs, limits, out),
    }
}

fn bytes_of(ranges: &[(u64, u64)]) -> u64 {
    ranges.iter().map(|&(_, len)| len).sum()
}

pub(crate) fn devices() -> [Limits; 2] {
    [translated(), Limits::DIRECT]
}

proptest! {
    #![proptest_config(config())]

    /// The same calls, the same ranges; what is cut may be left alone.
    #[test]
    fn it_is_mapped_as_it_would_be_otherwise(
        pieces in lists(), iommu in any::<bool>(), cuts in cuts(), is_cut in any::<bool>(),
    ) {
        let limits = Limits {
            cuts: if is_cut { cuts } else { Cuts::NONE },
            ..devices()[usize::from(iommu)]
        };
        let mut out = room(2 * pieces.len());
        let mut device = Fake::of(&limits);
        let Some(mapped) = map(&mut device, &pieces, &limits, &mut out).expect("nothing fails")
        else {
            prop_assert!(is_cut);
            prop_assert!(device.is_clean());
            return Ok(());
        };

        let mut otherwise = Fake::of(&limits);
        let mut expected = room(2 * pieces.len());
        let entries = list(&pieces);
        let by_exec = exec::map(&mut otherwise, entries.iter().copied(), &limits, &mut expected)
            .expect("nothing fails");
        prop_assert_eq!(&out[..mapped.ranges], &expected[..by_exec.ranges]);
        prop_assert_eq!(device.calls, otherwise.calls);
        prop_assert_eq!(mapped.effort, by_exec.effort);
        prop_assert_eq!(bytes_of(&device.told), bytes_of(&otherwise.told));
        prop_assert_eq!(discriminant(&mapped.held), discriminant(&by_exec.held));
        for (offset, paddr) in probes(&entries) {
            let addr = dma_addr_at(&out[..mapped.ranges], offset).expect("inside the ranges");
            prop_assert_eq!(device.translate(addr), Some(paddr));
        }

        exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        prop_assert!(device.is_clean());
    }

    /// A failure of any call leaves nothing mapped.
    #[test]
    fn a_failure_is_undone(
        pieces in lists(), iommu in any::<bool>(), nth in 0usize..64,
        how in prop::sample::select(REFUSALS.to_vec()),
    ) {
        let limits = devices()[usize::from(iommu)];
        let mut device = Fake::of(&limits).failing_at(nth, how);
        let mut out = room(pieces.len());

        if let Ok(Some(mapped)) = map(&mut device, &pieces, &limits, &mut out) {
            exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        }
        prop_assert!(device.is_clean());
    }

    /// Nor does a list for which there is too little room.
    #[test]
    fn without_room_it_is_left_alone(pieces in lists(), iommu in any::<bool>()) {
        let limits = devices()[usize::from(iommu)];
        let mut out = room(pieces.len());
        let mut device = Fake::of(&limits);
        let mapped = map(&mut device, &pieces, &limits, &mut out).unwrap().unwrap();
        let needed = mapped.ranges;
        exec::unmap(&mut device, mapped.held, &out, needed);

        let result = map(&mut device, &pieces, &limits, &mut room(needed - 1));
        prop_assert!(matches!(result, Ok(None)));
        prop_assert!(device.is_clean());
    }
}

#[test]
fn one_run_is_reached_at_every_byte() {
    const RUNS: [&[(u64, u64)]; 3] = [
        &[(0x10_0200, 0x1e00)],
        &[(0x10_0000, 0x1000), (0x10_1000, 0x1000)],
        &[(0x10_0f00, 0x100), (0x10_1000, 0x10), (0x10_1010, 0x2000)],
    ];

    for limits in devices() {
        for run in RUNS {
            let mut device = Fake::of(&limits);
            let mut out = room(1);
            let mapped = map(&mut device, run, &limits, &mut out).unwrap().unwrap();

            assert_eq!((mapped.ranges, mapped.effort.links), (1, 1));
            // A map call tells by itself.
            let told = limits.granule.map_or(0, |_| bytes_of(run));
            assert_eq!(bytes_of(&device.told), told);
            for (offset, paddr) in probes(&list(run)) {
                let addr = dma_addr_at(&out, offset).unwrap();
                assert_eq!(device.translate(addr), Some(paddr));
            }
            exec::unmap(&mut device, mapped.held, &out, 1);
            assert!(device.is_clean());
        }
    }
}

/// A list may be of one entry without anybody having looked: it is held as `exec` would hold it.
#[test]
fn one_entry_is_a_list_too() {
    const ENTRY: [(u64, u64); 1] = [(0x10_0200, 0x1e00)];

    for limits in devices() {
        let mut fake = Fake::of(&limits);
        let (mut out, mut expected) = (room(1), room(1));
        let mapped = map_list(&mut fake, &phyrs(&ENTRY), &limits, &mut out)
            .unwrap()
            .unwrap();
        let entries = list(&ENTRY);
        let mut otherwise = Fake::of(&limits);
        let by_exec = exec::map(
            &mut otherwise,
            entries.iter().copied(),
            &limits,
            &mut expected,
        )
        .unwrap();

        assert_eq!(out, expected);
        assert_eq!(discriminant(&mapped.held), discriminant(&by_exec.held));
        exec::unmap(&mut fake, mapped.held, &out, mapped.ranges);
        assert!(fake.is_clean());
    }
}

/// What is one stretch of an allocation is cut if there is room for that.
#[test]
fn one_stretch_is_cut() {
    const LENGTHS: [u64; 5] = [0x800, 0x800, 0x800, 0x800, 0x400];
    let limits = Limits {
        cuts: Cuts::new(Bytes::new(0x800), u64::MAX),
        ..translated()
    };
    let stretch = [(0x10_0800, 0x800), (0x20_0000, 0x1000), (0x30_0000, 0xc00)];

    let mut device = Fake::of(&limits);
    let mut out = room(LENGTHS.len());
    let mapped = map(&mut device, &stretch, &limits, &mut out)
        .unwrap()
        .unwrap();
    let lengths: Vec<_> = out.iter().map(|range| range.len().raw()).collect();
    assert_eq!(
        (mapped.ranges, mapped.effort.links),
        (LENGTHS.len(), stretch.len())
    );
    assert_eq!(lengths, LENGTHS);
    for (offset, paddr) in probes(&list(&stretch)) {
        let addr = dma_addr_at(&out, offset).unwrap();
        assert_eq!(device.translate(addr), Some(paddr));
    }
    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
    assert!(device.is_clean());

    let result = map(
        &mut device,
        &stretch,
        &limits,
        &mut out[..LENGTHS.len() - 1],
    );
    assert!(matches!(result, Ok(None)));
    assert!(device.is_clean());
}

/// Of entries that do not fill their granules, those that do continue each other, wherever they
/// are.
#[test]
fn pieces_that_continue_each_other_are_one_range() {
    const LISTS: [&[(u64, u64)]; 3] = [
        &[(0x10_0200, 0x100), (0x20_0200, 0xe00), (0x30_0000, 0x1000)],
        &[
            (0x10_0200, 0x100),
            (0x20_0200, 0x100),
            (0x30_0200, 0xe00),
            (0x40_0000, 0x1000),
        ],
        &[(0x10_0000, 0x1000), (0x20_0000, 0x1000), (0x30_0200, 0xe00)],
    ];

    for list in LISTS {
        let limits = translated();
        let mut device = Fake::of(&limits);
        let mut out = room(list.len());
        let mapped = map(&mut device, list, &limits, &mut out).unwrap().unwrap();

        assert_eq!(mapped.ranges, list.len() - 1);
        for (offset, paddr) in probes(&crate::fake::list(list)) {
            let addr = dma_addr_at(&out[..mapped.ranges], offset).unwrap();
            assert_eq!(device.translate(addr), Some(paddr));
        }
        exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        assert!(device.is_clean());
    }
}

#[test]
fn what_is_invalid_is_left_alone() {
    for limits in devices() {
        for bad in [
            &[] as &[(u64, u64)],
            &[(0x1000, 0)],
            &[(0x1000, 0x1000), (0x2000, 0)],
            &[(0x1000, 0x1000), (0x9000, 0)],
            &[(0x1000, 0x1000), (u64::MAX, 2), (0x9000, 0x1000)],
            &[(0x1000, 0x1000), (0x2000, 0x1000), (0x9000, 0)],
            &[
                (0x1000, 0x1000),
                (0x2000, 0x1000),
                (0x9000, 0x1000),
                (0xa000, 0),
            ],
        ] {
            let mut device = Fake::of(&limits);
            let result = map(&mut device, bad, &limits, &mut room(8));
            assert!(matches!(result, Ok(None)));
            assert!(device.is_clean());
        }
    }
}

#[test]
fn what_is_too_large_for_64_bits_or_an_allocation_is_left_alone() {
    const HALF: u64 = 1 << 63;

    let lists: [&[(u64, u64)]; 4] = [
        &[(0x1000, HALF)],
        &[(0x1000, HALF - 0x800)],
        &[(0x1000, HALF), (0x1000 + HALF, 0x1000)],
        &[(0, HALF), (0, HALF)],
    ];

    for list in lists {
        let limits = translated();
        let mut device = Fake::of(&limits);
        let result = map(&mut device, list, &limits, &mut room(4));

        assert!(matches!(result, Ok(None)));
        assert_eq!((device.calls.map, device.calls.link), (0, 0));
        assert!(device.is_clean());
    }
}

#[test]
fn what_is_out_of_reach_is_left_alone() {
    let limits = Limits {
        reach: DmaAddr::new(0xffff_ffff),
        ..Limits::DIRECT
    };
    let entry: &[(u64, u64)] = &[(0xffff_f000, 0x1001)];
    let apart: &[(u64, u64)] = &[(0x1000, 0x1000), (0xffff_f000, 0x1001)];
    let between: &[(u64, u64)] = &[(0x1000, 0x1000), (1 << 32, 0x1000), (0x9000, 0x1000)];
    let runs: &[(u64, u64)] = &[(0x1000, 0x1000), (0x2000, 0x1000), (0xffff_f000, 0x1001)];

    // What is before it is mapped, and unmapped again.
    for (list, calls) in [(entry, 0), (apart, 1), (between, 1), (runs, 1)] {
        let mut device = Fake::of(&limits);
        let result = map(&mut device, list, &limits, &mut room(3));

        assert!(matches!(result, Ok(None)));
        assert_eq!(device.calls.map, calls);
        assert!(device.is_clean());
    }
}

/// Without an IOMMU a run is mapped as a whole or not at all.
#[test]
fn a_run_that_is_to_be_cut_is_left_alone() {
    let whole = [(0x1000, 0x1000), (0x2000, 0x1000), (0x9000, 0x2000)];
    let long = [(0x1000, 0x1000), (0x2000, 0x1000), (0x9000, 0x2001)];
    let across = [(0x1000, 0x1000), (0x2000, 0x1000), (0xf000, 0x2000)];
    let alone = [(0x1000, 0x1000), (0x9000, 0x2001), (0x2_0000, 0x1000)];
    let limits = Limits {
        cuts: Cuts::new(Bytes::new(0x2000), 0xffff),
        ..Limits::DIRECT
    };

    let mut device = Fake::of(&limits);
    let mut out = room(2);
    let mapped = map(&mut device, &whole, &limits, &mut out)
        .unwrap()
        .unwrap();
    assert_eq!(mapped.ranges, 2);
    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
    assert!(device.is_clean());

    for list in [long, across, alone] {
        let mut device = Fake::of(&limits);
        let result = map(&mut device, &list, &limits, &mut room(3));

        assert!(matches!(result, Ok(None)));
        assert_eq!(device.calls.map, 1);
        assert!(device.is_clean());
    }
}

/// Who says that a list begins with adjacent entries is asked whether it does.
#[test]
fn a_list_is_not_taken_for_adjacent() {
    let apart = phyrs(&[(0x10_0000, 0x1000), (0x20_0000, 0x1000)]);

    for limits in devices() {
        let mut fake = Fake::of(&limits);
        let mut out = room(2);
        let mapped = match limits.granule {
            None => {
                let device = direct_of(&limits);
                direct::map_adjacent(&mut fake, &apart, Kind::Ram, &device, &mut out, Told)
            }
            Some(_) => {
                let device = shared_of(&limits);
                shared::map_adjacent(&mut fake, &apart, Kind::Ram, &device, &mut out, Told)
            }
        };

        assert!(mapped.unwrap().is_none());
        assert!(fake.is_clean());
    }
}
