// SPDX-License-Identifier: GPL-2.0

//! Addresses and lengths that cannot be swapped for one another.
//!
//! All arithmetic is checked. Every unit is 64 bits wide, as `phys_addr_t`, `dma_addr_t` and
//! `size_t` are wherever phyr is built (Kconfig: `depends on 64BIT`).

/// An address in the CPU's physical address space, `phys_addr_t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct PhysAddr(u64);

impl PhysAddr {
    /// Wraps a raw physical address.
    #[inline]
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// The raw physical address.
    #[inline]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The address `len` bytes further on, or [`None`] past the end of the address space.
    #[inline]
    pub const fn checked_add(self, len: Bytes) -> Option<Self> {
        match self.0.checked_add(len.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The address `len` bytes earlier, or [`None`] below zero.
    #[inline]
    pub const fn checked_sub(self, len: Bytes) -> Option<Self> {
        match self.0.checked_sub(len.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// Bytes from here up to `end`, which is not below this address.
    #[inline]
    pub const fn wrapping_distance(self, end: Self) -> Bytes {
        Bytes(end.0.wrapping_sub(self.0))
    }

    /// Bytes from here up to `end`; none if `end` is not above this address.
    #[inline]
    pub const fn distance(self, end: Self) -> Bytes {
        Bytes(end.0.saturating_sub(self.0))
    }
}

/// An address that a device uses, `dma_addr_t`: an IOVA or a bus address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct DmaAddr(u64);

impl DmaAddr {
    /// Wraps a raw DMA address.
    #[inline]
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// The raw DMA address.
    #[inline]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The address `len` bytes further on, or [`None`] past the end of the address space.
    #[inline]
    pub const fn checked_add(self, len: Bytes) -> Option<Self> {
        match self.0.checked_add(len.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }
}

/// What is added to the physical address of a PCI device's memory to get its address on the bus,
/// `struct p2pdma_provider`'s `bus_offset`. It may be negative, hence it wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct BusOffset(u64);

impl BusOffset {
    /// Wraps a raw offset.
    #[inline]
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// The bus address of what is at `paddr`.
    #[inline]
    pub const fn apply(self, paddr: PhysAddr) -> DmaAddr {
        DmaAddr(paddr.0.wrapping_add(self.0))
    }
}

/// A length, or an offset into an IOVA allocation, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// No bytes.
    pub const ZERO: Self = Self(0);

    /// Wraps a raw number of bytes.
    #[inline]
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// The raw number of bytes.
    #[inline]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// Whether there are no bytes at all.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or [`None`] if it does not fit.
    #[inline]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The sum, or the largest number if it does not fit.
    #[inline]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The sum, which is known to fit.
    #[inline]
    pub const fn wrapping_add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// The sum of all, or the largest number if it does not fit.
    #[inline]
    pub fn sum(lens: impl Iterator<Item = Self>) -> Self {
        lens.fold(Self::ZERO, Self::saturating_add)
    }

    /// Half-way to `other`, which is larger; [`None`] if nothing is between them.
    #[inline]
    pub const fn midpoint(self, other: Self) -> Option<Self> {
        match other.0.saturating_sub(self.0) {
            0 | 1 => None,
            _ => Some(Self(self.0.midpoint(other.0))),
        }
    }

    /// The difference, or none if `other` is larger.
    #[inline]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Pieces that it takes if none is longer than `most`; one without such a bound. [`None`] if
    /// their number does not fit.
    #[inline]
    pub fn div_ceil(self, most: Option<Self>) -> Option<usize> {
        match most {
            Some(Self(most)) if most > 0 => usize::try_from(self.0.div_ceil(most)).ok(),
            _ => Some(1),
        }
    }

    /// The difference, or [`None`] if `other` is larger.
    #[inline]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }
}
