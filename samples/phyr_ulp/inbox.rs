// SPDX-License-Identifier: GPL-2.0

//! Memory that messages are received in.

use super::wire::{
    Message,
    MESSAGE_BYTES, //
};
use kernel::{
    page::{
        Page,
        PAGE_SIZE, //
    },
    prelude::*, //
};
use phyr::{
    page_paddr,
    plan::{
        phyr::Phyr,
        units::Bytes, //
    },
    PhyrSource, //
};

/// Messages that a page has room for, each in as many bytes.
pub(crate) const STRIDE: usize = 64;
const _: () = assert!(STRIDE >= MESSAGE_BYTES);

/// A page that the device writes messages to.
pub(crate) struct Inbox {
    page: Page,
    phyr: Phyr,
}

impl Inbox {
    pub(crate) fn new() -> Result<Self> {
        let page = Page::alloc_page(GFP_KERNEL | __GFP_ZERO)?;
        // CAST: The size of a page is a `u64`.
        let phyr = Phyr::new(page_paddr(&page), Bytes::new(PAGE_SIZE as u64));

        Ok(Self { page, phyr })
    }
}

/// The page, while it is not the device's.
pub(crate) struct Received<'a> {
    page: &'a Page,
}

impl Received<'_> {
    /// The message in slot `index`.
    pub(crate) fn message(&self, index: usize) -> Result<Message> {
        let mut message = [0; MESSAGE_BYTES];

        // SAFETY: The message may be written, and the page is borrowed from an `Inbox`,
        // exclusively: the device does not write this slot until it is given it again.
        unsafe {
            self.page
                .read_raw(message.as_mut_ptr(), index * STRIDE, MESSAGE_BYTES)
        }?;
        Ok(message)
    }
}

// SAFETY: The page lives as long as `self`, its address does not change, and no Rust reference into
// it is ever made. It is read through `Received` alone.
unsafe impl PhyrSource for Inbox {
    type Cpu<'a> = Received<'a>;

    #[inline]
    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_ {
        core::iter::once(self.phyr)
    }

    #[inline]
    fn as_slice(&self) -> Option<&[Phyr]> {
        Some(core::slice::from_ref(&self.phyr))
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn cpu(&mut self) -> Received<'_> {
        Received { page: &self.page }
    }
}
