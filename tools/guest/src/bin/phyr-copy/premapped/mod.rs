// SPDX-License-Identifier: GPL-2.0

//! Registered buffers: copied between by engines that come and go.

mod bytes;
mod counters;
mod gone;
mod load;
mod monitor;
mod moved;
mod refusals;
mod slots;

use phyr_guest::{ktap::Suite, pinned::nothing_pinned};

pub use moved::move_file;

/// Tests registered buffers. Engines that reach bounce buffers only refuse them.
pub fn test(are_bounced: bool) -> Suite {
    let mut suite = Suite::new("phyr_copy_premapped");

    refusals::test(&mut suite);
    if are_bounced {
        suite.refused("bounce_buffers", bytes::copy_a_page(), libc::EOPNOTSUPP);
    } else {
        suite.report(
            "counting_begins",
            counters::begin().map(|()| "maps and unmaps"),
        );
        bytes::test(&mut suite);
        gone::test(&mut suite);
        suite.report("nothing_stays_mapped", counters::nothing_mapped());
    }
    suite.report("nothing_stays_pinned", nothing_pinned());
    suite
}
