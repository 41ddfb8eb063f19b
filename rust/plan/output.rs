// SPDX-License-Identifier: GPL-2.0

//! DMA ranges on their way into the caller's array.

use super::{
    cut::Cuts,
    range::DmaRange,
    record::{
        self,
        Mark, //
    },
    units::{
        Bytes,
        DmaAddr, //
    },
};

/// The array was too small for what came out.
#[derive(Debug)]
pub(super) struct Full;

/// Writes DMA ranges, cut as the device wants them, to the front of the caller's array, and the
/// record of what they are, if there is to be one, to its end.
pub(super) struct Output<'a> {
    array: &'a mut [DmaRange],
    cuts: Cuts,
    record: Record,
    written: usize,
}

/// Whether it is written down which ranges were mapped together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// Behind the ranges.
    Kept,
    /// No: all of them were, whatever is cut.
    OfOne,
    /// No: each was mapped by itself, so nothing may be cut.
    OfEach,
}

impl<'a> Output<'a> {
    #[inline]
    pub(super) fn new(array: &'a mut [DmaRange], cuts: Cuts, record: Record) -> Self {
        Self {
            array,
            cuts,
            record,
            written: 0,
        }
    }

    /// Ranges written so far.
    #[inline]
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// The whole array.
    #[inline]
    pub(super) fn array(&self) -> &[DmaRange] {
        self.array
    }

    /// Writes `len` bytes at `addr`, as often as it takes. On failure none of it is written.
    #[inline]
    pub(super) fn push(&mut self, addr: DmaAddr, len: Bytes, mark: Mark) -> Result<(), Full> {
        if self.cuts.first(addr, len) == len {
            return self.put(addr, len, mark);
        }
        match self.record {
            Record::OfEach => Err(Full),
            Record::Kept | Record::OfOne => self.push_cut(addr, len, mark),
        }
    }

    fn push_cut(&mut self, mut addr: DmaAddr, mut len: Bytes, mark: Mark) -> Result<(), Full> {
        let before = self.written;
        let rest = match mark {
            Mark::Bus => Mark::Bus,
            _ => Mark::More,
        };
        let mut mark = mark;

        while !len.is_zero() {
            let piece = self.cuts.first(addr, len);
            if self.put(addr, piece, mark).is_err() {
                self.written = before;
                return Err(Full);
            }
            mark = rest;
            len = len.checked_sub(piece).unwrap_or(Bytes::ZERO);
            // The last piece may end where the address space does.
            addr = addr.checked_add(piece).unwrap_or(addr);
        }
        Ok(())
    }

    #[inline]
    fn put(&mut self, addr: DmaAddr, len: Bytes, mark: Mark) -> Result<(), Full> {
        let index = self.written;
        let next = index.checked_add(1).ok_or(Full)?;
        let behind = match self.record {
            Record::Kept => record::slots(next),
            Record::OfOne | Record::OfEach => 0,
        };
        if next > self.array.len().saturating_sub(behind) {
            return Err(Full);
        }

        *self.array.get_mut(index).ok_or(Full)? = DmaRange::new(addr, len);
        if self.record == Record::Kept {
            record::set(self.array, index, mark);
        }
        self.written = next;
        Ok(())
    }
}
