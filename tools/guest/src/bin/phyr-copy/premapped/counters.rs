// SPDX-License-Identifier: GPL-2.0

//! What phyr has mapped and unmapped, as it counts that itself.

use std::{
    fs,
    io::{Error, Result},
};

const FOLDER: &str = "/sys/kernel/debug/phyr";

/// Lists that were mapped, and unmapped, since they are counted.
pub struct Counts {
    pub maps: u64,
    pub unmaps: u64,
}

/// Counts from here on. Nothing may be mapped by then.
pub fn begin() -> Result<()> {
    fs::write(format!("{FOLDER}/counting"), "1")
}

/// How many there are by now.
pub fn read() -> Result<Counts> {
    let statistics = fs::read_to_string(format!("{FOLDER}/statistics"))?;
    let count = |name: &str| -> Result<u64> {
        statistics
            .lines()
            .find_map(|line| {
                let mut words = line.split_whitespace();
                (words.next()?.strip_suffix(':')? == name).then(|| words.next()?.parse().ok())?
            })
            .ok_or_else(|| Error::other(format!("{FOLDER}/statistics has no {name}")))
    };

    Ok(Counts {
        maps: count("maps")?,
        unmaps: count("unmaps")?,
    })
}

/// Whether all that was mapped is unmapped, and something was.
pub fn nothing_mapped() -> Result<String> {
    let Counts { maps, unmaps } = read()?;

    match maps {
        0 => Err(Error::other("nothing was ever mapped")),
        _ if maps != unmaps => Err(Error::other(format!("{maps} maps, {unmaps} unmaps"))),
        _ => Ok(format!("{maps} maps, as many unmaps")),
    }
}
