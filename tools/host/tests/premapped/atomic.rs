// SPDX-License-Identifier: GPL-2.0

//! The word, over the host's atomics. Nothing waits where there is one thread.

use core::sync::atomic::{AtomicU64, Ordering};
use phyr_host::plan::premapped::word::Word;

pub(crate) struct HostWord(AtomicU64);

impl Word for HostWord {
    fn new(value: u64) -> Self {
        Self(AtomicU64::new(value))
    }

    fn load(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn guess(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn exchange(&self, old: u64, new: u64) -> Result<(), u64> {
        self.0
            .compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed)
            .map(drop)
    }

    fn sub(&self, less: u64) -> u64 {
        self.0.fetch_sub(less, Ordering::AcqRel)
    }

    fn wait(&self, seen: u64) {
        panic!("nobody is there who could change {seen:#x}");
    }

    fn wake(&self) {}
}
