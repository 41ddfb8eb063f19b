// SPDX-License-Identifier: GPL-2.0

//! What is to be moved, but for the list.

use crate::{
    plan::way::Operation,
    queue::{
        Port,
        Queue, //
    }, //
};
use kernel::{
    bindings,
    error::{
        code::EINVAL,
        Result, //
    }, //
};

/// `struct phyr_rw_transfer`. `shims.c` asserts its layout.
#[repr(C)]
pub(crate) struct Transfer<'a> {
    pub(crate) queue: Queue<'a>,
    remote_addr: u64,
    rkey: u32,
    pub(crate) dir: bindings::dma_data_direction,
    /// What it depends on in the queue pair.
    pub(crate) port: Port,
}

const _: () = assert!(size_of::<Transfer<'_>>() == 64);

/// The memory of the other side.
#[derive(Clone, Copy, Debug)]
pub struct Remote {
    /// Address, relative to the key.
    pub addr: u64,
    /// Remote key.
    pub key: u32,
}

impl<'a> Transfer<'a> {
    /// # Errors
    ///
    /// `EINVAL` if the device has no such port.
    pub(crate) fn new(
        queue: Queue<'a>,
        port_num: u32,
        operation: Operation,
        remote: Remote,
    ) -> Result<Self> {
        let dir = match operation {
            Operation::Read => bindings::dma_data_direction_DMA_FROM_DEVICE,
            Operation::Write => bindings::dma_data_direction_DMA_TO_DEVICE,
        };

        Ok(Self {
            queue,
            remote_addr: remote.addr,
            rkey: remote.key,
            dir,
            port: queue.port(port_num, dir)?,
        })
    }
}

impl Transfer<'_> {
    pub(crate) fn remote(&self) -> Remote {
        Remote {
            addr: self.remote_addr,
            key: self.rkey,
        }
    }

    pub(crate) fn operation(&self) -> Result<Operation> {
        match self.dir {
            bindings::dma_data_direction_DMA_TO_DEVICE => Ok(Operation::Write),
            bindings::dma_data_direction_DMA_FROM_DEVICE => Ok(Operation::Read),
            _ => Err(EINVAL),
        }
    }
}
