// SPDX-License-Identifier: GPL-2.0

//! A part of a registered buffer, of which an engine takes as much at a time as fits in a script.

use super::lsi::MAX_MOVES;
use kernel::{
    prelude::*,
    sync::Arc, //
};
use phyr::{
    buffer::{
        PhyrBuffer,
        PhyrDevice,
        Use, //
    },
    phyr_list::Access,
    plan::{
        error::Error as MapError,
        range::DmaRange,
        units::Bytes, //
    },
};

/// Most DMA ranges of either side at a time: two lists of so many become fewer moves than there is
/// room for in a script.
const MAX_RANGES: usize = MAX_MOVES / 2;

/// What is left of it.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    buffer: &'a PhyrBuffer,
    offset: u64,
    left: u64,
}

impl<'a> Part<'a> {
    /// The `len` bytes of `buffer` from byte `offset` on.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there are not so many, or `len` is 0.
    pub(crate) fn new(buffer: &'a PhyrBuffer, offset: u64, len: u64) -> Result<Self> {
        let end = offset.checked_add(len).ok_or(EINVAL)?;

        match len > 0 && end <= buffer.bytes().raw() {
            true => Ok(Self {
                buffer,
                offset,
                left: len,
            }),
            false => Err(EINVAL),
        }
    }

    /// Whether nothing is left.
    pub(crate) fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Uses as much of it as fits in a script, until what is returned is dropped: maps the buffer
    /// for `device` if it is not.
    ///
    /// # Errors
    ///
    /// Those of [`PhyrBuffer::use_for`].
    pub(crate) fn begin(&self, device: &Arc<PhyrDevice>, access: Access) -> Result<Piece<'a>> {
        let used = self.buffer.use_for(device, access)?;
        let mut ranges = [DmaRange::default(); MAX_RANGES];
        let mut len = self.left;

        // Each byte has one range, so it ends.
        let nr = loop {
            match used.part(Bytes::new(self.offset), Bytes::new(len), &mut ranges) {
                Ok(nr) => break nr,
                Err(MapError::NoSpace { .. }) => len /= 2,
                Err(error) => return Err(error.into()),
            }
        };
        Ok(Piece {
            used,
            offset: usize::try_from(self.offset)?,
            len: usize::try_from(len)?,
            ranges,
            nr,
        })
    }

    /// So many bytes less are left.
    pub(crate) fn advance(&mut self, len: usize) {
        // CAST: `usize` has 64 bits.
        let len = (len as u64).min(self.left);

        self.offset = self.offset.wrapping_add(len);
        self.left = self.left.wrapping_sub(len);
    }
}

/// What an engine may be given right now: the device stays, and what is mapped, until it is dropped.
pub(crate) struct Piece<'a> {
    used: Use<'a>,
    offset: usize,
    len: usize,
    ranges: [DmaRange; MAX_RANGES],
    nr: usize,
}

impl Piece<'_> {
    pub(crate) fn ranges(&self) -> &[DmaRange] {
        self.ranges.get(..self.nr).unwrap_or_default()
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Gives `len` bytes of it to the engine.
    pub(crate) fn sync_for_device(&self, len: usize) {
        self.used.sync_for_device(self.offset, len);
    }

    /// Takes `len` bytes of it back.
    pub(crate) fn sync_for_cpu(&self, len: usize) {
        self.used.sync_for_cpu(self.offset, len);
    }
}
