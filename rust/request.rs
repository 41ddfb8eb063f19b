// SPDX-License-Identifier: GPL-2.0

//! How a list is to be mapped: direction, attributes, flags.

use super::{
    ffi::KernelDma,
    plan::{
        class::Kind,
        error::Error,
        exec::Held, //
    },
};
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_uint,
        c_ulong, //
    }, //
};

/// Attributes that are passed on with every call.
const PASSED_ON: c_uint = bindings::DMA_ATTR_WEAK_ORDERING
    | bindings::DMA_ATTR_SKIP_CPU_SYNC
    | bindings::DMA_ATTR_NO_WARN
    | bindings::DMA_ATTR_PRIVILEGED
    | bindings::DMA_ATTR_DEBUGGING_IGNORE_CACHELINES
    | bindings::DMA_ATTR_REQUIRE_COHERENT;

/// Attributes that the DMA API has for streaming mappings, but phyr does not map with.
const REFUSED: c_uint = bindings::DMA_ATTR_CC_SHARED;

/// Attributes that a list is mapped with.
// CAST: To a larger type.
const ACCEPTED: c_ulong = (PASSED_ON | bindings::DMA_ATTR_MMIO) as c_ulong;

/// What is wrong with attributes of which not all are accepted.
#[cold]
fn refusal(attrs: c_ulong) -> Error {
    // CAST: To a larger type.
    match attrs & !(ACCEPTED | REFUSED as c_ulong) {
        0 => Error::NotSupported,
        _ => Error::Invalid,
    }
}

/// `DMA_PHYR_UNCUT`.
const UNCUT: c_uint = 1 << 0;

/// `DMA_PHYR_LEN32`.
const LEN32: c_uint = 1 << 1;

/// A direction and attributes that are valid, as small as they are kept while a list is mapped.
///
/// # Invariants
///
/// `dir` is a valid direction and not `DMA_NONE`; `attrs` are attributes that phyr accepts, or
/// `DMA_ATTR_MMIO`.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    dir: u8,
    attrs: u16,
}

impl Request {
    #[inline]
    pub(crate) fn new(dir: bindings::dma_data_direction, attrs: c_ulong) -> Result<Self, Error> {
        if !(0..bindings::dma_data_direction_DMA_NONE).contains(&dir) {
            return Err(Error::Invalid);
        }
        if attrs & !ACCEPTED != 0 {
            return Err(refusal(attrs));
        }
        // INVARIANT: The valid directions are those below `DMA_NONE`.
        Ok(Self {
            // CAST: Not negative, and below `DMA_NONE`.
            dir: dir as u8,
            // CAST: The attributes are small flags, and there are no others.
            attrs: attrs as u16,
        })
    }

    /// As two numbers, for [`Request::from_raw`].
    #[inline]
    pub(crate) const fn into_raw(self) -> (u8, u16) {
        (self.dir, self.attrs)
    }

    /// # Safety
    ///
    /// Both numbers must come from [`Request::into_raw`].
    #[inline]
    pub(crate) const unsafe fn from_raw(dir: u8, attrs: u16) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self { dir, attrs }
    }

    /// The same request for memory of one kind.
    #[inline(always)]
    pub(crate) fn with(self, kind: Kind) -> Self {
        // CAST: The attributes are small flags.
        const MMIO: u16 = bindings::DMA_ATTR_MMIO as u16;

        // INVARIANT: `DMA_ATTR_MMIO` may always be among the attributes.
        Self {
            attrs: match kind {
                Kind::Ram => self.attrs & !MMIO,
                Kind::Mmio => self.attrs | MMIO,
            },
            ..self
        }
    }

    /// The same request for what is held of a list.
    #[inline]
    pub(crate) fn of<I>(self, held: &Held<I>) -> Self {
        match *held {
            Held::Iova { kind, .. } | Held::One(_, kind) | Held::Each(kind) => self.with(kind),
            Held::Nothing | Held::Recorded { .. } => self,
        }
    }

    /// What entries are that do not say otherwise.
    #[inline]
    pub(crate) fn kind(self) -> Kind {
        match self.has(bindings::DMA_ATTR_MMIO) {
            true => Kind::Mmio,
            false => Kind::Ram,
        }
    }

    /// Whether neither bounce buffer nor cache maintenance is allowed.
    #[inline]
    pub(crate) fn requires_coherent(self) -> bool {
        self.has(bindings::DMA_ATTR_REQUIRE_COHERENT)
    }

    #[inline]
    fn has(self, attr: c_uint) -> bool {
        c_uint::from(self.attrs) & attr != 0
    }

    /// The DMA API for this request.
    ///
    /// # Safety
    ///
    /// As for [`KernelDma::new`], less what the type invariants say.
    #[inline]
    pub(crate) unsafe fn backend(self, dev: &Device) -> KernelDma<'_> {
        // CAST: The attributes are small flags.
        let attrs = self.attrs & PASSED_ON as u16;

        // SAFETY: Direction and attributes are valid by the type invariants; the rest is what the
        // caller guarantees.
        unsafe { KernelDma::new(dev, self.dir.into(), attrs.into()) }
    }
}

/// How a list's DMA ranges are to be cut: `struct dma_phyr_list`'s flags.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flags(c_uint);

impl Flags {
    #[inline]
    pub(crate) fn new(raw: c_uint) -> Result<Self, Error> {
        match raw & !(UNCUT | LEN32) {
            0 => Ok(Self(raw)),
            _ => Err(Error::Invalid),
        }
    }

    /// Whether the device's segment limits do not count.
    #[inline]
    pub(crate) fn uncut(self) -> bool {
        self.0 & UNCUT != 0
    }

    /// Whether the length of a range must fit in 32 bits.
    #[inline]
    pub(crate) fn len32(self) -> bool {
        self.0 & LEN32 != 0
    }
}
