// SPDX-License-Identifier: GPL-2.0

//! MRs hold what they are given, byte for byte, and there are no more of them than must be.

use crate::config;
use phyr_host::{
    plan::{
        range::DmaRange,
        units::{Bytes, DmaAddr},
    },
    rdma_plan::{
        segments::{Extent, Extents, Frame},
        stretch::stretch,
    },
};
use proptest::prelude::*;

const PAGE: u64 = 0x1000;

fn range(addr: u64, len: u64) -> DmaRange {
    DmaRange::new(DmaAddr::new(addr), Bytes::new(len))
}

/// An MR as a device has it: pages, and where in the first one it begins.
#[derive(Debug)]
struct Mr {
    first: u64,
    pages: Vec<u64>,
    segments: Vec<DmaRange>,
}

impl Mr {
    fn new(addr: u64) -> Self {
        Self {
            first: addr % PAGE,
            pages: Vec::new(),
            segments: Vec::new(),
        }
    }

    fn len(&self) -> u64 {
        self.segments.iter().map(|range| range.len().raw()).sum()
    }

    /// The address that byte `at` has, if the pages say so.
    fn addr_of(&self, at: u64) -> Option<u64> {
        let page = usize::try_from((self.first + at) / PAGE).unwrap();

        self.pages
            .get(page)
            .map(|page| page + (self.first + at) % PAGE)
    }

    /// Adds `range`, and tells whether the device would find each of its bytes.
    fn add(&mut self, range: DmaRange) -> bool {
        let (addr, len, before) = (range.addr().raw(), range.len().raw(), self.len());
        let mut page = addr / PAGE * PAGE;

        // What lies in the last page already needs no other.
        if self.addr_of(before) == Some(addr) {
            page += PAGE;
        }
        while page < addr + len {
            self.pages.push(page);
            page += PAGE;
        }
        self.segments.push(range);
        [0, len / 2, len - 1]
            .iter()
            .all(|at| self.addr_of(before + at) == Some(addr + at))
    }
}

/// The MR that names `extent`.
fn mr(extent: &Extent<'_>) -> Mr {
    let segments: Vec<_> =
        stretch(extent.ranges.iter().copied(), extent.skipped, extent.bytes).collect();
    let mut mr = Mr::new(segments[0].addr().raw());

    // Each range of it has something in it.
    assert_eq!(segments.len(), extent.ranges.len());
    for segment in segments {
        assert!(mr.add(segment), "{mr:x?} does not reach {segment:x?}");
    }
    assert_eq!(mr.len(), extent.bytes.raw());
    mr
}

/// The MRs that `list` is distributed over.
fn mrs(list: &[DmaRange], pages: u32, segments: u32) -> Vec<Mr> {
    let frame = Frame::new(Bytes::new(PAGE), pages, segments).unwrap();

    Extents::new(list, frame)
        .map(|extent| mr(&extent))
        .collect()
}

/// Whether `mr` and the first byte of `next` would be an MR.
fn could_go_on(mr: &Mr, next: DmaRange, pages: u32, segments: u32) -> bool {
    let mut longer = Mr::new(mr.segments[0].addr().raw());

    for segment in &mr.segments {
        longer.add(*segment);
    }
    longer.add(range(next.addr().raw(), 1))
        && longer.pages.len() <= pages as usize
        && mr.segments.len() < segments as usize
}

/// Ranges that begin and end at pages, inside of them, or where the one before ended.
fn ranges() -> impl Strategy<Value = Vec<DmaRange>> {
    let place = prop_oneof![
        3 => (0..64u64).prop_map(|page| Some(page << 20)),
        1 => (0..64u64, 0..PAGE).prop_map(|(page, at)| Some((page << 20) + at)),
        2 => Just(None),
    ];
    let len = prop_oneof![
        3 => (1..12u64).prop_map(|pages| pages * PAGE),
        1 => 1..3 * PAGE,
        1 => 1..16u64,
    ];

    prop::collection::vec((place, len), 1..24).prop_map(|list| {
        let mut end = PAGE / 2;

        list.into_iter()
            .map(|(place, len)| {
                let addr = place.unwrap_or(end);
                end = addr + len;
                range(addr, len)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_byte_is_reached_in_order(list in ranges(), pages in 1..20u32, segments in 1..20u32) {
        let mrs = mrs(&list, pages, segments);
        let mut left = list.iter().copied();
        let mut now: Option<DmaRange> = None;

        for segment in mrs.iter().flat_map(|mr| &mr.segments) {
            let part = now.take().or_else(|| left.next()).unwrap();
            prop_assert_eq!(part.addr(), segment.addr());
            prop_assert!(!segment.is_empty() && segment.len() <= part.len());
            let rest = part.len().saturating_sub(segment.len());
            if !rest.is_zero() {
                now = Some(DmaRange::new(part.addr().checked_add(segment.len()).unwrap(), rest));
            }
        }
        prop_assert!(now.is_none() && left.next().is_none());
        for mr in &mrs {
            prop_assert!(mr.pages.len() <= pages as usize);
            prop_assert!(mr.segments.len() <= segments as usize);
        }
    }

    #[test]
    fn there_is_room_for_what_is_told(list in ranges(), pages in 1..20u32, segments in 1..20u32) {
        let extents =
            Extents::new(&list, Frame::new(Bytes::new(PAGE), pages, segments).unwrap());

        prop_assert!(extents.least_mrs() <= extents.clone().count());
        for extent in extents.clone() {
            prop_assert!(extent.ranges.len() <= extents.most_segments());
        }
    }

    #[test]
    fn an_mr_ends_only_where_it_must(list in ranges(), pages in 1..20u32, segments in 1..20u32) {
        for pair in mrs(&list, pages, segments).windows(2) {
            let next = pair[1].segments[0];

            prop_assert!(!could_go_on(&pair[0], next, pages, segments), "{:x?}", pair);
        }
    }
}
