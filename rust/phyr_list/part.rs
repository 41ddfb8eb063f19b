// SPDX-License-Identifier: GPL-2.0

//! A stretch of a list, for a device.

use super::{
    Access,
    PhyrList, //
};
use crate::{
    chain::Slice,
    plan::{
        phyr::Phyr,
        units::Bytes, //
    },
    PhyrSource,
};

/// A stretch of a list, for a device to read, or to write.
///
/// # Invariants
///
/// It is memory that may be mapped for that during `'a`.
pub struct Part<'a> {
    slice: Slice<'a>,
    access: Access,
}

impl PhyrList {
    /// `len` bytes from byte `offset` on, to be mapped; [`None`] if there are not so many.
    ///
    /// # Safety
    ///
    /// It must be RAM that stays allocated while the list is borrowed: for one, because the list
    /// holds it. With [`Access::Write`], nobody must rely on what is in it.
    pub unsafe fn part(&self, offset: Bytes, len: Bytes, access: Access) -> Option<Part<'_>> {
        // INVARIANT: By the safety requirements of this function.
        Some(Part {
            slice: self.slice(offset, len)?,
            access,
        })
    }
}

// SAFETY: By the type invariants; the list is borrowed, so it does not change. Rust code never
// looks at the memory.
unsafe impl PhyrSource for Part<'_> {
    type Cpu<'a>
        = ()
    where
        Self: 'a;

    #[inline]
    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_ {
        self.slice
    }

    fn is_writable(&self) -> bool {
        self.access == Access::Write
    }

    fn cpu(&mut self) {}
}
