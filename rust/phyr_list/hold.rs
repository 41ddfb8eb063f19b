// SPDX-License-Identifier: GPL-2.0

//! What keeps the memory of a list where it is.

use crate::{
    chain::Seams,
    plan::{
        error::Error,
        phyr::Phyr, //
    },
    PAGE_BYTES,
};
use kernel::{
    bindings,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    }, //
};

extern "C" {
    fn phyr_shim_hold(paddr: bindings::phys_addr_t, len: usize, hold: c_uint) -> c_int;
    fn phyr_shim_unpin(frame: c_ulong, pages: c_ulong, dirty: bool);
    fn phyr_shim_put(frame: c_ulong, pages: c_ulong);
}

/// How a list holds its memory: `enum phyr_hold`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Hold {
    /// Not at all.
    #[default]
    None = 0,
    /// Pages are pinned, once for each range that has a part of the page.
    Pin = 1,
    /// There is a reference to each page, for each range that has a part of the page.
    Reference = 2,
}

impl Hold {
    /// Where ranges of memory that is held so may be merged.
    pub(super) const fn seams(self) -> Seams {
        match self {
            Self::None => Seams::Any,
            Self::Pin | Self::Reference => Seams::Pages,
        }
    }

    /// Holds the pages of `phyr` once more. Of a list that pins they are pinned already.
    ///
    /// # Safety
    ///
    /// If they are to be pinned they must be; if they are RAM they must be allocated.
    pub(super) unsafe fn take(self, phyr: Phyr) -> Result<(), Error> {
        // SAFETY: By the safety requirements of this function.
        match unsafe { phyr_shim_hold(phyr.paddr().raw(), len_of(phyr), self as c_uint) } {
            0 => Ok(()),
            -12 => Err(Error::NoMemory),
            _ => Err(Error::Invalid),
        }
    }

    /// Gives that up, and marks pages `dirty` that are pinned. Returns how many pages these are.
    ///
    /// # Safety
    ///
    /// The pages of `phyr` must be held in this way, and whoever holds them must not use them any
    /// more.
    #[inline]
    pub(super) unsafe fn let_go(self, phyr: Phyr, dirty: bool) -> u64 {
        let (frame, pages) = frames_of(phyr);

        match self {
            Self::None => return 0,
            // SAFETY: By the safety requirements of this function.
            Self::Pin => unsafe { phyr_shim_unpin(frame, pages, dirty) },
            // SAFETY: By the safety requirements of this function.
            Self::Reference => unsafe { phyr_shim_put(frame, pages) },
        }
        // CAST: Both have 64 bits.
        pages as u64
    }
}

/// The number of the first page that `phyr`, which is valid, has a part of, and how many there are.
#[inline]
fn frames_of(phyr: Phyr) -> (c_ulong, c_ulong) {
    let page = PAGE_BYTES as u64;
    let start = phyr.paddr().raw();
    // No range of memory that is held is so long that this overflows.
    let bytes = (start % page).wrapping_add(phyr.len().raw());

    // CAST: Both have 64 bits.
    (
        (start / page) as c_ulong,
        (bytes.wrapping_add(page - 1) / page) as c_ulong,
    )
}

fn len_of(phyr: Phyr) -> usize {
    // CAST: Both have 64 bits.
    phyr.len().raw() as usize
}
