// SPDX-License-Identifier: GPL-2.0

//! A mapping as loom plays it through, over the very code that is built into `phyr.ko`.

#![warn(missing_docs)]

mod mapping;
mod word;

pub use mapping::Mapping;
pub use word::LoomWord;
