// SPDX-License-Identifier: GPL-2.0

//! The DMA ranges of a part of a list.

use super::super::{
    error::Error,
    index::find,
    range::DmaRange,
    units::Bytes, //
};

/// Writes the DMA ranges of `len` bytes from byte `offset` on to `out`, and returns how many they
/// are. `ends` is where each of `ranges` ends, as [`build`](super::super::index::build) wrote it.
///
/// To find the first takes a number of steps that grows with the logarithm of the ranges.
///
/// # Errors
///
/// [`Error::Invalid`] if `len` is zero, or the list ends before; [`Error::NoSpace`], which tells
/// the number of ranges, if there is not room for them.
#[inline]
pub fn part(
    ranges: &[DmaRange],
    ends: &[Bytes],
    offset: Bytes,
    len: Bytes,
    out: &mut [DmaRange],
) -> Result<usize, Error> {
    let end = offset.checked_add(len).ok_or(Error::Invalid)?;
    let last = ends.last().copied().unwrap_or(Bytes::ZERO);
    if len.is_zero() || end > last {
        return Err(Error::Invalid);
    }
    let (first, begin) = find(ranges, ends, offset).ok_or(Error::Invalid)?;
    let behind = ranges.get(first..).unwrap_or_default();
    let mut left = len;
    let mut nr: usize = 0;

    for (index, &range) in behind.iter().enumerate() {
        let range = match index {
            0 => begin,
            _ => range,
        };
        let range = DmaRange::new(range.addr(), range.len().min(left));

        if let Some(slot) = out.get_mut(nr) {
            *slot = range;
        }
        nr = nr.saturating_add(1);
        left = left.saturating_sub(range.len());
        if left.is_zero() {
            break;
        }
    }
    match nr <= out.len() {
        true => Ok(nr),
        false => Err(Error::NoSpace { needed: nr }),
    }
}
