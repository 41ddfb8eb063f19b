// SPDX-License-Identifier: GPL-2.0

//! What the programs that guests run have in common.

pub mod child;
pub mod ktap;
pub mod memory;
pub mod pinned;
