// SPDX-License-Identifier: GPL-2.0

//! What a device can do, as values.

use super::{
    granule::Granule,
    units::Bytes, //
};

/// What a device can do, as far as a mapping depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Granule of the device's IOMMU domain; [`None`] where no IOMMU translates.
    pub granule: Option<Granule>,
    /// Whether CPU caches need no maintenance around the device's DMA.
    pub coherent: bool,
    /// Whether the device may see a granule of which only part belongs to the list. An external
    /// PCI port is not trusted with the neighbours of a buffer.
    pub trusted: bool,
    /// Longest range that one map call takes, `dma_max_mapping_size()`; [`None`] is no bound.
    pub max_mapping: Option<Bytes>,
}
