// SPDX-License-Identifier: GPL-2.0

//! A DMA range: what comes out.

use super::units::{
    Bytes,
    DmaAddr, //
};

/// A range of DMA addresses, laid out as the kernel's `struct dma_vec`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct DmaRange {
    addr: DmaAddr,
    len: Bytes,
}

impl DmaRange {
    /// A range of `len` bytes at `addr`.
    #[inline]
    pub const fn new(addr: DmaAddr, len: Bytes) -> Self {
        Self { addr, len }
    }

    /// First address, as the device is to be given it.
    #[inline]
    pub const fn addr(self) -> DmaAddr {
        self.addr
    }

    /// Length in bytes.
    #[inline]
    pub const fn len(self) -> Bytes {
        self.len
    }

    /// Whether the range has no bytes; a mapping never yields such a range.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.len.is_zero()
    }
}
