// SPDX-License-Identifier: GPL-2.0

//! A part of a list of DMA ranges.

use phyr::plan::{
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr, //
    }, //
};

/// The `len` bytes of `ranges` that are behind the first `offset`, or what there is of them.
#[inline]
pub fn stretch(
    ranges: impl Iterator<Item = DmaRange>,
    offset: Bytes,
    len: Bytes,
) -> impl Iterator<Item = DmaRange> {
    let (mut before, mut left) = (offset, len);

    ranges.filter_map(move |range| {
        let skipped = before.min(range.len());
        let taken = range.len().saturating_sub(skipped).min(left);
        let addr = DmaAddr::new(range.addr().raw().wrapping_add(skipped.raw()));

        before = before.saturating_sub(skipped);
        left = left.saturating_sub(taken);
        (!taken.is_zero()).then(|| DmaRange::new(addr, taken))
    })
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_rdma_plan_stretch)
)]
mod tests {
    use super::*;

    const RANGES: [(u64, u64); 3] = [(0x1000, 0x10), (0x5000, 0x20), (0x2000, 0x30)];

    fn of(offset: u64, len: u64) -> impl Iterator<Item = (u64, u64)> {
        let ranges = RANGES.map(|(addr, len)| DmaRange::new(DmaAddr::new(addr), Bytes::new(len)));

        stretch(ranges.into_iter(), Bytes::new(offset), Bytes::new(len))
            .map(|range| (range.addr().raw(), range.len().raw()))
    }

    #[test]
    fn all_of_it() {
        assert!(of(0, 0x60).eq(RANGES));
        assert!(of(0, u64::MAX).eq(RANGES));
    }

    #[test]
    fn from_inside_of_a_range_to_inside_of_another() {
        assert!(of(0xf, 2).eq([(0x100f, 1), (0x5000, 1)]));
        assert!(of(0x10, 0x20).eq([(0x5000, 0x20)]));
        assert!(of(0x18, 4).eq([(0x5008, 4)]));
        assert!(of(8, 0x29).eq([(0x1008, 8), (0x5000, 0x20), (0x2000, 1)]));
    }

    #[test]
    fn what_is_not_there_is_not_given() {
        assert!(of(0x60, 1).eq([]));
        assert!(of(0x5f, 2).eq([(0x202f, 1)]));
        assert!(of(5, 0).eq([]));
        assert!(of(u64::MAX, u64::MAX).eq([]));
    }
}
