// SPDX-License-Identifier: GPL-2.0

//! Lists that are read once, from an iterator: mapped as an array of the same would be.

use crate::fake::{dma_addr_at, list, probes, room, Fake, REFUSALS};
use crate::properties::{config, lists};
use crate::usual::{devices, direct_of, shared_of, Told};
use phyr_host::plan::{
    backend::Backend,
    class::Kind,
    error::Error,
    exec::{self, Mapped},
    limits::Limits,
    phyr::Phyr,
    range::DmaRange,
    units::{Bytes, PhysAddr},
    usual::stream,
};
use proptest::prelude::*;

type Iova = <Fake as Backend>::Iova;

fn map(
    device: &mut Fake,
    pieces: &[(u64, u64)],
    limits: &Limits,
    out: &mut [DmaRange],
) -> Result<Option<Mapped<Iova>>, Error> {
    let mut rest = pieces
        .iter()
        .map(|&(paddr, len)| Phyr::new(PhysAddr::new(paddr), Bytes::new(len)));
    let first = rest.next().expect("a list has an entry");

    match limits.granule {
        None => stream::map_direct(
            device,
            first,
            rest,
            Kind::Ram,
            &direct_of(limits),
            out,
            Told,
        ),
        Some(_) => stream::map_shared(
            device,
            first,
            &rest,
            Kind::Ram,
            &shared_of(limits),
            out,
            Told,
        ),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn it_is_mapped_as_an_array(pieces in lists(), iommu in any::<bool>()) {
        let limits = devices()[usize::from(iommu)];
        let mut device = Fake::of(&limits);
        let mut out = room(pieces.len());
        let mapped = map(&mut device, &pieces, &limits, &mut out).unwrap().unwrap();

        let entries = list(&pieces);
        let mut otherwise = Fake::of(&limits);
        let mut expected = room(pieces.len());
        let by_exec = exec::map(&mut otherwise, entries.iter().copied(), &limits, &mut expected)
            .unwrap();
        prop_assert_eq!(&out[..mapped.ranges], &expected[..by_exec.ranges]);
        prop_assert_eq!(device.calls, otherwise.calls);
        prop_assert_eq!(mapped.effort, by_exec.effort);
        for (offset, paddr) in probes(&entries) {
            let addr = dma_addr_at(&out[..mapped.ranges], offset).expect("inside the ranges");
            prop_assert_eq!(device.translate(addr), Some(paddr));
        }
        exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        prop_assert!(device.is_clean());
    }

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

    #[test]
    fn without_room_it_is_left_alone(pieces in lists(), iommu in any::<bool>()) {
        let limits = devices()[usize::from(iommu)];
        let mut device = Fake::of(&limits);
        let mut out = room(pieces.len());
        let mapped = map(&mut device, &pieces, &limits, &mut out).unwrap().unwrap();
        let needed = mapped.ranges;
        exec::unmap(&mut device, mapped.held, &out, needed);

        let result = map(&mut device, &pieces, &limits, &mut room(needed - 1));
        prop_assert!(matches!(result, Ok(None)));
        prop_assert!(device.is_clean());
    }
}

/// An entry that is not valid, at each place of a list in which two are adjacent.
#[test]
fn what_is_invalid_is_left_alone() {
    const GOOD: [(u64, u64); 4] = [
        (0x10_0000, 0x1000),
        (0x10_1000, 0x1000),
        (0x20_0000, 0x1000),
        (0x30_0000, 0x1000),
    ];

    for limits in devices() {
        for at in 0..=GOOD.len() {
            for bad in [(0x11_0000, 0), (0x10_2000, 0), (u64::MAX, 2)] {
                let mut pieces = GOOD.to_vec();
                pieces.insert(at, bad);
                let mut device = Fake::of(&limits);
                let result = map(&mut device, &pieces, &limits, &mut room(8));

                assert!(matches!(result, Ok(None)));
                assert!(device.is_clean());
            }
        }
    }
}
