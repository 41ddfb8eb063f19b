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
/// `page` is a power of two; `pages` and `segments` are at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    page: u64,
    pages: u64,
    segments: usize,
}

impl Frame {
    /// MRs of at most `pages` pages of `page` bytes, a power of two, that at most `segments`
    /// segments are made of. Zero is taken for one.
    #[inline]
    pub const fn new(page: Bytes, pages: u32, segments: u32) -> Option<Self> {
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
            segments: match segments {
                0 => 1,
                segments => segments as usize,
            },
        })
    }
}

/// What one MR names: a part of a list, of which each range, or what is taken of it, is a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent<'a> {
    /// The ranges that it is in.
    pub ranges: &'a [DmaRange],
    /// Bytes of the first one that are before it.
    pub skipped: Bytes,
    /// Its own.
    pub bytes: Bytes,
}

/// Distributes DMA ranges over as few MRs as can be if their order is kept.
///
/// An MR is a list of pages: its memory begins and ends anywhere in the first and the last one, and
/// fills all between them, as ib_sg_to_pages() of drivers/infiniband/core/verbs.c demands. Where
/// a range ends or begins inside of a page and does not continue the one before, another MR begins.
#[derive(Clone, Debug)]
pub struct Extents<'a> {
    ranges: &'a [DmaRange],
    skipped: u64,
    frame: Frame,
}

impl<'a> Extents<'a> {
    /// For `ranges`, of which none is empty.
    #[inline]
    pub fn new(ranges: &'a [DmaRange], frame: Frame) -> Self {
        Self {
            ranges,
            skipped: 0,
            frame,
        }
    }

    /// How many segments an MR may come to.
    #[inline]
    pub fn most_segments(&self) -> usize {
        self.ranges.len().min(self.frame.segments)
    }

    /// How many MRs there are at least.
    #[inline]
    pub fn least_mrs(&self) -> usize {
        self.ranges.len().div_ceil(self.frame.segments)
    }
}

impl<'a> Iterator for Extents<'a> {
    type Item = Extent<'a>;

    #[inline]
    fn next(&mut self) -> Option<Extent<'a>> {
        let in_page = self.frame.page.wrapping_sub(1);
        // Where it goes on: at its beginning, so far.
        let mut end = self.ranges.first()?.addr().raw().wrapping_add(self.skipped);
        // Bytes that its pages have from there on.
        let most = self.frame.pages.saturating_mul(self.frame.page);
        let most = most.wrapping_sub(end & in_page);
        let mut room = most;
        // Bytes of the next range that are taken, and ranges of which all are.
        let (mut skipped, mut done) = (self.skipped, 0usize);

        for range in self
            .ranges
            .get(..self.frame.segments)
            .unwrap_or(self.ranges)
        {
            let addr = range.addr().raw().wrapping_add(skipped);
            let left = range.len().raw().wrapping_sub(skipped);
            if addr != end && (addr | end) & in_page != 0 {
                break;
            }
            if left > room {
                skipped = skipped.wrapping_add(room);
                room = 0;
                break;
            }
            room = room.wrapping_sub(left);
            end = addr.wrapping_add(left);
            skipped = 0;
            done = done.wrapping_add(1);
        }

        let extent = Extent {
            ranges: match skipped {
                0 => self.ranges.get(..done)?,
                _ => self.ranges.get(..=done)?,
            },
            skipped: Bytes::new(self.skipped),
            bytes: Bytes::new(most.wrapping_sub(room)),
        };
        self.ranges = self.ranges.get(done..)?;
        self.skipped = skipped;
        Some(extent)
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_rdma_plan_segments)
)]
mod tests {
    use super::{
        super::stretch::stretch,
        *, //
    };
    use phyr::plan::units::DmaAddr;

    const PAGE: Bytes = Bytes::new(0x1000);

    fn list<const N: usize>(ranges: [(u64, u64); N]) -> [DmaRange; N] {
        ranges.map(|(addr, len)| DmaRange::new(DmaAddr::new(addr), Bytes::new(len)))
    }

    /// Whether `ranges` become these segments, each with whether it begins an MR.
    fn come_to<const N: usize, const M: usize>(
        ranges: [(u64, u64); N],
        pages: u32,
        segments: [(u64, u64, bool); M],
    ) -> bool {
        let list = list(ranges);
        let extents = Extents::new(&list, Frame::new(PAGE, pages, pages).unwrap());

        extents
            .flat_map(|extent| {
                stretch(extent.ranges.iter().copied(), extent.skipped, extent.bytes)
                    .enumerate()
                    .map(|(at, range)| (range.addr().raw(), range.len().raw(), at == 0))
            })
            .eq(segments)
    }

    #[test]
    fn whole_pages_share_an_mr() {
        assert!(come_to(
            [(0x1000, 0x1000), (0x8000, 0x2000)],
            3,
            [(0x1000, 0x1000, true), (0x8000, 0x2000, false)]
        ));
    }

    #[test]
    fn the_first_and_the_last_page_may_be_in_part() {
        assert!(come_to(
            [(0x1e00, 0x200), (0x8000, 0x1000), (0x5000, 1)],
            3,
            [
                (0x1e00, 0x200, true),
                (0x8000, 0x1000, false),
                (0x5000, 1, false)
            ]
        ));
    }

    #[test]
    fn a_gap_splits() {
        assert!(come_to(
            [(0x1000, 0x800), (0x8000, 0x1000)],
            9,
            [(0x1000, 0x800, true), (0x8000, 0x1000, true)]
        ));
        assert!(come_to(
            [(0x1000, 0x1000), (0x8200, 0x1000)],
            9,
            [(0x1000, 0x1000, true), (0x8200, 0x1000, true)]
        ));
    }

    #[test]
    fn what_continues_inside_of_a_page_is_no_gap() {
        assert!(come_to(
            [(0x1000, 0x800), (0x1800, 0x1800), (0x5000, 1)],
            3,
            [
                (0x1000, 0x800, true),
                (0x1800, 0x1800, false),
                (0x5000, 1, false)
            ]
        ));
    }

    #[test]
    fn what_does_not_fit_begins_another() {
        assert!(come_to(
            [(0x1800, 0x3000)],
            2,
            [(0x1800, 0x1800, true), (0x3000, 0x1800, true)]
        ));
        assert!(come_to(
            [(0x1000, 0x1000), (0x8000, 0x2000)],
            2,
            [
                (0x1000, 0x1000, true),
                (0x8000, 0x1000, false),
                (0x9000, 0x1000, true)
            ]
        ));
    }

    #[test]
    fn segments_are_no_more_than_pages() {
        assert!(come_to(
            [(0x1000, 1), (0x1001, 1), (0x1002, 1)],
            2,
            [(0x1000, 1, true), (0x1001, 1, false), (0x1002, 1, true)]
        ));
    }

    #[test]
    fn the_last_page_of_all() {
        let last = u64::MAX - 0xfff;

        assert!(come_to(
            [(last, 0x1000), (0x1000, 1)],
            2,
            [(last, 0x1000, true), (0x1000, 1, false)]
        ));
    }

    #[test]
    fn what_is_counted() {
        let ranges = list([(0x1000, 0x1000), (0x8000, 0x800), (0x9200, 1)]);
        let frame = Frame::new(PAGE, 4, 4).unwrap();

        let extents = Extents::new(&ranges, frame);

        assert_eq!((extents.least_mrs(), extents.most_segments()), (1, 3));
        assert_eq!(extents.count(), 2);
        assert_eq!(Frame::new(Bytes::new(0x1800), 4, 4), None);
    }
}
