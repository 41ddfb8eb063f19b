// SPDX-License-Identifier: GPL-2.0

//! The word of `plan::premapped`, over the kernel's atomics and its wait queues.

use crate::plan::premapped::word::Word;
use kernel::sync::atomic::{
    Acquire,
    Atomic,
    Full, //
};

extern "C" {
    fn phyr_shim_wait(word: *mut u64, seen: u64);
    fn phyr_shim_wake(word: *mut u64);
}

/// A word. `tools/loom` orders its own in the same way.
pub(super) struct KernelWord(Atomic<u64>);

impl KernelWord {
    /// One that is 0.
    pub(super) const fn zero() -> Self {
        Self(Atomic::new(0))
    }
}

impl Word for KernelWord {
    fn new(value: u64) -> Self {
        Self(Atomic::new(value))
    }

    #[inline]
    fn load(&self) -> u64 {
        self.0.load(Acquire)
    }

    #[inline]
    fn guess(&self) -> u64 {
        // SAFETY: It is valid. A volatile access is what `READ_ONCE()` is, which may race.
        // `Atomic::load` is a call.
        unsafe { self.0.as_ptr().read_volatile() }
    }

    #[inline]
    fn exchange(&self, old: u64, new: u64) -> Result<(), u64> {
        self.0.cmpxchg(old, new, Full).map(drop)
    }

    // Before a wake it has to be ordered fully.
    #[inline]
    fn sub(&self, less: u64) -> u64 {
        self.0.fetch_sub(less, Full)
    }

    fn wait(&self, seen: u64) {
        // SAFETY: It is a valid word during the call.
        unsafe { phyr_shim_wait(self.0.as_ptr(), seen) };
    }

    fn wake(&self) {
        // SAFETY: The address is not accessed.
        unsafe { phyr_shim_wake(self.0.as_ptr()) };
    }
}
