// SPDX-License-Identifier: GPL-2.0

//! How ranges are kept in as few words as they take.

pub mod code;
pub mod words;
