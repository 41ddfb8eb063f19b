// SPDX-License-Identifier: GPL-2.0

//! Which mapping is given back: the first that was not used since the hand came by the last time.

use super::state::Look;

/// The hand of the clock, on which mappings stand in the order in which they came, more or less.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hand {
    next: usize,
}

impl Hand {
    /// At the first.
    pub const fn new() -> Self {
        Self { next: 0 }
    }

    /// Goes on around `len` mappings until one is claimed, and returns which; [`None`] if two
    /// rounds claim none, for in the second round only those are spared that were used meanwhile.
    pub fn sweep(&mut self, len: usize, mut look: impl FnMut(usize) -> Look) -> Option<usize> {
        for _ in 0..len.saturating_mul(2) {
            let at = match self.next {
                next if next < len => next,
                _ => 0,
            };

            self.next = at.saturating_add(1);
            if look(at) == Look::Claimed {
                return Some(at);
            }
        }
        None
    }
}
