// SPDX-License-Identifier: GPL-2.0

//! Where the runs of a list lie in one IOVA allocation.

use super::{
    cut::Cuts,
    granule::Granule,
    run::Run,
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    },
};

/// Largest allocation: `struct dma_iova_state` keeps the top bit of a size for a flag.
pub(super) const MAX_SIZE: Bytes = Bytes::new(u64::MAX >> 1);

/// The granules of a list's runs, laid one run after the other.
///
/// `dma_iova_link()` takes an unaligned start from the first range only and an unaligned end from
/// the last (Documentation/core-api/dma-api.rst, "Part Ie"). Whole granules are always aligned, so
/// a list of any alignment fits into one allocation; the bytes of a granule before and after its
/// run are mapped with it and handed to nobody. That is only right for a device that is coherent
/// and trusted, or for a list that has no such bytes, see [`strategy`](super::strategy).
///
/// Runs that meet at a granule boundary are one stretch. A stretch that would be cut at a boundary
/// of the device, and would not if it began at one, is moved there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    granule: Granule,
    cuts: Cuts,
    size: Bytes,
    /// DMA ranges of the stretches that no run can join any more.
    closed: usize,
    /// Where the granules of the last stretch start, in bytes from the start of the allocation.
    start: Bytes,
    /// Where in its first granule the last stretch starts.
    pad: Bytes,
    /// Length of the last stretch in bytes; zero if there is none.
    open: Bytes,
    /// Whether the run placed last ends where its last granule ends.
    flush: bool,
}

/// What a list takes in an IOVA allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    granule: Granule,
    cuts: Cuts,
    size: Bytes,
    ranges: usize,
}

/// What is left free in front of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// Where it is, in bytes from the start of the allocation.
    pub at: Bytes,
    /// Its length in bytes, whole granules.
    pub len: Bytes,
}

impl Gap {
    /// Where it ends, in bytes from the start of the allocation.
    #[inline]
    pub(super) const fn end(&self) -> Bytes {
        self.at.saturating_add(self.len)
    }
}

impl Place {
    /// Where the run's last granule ends, in bytes from the start of the allocation.
    #[inline]
    pub(super) const fn end(&self) -> Bytes {
        self.offset.saturating_add(self.len)
    }
}

impl Footprint {
    /// Bytes to allocate, a whole number of granules.
    #[inline]
    pub const fn size(&self) -> Bytes {
        self.size
    }

    /// DMA ranges, if the allocation starts at a boundary of the device or crosses none.
    #[inline]
    pub const fn ranges(&self) -> usize {
        self.ranges
    }

    /// A layout of the same kind that holds no run yet.
    #[inline]
    pub(super) const fn layout(&self) -> Layout {
        Layout::new(self.granule, self.cuts)
    }

    /// Whether an allocation at `base` has the DMA ranges that [`Footprint::ranges`] counts.
    #[inline]
    pub(super) fn is_in_phase(&self, base: DmaAddr) -> bool {
        self.cuts.is_in_phase(base, self.size)
    }

    /// Whether a stretch may have to be moved.
    #[inline]
    pub(super) fn crosses(&self) -> bool {
        self.cuts.crosses(DmaAddr::default(), self.size)
    }
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
    /// A layout that holds no run yet; its DMA ranges are cut as `cuts` says.
    #[inline]
    pub const fn new(granule: Granule, cuts: Cuts) -> Self {
        Self {
            granule,
            cuts,
            size: Bytes::ZERO,
            closed: 0,
            start: Bytes::ZERO,
            pad: Bytes::ZERO,
            open: Bytes::ZERO,
            flush: false,
        }
    }

    /// What it amounts to, or [`None`] if no allocation could be so large.
    #[inline]
    pub fn footprint(mut self) -> Option<Footprint> {
        self.close()?;
        Some(Footprint {
            granule: self.granule,
            cuts: self.cuts,
            size: self.size,
            ranges: self.closed,
        })
    }

    /// Ends a stretch: nothing can join it.
    #[inline]
    fn close(&mut self) -> Option<()> {
        if self.open.is_zero() {
            return Some(());
        }
        let moved = self.gap(self.start, self.pad, self.open)?;
        let first = self.start.checked_add(self.pad)?.checked_add(moved)?;
        let ranges = self.cuts.pieces(DmaAddr::new(first.raw()), self.open)?;

        self.size = self.grown(moved)?;
        self.closed = self.closed.checked_add(ranges)?;
        self.open = Bytes::ZERO;
        self.flush = false;
        Some(())
    }

    /// How far a stretch of `len` bytes, `pad` bytes into the granule at `start`, is moved.
    #[inline]
    fn gap(&self, start: Bytes, pad: Bytes, len: Bytes) -> Option<Bytes> {
        let first = DmaAddr::new(start.checked_add(pad)?.raw());

        if !self.cuts.crosses(first, len) {
            return Some(Bytes::ZERO);
        }
        let Some(boundary) = self.cuts.next_boundary(DmaAddr::new(start.raw())) else {
            return Some(Bytes::ZERO);
        };
        let moved = boundary.checked_add(pad)?;
        match self.cuts.pieces(moved, len)? < self.cuts.pieces(first, len)? {
            true => Bytes::new(boundary.raw()).checked_sub(start),
            false => Some(Bytes::ZERO),
        }
    }

    #[inline]
    fn grown(&self, by: Bytes) -> Option<Bytes> {
        self.size.checked_add(by).filter(|&size| size <= MAX_SIZE)
    }

    /// Leaves room in the list of DMA ranges, not in the allocation, for `len` bytes at `addr`.
    #[inline]
    pub(super) fn pass(&mut self, addr: DmaAddr, len: Bytes) -> Option<()> {
        self.close()?;
        self.closed = self.closed.checked_add(self.cuts.pieces(addr, len)?)?;
        Some(())
    }

    /// Whether `run` would join the stretch of the run placed last.
    #[inline]
    pub(super) fn is_joined_by(&self, run: Run) -> bool {
        self.flush && self.granule.pad(run.paddr()).is_zero()
    }

    /// Whether `next` would join the stretch that ends with `last`.
    #[inline]
    pub(super) fn is_seamless(&self, last: Run, next: Run) -> bool {
        self.granule.holds_whole(next.paddr(), last.end())
    }

    /// The granules that `run` touches: where they are, and how long together.
    #[inline]
    pub(super) fn granules(&self, run: Run) -> Option<(PhysAddr, Bytes)> {
        let padded = self.granule.pad(run.paddr()).checked_add(run.len())?;

        Some((
            self.granule.align_down(run.paddr()),
            self.granule.align_up(padded)?,
        ))
    }

    /// Leaves the gap in front of a stretch of `len` bytes that begins with `run`.
    ///
    /// Without it [`Layout::place`] leaves the gap in time for [`Layout::footprint`], but gives the
    /// stretch's runs their places as if there were none.
    #[inline]
    pub(super) fn lead(&mut self, run: Run, len: Bytes) -> Option<Gap> {
        self.close()?;
        let at = self.size;
        let len = self.gap(at, self.granule.pad(run.paddr()), len)?;

        self.size = self.grown(len)?;
        Some(Gap { at, len })
    }

    /// Places the next run, or returns [`None`] if no allocation could be so large.
    #[inline]
    pub fn place(&mut self, run: Run) -> Option<Place> {
        let pad = self.granule.pad(run.paddr());
        let padded = pad.checked_add(run.len())?;
        let len = self.granule.align_up(padded)?;
        let joins = self.is_joined_by(run);

        if !joins {
            self.close()?;
            self.start = self.size;
            self.pad = pad;
        }
        let offset = self.size;
        self.size = self.grown(len)?;
        self.open = self.open.checked_add(run.len())?;
        self.flush = padded == len;

        Some(Place {
            paddr: self.granule.align_down(run.paddr()),
            offset,
            len,
            first: offset.checked_add(pad)?,
            joins,
        })
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
            class::Entry,
            merge::Merge,
            phyr::Phyr,
            run::Runs, //
        },
        *,
    };

    /// Size and number of DMA ranges of a list, given as address and length, for 4 KiB granules.
    fn laid(list: &[(u64, u64)]) -> Option<(u64, usize)> {
        cut(list, Cuts::NONE)
    }

    fn cut(list: &[(u64, u64)], cuts: Cuts) -> Option<(u64, usize)> {
        let mut layout = Layout::new(Granule::from_merge_boundary(0xfff)?, cuts);
        let entries = list
            .iter()
            .map(|&(paddr, len)| Entry::ram(Phyr::new(PhysAddr::new(paddr), Bytes::new(len))));

        for run in Runs::new(entries, Merge::ALL) {
            layout.place(run.ok()?)?;
        }
        let footprint = layout.footprint()?;
        Some((footprint.size().raw(), footprint.ranges()))
    }

    #[test]
    fn a_stretch_is_moved_to_a_boundary_if_that_spares_a_cut() {
        // 12 KiB that end inside a granule, and 8 KiB that do not fit behind them any more.
        let list = [(0x1_0000, 0x2fff), (0x2_0000, 0x1000), (0x3_0000, 0x1000)];
        let window = Cuts::new(Bytes::ZERO, 0x3fff);

        assert_eq!(cut(&list, Cuts::NONE), Some((0x5000, 2)));
        assert_eq!(cut(&list, window), Some((0x6000, 2)));
    }

    #[test]
    fn a_stretch_stays_where_it_is_if_moving_spares_nothing() {
        let list = [(0x1_0000, 0x2fff), (0x2_0000, 0x5000)];
        let window = Cuts::new(Bytes::ZERO, 0x3fff);

        assert_eq!(cut(&list, window), Some((0x8000, 3)));
    }

    #[test]
    fn joined_runs_are_cut_together() {
        let list = [(0x9000, 0x1000), (0x1000, 0x3000), (0x7000, 0x1000)];
        let short = Cuts::new(Bytes::new(0x1800), u64::MAX);
        let window = Cuts::new(Bytes::ZERO, 0x3fff);

        assert_eq!(cut(&list, short), Some((0x5000, 4)));
        assert_eq!(cut(&list, window), Some((0x5000, 2)));
    }

    #[test]
    fn what_is_passed_over_is_counted_and_joined_by_nothing() {
        let ranges = Granule::from_merge_boundary(0xfff).and_then(|granule| {
            let mut layout = Layout::new(granule, Cuts::new(Bytes::new(0x1000), u64::MAX));
            let page = Phyr::new(PhysAddr::new(0x5000), Bytes::new(0x1000));

            layout.place(Run::new(Entry::ram(page)).ok()?)?;
            layout.pass(DmaAddr::new(0xf000_0000), Bytes::new(0x1001))?;
            let place = layout.place(Run::new(Entry::ram(page)).ok()?)?;
            let footprint = layout.footprint()?;
            Some((footprint.size().raw(), footprint.ranges(), place.joins))
        });

        assert_eq!(ranges, Some((0x2000, 4, false)));
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
            let mut layout = Layout::new(granule, Cuts::NONE);
            let first = Phyr::new(PhysAddr::new(0x5000), Bytes::new(0x1000));
            let second = Phyr::new(PhysAddr::new(0x9234), Bytes::new(0x1000));
            layout.place(Run::new(Entry::ram(first)).ok()?)?;
            layout.place(Run::new(Entry::ram(second)).ok()?)
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
