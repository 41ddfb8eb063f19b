// SPDX-License-Identifier: GPL-2.0

//! Pages that are pinned.

use std::{
    fs,
    io::{Error, Result},
};

/// Pages that are pinned by now, in the whole system.
fn pinned() -> Result<i64> {
    // The counters are kept for each CPU and folded when this is read.
    fs::read("/proc/sys/vm/stat_refresh")?;
    let counters = fs::read_to_string("/proc/vmstat")?;
    let counter = |name: &str| -> Result<i64> {
        counters
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
            .ok_or_else(|| Error::other(format!("/proc/vmstat has no {name}")))
    };

    Ok(counter("nr_foll_pin_acquired ")? - counter("nr_foll_pin_released ")?)
}

/// Whether all that was pinned was unpinned, since the guest began.
pub fn nothing_pinned() -> Result<&'static str> {
    match pinned()? {
        0 => Ok("as many unpinned as pinned"),
        pages => Err(Error::other(format!("{pages} pages"))),
    }
}
