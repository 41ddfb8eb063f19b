// SPDX-License-Identifier: GPL-2.0

//! phyr_rdma: RDMA READ and WRITE of lists of physical ranges, without a scatterlist.
//!
//! This is the root of `phyr_rdma.ko`. `include/rdma/{rw,ib}_phyr.h` are its interface.

mod context;
mod entry;
mod lists;
mod memory;
pub mod plan;
mod queue;
mod transfer;
mod ulp;
mod verbs;
mod virt;

use kernel::prelude::*;

module! {
    type: RdmaModule,
    name: "phyr_rdma",
    authors: ["The phyr developers"],
    description: "RDMA READ and WRITE of lists of physical ranges",
    license: "GPL",
}

/// The module has no state of its own: a context lives in its caller's storage.
struct RdmaModule;

impl kernel::Module for RdmaModule {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self)
    }
}
