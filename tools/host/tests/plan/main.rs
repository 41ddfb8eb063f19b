// SPDX-License-Identifier: GPL-2.0

//! Tests of map and unmap on a backend that is played.

mod decisions;
mod fail_nth;
mod fake;
mod handing_over;
mod mapping;
mod properties;
mod stream;
mod usual;

/// Whether the backend links all runs by one call.
const LINKS_ALL: bool = false;
