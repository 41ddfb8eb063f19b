// SPDX-License-Identifier: GPL-2.0

//! Tests of buffers that are mapped once: one thread after the other. What several do at the same
//! time is played through by `tools/loom`.

mod atomic;
mod budget;
mod clock;
mod fit;
mod life;
mod part;
mod room;
