// SPDX-License-Identifier: GPL-2.0

//! Buffers that are mapped once for each of their devices, and used many times:
//! `include/linux/phyr-buffer.h`.
//!
//! A [`PhyrBuffer`] has the memory, and a table with a mapping for each device and access. A
//! [`PhyrDevice`] stands for a device as long as a driver is bound to it, and knows the mappings
//! that end with it. Both end a mapping by the same two calls, and so does whoever wants its room:
//! what becomes of one that several do this to is decided in [`plan::premapped`](crate::plan).
//!
//! Locks, from the outside to the inside: a buffer's writer; the devices; one device's life; the
//! clock. None of them is held while somebody waits for users, but that of a buffer that nobody
//! else has any more. What is held then is outside of them: what others wait for who end the same
//! device, and, if its driver is unbound, the device's lock and the notifiers of its bus. A device
//! that ends waits for the locks, and for who maps: both allocate without I/O, which
//! `reclaim::NoIo` sees to.

mod account;
mod device;
mod devices;
#[cfg(CONFIG_BLOCK)]
mod file;
mod kept;
mod mapping;
mod memory;
mod reclaim;
mod roll;
mod service;
mod table;
mod word;

pub use account::Limits;
pub use device::PhyrDevice;
pub(crate) use device::{
    Listener,
    RawListener, //
};
pub(crate) use devices::{
    get,
    register,
    stop, //
};
pub(crate) use mapping::Mapping;
pub use memory::{
    PhyrBuffer,
    Use, //
};
pub(crate) use service::Service;
