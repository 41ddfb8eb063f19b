// SPDX-License-Identifier: GPL-2.0

//! The usual list for the usual device: mapped as `exec` would map it, or left to it.

use crate::fake::{dma_addr_at, list, probes, room, translated, Fake, REFUSALS};
use crate::properties::{config, cuts, lists};
use phyr_host::plan::{
    class::Kind,
    cut::Cuts,
    error::Error,
    exec::{self, Mapped},
    limits::Limits,
    phyr::Phyr,
    range::DmaRange,
    units::{Bytes, DmaAddr, PhysAddr},
    usual::{self, Usual},
};
use proptest::prelude::*;
use std::{cell::Cell, rc::Rc};

fn usual(limits: &Limits) -> Usual {
    Usual {
        granule: limits.granule,
        cuts: limits.cuts,
        reach: limits.reach,
        needs_unmap: true,
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
) -> Result<Option<Mapped<<Fake as phyr_host::plan::backend::Backend>::Iova>>, Error> {
    let phyrs = phyrs(list);

    match phyrs[..] {
        [phyr] => usual::map_entry(device, phyr, Kind::Ram, &usual(limits), out),
        _ => usual::map(
            device,
            phyrs.iter().copied(),
            Kind::Ram,
            &usual(limits),
            out,
        ),
    }
}

fn devices() -> [Limits; 2] {
    [translated(), Limits::DIRECT]
}

proptest! {
    #![proptest_config(config())]

    /// The same calls, the same ranges; whatever is cut is left alone.
    #[test]
    fn it_is_mapped_as_it_would_be_otherwise(
        pieces in lists(), iommu in any::<bool>(), cuts in cuts(), is_cut in any::<bool>(),
    ) {
        let limits = Limits {
            cuts: if is_cut { cuts } else { Cuts::NONE },
            ..devices()[usize::from(iommu)]
        };
        let mut out = room(pieces.len());
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
fn what_is_invalid_is_left_alone() {
    for limits in devices() {
        for bad in [
            &[] as &[(u64, u64)],
            &[(0x1000, 0)],
            &[(0x1000, 0x1000), (0x2000, 0)],
            &[(0x1000, 0x1000), (0x9000, 0)],
            &[(0x1000, 0x1000), (u64::MAX, 2), (0x9000, 0x1000)],
        ] {
            let mut device = Fake::of(&limits);
            let result = map(&mut device, bad, &limits, &mut room(8));
            assert!(matches!(result, Ok(None)));
            assert!(device.is_clean());
        }
    }
}

#[test]
fn what_is_out_of_reach_is_left_alone() {
    let limits = Limits {
        reach: DmaAddr::new(0xffff_ffff),
        ..Limits::DIRECT
    };
    let mut device = Fake::of(&limits);
    let result = map(
        &mut device,
        &[(0x1000, 0x1000), (0xffff_f000, 0x1001)],
        &limits,
        &mut room(2),
    );

    assert!(matches!(result, Ok(None)));
    assert_eq!(device.calls.discard, 1);
    assert!(device.is_clean());
}

/// A list that ends when it is read again.
#[derive(Clone)]
struct Once {
    list: &'static [(u64, u64)],
    reads: Rc<Cell<usize>>,
    at: Option<usize>,
}

impl Iterator for Once {
    type Item = Phyr;

    fn next(&mut self) -> Option<Phyr> {
        let at = self.at.get_or_insert_with(|| {
            self.reads.set(self.reads.get() + 1);
            0
        });
        let &(paddr, len) = self.list.get(*at).filter(|_| self.reads.get() == 1)?;

        *at += 1;
        Some(Phyr::new(PhysAddr::new(paddr), Bytes::new(len)))
    }
}

#[test]
fn a_list_is_read_once() {
    const LIST: &[(u64, u64)] = &[(0x10_0000, 0x1000), (0x20_0000, 0x1000), (0x30_0200, 1)];

    for limits in devices() {
        let mut device = Fake::of(&limits);
        let mut out = room(4);
        let once = Once {
            list: LIST,
            reads: Rc::default(),
            at: None,
        };
        let mapped = usual::map(&mut device, once, Kind::Ram, &usual(&limits), &mut out)
            .unwrap()
            .unwrap();

        for (offset, paddr) in probes(&list(LIST)) {
            let addr = dma_addr_at(&out[..mapped.ranges], offset).unwrap();
            assert_eq!(device.translate(addr), Some(paddr));
        }
        exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
        assert!(device.is_clean());
    }
}
