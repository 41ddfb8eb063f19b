// SPDX-License-Identifier: GPL-2.0

//! Tests of lists that are kept in pages.

mod failures;
mod frames;
mod heap;
mod model;
mod shape;
