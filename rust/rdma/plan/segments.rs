// SPDX-License-Identifier: GPL-2.0

//! How DMA ranges are distributed over MRs.

use phyr::plan::{
    range::DmaRange,
    units::Bytes, //
};

/// What an MR can hold.
///
/// # Invariants
///
/// `page` is a power of two; `pages` is at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    page: u64,
    pages: u64,
}

impl Frame {
    /// MRs of at most `pages` pages of `page` bytes, a power of two. Zero pages are taken for one.
    #[inline]
    pub const fn new(page: Bytes, pages: u32) -> Option<Self> {
        if !page.raw().is_power_of_two() {
            return None;
        }
        // INVARIANT: Just checked, and not zero.
        #[allow(clippy::as_conversions)] // `u64::from()` is not const.
        Some(Self {
            page: page.raw(),
            pages: match pages {
                0 => 1,
                pages => pages as u64,
            },
        })
    }

    #[inline]
    fn in_page(self, addr: u64) -> u64 {
        addr & (self.page - 1)
    }
}

/// A range of DMA addresses that an MR takes whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its addresses.
    pub range: DmaRange,
    /// Whether it is the first one of an MR.
    pub begins: bool,
}

/// An MR that is being filled.
#[derive(Clone, Copy, Debug)]
struct Filling {
    /// Address behind the last segment; zero if that is the last byte there is.
    end: u64,
    /// Pages that are left, besides that of `end` if it is in one.
    pages: u64,
    /// Segments that are left: some devices count those.
    segments: u64,
}

/// Distributes DMA ranges over as few MRs as can be if their order is kept.
///
/// An MR is a list of pages: its memory begins and ends anywhere in the first and the last one, and
/// fills all between them, as ib_sg_to_pages() of drivers/infiniband/core/verbs.c demands. Where
/// a range ends or begins inside of a page and does not continue the one before, another MR begins.
#[derive(Clone, Debug)]
pub struct Segments<I> {
    ranges: I,
    left: Option<DmaRange>,
    filling: Option<Filling>,
    frame: Frame,
}

impl<I: Iterator<Item = DmaRange>> Segments<I> {
    /// For `ranges`, of which none is empty.
    #[inline]
    pub fn new(ranges: I, frame: Frame) -> Self {
        Self {
            ranges,
            left: None,
            filling: None,
            frame,
        }
    }

    /// Bytes of `range` that the MR takes which is being filled, and what it is like afterwards;
    /// [`None`] if it takes nothing.
    #[inline]
    fn continued(&self, range: DmaRange) -> Option<(u64, Filling)> {
        let filling = self.filling?;
        let addr = range.addr().raw();
        let head = self.frame.in_page(addr);

        if filling.segments == 0 {
            return None;
        }
        if filling.end == addr && head != 0 {
            // The page that it begins in is there already.
            let room = filling.pages.saturating_mul(self.frame.page);
            return Some(self.fill(range, filling, room.saturating_add(self.frame.page - head)));
        }
        if head != 0 || self.frame.in_page(filling.end) != 0 || filling.pages == 0 {
            return None;
        }
        let room = filling.pages.saturating_mul(self.frame.page);
        Some(self.fill(range, filling, room))
    }

    /// The same for another MR.
    #[inline]
    fn begun(&self, range: DmaRange) -> (u64, Filling) {
        let head = self.frame.in_page(range.addr().raw());
        let filling = Filling {
            end: 0,
            pages: self.frame.pages,
            segments: self.frame.pages,
        };
        let room = self.frame.pages.saturating_mul(self.frame.page);

        self.fill(range, filling, room.saturating_sub(head))
    }

    /// What an MR is like that has `room` bytes from the address of `range` on, and takes of it
    /// what fits.
    #[inline]
    fn fill(&self, range: DmaRange, filling: Filling, room: u64) -> (u64, Filling) {
        let taken = range.len().raw().min(room);

        (
            taken,
            Filling {
                end: range.addr().raw().wrapping_add(taken),
                pages: (room - taken) / self.frame.page,
                segments: filling.segments - 1,
            },
        )
    }
}

impl<I: Iterator<Item = DmaRange>> Iterator for Segments<I> {
    type Item = Segment;

    #[inline]
    fn next(&mut self) -> Option<Segment> {
        let range = match self.left.take() {
            Some(left) => left,
            None => self.ranges.next()?,
        };
        let continued = self.continued(range);
        let begins = continued.is_none();
        let (taken, filling) = continued.unwrap_or_else(|| self.begun(range));

        let taken = Bytes::new(taken);
        let left = range.len().saturating_sub(taken);
        if !left.is_zero() {
            self.left = range
                .addr()
                .checked_add(taken)
                .map(|addr| DmaRange::new(addr, left));
        }
        self.filling = Some(filling);
        Some(Segment {
            range: DmaRange::new(range.addr(), taken),
            begins,
        })
    }
}

/// How many MRs there are, and how many segments the largest of them has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// MRs.
    pub mrs: usize,
    /// Most segments of one.
    pub segments: usize,
}

impl Count {
    /// Counts `segments`.
    #[inline]
    pub fn of(segments: impl Iterator<Item = Segment>) -> Self {
        let mut count = Self::default();
        let mut here = 0usize;

        for segment in segments {
            if segment.begins {
                count.mrs = count.mrs.saturating_add(1);
                here = 0;
            }
            here = here.saturating_add(1);
            count.segments = count.segments.max(here);
        }
        count
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_rdma_plan_segments)
)]
mod tests {
    use super::*;
    use phyr::plan::units::DmaAddr;

    fn segments<const N: usize>(
        ranges: [(u64, u64); N],
        pages: u32,
    ) -> impl Iterator<Item = (u64, u64, bool)> {
        let ranges = ranges
            .into_iter()
            .map(|(addr, len)| DmaRange::new(DmaAddr::new(addr), Bytes::new(len)));

        Segments::new(ranges, Frame::new(Bytes::new(0x1000), pages).unwrap()).map(|segment| {
            let Segment { range, begins } = segment;
            (range.addr().raw(), range.len().raw(), begins)
        })
    }

    #[test]
    fn whole_pages_share_an_mr() {
        assert!(segments([(0x1000, 0x1000), (0x8000, 0x2000)], 3)
            .eq([(0x1000, 0x1000, true), (0x8000, 0x2000, false)]));
    }

    #[test]
    fn the_first_and_the_last_page_may_be_in_part() {
        assert!(
            segments([(0x1e00, 0x200), (0x8000, 0x1000), (0x5000, 1)], 3).eq([
                (0x1e00, 0x200, true),
                (0x8000, 0x1000, false),
                (0x5000, 1, false)
            ])
        );
    }

    #[test]
    fn a_gap_splits() {
        assert!(segments([(0x1000, 0x800), (0x8000, 0x1000)], 9)
            .eq([(0x1000, 0x800, true), (0x8000, 0x1000, true)]));
        assert!(segments([(0x1000, 0x1000), (0x8200, 0x1000)], 9)
            .eq([(0x1000, 0x1000, true), (0x8200, 0x1000, true)]));
    }

    #[test]
    fn what_continues_inside_of_a_page_is_no_gap() {
        assert!(
            segments([(0x1000, 0x800), (0x1800, 0x1800), (0x5000, 1)], 3).eq([
                (0x1000, 0x800, true),
                (0x1800, 0x1800, false),
                (0x5000, 1, false)
            ])
        );
    }

    #[test]
    fn what_does_not_fit_begins_another() {
        assert!(
            segments([(0x1800, 0x3000)], 2).eq([(0x1800, 0x1800, true), (0x3000, 0x1800, true)])
        );
        assert!(segments([(0x1000, 0x1000), (0x8000, 0x2000)], 2).eq([
            (0x1000, 0x1000, true),
            (0x8000, 0x1000, false),
            (0x9000, 0x1000, true)
        ]));
    }

    #[test]
    fn segments_are_no_more_than_pages() {
        assert!(segments([(0x1000, 1), (0x1001, 1), (0x1002, 1)], 2).eq([
            (0x1000, 1, true),
            (0x1001, 1, false),
            (0x1002, 1, true)
        ]));
    }

    #[test]
    fn the_last_page_of_all() {
        let last = u64::MAX - 0xfff;

        assert!(segments([(last, 0x1000), (0x1000, 1)], 2)
            .eq([(last, 0x1000, true), (0x1000, 1, false)]));
    }

    #[test]
    fn what_is_counted() {
        let ranges = [(0x1000, 0x1000), (0x8000, 0x800), (0x9200, 1)]
            .map(|(addr, len)| DmaRange::new(DmaAddr::new(addr), Bytes::new(len)));
        let frame = Frame::new(Bytes::new(0x1000), 4).unwrap();

        assert_eq!(
            Count::of(Segments::new(ranges.into_iter(), frame)),
            Count {
                mrs: 2,
                segments: 2
            }
        );
        assert_eq!(Frame::new(Bytes::new(0x1800), 4), None);
    }
}
