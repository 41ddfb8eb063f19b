// SPDX-License-Identifier: GPL-2.0

//! Tests of how DMA ranges become work requests, on lists that proptest makes up.

mod messages;
mod segments;

use proptest::prelude::ProptestConfig;

/// As many lists for each property as `CASES` says, 2,000 if it says nothing.
fn config() -> ProptestConfig {
    let cases = std::env::var("CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(2000);

    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
