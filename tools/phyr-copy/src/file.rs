// SPDX-License-Identifier: GPL-2.0

//! A file copied by DMA, from page cache to page cache.

use crate::{
    device::{Device, Request},
    memory::Memory,
};
use std::{
    fs::File,
    io::{Error, Result},
};

/// Bytes copied by one request.
const STEP: usize = 16 << 20;

/// Copies `source` to `destination` and prints what it took.
pub fn copy(source: &str, destination: &str) -> std::result::Result<bool, String> {
    let named = |name: &'static str| move |error: Error| format!("{name}: {error}");
    let input = File::open(source).map_err(named("cannot open the source"))?;
    let len = input
        .metadata()
        .map_err(named("cannot size the source"))?
        .len();
    if len == 0 {
        return Err("the source is empty; name a file with bytes in it".into());
    }
    let output = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(destination)
        .map_err(named("cannot create the destination"))?;
    output
        .set_len(len)
        .map_err(named("cannot size the destination"))?;

    let device = Device::open().map_err(named("cannot open /dev/phyr_copy"))?;
    let (mut sum, mut requests) = (Request::default(), 0);

    for at in (0..len).step_by(STEP) {
        let step = usize::try_from(len - at).unwrap_or(STEP).min(STEP);
        let report = copy_part(&device, &input, &output, at, step)
            .map_err(|error| format!("cannot copy {step} bytes at {at}: {error}"))?;

        requests += 1;
        sum.src_entries += report.src_entries;
        sum.src_ranges += report.src_ranges;
        sum.dst_entries += report.dst_entries;
        sum.dst_ranges += report.dst_ranges;
        sum.moves += report.moves;
        sum.kicks += report.kicks;
        sum.bytes += report.bytes;
    }

    println!("requests={requests}");
    println!("entries={}", sum.src_entries + sum.dst_entries);
    println!("ranges={}", sum.src_ranges + sum.dst_ranges);
    println!("moves={}", sum.moves);
    println!("scripts={}", sum.kicks);
    println!("bytes={}", sum.bytes);
    Ok(sum.bytes == len)
}

fn copy_part(device: &Device, input: &File, output: &File, at: u64, len: usize) -> Result<Request> {
    let src = Memory::file(input, at, len, false)?;
    let dst = Memory::file(output, at, len, true)?;

    device.copy(&[src.piece(0, len)], &[dst.piece(0, len)])
}
