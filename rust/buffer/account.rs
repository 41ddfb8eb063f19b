// SPDX-License-Identifier: GPL-2.0

//! What may be mapped of a buffer, and of all, and what is.

use super::word::KernelWord;
use crate::plan::{
    premapped::budget::{
        Budget,
        Most, //
    },
    units::Bytes, //
};
use kernel::ffi::c_uint;

/// The most that may be mapped at a time: `struct phyr_buffer_limits`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Limits {
    mappings: c_uint,
    bytes: u64,
}

const _: () = assert!(size_of::<Limits>() == 16);

extern "C" {
    /// Those of all buffers together, which anybody may change at any time.
    static mut phyr_buffers_limits: Limits;
}

impl Limits {
    /// None but those of all buffers together.
    pub const NONE: Self = Self::new(c_uint::MAX, Bytes::new(u64::MAX));

    /// So many mappings, of so many bytes together.
    pub const fn new(mappings: c_uint, bytes: Bytes) -> Self {
        Self {
            mappings,
            bytes: bytes.raw(),
        }
    }

    fn most(self) -> Most {
        Most {
            mappings: self.mappings.into(),
            bytes: Bytes::new(self.bytes),
        }
    }
}

/// The most that may be mapped of all buffers together, right now.
pub(super) fn most_of_all() -> Most {
    // SAFETY: It is there as long as the module is, and is read once.
    unsafe { (&raw const phyr_buffers_limits).read_volatile() }.most()
}

/// What is mapped of one buffer.
pub(super) struct Account {
    pub(super) budget: Budget<KernelWord>,
    pub(super) most: Most,
}

impl Account {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            budget: Budget::new(),
            most: limits.most(),
        }
    }
}
