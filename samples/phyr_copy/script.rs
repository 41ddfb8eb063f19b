// SPDX-License-Identifier: GPL-2.0

//! The memory that scripts are run from.

use super::lsi::SCRIPT_WORDS;
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

/// A page with a script in it.
pub(crate) struct ScriptPage {
    page: Page,
    phyr: Phyr,
}

const _: () = assert!(SCRIPT_WORDS * size_of::<u32>() <= PAGE_SIZE);

impl ScriptPage {
    pub(crate) fn new() -> Result<Self> {
        let page = Page::alloc_page(GFP_KERNEL)?;
        // CAST: The size of a page is a `u64`.
        let phyr = Phyr::new(page_paddr(&page), Bytes::new(PAGE_SIZE as u64));

        Ok(Self { page, phyr })
    }

    /// Writes a script to the page, which no mapping borrows.
    pub(crate) fn write(&mut self, script: &[u32]) -> Result {
        // SAFETY: `script` is valid for reads of its size, and the page is borrowed exclusively,
        // hence not mapped, and used by nobody but `self`.
        unsafe {
            self.page
                .write_raw(script.as_ptr().cast(), 0, size_of_val(script))
        }
    }
}

// SAFETY: The page lives as long as `self`, its address does not change, and no Rust reference
// into it is ever made.
unsafe impl PhyrSource for ScriptPage {
    fn phyrs(&self) -> &[Phyr] {
        core::slice::from_ref(&self.phyr)
    }

    fn is_writable(&self) -> bool {
        true
    }
}
