// SPDX-License-Identifier: GPL-2.0

//! The tests of `tests/plan`, for a kernel that links all runs by one call.

#[path = "../plan/decisions.rs"]
mod decisions;
#[path = "../plan/fail_nth.rs"]
mod fail_nth;
#[path = "../plan/fake.rs"]
mod fake;
#[path = "../plan/handing_over.rs"]
mod handing_over;
#[path = "../plan/mapping.rs"]
mod mapping;
#[path = "../plan/properties.rs"]
mod properties;
#[path = "../plan/stream.rs"]
mod stream;
#[path = "../plan/usual.rs"]
mod usual;

/// Whether the backend links all runs by one call.
const LINKS_ALL: bool = true;
