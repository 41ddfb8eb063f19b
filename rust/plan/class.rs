// SPDX-License-Identifier: GPL-2.0

//! What a physical range is made of, as far as mapping it is concerned.

use super::{
    phyr::Phyr,
    units::BusOffset, //
};

/// How the memory of an entry is reached by a device.
///
/// A bare address does not tell: whoever makes the list knows, and says so. Entries of different
/// classes, or of different providers, are never merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// RAM.
    Ram,
    /// Registers or memory of a device, reached through the host bridge: mapped with
    /// `DMA_ATTR_MMIO`.
    Mmio {
        /// Which of the list's providers; any number where there is but one.
        provider: u32,
    },
    /// Memory of a peer below the same PCI bridge: the device is given its bus address, and
    /// nothing is mapped.
    Bus {
        /// Which of the list's providers.
        provider: u32,
        /// What is added to a physical address to get the bus address.
        offset: BusOffset,
    },
}

/// How a map call or a link is made; what stays of a [`Class`] that is mapped at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RAM.
    Ram,
    /// With `DMA_ATTR_MMIO`: no cache maintenance, no bouncing.
    Mmio,
}

impl Class {
    /// How it is mapped; [`None`] if it is not.
    #[inline]
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Ram => Some(Kind::Ram),
            Self::Mmio { .. } => Some(Kind::Mmio),
            Self::Bus { .. } => None,
        }
    }
}

/// One element of the list that goes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub phyr: Phyr,
    /// What it is.
    pub class: Class,
}

impl Entry {
    /// A range of RAM.
    #[inline]
    pub const fn ram(phyr: Phyr) -> Self {
        Self {
            phyr,
            class: Class::Ram,
        }
    }

    /// Registers of a device, of no provider that is told.
    #[inline]
    pub const fn mmio(phyr: Phyr) -> Self {
        Self {
            phyr,
            class: Class::Mmio { provider: 0 },
        }
    }
}
