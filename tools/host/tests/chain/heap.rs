// SPDX-License-Identifier: GPL-2.0

//! Pages from the heap, which are counted, and run out when a test wants it.

use core::{
    cell::Cell,
    ffi::c_void,
    ptr::{null_mut, NonNull},
};
use phyr_host::{
    chain::{pages::Pages, List, Seams},
    plan::{
        phyr::Phyr,
        units::{Bytes, PhysAddr},
    },
    PAGE_BYTES,
};
use std::alloc::{alloc, dealloc, Layout};

thread_local! {
    /// Pages that are allocated.
    static LIVE: Cell<usize> = const { Cell::new(0) };
}

/// A heap that gives out so many pages more.
pub(crate) struct Heap {
    left: Cell<usize>,
    has_refused: Cell<bool>,
}

impl Heap {
    pub(crate) fn endless() -> Self {
        Self::with(usize::MAX)
    }

    pub(crate) fn with(pages: usize) -> Self {
        Self {
            left: Cell::new(pages),
            has_refused: Cell::new(false),
        }
    }

    /// Whether a page was asked for in vain since this was asked last.
    pub(crate) fn has_refused(&self) -> bool {
        self.has_refused.take()
    }
}

fn layout() -> Layout {
    Layout::from_size_align(PAGE_BYTES, PAGE_BYTES).unwrap()
}

// SAFETY: The allocator gives out memory of this layout, which is nobody else's.
unsafe impl Pages for Heap {
    fn alloc(&self) -> Option<NonNull<u8>> {
        let Some(left) = self.left.get().checked_sub(1) else {
            self.has_refused.set(true);
            return None;
        };
        self.left.set(left);
        // SAFETY: The layout has a size.
        let page = NonNull::new(unsafe { alloc(layout()) })?;
        // SAFETY: So much was just allocated. Nothing may rely on what is in a new page.
        unsafe { page.write_bytes(0xa5, PAGE_BYTES) };

        LIVE.set(LIVE.get() + 1);
        Some(page)
    }

    fn pool(&self) -> *mut c_void {
        null_mut()
    }

    unsafe fn free(pool: *mut c_void, page: NonNull<u8>) {
        assert!(pool.is_null());
        LIVE.set(LIVE.get() - 1);
        // SAFETY: It came from `alloc()` with this layout, and is not used any more.
        unsafe { dealloc(page.as_ptr(), layout()) };
    }
}

/// Pages of this thread's heaps that are not freed.
pub(crate) fn live() -> usize {
    LIVE.get()
}

pub(crate) fn phyr((addr, len): (u64, u64)) -> Phyr {
    Phyr::new(PhysAddr::new(addr), Bytes::new(len))
}

pub(crate) fn list_of(ranges: &[(u64, u64)], seams: Seams) -> List<Heap> {
    let mut list = List::new(seams);

    for &range in ranges {
        list.push(phyr(range), &Heap::endless()).unwrap();
    }
    list
}

pub(crate) fn ranges_of(phyrs: impl Iterator<Item = Phyr>) -> Vec<(u64, u64)> {
    phyrs
        .map(|phyr| (phyr.paddr().raw(), phyr.len().raw()))
        .collect()
}
