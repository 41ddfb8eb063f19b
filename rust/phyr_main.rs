// SPDX-License-Identifier: GPL-2.0

//! phyr: a list of physical ranges goes in, a separate list of DMA ranges comes out.
//!
//! This is the root of `phyr.ko`, which is also a library crate, `phyr`, to other Rust modules.
//! Rust callers use [`Mapping`]; C callers use `include/linux/dma-phyr.h`. Both go through
//! [`plan`].

pub mod buffer;
pub mod chain;
mod entry;
mod ffi;
mod iter;
mod list;
pub mod mapping;
pub mod phyr_list;
pub mod plan;
mod raw_map;
mod request;
pub mod source;
mod streamed;
mod usual;
mod watch;

pub use ffi::page_paddr;
pub use mapping::{
    Mapping,
    PhyrSource, //
};

use kernel::prelude::*;

/// Bytes of a page of memory.
const PAGE_BYTES: usize = kernel::page::PAGE_SIZE;

module! {
    type: PhyrModule,
    name: "phyr",
    authors: ["The phyr developers"],
    description: "Map lists of physical ranges for DMA",
    license: "GPL",
}

/// The module's state: what it tells of itself. A mapping lives in its caller's storage.
#[pin_data]
struct PhyrModule {
    #[pin]
    _files: watch::Files,
    // Before the lists' pages, which its buffers have.
    _buffers: buffer::Service,
    _spares: phyr_list::Spares,
}

impl kernel::InPlaceModule for PhyrModule {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _files <- watch::Files::new(),
            _buffers: buffer::Service::new()?,
            _spares: phyr_list::Spares,
        })
    }
}
