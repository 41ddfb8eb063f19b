// SPDX-License-Identifier: GPL-2.0

//! phyr_rdma: RDMA READ and WRITE of lists of physical ranges, without a scatterlist.
//!
//! This is the root of `phyr_rdma.ko`, which is also a library crate, `phyr_rdma`, to other Rust
//! modules. Rust ULPs use [`Rw`] and [`Mapped`]; ULPs in C use `include/rdma/{rw,ib}_phyr.h`.

mod context;
mod device;
mod entry;
mod lists;
mod mapped;
mod memory;
pub mod plan;
mod queue;
mod rw;
mod source;
mod tables;
mod transfer;
mod ulp;
pub mod verbs;
mod virt;

pub use device::Device;
pub use mapped::Mapped;
pub use queue::Queue;
pub use rw::{
    Done,
    Left,
    Part,
    Refused,
    Rw, //
};
pub use transfer::Remote;

use kernel::prelude::*;

module! {
    type: RdmaModule,
    name: "phyr_rdma",
    authors: ["The phyr developers"],
    description: "RDMA READ and WRITE of lists of physical ranges",
    license: "GPL",
}

/// The module has no other state of its own: a context lives in its caller's storage.
struct RdmaModule {
    _tables: tables::Tables,
}

impl kernel::Module for RdmaModule {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self {
            _tables: tables::Tables::new()?,
        })
    }
}
