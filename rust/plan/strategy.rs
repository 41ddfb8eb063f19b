// SPDX-License-Identifier: GPL-2.0

//! The choice between one IOVA allocation and a map call for each run.

use super::{
    error::Error,
    layout::Layout,
    limits::Limits,
    survey::Survey, //
};

/// How the runs of a list are mapped.
///
/// | device | list | strategy |
/// |---|---|---|
/// | not coherent, or not trusted | any | refused |
/// | no IOMMU | any | [`Strategy::PerRun`] |
/// | IOMMU | one run | [`Strategy::PerRun`] |
/// | IOMMU | several runs | [`Strategy::Iova`] |
/// | IOMMU | more than any IOVA allocation holds | [`Strategy::PerRun`] |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// `dma_map_phys()` for each run.
    PerRun,
    /// One IOVA allocation for the whole list, one link for each run, one sync.
    Iova(Layout),
}

impl Strategy {
    /// Chooses for a device and a list.
    ///
    /// # Errors
    ///
    /// [`Error::NotSupported`] if the device is not coherent or not trusted. A merged run would
    /// hide from the DMA API what it must know about such a device: which cache lines, and which
    /// bytes of a granule, belong to the buffer.
    #[inline]
    pub fn choose(limits: &Limits, survey: &Survey) -> Result<Self, Error> {
        if !limits.coherent || !limits.trusted {
            return Err(Error::NotSupported);
        }

        Ok(match survey.layout {
            Some(layout) if survey.runs > 1 => Self::Iova(layout),
            _ => Self::PerRun,
        })
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_plan_strategy)
)]
mod tests {
    use super::{
        super::{
            granule::Granule,
            phyr::Phyr,
            units::{
                Bytes,
                PhysAddr, //
            },
        },
        *,
    };

    const DIRECT: Limits = Limits {
        granule: None,
        coherent: true,
        trusted: true,
        max_mapping: None,
    };

    fn translated() -> Limits {
        Limits {
            granule: Granule::from_merge_boundary(0xfff),
            ..DIRECT
        }
    }

    /// The strategy for as many separate pages, of `len` bytes each, as `pages` says.
    fn chosen(limits: &Limits, pages: u64, len: u64) -> Result<Strategy, Error> {
        let list = (1..=pages)
            .map(|page| Phyr::new(PhysAddr::new(page.wrapping_mul(0x10_0000)), Bytes::new(len)));

        Strategy::choose(limits, &Survey::of(list, limits)?)
    }

    #[test]
    fn no_iommu_maps_each_run() {
        assert_eq!(chosen(&DIRECT, 1, 0x1000), Ok(Strategy::PerRun));
        assert_eq!(chosen(&DIRECT, 9, 0x1000), Ok(Strategy::PerRun));
    }

    #[test]
    fn one_run_is_mapped_by_itself() {
        assert_eq!(chosen(&translated(), 1, 0x1000), Ok(Strategy::PerRun));
    }

    #[test]
    fn several_runs_share_an_iova_allocation() {
        let sizes = match chosen(&translated(), 9, 0x1000) {
            Ok(Strategy::Iova(layout)) => Some((layout.size(), layout.ranges())),
            _ => None,
        };

        assert_eq!(sizes, Some((Bytes::new(0x9000), 1)));
    }

    #[test]
    fn what_no_allocation_holds_is_mapped_by_run() {
        let limits = translated();
        let huge = Phyr::new(PhysAddr::new(0x1000), Bytes::new(u64::MAX - 0x1000));
        let list = [huge, huge];
        let chosen = Survey::of(list.into_iter(), &limits)
            .and_then(|survey| Strategy::choose(&limits, &survey));

        assert_eq!(chosen, Ok(Strategy::PerRun));
    }

    #[test]
    fn a_device_that_needs_cache_care_is_refused() {
        for limits in [DIRECT, translated()] {
            let limits = Limits {
                coherent: false,
                ..limits
            };
            assert_eq!(chosen(&limits, 9, 0x1000), Err(Error::NotSupported));
        }
    }

    #[test]
    fn a_device_that_is_not_trusted_is_refused() {
        for limits in [DIRECT, translated()] {
            let limits = Limits {
                trusted: false,
                ..limits
            };
            assert_eq!(chosen(&limits, 9, 0x1000), Err(Error::NotSupported));
        }
    }

    #[test]
    fn an_invalid_list_has_no_strategy() {
        assert_eq!(chosen(&translated(), 0, 0x1000), Err(Error::Invalid));
        assert_eq!(chosen(&translated(), 2, 0), Err(Error::Invalid));
    }
}
