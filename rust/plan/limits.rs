// SPDX-License-Identifier: GPL-2.0

//! What a device can do, as values.

use super::{
    cut::Cuts,
    granule::Granule,
    merge::{
        Cap,
        Merge, //
    },
    units::{
        BusOffset,
        Bytes,
        DmaAddr,
        PhysAddr, //
    },
};

/// What a device can do and what the caller wants, as far as a mapping depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Granule of the device's IOMMU domain; [`None`] where no IOMMU translates.
    pub granule: Option<Granule>,
    /// Whether CPU caches need no maintenance around the device's DMA.
    pub coherent: bool,
    /// Whether the device may see a granule of which only part belongs to the list. An external
    /// PCI port is not trusted with the neighbours of a buffer.
    pub trusted: bool,
    /// Longest range that can be bounced, `dma_max_mapping_size()`; [`None`] is no bound.
    pub max_mapping: Option<Bytes>,
    /// Whether any RAM may bounce where no IOMMU translates, wherever it is: `swiotlb=force`, or
    /// because physical addresses are not bus addresses.
    pub bounces_all: bool,
    /// Whether there are bounce buffers at all.
    pub bounces: bool,
    /// Entries of RAM that are shorter are not merged, in bytes: twice the alignment that DMA
    /// needs from `kmalloc()`, for a device that is not coherent.
    pub min_merge: Bytes,
    /// Where DMA ranges are cut.
    pub cuts: Cuts,
    /// Whether it is known where between two boundaries a DMA address will be. Else cuts cannot be
    /// counted beforehand.
    pub in_phase: bool,
    /// What DMA addresses of RAM are beyond physical addresses, where no IOMMU translates.
    pub offset: BusOffset,
    /// Highest bus address that the device can use.
    pub reach: DmaAddr,
    /// Whether the caller forbids bouncing and cache maintenance, `DMA_ATTR_REQUIRE_COHERENT`.
    pub require_coherent: bool,
    /// Whether each run is to be mapped by itself, whatever would be better: for debugging.
    pub per_run: bool,
}

impl Limits {
    /// A coherent, trusted device without IOMMU that takes any range.
    pub const DIRECT: Self = Self {
        granule: None,
        coherent: true,
        trusted: true,
        max_mapping: None,
        bounces_all: false,
        bounces: true,
        min_merge: Bytes::ZERO,
        cuts: Cuts::NONE,
        in_phase: true,
        offset: BusOffset::new(0),
        reach: DmaAddr::new(u64::MAX),
        require_coherent: false,
        per_run: false,
    };

    /// Whether bytes that share a granule with the list may be mapped with it: no bounce buffer
    /// and no cache line is in the way.
    #[inline]
    pub(super) const fn takes_neighbours(&self) -> bool {
        self.coherent && self.trusted
    }

    /// Whether RAM that the device does not reach may be bounced.
    #[inline]
    pub(super) const fn may_bounce(&self) -> bool {
        self.bounces && !self.require_coherent
    }

    /// Whether all that is adjacent is merged, and cut again where it is too long, if each run is
    /// a map call. Else the runs of map calls and those of links are different ones.
    #[inline]
    pub(super) fn merges_all(&self) -> bool {
        self.takes_neighbours() && matches!(self.merge().cap, Cap::None | Cap::At(_))
    }

    /// What may not be shared by two mappings, a granule or a cache line; [`None`] if any byte may
    /// be mapped by itself.
    #[inline]
    pub(super) fn apart(&self) -> Option<Granule> {
        match self.takes_neighbours() {
            true => None,
            false => self.granule.or_else(|| {
                Granule::from_merge_boundary(self.min_merge.checked_sub(Bytes::new(1))?.raw())
            }),
        }
    }

    /// How entries are merged if each run is a map call.
    #[inline]
    pub(super) fn merge(&self) -> Merge {
        let least = if self.coherent {
            Bytes::ZERO
        } else {
            self.min_merge
        };
        let most = self.max_mapping.map(|most| self.cuts.whole_ranges(most));
        let cap = match (most, self.granule) {
            (Some(most), _) if most.is_zero() => Cap::None,
            // A bounce buffer holds more than a granule; but that is not for us to say.
            (Some(most), Some(granule)) => Cap::Partial {
                most: most.max(granule.size()),
                granule,
            },
            (Some(most), None) if self.bounces_all || !self.in_phase => Cap::At(most),
            (Some(most), None) => Cap::Beyond {
                most,
                reach: PhysAddr::new(self.reach.raw()),
            },
            (None, _) => Cap::None,
        };

        Merge { least, cap }
    }
}
