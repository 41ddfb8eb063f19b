// SPDX-License-Identifier: GPL-2.0

//! A stretch of memory that is kept for as long as somebody uses some of it.

use super::{
    Access,
    UserMemory, //
};
use crate::{
    chain::Slice,
    plan::{
        phyr::Phyr,
        units::Bytes, //
    },
    PhyrSource,
};
use kernel::sync::Arc;

/// A stretch of memory of a process, for a device, which outlives whoever it was asked of.
///
/// # Invariants
///
/// The memory has so many bytes from byte `offset` on.
pub struct SharedPart {
    memory: Arc<UserMemory>,
    offset: Bytes,
    len: Bytes,
}

impl SharedPart {
    /// `len` bytes of `memory` from byte `offset` on; [`None`] if there are not so many.
    pub fn new(memory: Arc<UserMemory>, offset: Bytes, len: Bytes) -> Option<Self> {
        memory.list().slice(offset, len)?;
        // INVARIANT: Just seen; what is shared does not change.
        Some(Self {
            memory,
            offset,
            len,
        })
    }
}

// SAFETY: The pages stay pinned as long as there is a reference to the memory, whose list does not
// change while it is shared. Rust code relies on nothing in memory of a process, and never looks at
// it. What is writable was pinned to be written.
unsafe impl PhyrSource for SharedPart {
    type Cpu<'a> = ();

    #[inline]
    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_ {
        self.memory
            .list()
            .slice(self.offset, self.len)
            .unwrap_or_else(Slice::empty)
    }

    fn is_writable(&self) -> bool {
        self.memory.access() == Access::Write
    }

    fn cpu(&mut self) {}
}
