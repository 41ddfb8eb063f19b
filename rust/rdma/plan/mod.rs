// SPDX-License-Identifier: GPL-2.0

//! How DMA ranges become work requests.
//!
//! Pure, as phyr's own plan is: nothing here allocates or knows a device, and the same files are
//! tested on the host.
//!
//! | word | meaning |
//! |---|---|
//! | message | what a READ or WRITE moves: one work request, at most [`message::LONGEST`] bytes |
//! | SGE | a DMA range as a work request names it: a key, an address, a length of 32 bits |
//! | MR | memory that is registered for a key of its own, page by page |
//! | segment | a DMA range, or a part of one, as an MR takes it: [`segments::Extent`] |
//! | way | whether a list is moved by SGEs or by MRs: [`way::Way`] |
//!
//! A list is mapped first. [`way`] chooses from the number of ranges that come out, [`message`]
//! distributes SGEs over work requests, [`segments`] distributes ranges over MRs.

pub mod message;
pub mod segments;
pub mod stretch;
pub mod way;
