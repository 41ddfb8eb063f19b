// SPDX-License-Identifier: GPL-2.0

//! A file copied by DMA, from page cache to memory of this process, a part at a time.

use crate::device::{Device, Request};
use phyr_guest::memory::Memory;
use std::{
    fs::{self, File},
    io::{self, Error, Result, Write},
    time::{Duration, Instant},
};

/// Bytes copied by one request.
const STEP: usize = 16 << 20;

/// What the copy has of its memory before: not what a file has.
const POISON: u8 = 0xa5;

/// What the copies took, summed.
#[derive(Default)]
struct Sum {
    requests: u64,
    entries: u64,
    ranges: u64,
    moves: u64,
    scripts: u64,
    bytes: u64,
    /// Of one request, the most.
    metadata: u64,
    most_entries: u64,
    most_ranges: u64,
    /// In the kernel: to pin, to map, to copy, to unmap and to unpin.
    copying: Duration,
}

/// Copies `source` to the standard output, shows how far it is, and writes what it took to `report`.
pub fn copy(source: &str, report: &str) -> std::result::Result<bool, String> {
    let named = |name: &'static str| move |error: Error| format!("{name}: {error}");
    let input = File::open(source).map_err(named("cannot open the source"))?;
    let len = input
        .metadata()
        .map_err(named("cannot size the source"))?
        .len();
    if len == 0 {
        return Err("the source is empty; name a file with bytes in it".into());
    }

    let device = Device::open().map_err(named("cannot open /dev/phyr_copy"))?;
    let copy = Memory::pages(STEP).map_err(named("cannot have memory for the copy"))?;
    let begun = Instant::now();
    let mut sum = Sum::default();

    for at in (0..len).step_by(STEP) {
        let step = usize::try_from(len - at).unwrap_or(STEP).min(STEP);
        sum.copy_part(&device, &input, &copy, at, step)
            .and_then(|()| copy.write_to(step, &mut io::stdout()))
            .map_err(|error| format!("cannot copy {step} bytes at {at}: {error}"))?;
        eprintln!("{}", progress(sum.bytes, len, begun.elapsed()));
    }

    fs::write(report, sum.report()).map_err(named("cannot write the report"))?;
    io::stdout()
        .flush()
        .map_err(named("cannot write the copy"))?;
    Ok(sum.bytes == len)
}

impl Sum {
    fn copy_part(
        &mut self,
        device: &Device,
        input: &File,
        copy: &Memory,
        at: u64,
        len: usize,
    ) -> Result<()> {
        let src = Memory::file(input, at, len, false)?;
        copy.fill_first(len, POISON);
        let begun = Instant::now();
        let took = device.copy(&[src.piece(0, len)], &[copy.piece(0, len)])?;

        self.copying += begun.elapsed();
        self.add(&took);
        Ok(())
    }

    fn add(&mut self, took: &Request) {
        let entries = u64::from(took.src_entries) + u64::from(took.dst_entries);
        let ranges = u64::from(took.src_ranges) + u64::from(took.dst_ranges);

        self.requests += 1;
        self.entries += entries;
        self.ranges += ranges;
        self.moves += u64::from(took.moves);
        self.scripts += u64::from(took.kicks);
        self.bytes += took.bytes;
        self.metadata = self.metadata.max(took.metadata);
        self.most_entries = self.most_entries.max(entries);
        self.most_ranges = self.most_ranges.max(ranges);
    }

    fn report(&self) -> String {
        let values = [
            ("requests", self.requests),
            ("entries", self.entries),
            ("ranges", self.ranges),
            ("moves", self.moves),
            ("scripts", self.scripts),
            ("bytes", self.bytes),
            ("mib_per_second", mib_per_second(self.bytes, self.copying)),
            ("metadata", self.metadata),
            ("most_entries", self.most_entries),
            ("most_ranges", self.most_ranges),
        ];

        values
            .map(|(name, value)| format!("{name}={value}\n"))
            .concat()
    }
}

fn mib_per_second(bytes: u64, time: Duration) -> u64 {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);

    (bytes >> 10).saturating_mul(1000) / (millis.max(1) << 10)
}

/// A bar, how much of how much, and how fast.
fn progress(done: u64, all: u64, time: Duration) -> String {
    const WIDTH: usize = 20;
    let percent = done.saturating_mul(100) / all;
    let full = WIDTH * percent as usize / 100;

    format!(
        "[{:<WIDTH$}] {percent:3}%, {} of {} MiB, {} MiB/s",
        "#".repeat(full),
        done >> 20,
        all >> 20,
        mib_per_second(done, time)
    )
}
