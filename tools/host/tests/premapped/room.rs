// SPDX-License-Identifier: GPL-2.0

//! What gives way where IOVA space has run out.

use phyr_host::plan::premapped::room::Tries;

#[test]
fn there_is_an_end_to_trying() {
    let mut tries = Tries::new();
    let given: Vec<usize> = core::iter::from_fn(|| tries.again()).take(100).collect();

    assert_eq!(given, [1, 2, 4, 8, 16]);
    assert_eq!(tries.again(), None);
}
