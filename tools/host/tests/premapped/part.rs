// SPDX-License-Identifier: GPL-2.0

//! The DMA ranges of a part of a list have its bytes, and no others.

use phyr_host::plan::{
    error::Error,
    index,
    premapped::part::part,
    range::DmaRange,
    units::{Bytes, DmaAddr},
};
use proptest::prelude::*;

fn range(addr: u64, len: u64) -> DmaRange {
    DmaRange::new(DmaAddr::new(addr), Bytes::new(len))
}

/// Each range far from the others.
fn ranges_of(lens: &[u64]) -> (Vec<DmaRange>, Vec<Bytes>) {
    let ranges: Vec<_> = (1..)
        .zip(lens)
        .map(|(nr, &len)| range(nr << 32, len))
        .collect();
    let mut ends = vec![Bytes::ZERO; ranges.len()];

    index::build(&ranges, &mut ends).unwrap();
    (ranges, ends)
}

fn addresses(ranges: &[DmaRange]) -> Vec<u64> {
    ranges
        .iter()
        .flat_map(|range| (0..range.len().raw()).map(|byte| range.addr().raw() + byte))
        .collect()
}

#[test]
fn what_is_beyond_the_list_is_refused() {
    let (ranges, ends) = ranges_of(&[3, 1, 4]);
    let mut out = [range(0, 0); 3];
    let mut get = |offset, len| {
        part(
            &ranges,
            &ends,
            Bytes::new(offset),
            Bytes::new(len),
            &mut out,
        )
    };

    assert_eq!(get(0, 8), Ok(3));
    assert_eq!(get(0, 9), Err(Error::Invalid));
    assert_eq!(get(8, 0), Err(Error::Invalid));
    assert_eq!(get(8, 1), Err(Error::Invalid));
    assert_eq!(get(1, u64::MAX), Err(Error::Invalid));
    assert_eq!(get(0, 0), Err(Error::Invalid));
}

proptest! {
    #[test]
    fn a_part_has_its_bytes(
        lens in prop::collection::vec(1..60u64, 1..20),
        from in 0..1200u64,
        len in 1..1200u64,
        room in 0..24usize,
    ) {
        let (ranges, ends) = ranges_of(&lens);
        let all = addresses(&ranges);
        let from = from % all.len() as u64;
        let len = 1 + len % (all.len() as u64 - from);
        let mut out = vec![range(0, 0); room];
        let wanted = &all[from as usize..(from + len) as usize];

        match part(&ranges, &ends, Bytes::new(from), Bytes::new(len), &mut out) {
            Ok(nr) => prop_assert_eq!(addresses(&out[..nr]), wanted),
            Err(Error::NoSpace { needed }) => {
                prop_assert!(needed > room);
                let mut out = vec![range(0, 0); needed];

                prop_assert_eq!(
                    part(&ranges, &ends, Bytes::new(from), Bytes::new(len), &mut out),
                    Ok(needed)
                );
                prop_assert_eq!(addresses(&out), wanted);
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }
}
