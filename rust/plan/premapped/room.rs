// SPDX-License-Identifier: GPL-2.0

//! How hard somebody tries to get room for a buffer in the IOVA space of a device.

/// How often it is tried again.
const TRIES: u32 = 5;

/// What is given back for one buffer that finds no room, before it is tried again.
///
/// Whether there is room then only the next try tells: what was given back need not adjoin, others
/// may have been quicker, and what does not fit into the space at all never finds any. So each time
/// twice as much is given back, and there is an end to it, long before all is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tries {
    nr: u32,
}

impl Tries {
    /// None so far.
    pub const fn new() -> Self {
        Self { nr: 0 }
    }

    /// There was no room. Returns how many idle mappings of the device are to be given back before
    /// the next try; [`None`] if there is to be none.
    pub fn again(&mut self) -> Option<usize> {
        if self.nr == TRIES {
            return None;
        }
        let most = 1 << self.nr;

        self.nr = self.nr.saturating_add(1);
        Some(most)
    }
}
