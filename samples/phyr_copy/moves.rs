// SPDX-License-Identifier: GPL-2.0

//! Two lists of DMA ranges become memory moves.

use super::lsi::{
    Move,
    MAX_MOVE, //
};
use kernel::prelude::*;
use phyr::plan::range::DmaRange;

/// What is left of a list of DMA ranges.
struct Cursor<'a> {
    ranges: core::slice::Iter<'a, DmaRange>,
    addr: u64,
    left: u64,
}

impl<'a> Cursor<'a> {
    fn new(ranges: &'a [DmaRange]) -> Self {
        Self {
            ranges: ranges.iter(),
            addr: 0,
            left: 0,
        }
    }

    /// Goes on to the next range if this one is used up. [`None`] at the end of the list.
    fn settle(&mut self) -> Option<()> {
        if self.left == 0 {
            let range = self.ranges.next()?;
            self.addr = range.addr().raw();
            self.left = range.len().raw();
        }
        Some(())
    }

    /// Takes `len` bytes, at most what is left of this range, and returns where they are.
    fn take(&mut self, len: u32) -> Result<u32> {
        let end = self.addr.checked_add(len.into()).ok_or(ERANGE)?;
        let addr = u32::try_from(self.addr).map_err(|_| ERANGE)?;

        self.addr = end;
        self.left = self.left.saturating_sub(len.into());
        Ok(addr)
    }
}

/// The moves that copy one list of DMA ranges to another, as far as the shorter one goes.
pub(crate) struct Moves<'a> {
    src: Cursor<'a>,
    dst: Cursor<'a>,
}

impl<'a> Moves<'a> {
    pub(crate) fn new(src: &'a [DmaRange], dst: &'a [DmaRange]) -> Self {
        Self {
            src: Cursor::new(src),
            dst: Cursor::new(dst),
        }
    }

    fn take(&mut self, len: u32) -> Result<Move> {
        Ok(Move {
            src: self.src.take(len)?,
            dst: self.dst.take(len)?,
            len,
        })
    }
}

/// `ERANGE` comes out for an address that the chip cannot reach; the DMA mask rules that out.
impl Iterator for Moves<'_> {
    type Item = Result<Move>;

    fn next(&mut self) -> Option<Self::Item> {
        self.src.settle()?;
        self.dst.settle()?;

        let most = self.src.left.min(self.dst.left).min(MAX_MOVE.into());
        // CAST: At most `MAX_MOVE`, which is a `u32`.
        Some(self.take(most as u32))
    }
}
