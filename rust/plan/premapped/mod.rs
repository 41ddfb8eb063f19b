// SPDX-License-Identifier: GPL-2.0

//! Buffers that are mapped once for a device, and used many times.
//!
//! What becomes of one mapping is decided in [`state`], a value in one word, and done in [`cell`],
//! which is where several get at that word at the same time: users, whoever maps, whoever wants the
//! room, and whoever takes the device or the buffer away. Both are generic over the atomics,
//! [`word::Word`], so that loom plays orders of events through on the host.
//!
//! | word | meaning |
//! |---|---|
//! | use | a stretch of time in which a device may be given addresses of a mapping |
//! | claim | to take down a mapping that nobody uses, for its room: [`cell::Cell::claim`] |
//! | doom | to end a mapping for good: [`cell::Cell::doom`], then [`cell::Cell::bury`] |

pub mod budget;
pub mod cell;
pub mod clock;
pub mod fit;
pub mod part;
pub mod room;
pub mod state;
pub mod word;
