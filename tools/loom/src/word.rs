// SPDX-License-Identifier: GPL-2.0

//! The word of `rust/plan/premapped`, over loom's atomics.

use loom::sync::{
    atomic::{AtomicU64, Ordering},
    Condvar, Mutex,
};
use phyr_host::plan::premapped::word::Word;

/// Whoever waits sleeps until it is woken: a wake that is forgotten is a deadlock, which loom
/// finds.
pub struct LoomWord {
    value: AtomicU64,
    queue: Mutex<()>,
    changed: Condvar,
}

// Ordered as `rust/buffer/word.rs` has it.
impl Word for LoomWord {
    fn new(value: u64) -> Self {
        Self {
            value: AtomicU64::new(value),
            queue: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    fn load(&self) -> u64 {
        self.value.load(Ordering::Acquire)
    }

    fn guess(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }

    fn exchange(&self, old: u64, new: u64) -> Result<(), u64> {
        self.value
            .compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed)
            .map(drop)
    }

    fn sub(&self, less: u64) -> u64 {
        self.value.fetch_sub(less, Ordering::AcqRel)
    }

    fn wait(&self, seen: u64) {
        let mut queue = self.queue.lock().unwrap();

        while self.load() == seen {
            queue = self.changed.wait(queue).unwrap();
        }
    }

    fn wake(&self) {
        drop(self.queue.lock().unwrap());
        self.changed.notify_all();
    }
}
