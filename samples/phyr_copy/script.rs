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
}

/// The page, while it is not the device's.
pub(crate) struct Blank<'a> {
    page: &'a Page,
}

impl Blank<'_> {
    /// Writes a script to the page.
    pub(crate) fn write(&mut self, script: &[u32]) -> Result {
        // SAFETY: `script` is valid for reads of its size, and the page is borrowed from a
        // `ScriptPage`, exclusively, hence used by nobody else.
        unsafe {
            self.page
                .write_raw(script.as_ptr().cast(), 0, size_of_val(script))
        }
    }
}

// SAFETY: The page lives as long as `self`, its address does not change, and no Rust reference
// into it is ever made. It is written through `Blank` alone.
unsafe impl PhyrSource for ScriptPage {
    type Cpu<'a> = Blank<'a>;

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

    fn cpu(&mut self) -> Blank<'_> {
        Blank { page: &self.page }
    }
}
