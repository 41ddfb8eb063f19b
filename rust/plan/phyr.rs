// SPDX-License-Identifier: GPL-2.0

//! A physical range: what goes in.

use super::{
    error::Error,
    units::{
        Bytes,
        PhysAddr, //
    },
};

/// A physical range, laid out as the kernel's `struct phys_vec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Phyr {
    paddr: PhysAddr,
    len: Bytes,
}

impl Phyr {
    /// A range of `len` bytes at `paddr`. It is not checked before it is mapped.
    #[inline]
    pub const fn new(paddr: PhysAddr, len: Bytes) -> Self {
        Self { paddr, len }
    }

    /// Address of the first byte.
    #[inline]
    pub const fn paddr(self) -> PhysAddr {
        self.paddr
    }

    /// Length in bytes.
    #[inline]
    pub const fn len(self) -> Bytes {
        self.len
    }

    /// What is left of it after `bytes` bytes; [`None`] if nothing is.
    #[inline]
    pub fn after(self, bytes: Bytes) -> Option<Self> {
        let len = self.len.checked_sub(bytes)?;

        (!len.is_zero()).then_some(Self {
            paddr: self.paddr.checked_add(bytes)?,
            len,
        })
    }

    /// Whether the range has no bytes; such a range is refused when it is mapped.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.len.is_zero()
    }

    /// Address of the byte after the last one.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the range has no bytes, or runs past the end of the address space.
    #[inline]
    pub fn end(self) -> Result<PhysAddr, Error> {
        if self.is_empty() {
            return Err(Error::Invalid);
        }
        self.paddr.checked_add(self.len).ok_or(Error::Invalid)
    }
}
