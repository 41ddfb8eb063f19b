// SPDX-License-Identifier: GPL-2.0

//! Tests of map and unmap on a backend that is played.

mod fail_nth;
mod fake;
mod mapping;
mod properties;
