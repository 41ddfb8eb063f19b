// SPDX-License-Identifier: GPL-2.0

//! An RDMA ULP in Rust: a server that moves the bytes of its clients.
//!
//! A client connects, registers memory of its process for the server to use, and asks: put these
//! bytes there, get those. The server moves them by RDMA READ and WRITE, from and into memory of
//! its own process, each move a [`phyr_rdma::Rw`]: no scatterlist, and no page table of its own.
//!
//! `/dev/phyr_ulp` takes the ioctls of `phyr_ulp.h`. Who listens and who connects may be the same
//! machine, or two.

mod client;
mod connection;
mod errors;
mod file;
mod id;
mod inbox;
mod node;
mod open;
mod queue_pair;
mod server;
mod serving;
mod wire;

use kernel::prelude::*;
use node::Node;

module! {
    type: UlpModule,
    name: "phyr_ulp",
    authors: ["The phyr developers"],
    description: "An RDMA ULP on lists of physical ranges",
    license: "GPL",
}

/// The module's state: the node. What is connected belongs to open files.
#[pin_data]
struct UlpModule {
    #[pin]
    _node: Node,
}

impl kernel::InPlaceModule for UlpModule {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _node <- Node::register(),
        })
    }
}
