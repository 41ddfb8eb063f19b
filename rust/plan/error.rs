// SPDX-License-Identifier: GPL-2.0

//! Why a list was not mapped: one variant, one errno.

/// Why a list was not mapped. Nothing of it is left mapped.
///
/// The errnos and the advice on retrying follow the table of `dma_map_sgtable()` in
/// `kernel/dma/mapping.c`. There is no `EIO` among them: block and RDMA callers read it as a
/// broken path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The list is empty, or has an entry of no length or past the end of the address space, or
    /// the direction, an attribute or the device's DMA mask is invalid. Never succeeds if retried.
    Invalid,
    /// No IOVA space, page table or bounce buffer could be had. May succeed if retried later.
    NoMemory,
    /// The caller's array has room for fewer DMA ranges than `needed`. Succeeds with more room.
    NoSpace {
        /// Entries that the array must have room for.
        needed: usize,
    },
    /// The list has memory of a peer that the device cannot reach. Never succeeds if retried.
    NotReachable,
    /// The device or the attribute is not one that phyr maps for. Never succeeds if retried.
    NotSupported,
}

impl Error {
    /// The errno, negative, as a kernel function returns it.
    #[inline]
    pub const fn to_errno(self) -> i32 {
        match self {
            Self::Invalid => -22,
            Self::NoMemory => -12,
            Self::NoSpace { .. } => -28,
            Self::NotReachable => -121,
            Self::NotSupported => -95,
        }
    }

    /// Entries that the caller's array must have room for, where that is what is missing; else 0.
    #[inline]
    pub const fn needed(self) -> usize {
        match self {
            Self::NoSpace { needed } => needed,
            _ => 0,
        }
    }
}
