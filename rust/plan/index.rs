// SPDX-License-Identifier: GPL-2.0

//! Finding a byte of a list among its DMA ranges.

use super::{
    error::Error,
    range::DmaRange,
    units::Bytes, //
};

/// Writes to `ends` where each range ends, in bytes from the start of the list, and returns the
/// length of the list.
///
/// # Errors
///
/// [`Error::Invalid`] if there are no ranges, one of them is empty or wraps, their lengths do not
/// add up, or `ends` is not as long as `ranges`.
pub fn build(ranges: &[DmaRange], ends: &mut [Bytes]) -> Result<Bytes, Error> {
    let mut total = Bytes::ZERO;

    if ranges.is_empty() || ranges.len() != ends.len() {
        return Err(Error::Invalid);
    }
    for (range, end) in ranges.iter().zip(ends) {
        let last = range
            .len()
            .checked_sub(Bytes::new(1))
            .ok_or(Error::Invalid)?;
        range.addr().checked_add(last).ok_or(Error::Invalid)?;
        total = total.checked_add(range.len()).ok_or(Error::Invalid)?;
        *end = total;
    }
    Ok(total)
}

/// What is left of the range that holds byte `offset` of the list, from that byte on, and the
/// number of the range. Takes a number of steps that grows with the logarithm of the ranges.
///
/// [`None`] if the list ends before.
#[inline]
pub fn find(ranges: &[DmaRange], ends: &[Bytes], offset: Bytes) -> Option<(usize, DmaRange)> {
    let index = ends.partition_point(|&end| end <= offset);
    let left = ends.get(index)?.checked_sub(offset)?;
    let range = ranges.get(index)?;
    let skipped = range.len().checked_sub(left)?;

    Some((
        index,
        DmaRange::new(range.addr().checked_add(skipped)?, left),
    ))
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_plan_index)
)]
mod tests {
    use super::{
        super::units::DmaAddr,
        *, //
    };

    fn range(addr: u64, len: u64) -> DmaRange {
        DmaRange::new(DmaAddr::new(addr), Bytes::new(len))
    }

    #[test]
    fn every_byte_is_found_in_its_range() {
        let ranges = [range(0x1000, 3), range(0x9000, 1), range(0x5000, 4)];
        let mut ends = [Bytes::ZERO; 3];
        let expected = [
            (0, range(0x1000, 3)),
            (0, range(0x1001, 2)),
            (0, range(0x1002, 1)),
            (1, range(0x9000, 1)),
            (2, range(0x5000, 4)),
            (2, range(0x5001, 3)),
            (2, range(0x5002, 2)),
            (2, range(0x5003, 1)),
        ];

        assert_eq!(build(&ranges, &mut ends), Ok(Bytes::new(8)));
        assert!((0..).zip(expected).all(|(offset, found)| find(
            &ranges,
            &ends,
            Bytes::new(offset)
        ) == Some(found)));
        assert_eq!(find(&ranges, &ends, Bytes::new(8)), None);
        assert_eq!(find(&ranges, &ends, Bytes::new(u64::MAX)), None);
    }

    #[test]
    fn ranges_that_cannot_be_are_refused() {
        let mut ends = [Bytes::ZERO; 2];

        for bad in [
            [range(0x1000, 1), range(0x2000, 0)],
            [range(0x1000, 1), range(u64::MAX, 2)],
            [range(0, u64::MAX), range(0, 1)],
        ] {
            assert_eq!(build(&bad, &mut ends), Err(Error::Invalid));
        }
        assert_eq!(build(&[], &mut []), Err(Error::Invalid));
        assert_eq!(build(&[range(0, 1)], &mut ends), Err(Error::Invalid));
        assert_eq!(
            build(&[range(u64::MAX, 1), range(0, 1)], &mut ends),
            Ok(Bytes::new(2))
        );
    }
}
