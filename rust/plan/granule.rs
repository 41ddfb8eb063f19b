// SPDX-License-Identifier: GPL-2.0

//! The unit in which an IOMMU maps.

use super::units::{
    Bytes,
    PhysAddr, //
};
use core::num::NonZero;

/// Smallest page size of a device's IOMMU domain, in bytes.
///
/// # Invariants
///
/// `mask` is one less than a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Granule {
    mask: NonZero<u64>,
}

impl Granule {
    /// The granule of a device whose `dma_get_merge_boundary()` is `boundary`.
    ///
    /// That boundary is the granule less one, and 0 where no IOMMU translates: then there is no
    /// granule, hence [`None`].
    #[inline]
    pub const fn from_merge_boundary(boundary: u64) -> Option<Self> {
        match NonZero::new(boundary) {
            // INVARIANT: No bit is set above one that is not, and not all are.
            Some(mask) if boundary & boundary.wrapping_add(1) == 0 && boundary != u64::MAX => {
                Some(Self { mask })
            }
            _ => None,
        }
    }

    /// The granule in bytes.
    #[inline]
    pub const fn size(self) -> Bytes {
        // `mask` is below the largest number by the type invariant.
        Bytes::new(self.mask.get().saturating_add(1))
    }

    /// Distance of `paddr` from the start of its granule.
    #[inline]
    pub const fn pad(self, paddr: PhysAddr) -> Bytes {
        Bytes::new(paddr.raw() & self.mask.get())
    }

    /// Start of the granule that holds `paddr`.
    #[inline]
    pub const fn align_down(self, paddr: PhysAddr) -> PhysAddr {
        PhysAddr::new(paddr.raw() & !self.mask.get())
    }

    /// `len` rounded down to whole granules.
    #[inline]
    pub const fn align_down_len(self, len: Bytes) -> Bytes {
        Bytes::new(len.raw() & !self.mask.get())
    }

    /// Whether `paddr` is where a granule starts.
    #[inline]
    pub const fn is_boundary(self, paddr: PhysAddr) -> bool {
        self.holds_whole(paddr, paddr)
    }

    /// Whether `start` and `end` are both boundaries of granules.
    #[inline]
    pub const fn holds_whole(self, start: PhysAddr, end: PhysAddr) -> bool {
        (start.raw() | end.raw()) & self.mask.get() == 0
    }

    /// `len` rounded up to whole granules, where it is known that [`Granule::align_up`] can do it.
    #[inline]
    pub const fn wrapping_align_up(self, len: Bytes) -> Bytes {
        self.align_down_len(len.wrapping_add(Bytes::new(self.mask.get())))
    }

    /// `len` rounded up to whole granules, or [`None`] if that does not fit.
    #[inline]
    pub const fn align_up(self, len: Bytes) -> Option<Bytes> {
        match len.checked_add(Bytes::new(self.mask.get())) {
            Some(sum) => Some(Bytes::new(sum.raw() & !self.mask.get())),
            None => None,
        }
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_plan_granule)
)]
mod tests {
    use super::*;

    fn align_up(boundary: u64, len: u64) -> Option<u64> {
        let granule = Granule::from_merge_boundary(boundary)?;
        granule.align_up(Bytes::new(len)).map(Bytes::raw)
    }

    #[test]
    fn a_boundary_of_zero_is_no_granule() {
        assert!(Granule::from_merge_boundary(0).is_none());
    }

    #[test]
    fn a_boundary_that_is_no_mask_is_no_granule() {
        assert!(Granule::from_merge_boundary(0x1000).is_none());
        assert!(Granule::from_merge_boundary(u64::MAX).is_none());
    }

    #[test]
    fn lengths_round_up_to_granules() {
        assert_eq!(align_up(0xfff, 0), Some(0));
        assert_eq!(align_up(0xfff, 1), Some(0x1000));
        assert_eq!(align_up(0xfff, 0x1000), Some(0x1000));
        assert_eq!(align_up(0xfff, 0x1001), Some(0x2000));
        assert_eq!(align_up(0xfff, u64::MAX - 0xfff), Some(u64::MAX - 0xfff));
        assert_eq!(align_up(0xfff, u64::MAX - 0xffe), None);
    }

    #[test]
    fn addresses_split_at_the_granule() {
        let paddr = PhysAddr::new(0x1_2345);
        let granule = Granule::from_merge_boundary(0xfff);

        assert_eq!(granule.map(|g| g.pad(paddr)), Some(Bytes::new(0x345)));
        assert_eq!(
            granule.map(|g| g.align_down(paddr)),
            Some(PhysAddr::new(0x1_2000))
        );
    }
}
