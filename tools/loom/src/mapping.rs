// SPDX-License-Identifier: GPL-2.0

//! A mapping, and what is done with one.

use crate::word::LoomWord;
use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicUsize, Ordering},
};
use phyr_host::plan::premapped::{
    cell::{Cell, Entered},
    state::{Look, Phase},
};

/// What is to be seen of a mapping that is mapped.
const MAPPED: u32 = 7;

/// A mapping, and what is kept of it, as `rust/buffer/mapping.rs` has it. loom finds whoever reads
/// that while somebody else may write it.
pub struct Mapping {
    cell: Cell<LoomWord>,
    kept: UnsafeCell<Option<u32>>,
    maps: AtomicUsize,
    unmaps: AtomicUsize,
}

impl Mapping {
    /// One that is not mapped.
    pub fn new() -> Self {
        Self {
            cell: Cell::new(),
            kept: UnsafeCell::new(None),
            maps: AtomicUsize::new(0),
            unmaps: AtomicUsize::new(0),
        }
    }

    fn keep(&self) {
        self.maps.fetch_add(1, Ordering::Relaxed);
        self.kept.with_mut(|kept| {
            // SAFETY: Nobody else has it, or loom finds out.
            let kept = unsafe { &mut *kept };

            assert_eq!(kept.replace(MAPPED), None, "it is mapped twice");
        });
    }

    fn unmap(&self) {
        self.unmaps.fetch_add(1, Ordering::Relaxed);
        self.kept.with_mut(|kept| {
            // SAFETY: Nobody else has it, or loom finds out.
            let kept = unsafe { &mut *kept };

            assert_eq!(kept.take(), Some(MAPPED), "it is unmapped twice");
        });
        self.cell.unmapped();
    }

    fn look_and_leave(&self) {
        self.kept.with(|kept| {
            // SAFETY: Nobody writes it meanwhile, or loom finds out.
            let kept = unsafe { &*kept };

            assert_eq!(*kept, Some(MAPPED), "it is used and not mapped");
        });
        self.cell.leave();
    }

    /// Maps it, if nobody has, and uses it. Returns whether it could be.
    pub fn use_once(&self) -> bool {
        match self.cell.enter() {
            Entered::Gone => return false,
            Entered::User => (),
            Entered::Mapper => {
                self.keep();
                if !self.cell.mapped() {
                    return false;
                }
            }
        }
        self.look_and_leave();
        true
    }

    /// The same where it cannot be mapped. Returns whether it was tried.
    pub fn fail_once(&self) -> bool {
        match self.cell.enter() {
            Entered::Gone => false,
            Entered::User => {
                self.look_and_leave();
                false
            }
            Entered::Mapper => {
                self.cell.failed();
                true
            }
        }
    }

    /// Uses it if it is mapped. Returns whether it was.
    pub fn try_once(&self) -> bool {
        let is_user = self.cell.try_use().is_ok();

        if is_user {
            self.look_and_leave();
        }
        is_user
    }

    /// Looks for room, and looks again if it is spared.
    pub fn give_back(&self) {
        for _ in 0..2 {
            if self.cell.claim() == Look::Claimed {
                self.unmap();
                return;
            }
        }
    }

    /// Ends it.
    pub fn end(&self) {
        self.cell.doom();
        match self.cell.bury() {
            true => self.unmap(),
            // Whoever has unmapped it, that is over: it may be freed now.
            false => self.kept.with(|kept| {
                // SAFETY: Nobody writes it any more, or loom finds out.
                let kept = unsafe { &*kept };

                assert_eq!(*kept, None, "it has ended and is mapped");
            }),
        }
        assert_eq!(self.cell.state().phase(), Phase::Gone);
        assert!(!self.try_once(), "it is used after it has ended");
    }

    /// Whether it was mapped as often as it was unmapped, and so many times.
    pub fn was_mapped(&self, times: core::ops::RangeInclusive<usize>) -> bool {
        let maps = self.maps.load(Ordering::Relaxed);

        maps == self.unmaps.load(Ordering::Relaxed) && times.contains(&maps)
    }

    /// Whether nobody uses it.
    pub fn is_idle(&self) -> bool {
        self.cell.state().users() == 0
    }
}

impl Default for Mapping {
    fn default() -> Self {
        Self::new()
    }
}
