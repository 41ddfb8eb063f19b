// SPDX-License-Identifier: GPL-2.0

//! The choice between one IOVA allocation and a map call for each run.

use super::{
    error::Error,
    layout::{
        Footprint,
        Layout, //
    },
    limits::Limits,
    survey::Survey, //
};

/// How the runs of a list are mapped.
///
/// The whole table stands in the documentation (decisions.rst), which is checked against this code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// `dma_map_phys()` for each run.
    PerRun,
    /// One IOVA allocation for the whole list, one link for each run, one sync.
    Iova(Footprint),
}

/// Why a list was mapped as it was. The numbers are those of the tracepoint `phyr_map`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// There is no IOMMU, or it does not translate.
    NoIommu = 0,
    /// Nothing of the list has to be mapped: the device takes bus addresses.
    BusOnly = 1,
    /// The device bounces, or needs cache care, and there are granules that the list fills only
    /// in part: the DMA API has to know where each run begins and ends.
    PartialGranules = 2,
    /// The device bounces, or needs cache care, and not all of the list is of one kind.
    MixedKinds = 3,
    /// No IOVA allocation could be so large.
    TooLarge = 4,
    /// Somebody asked for it in debugfs.
    Forced = 5,
    /// All runs share an IOVA allocation. For one run, too, that takes less than a map call: to
    /// unmap it, nothing has to be looked up in the page table.
    Shared = 6,
    /// There was no IOVA space for the whole list.
    NoIova = 7,
    /// The IOMMU's driver refused a link.
    LinkRefused = 8,
}

impl Strategy {
    /// Chooses for a device and a list.
    ///
    /// # Errors
    ///
    /// [`Error::NotSupported`] if the caller forbids bouncing and cache maintenance, and the device
    /// needs them, or if what has to be bounced cannot be.
    #[inline]
    pub fn choose(limits: &Limits, survey: &Survey) -> Result<(Self, Reason), Error> {
        let per_run = |reason| Ok((Self::PerRun, reason));

        if limits.require_coherent && !limits.coherent {
            return Err(Error::NotSupported);
        }
        if survey.each.calls == 0 {
            return per_run(Reason::BusOnly);
        }
        if limits.granule.is_none() {
            return per_run(Reason::NoIommu);
        }
        if !limits.takes_neighbours() && !survey.whole {
            // MMIO is never bounced, so a device that is not trusted would see its neighbours.
            let bounces = limits.bounces && survey.whole_mmio;
            if limits.require_coherent || !(limits.trusted || bounces) {
                return Err(Error::NotSupported);
            }
            return per_run(Reason::PartialGranules);
        }
        // All of an allocation is unlinked in one way.
        if !limits.takes_neighbours() && survey.ram && survey.mmio {
            return per_run(Reason::MixedKinds);
        }
        if limits.per_run {
            return per_run(Reason::Forced);
        }
        match survey.layout.and_then(Layout::footprint) {
            Some(footprint) => Ok((Self::Iova(footprint), Reason::Shared)),
            None => per_run(Reason::TooLarge),
        }
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
            class::{
                Class,
                Entry, //
            },
            granule::Granule,
            phyr::Phyr,
            units::{
                BusOffset,
                Bytes,
                PhysAddr, //
            },
        },
        *,
    };

    const DIRECT: Limits = Limits::DIRECT;

    fn translated() -> Limits {
        Limits {
            granule: Granule::from_merge_boundary(0xfff),
            ..DIRECT
        }
    }

    /// The strategy for as many separate pieces, of `len` bytes each, as `pieces` says.
    fn chosen(limits: &Limits, pieces: u64, len: u64) -> Result<(Strategy, Reason), Error> {
        let list = (1..=pieces).map(|piece| entry(piece.wrapping_mul(0x10_0000), len, Class::Ram));

        Strategy::choose(limits, &Survey::of(list, limits)?)
    }

    fn reason(limits: &Limits, pieces: u64, len: u64) -> Result<Reason, Error> {
        chosen(limits, pieces, len).map(|(_, reason)| reason)
    }

    fn entry(paddr: u64, len: u64, class: Class) -> Entry {
        Entry {
            phyr: Phyr::new(PhysAddr::new(paddr), Bytes::new(len)),
            class,
        }
    }

    /// Devices of which the DMA API must know where each buffer ends.
    fn careful() -> [Limits; 2] {
        [
            Limits {
                coherent: false,
                ..translated()
            },
            Limits {
                trusted: false,
                ..translated()
            },
        ]
    }

    #[test]
    fn no_iommu_maps_each_run() {
        assert_eq!(reason(&DIRECT, 1, 0x1000), Ok(Reason::NoIommu));
        assert_eq!(reason(&DIRECT, 9, 0x1000), Ok(Reason::NoIommu));
    }

    #[test]
    fn one_run_has_an_iova_allocation_too() {
        assert_eq!(reason(&translated(), 1, 0x1000), Ok(Reason::Shared));
        assert_eq!(reason(&translated(), 1, 0x123), Ok(Reason::Shared));
    }

    #[test]
    fn several_runs_share_an_iova_allocation() {
        let sizes = match chosen(&translated(), 9, 0x1000) {
            Ok((Strategy::Iova(list), Reason::Shared)) => Some((list.size(), list.ranges())),
            _ => None,
        };

        assert_eq!(sizes, Some((Bytes::new(0x9000), 1)));
    }

    #[test]
    fn what_no_allocation_holds_is_mapped_by_run() {
        let limits = translated();
        let huge = entry(0x1000, u64::MAX - 0x1000, Class::Ram);
        let chosen = Survey::of([huge, huge].into_iter(), &limits)
            .and_then(|survey| Strategy::choose(&limits, &survey));

        assert_eq!(chosen, Ok((Strategy::PerRun, Reason::TooLarge)));
    }

    #[test]
    fn partial_granules_are_not_shown_to_a_careful_device() {
        for limits in careful() {
            assert_eq!(reason(&limits, 9, 0x800), Ok(Reason::PartialGranules));
            assert_eq!(reason(&limits, 9, 0x1000), Ok(Reason::Shared));
        }
    }

    #[test]
    fn what_cannot_be_bounced_is_not_shown_in_part() {
        let mmio = |len: u64| [entry(0x9000, len, Class::Mmio { provider: 0 })];
        let reason = |limits: &Limits, len: u64| {
            Survey::of(mmio(len).into_iter(), limits)
                .and_then(|survey| Strategy::choose(limits, &survey))
                .map(|(_, reason)| reason)
        };
        let untrusted = Limits {
            trusted: false,
            ..translated()
        };
        let without_bounce_buffers = Limits {
            bounces: false,
            ..untrusted
        };

        assert_eq!(reason(&translated(), 0x800), Ok(Reason::Shared));
        assert_eq!(reason(&untrusted, 0x800), Err(Error::NotSupported));
        assert_eq!(reason(&untrusted, 0x1000), Ok(Reason::Shared));
        assert_eq!(
            chosen(&without_bounce_buffers, 1, 0x800).map(|(_, reason)| reason),
            Err(Error::NotSupported)
        );
    }

    #[test]
    fn kinds_are_not_mixed_for_a_careful_device() {
        let list = [
            entry(0x1000, 0x1000, Class::Ram),
            entry(0x9000, 0x1000, Class::Mmio { provider: 0 }),
        ];
        let reason = |limits: &Limits| {
            Survey::of(list.into_iter(), limits)
                .and_then(|survey| Strategy::choose(limits, &survey))
                .map(|(_, reason)| reason)
        };

        assert_eq!(reason(&translated()), Ok(Reason::Shared));
        for limits in careful() {
            assert_eq!(reason(&limits), Ok(Reason::MixedKinds));
        }
    }

    #[test]
    fn bus_addresses_are_not_mapped() {
        let bus = Class::Bus {
            provider: 0,
            offset: BusOffset::new(0),
        };
        let chosen = Survey::of([entry(0x1000, 1, bus)].into_iter(), &translated())
            .and_then(|survey| Strategy::choose(&translated(), &survey));

        assert_eq!(chosen, Ok((Strategy::PerRun, Reason::BusOnly)));
    }

    #[test]
    fn a_caller_that_forbids_bouncing_is_refused_where_it_would_bounce() {
        for limits in careful() {
            let limits = Limits {
                require_coherent: true,
                ..limits
            };
            assert_eq!(reason(&limits, 9, 0x800), Err(Error::NotSupported));
            assert_eq!(reason(&limits, 9, 0x1000).is_ok(), limits.coherent);
        }
    }

    #[test]
    fn a_strategy_can_be_forced() {
        let limits = Limits {
            per_run: true,
            ..translated()
        };

        assert_eq!(reason(&limits, 9, 0x1000), Ok(Reason::Forced));
    }

    #[test]
    fn an_invalid_list_has_no_strategy() {
        assert_eq!(reason(&translated(), 0, 0x1000), Err(Error::Invalid));
        assert_eq!(reason(&translated(), 2, 0), Err(Error::Invalid));
    }
}
