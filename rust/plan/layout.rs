// SPDX-License-Identifier: GPL-2.0

//! Where the runs of a list lie in one IOVA allocation.

use super::{
    granule::Granule,
    run::Run,
    units::{
        Bytes,
        PhysAddr, //
    },
};

/// Largest allocation: `struct dma_iova_state` keeps the top bit of a size for a flag.
const MAX_SIZE: Bytes = Bytes::new(u64::MAX >> 1);

/// The granules of a list's runs, laid one run after the other.
///
/// `dma_iova_link()` takes an unaligned start from the first range only and an unaligned end from
/// the last (Documentation/core-api/dma-api.rst, "Part Ie"). Whole granules are always aligned, so
/// a list of any alignment fits into one allocation; the bytes of a granule before and after its
/// run are mapped with it and handed to nobody. That is only right for a device that is coherent
/// and trusted, see [`strategy`](super::strategy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    granule: Granule,
    size: Bytes,
    ranges: usize,
    /// Whether the run placed last ends where its last granule ends.
    flush: bool,
}

/// The place of one run in a [`Layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Start of the run's first granule.
    pub paddr: PhysAddr,
    /// Where that granule goes, in bytes from the start of the allocation.
    pub offset: Bytes,
    /// Length of all the run's granules in bytes.
    pub len: Bytes,
    /// Where the run's first byte goes, in bytes from the start of the allocation.
    pub first: Bytes,
    /// Whether the run continues the DMA range of the run before it.
    pub joins: bool,
}

impl Layout {
    /// A layout that holds no run yet.
    #[inline]
    pub const fn new(granule: Granule) -> Self {
        Self {
            granule,
            size: Bytes::ZERO,
            ranges: 0,
            flush: false,
        }
    }

    /// A layout of the same granule that holds no run yet.
    #[inline]
    pub(super) const fn emptied(&self) -> Self {
        Self::new(self.granule)
    }

    /// Bytes to allocate, a whole number of granules.
    #[inline]
    pub const fn size(&self) -> Bytes {
        self.size
    }

    /// DMA ranges: runs that meet at a granule boundary are one.
    #[inline]
    pub const fn ranges(&self) -> usize {
        self.ranges
    }

    /// Places the next run, or returns [`None`] if no allocation could be so large.
    #[inline]
    pub fn place(&mut self, run: Run) -> Option<Place> {
        let pad = self.granule.pad(run.paddr());
        let padded = pad.checked_add(run.len())?;
        let len = self.granule.align_up(padded)?;
        let joins = self.flush && pad.is_zero();
        let offset = self.size;
        let size = offset.checked_add(len).filter(|&size| size <= MAX_SIZE)?;

        let place = Place {
            paddr: self.granule.align_down(run.paddr()),
            offset,
            len,
            first: offset.checked_add(pad)?,
            joins,
        };

        self.size = size;
        self.flush = padded == len;
        if !joins {
            self.ranges = self.ranges.checked_add(1)?;
        }
        Some(place)
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_plan_layout)
)]
mod tests {
    use super::{
        super::{
            phyr::Phyr,
            run::Runs, //
        },
        *,
    };

    /// Size and number of DMA ranges of a list, given as address and length, for 4 KiB granules.
    fn laid(list: &[(u64, u64)]) -> Option<(u64, usize)> {
        let mut layout = Layout::new(Granule::from_merge_boundary(0xfff)?);
        let phyrs = list
            .iter()
            .map(|&(paddr, len)| Phyr::new(PhysAddr::new(paddr), Bytes::new(len)));

        for run in Runs::new(phyrs, None) {
            layout.place(run.ok()?)?;
        }
        Some((layout.size().raw(), layout.ranges()))
    }

    #[test]
    fn aligned_runs_are_one_range() {
        let list = [(0x9000, 0x1000), (0x1000, 0x3000), (0x7000, 0x1000)];

        assert_eq!(laid(&list), Some((0x5000, 1)));
    }

    #[test]
    fn the_list_may_start_and_end_inside_a_granule() {
        let list = [(0x9e00, 0x200), (0x1000, 0x3000), (0x7000, 1)];

        assert_eq!(laid(&list), Some((0x5000, 1)));
    }

    #[test]
    fn a_run_that_starts_inside_a_granule_starts_a_range() {
        assert_eq!(
            laid(&[(0x1000, 0x1000), (0x3200, 0xe00)]),
            Some((0x2000, 2))
        );
    }

    #[test]
    fn a_run_that_ends_inside_a_granule_ends_a_range() {
        assert_eq!(
            laid(&[(0x1000, 0xe00), (0x3000, 0x1000)]),
            Some((0x2000, 2))
        );
    }

    #[test]
    fn pieces_of_one_granule_take_a_granule_each() {
        let list = [(0x1000, 0x10), (0x1020, 0x10), (0x1040, 0x10)];

        assert_eq!(laid(&list), Some((0x3000, 3)));
    }

    #[test]
    fn one_byte_across_a_boundary_takes_two_granules() {
        assert_eq!(laid(&[(0x1fff, 2)]), Some((0x2000, 1)));
    }

    #[test]
    fn a_run_knows_its_place() {
        let place = Granule::from_merge_boundary(0xfff).and_then(|granule| {
            let mut layout = Layout::new(granule);
            let first = Phyr::new(PhysAddr::new(0x5000), Bytes::new(0x1000));
            let second = Phyr::new(PhysAddr::new(0x9234), Bytes::new(0x1000));
            layout.place(Run::new(first).ok()?)?;
            layout.place(Run::new(second).ok()?)
        });

        assert_eq!(
            place,
            Some(Place {
                paddr: PhysAddr::new(0x9000),
                offset: Bytes::new(0x1000),
                len: Bytes::new(0x2000),
                first: Bytes::new(0x1234),
                joins: false,
            })
        );
    }

    #[test]
    fn what_no_allocation_can_hold_has_no_place() {
        let largest = (MAX_SIZE.raw() & !0xfff, 1);

        assert_eq!(laid(&[(0x1000, largest.0)]), Some(largest));
        assert_eq!(laid(&[(0x1000, largest.0 + 1)]), None);
        assert_eq!(laid(&[(0x1000, largest.0), (0, 1)]), None);
    }
}
