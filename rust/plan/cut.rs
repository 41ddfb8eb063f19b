// SPDX-License-Identifier: GPL-2.0

//! Where DMA ranges are cut, so that a device can take them.

use super::units::{
    Bytes,
    DmaAddr, //
};

/// The longest range that a device takes, and the boundaries that none may cross.
///
/// Cutting costs no mapping: one mapping comes out as several ranges.
///
/// # Invariants
///
/// `most` is at least one byte; `boundary` is one less than a power of two, or [`u64::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Cuts {
    boundary: u64,
    most: u64,
}

// As in `struct phyr_usual_direct` and `struct phyr_usual_shared`.
const _: () = assert!(core::mem::offset_of!(Cuts, most) == 8);

impl Cuts {
    /// Ranges of any length, anywhere.
    // INVARIANT: Both are as large as they can be.
    pub const NONE: Self = Self {
        most: u64::MAX,
        boundary: u64::MAX,
    };

    /// Ranges of at most `most` bytes (`dma_get_max_seg_size()`) that do not cross a multiple of
    /// `boundary` plus one (`dma_get_seg_boundary()`).
    ///
    /// No bytes at all is no limit. A boundary that is no mask is taken for the next smaller mask,
    /// every multiple of which it forbids too.
    #[inline]
    pub const fn new(most: Bytes, boundary: u64) -> Self {
        // INVARIANT: `most` is not zero; a power of two less one, or the largest number.
        Self {
            most: if most.is_zero() { u64::MAX } else { most.raw() },
            boundary: match boundary {
                mask if mask & mask.wrapping_add(1) == 0 && mask != 0 => mask,
                _ => Self::next_smaller_mask(boundary),
            },
        }
    }

    #[cold]
    const fn next_smaller_mask(boundary: u64) -> u64 {
        match boundary.wrapping_add(1).checked_ilog2() {
            Some(bits) if bits > 0 => (1 << bits) - 1,
            _ => u64::MAX,
        }
    }

    /// Bytes of a range of `len` bytes at `addr` that come before the first cut.
    #[inline]
    pub fn first(self, addr: DmaAddr, len: Bytes) -> Bytes {
        // What is left of the window, less one: the window itself may not fit.
        let left = self.boundary - (addr.raw() & self.boundary);

        Bytes::new(len.raw().min(self.most).min(left.saturating_add(1)))
    }

    /// Whether `len` bytes at `addr` are one range.
    #[inline]
    pub(super) fn takes(self, addr: DmaAddr, len: Bytes) -> bool {
        // No bytes would be too many.
        let span = len.raw().wrapping_sub(1);

        span < self.most && span <= !addr.raw() & self.boundary
    }

    /// The largest number in bits of which the first and the last address of a range may differ,
    /// for it certainly not to be cut: it is no longer than that and one byte, and crosses no
    /// boundary.
    #[inline]
    pub fn uncut(self) -> u64 {
        self.boundary.min(self.most.wrapping_sub(1))
    }

    /// Ranges that `len` bytes at `addr` come to; [`None`] if their number does not fit.
    #[inline]
    pub fn pieces(self, addr: DmaAddr, len: Bytes) -> Option<usize> {
        if self.first(addr, len) == len {
            return Some(1);
        }
        self.count(addr, len)
    }

    fn count(self, addr: DmaAddr, len: Bytes) -> Option<usize> {
        let most = |len: u64| Bytes::new(len).div_ceil(Some(Bytes::new(self.most)));
        let len = len.raw();
        let Some(window) = self.boundary.checked_add(1) else {
            return most(len);
        };

        // A window is a power of two, one more than the mask of its bits.
        let head = len.min(window - (addr.raw() & self.boundary));
        let (windows, tail) = (
            (len - head) >> self.boundary.count_ones(),
            (len - head) & self.boundary,
        );
        let tail = match tail {
            0 => 0,
            tail => most(tail)?,
        };
        usize::try_from(windows)
            .ok()?
            .checked_mul(most(window)?)?
            .checked_add(most(head)?)?
            .checked_add(tail)
    }

    /// The longest length up to `most` that is cut into ranges of the longest length only: runs
    /// that are that long waste no range.
    #[inline]
    pub(super) fn whole_ranges(self, most: Bytes) -> Bytes {
        let part = most.raw().checked_rem(self.most).unwrap_or(0);

        match most.raw().checked_sub(part) {
            Some(whole) if whole > 0 => Bytes::new(whole),
            _ => most,
        }
    }

    /// Whether there are boundaries at all.
    #[inline]
    pub(super) const fn has_boundary(self) -> bool {
        self.boundary != u64::MAX
    }

    /// Most bytes that so many ranges have.
    #[inline]
    pub(super) fn most_of(self, ranges: usize) -> Bytes {
        let ranges = u64::try_from(ranges).unwrap_or(u64::MAX);

        Bytes::new(self.most.saturating_mul(ranges))
    }

    /// Whether a range crosses a boundary.
    #[inline]
    pub(super) fn crosses(self, addr: DmaAddr, len: Bytes) -> bool {
        len.raw().saturating_sub(1) > self.boundary - (addr.raw() & self.boundary)
    }

    /// The first boundary from `addr` on; [`None`] if there is none.
    #[inline]
    pub(super) fn next_boundary(self, addr: DmaAddr) -> Option<DmaAddr> {
        let last = addr
            .raw()
            .checked_sub(1)
            .map_or(0, |before| before | self.boundary);

        match addr.raw() {
            0 => Some(addr),
            _ => last.checked_add(1).map(DmaAddr::new),
        }
    }

    /// Whether an allocation of `size` bytes at `base` is cut where one that starts at a boundary
    /// would be.
    ///
    /// IOVA space comes aligned to the next power of two of its size, so it always is; but that is
    /// how the allocator works, not what it promises.
    #[inline]
    pub fn is_in_phase(self, base: DmaAddr, size: Bytes) -> bool {
        base.raw() & self.boundary == 0 || !self.crosses(base, size)
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_plan_cut)
)]
mod tests {
    use super::*;

    fn first(most: u64, boundary: u64, addr: u64, len: u64) -> u64 {
        Cuts::new(Bytes::new(most), boundary)
            .first(DmaAddr::new(addr), Bytes::new(len))
            .raw()
    }

    fn pieces(most: u64, boundary: u64, addr: u64, len: u64) -> Option<usize> {
        Cuts::new(Bytes::new(most), boundary).pieces(DmaAddr::new(addr), Bytes::new(len))
    }

    #[test]
    fn without_limits_nothing_is_cut() {
        assert_eq!(
            Cuts::NONE.pieces(DmaAddr::new(0x1234), Bytes::new(u64::MAX)),
            Some(1)
        );
        assert_eq!(pieces(0, u64::MAX, u64::MAX, 1), Some(1));
    }

    #[test]
    fn a_range_is_cut_at_the_longest_length() {
        assert_eq!(first(0x1000, u64::MAX, 0x800, 0x1001), 0x1000);
        assert_eq!(pieces(0x1000, u64::MAX, 0x800, 0x1000), Some(1));
        assert_eq!(pieces(0x1000, u64::MAX, 0x800, 0x1001), Some(2));
        assert_eq!(pieces(1, u64::MAX, 0, 7), Some(7));
    }

    #[test]
    fn a_range_is_cut_at_the_boundary() {
        assert_eq!(first(u64::MAX, 0xffff, 0xff00, 0x200), 0x100);
        assert_eq!(pieces(u64::MAX, 0xffff, 0xff00, 0x100), Some(1));
        assert_eq!(pieces(u64::MAX, 0xffff, 0xff00, 0x101), Some(2));
        assert_eq!(pieces(u64::MAX, 0xffff, 0xffff, 0x2_0002), Some(4));
    }

    #[test]
    fn both_limits_count_together() {
        // 0x100 before the boundary, a window of 3 pieces, 1 byte after it.
        assert_eq!(pieces(0x6000, 0xffff, 0xff00, 0x1_0101), Some(5));
    }

    #[test]
    fn what_is_one_range() {
        let takes = |most: u64, boundary: u64, addr: u64, len: u64| {
            Cuts::new(Bytes::new(most), boundary).takes(DmaAddr::new(addr), Bytes::new(len))
        };

        assert!(takes(0x1000, 0xffff, 0xf000, 0x1000));
        assert!(!takes(0x1000, 0xffff, 0xe000, 0x1001));
        assert!(!takes(0x2000, 0xffff, 0xf001, 0x1000));
        assert!(!takes(0x1000, 0xffff, 0, 0));
        assert!(takes(0, u64::MAX, 0x1000, u64::MAX - 0x1000));
        assert!(!takes(0, u64::MAX, 0x1000, u64::MAX));
    }

    #[test]
    fn bits_that_tell_of_no_cut() {
        let uncut = |most, boundary| Cuts::new(Bytes::new(most), boundary).uncut();

        assert_eq!(uncut(0x2000, 0xffff), 0x1fff);
        assert_eq!(uncut(0x2_0000, 0xffff), 0xffff);
        assert_eq!(Cuts::NONE.uncut(), u64::MAX - 1);
    }

    #[test]
    fn the_last_window_of_the_address_space_is_one() {
        assert_eq!(pieces(u64::MAX, 0xfff, u64::MAX - 0xfff, 0x1000), Some(1));
        assert_eq!(first(u64::MAX, 0xfff, u64::MAX, 1), 1);
    }

    #[test]
    fn a_boundary_that_is_no_mask_becomes_a_smaller_one() {
        assert_eq!(first(u64::MAX, 0x1800, 0, 0x4000), 0x1000);
        assert_eq!(first(u64::MAX, 0, 0, 0x4000), 0x4000);
    }

    #[test]
    fn lengths_that_waste_no_range() {
        let cuts = Cuts::new(Bytes::new(0x1800), u64::MAX);

        assert_eq!(cuts.whole_ranges(Bytes::new(0x4000)), Bytes::new(0x3000));
        assert_eq!(cuts.whole_ranges(Bytes::new(0x3000)), Bytes::new(0x3000));
        assert_eq!(cuts.whole_ranges(Bytes::new(0x1000)), Bytes::new(0x1000));
    }

    #[test]
    fn an_allocation_is_in_phase_at_a_boundary_or_between_two() {
        let cuts = Cuts::new(Bytes::ZERO, 0xffff);

        assert!(cuts.is_in_phase(DmaAddr::new(0x3_0000), Bytes::new(0x5_0000)));
        assert!(cuts.is_in_phase(DmaAddr::new(0x3_8000), Bytes::new(0x8000)));
        assert!(!cuts.is_in_phase(DmaAddr::new(0x3_8000), Bytes::new(0x8001)));
        assert!(Cuts::NONE.is_in_phase(DmaAddr::new(0x1000), Bytes::new(u64::MAX - 0x1000)));
    }
}
