// SPDX-License-Identifier: GPL-2.0

//! Tests of lists that are kept in pages. What is in `codec`, `heap` and `model` is what the fuzz
//! targets of `tools/fuzz` test, too.

mod codec;
mod failures;
mod frames;
mod heap;
mod model;
mod properties;
mod shape;
