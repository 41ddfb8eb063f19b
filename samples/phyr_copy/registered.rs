// SPDX-License-Identifier: GPL-2.0

//! The buffers that are registered with an open file.

use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    },
};
use phyr::{
    buffer::{
        Limits,
        PhyrBuffer, //
    },
    phyr_list::UserMemory, //
};

/// `PHYR_COPY_MAX_BUFFERS`.
const MAX_BUFFERS: usize = 64;

/// Buffers, by their indices.
#[pin_data]
pub(crate) struct Registered {
    #[pin]
    buffers: Mutex<KVec<Option<Arc<PhyrBuffer>>>>,
}

impl Registered {
    pub(crate) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            buffers <- new_mutex!(KVec::new()),
        })
    }

    /// Registers memory, and returns its index.
    ///
    /// # Errors
    ///
    /// `ENOSPC` if there are [`MAX_BUFFERS`], `ENOMEM`.
    pub(crate) fn add(&self, memory: UserMemory) -> Result<usize> {
        let buffer = PhyrBuffer::of_user(memory, Limits::NONE)?;
        let mut buffers = self.buffers.lock();
        let index = match buffers.iter().position(Option::is_none) {
            Some(index) => index,
            None if buffers.len() == MAX_BUFFERS => return Err(ENOSPC),
            None => {
                buffers.push(None, GFP_KERNEL)?;
                buffers.len() - 1
            }
        };

        *buffers.get_mut(index).ok_or(EINVAL)? = Some(buffer);
        Ok(index)
    }

    /// The buffer at `index`, for one copy: it stays as long as that takes.
    ///
    /// # Errors
    ///
    /// `ENOENT` if there is none.
    pub(crate) fn get(&self, index: u32) -> Result<Arc<PhyrBuffer>> {
        let buffers = self.buffers.lock();
        let buffer = buffers.get(usize::try_from(index)?);

        buffer.and_then(Option::clone).ok_or(ENOENT)
    }

    /// Unregisters the buffer at `index`. If nothing is copied it is unmapped and unpinned.
    ///
    /// # Errors
    ///
    /// `ENOENT` if there is none.
    pub(crate) fn remove(&self, index: u32) -> Result {
        let index = usize::try_from(index)?;
        let gone = self.buffers.lock().get_mut(index).and_then(Option::take);

        // It may sleep, and others need not wait for that.
        gone.map(drop).ok_or(ENOENT)
    }
}
