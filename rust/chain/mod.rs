// SPDX-License-Identifier: GPL-2.0

//! Lists of physical ranges that are kept for long: dense, in pages that are linked.
//!
//! The common range takes 8 bytes ([`code`](crate::plan::dense::code)). A few ranges are in the
//! list itself, for which nothing is allocated. A page is all that ever is, so that a list of any
//! length can be made where memory is fragmented, and from a mempool where it is short. To map a
//! list changes nothing in it: any number of devices may read it at the same time.

mod codes;
mod list;
pub mod page;
pub mod pages;
mod seek;
mod split;

pub use list::{
    List,
    Seams,
    FEW_WORDS, //
};
pub use seek::Slice;
