// SPDX-License-Identifier: GPL-2.0

//! How much the tests move.

/// How often each is done.
#[derive(Clone, Copy)]
pub struct Extent {
    /// Moves of each thread there and back.
    pub rounds: usize,
    /// Clients at a time.
    pub connections: usize,
    /// Deaths of peers, of each kind.
    pub deaths: u64,
    /// Moves that a signal meets.
    pub signals: u64,
}

/// What takes less than a minute.
pub const USUAL: Extent = Extent {
    rounds: 20,
    connections: 12,
    deaths: 4,
    signals: 200,
};

/// What a kernel has the time for that checks each access to memory.
pub const FEW: Extent = Extent {
    rounds: 2,
    connections: 4,
    deaths: 2,
    signals: 24,
};
