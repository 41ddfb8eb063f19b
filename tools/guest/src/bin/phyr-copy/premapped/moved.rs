// SPDX-License-Identifier: GPL-2.0

//! A file copied through registered buffers, by all engines that there are, while some are pulled
//! out and replaced.

use super::{
    counters,
    load::Tally,
    monitor::Monitor,
    slots::{Way, SLOTS},
};
use crate::device::{Device, Registered};
use phyr_guest::memory::Memory;
use std::{
    fs::{self, File},
    io::{Error, Result},
    os::unix::fs::FileExt,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Bytes of a buffer, which are read, copied and written.
const STEP: usize = 1 << 20;

/// Bytes of one copy: a part of a buffer.
const PART: usize = 64 << 10;

/// Copies at a time.
const DEPTH: usize = 12;

/// What a buffer has before: not what a file has.
const POISON: u8 = 0xa5;

/// The file is copied again and again until all that is to happen meanwhile has.
struct Moved<'a> {
    source: &'a File,
    copy: &'a File,
    len: u64,
    /// Steps that somebody has begun.
    begun: AtomicU64,
    tally: &'a Tally,
}

/// Copies `source` to `copy`, tells what happens, and writes what it took to `report`.
pub fn move_file(source: &str, copy: &str, report: &str) -> std::result::Result<bool, String> {
    let named = |name: &'static str| move |error: Error| format!("{name}: {error}");
    let source = File::open(source).map_err(named("cannot open the source"))?;
    let len = source
        .metadata()
        .map_err(named("cannot size the source"))?
        .len();
    if len == 0 {
        return Err("the source is empty; name a file with bytes in it".into());
    }
    let copy = File::create(copy).map_err(named("cannot make the copy"))?;
    let device = Device::open().map_err(named("cannot open /dev/phyr_copy"))?;
    let tally = Tally::default();
    let moved = Moved {
        source: &source,
        copy: &copy,
        len,
        begun: AtomicU64::new(0),
        tally: &tally,
    };

    counters::begin().map_err(named("cannot count what is mapped"))?;
    let begun = Instant::now();
    let events = moved.run(&device).map_err(named("cannot copy the file"))?;
    let counts = counters::read().map_err(named("cannot read what was mapped"))?;
    let engines: Vec<_> = tally
        .by_engine()
        .iter()
        .map(|(engine, copies)| format!("{engine}:{copies}"))
        .collect();
    let values = [
        ("copies", tally.all().to_string()),
        ("bytes", len.to_string()),
        ("seconds", begun.elapsed().as_secs().to_string()),
        ("retries", tally.retries().to_string()),
        ("engines", engines.join(" ")),
        ("events", events.to_string()),
        ("maps", counts.maps.to_string()),
        ("live", (counts.maps - counts.unmaps).to_string()),
    ];
    let lines = values.map(|(name, value)| format!("{name}={value}\n"));
    fs::write(report, lines.concat()).map_err(named("cannot write the report"))?;
    Ok(true)
}

impl Moved<'_> {
    /// Returns how many engines came or went.
    fn run(&self, device: &Device) -> Result<usize> {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..DEPTH)
                .map(|_| {
                    scope.spawn(|| {
                        let result = self.steps();
                        if result.is_err() {
                            self.tally.end();
                        }
                        result
                    })
                })
                .collect();
            let result = self.events(device);

            self.tally.end();
            for worker in workers {
                worker
                    .join()
                    .map_err(|_| Error::other("a copying thread panicked"))??;
            }
            result
        })
    }

    /// Copies a step after the other, whichever nobody has begun, and does not leave one out at
    /// the end.
    fn steps(&self) -> Result<()> {
        let steps = self.len.div_ceil(STEP as u64);
        let device = Device::open()?;
        let (from, to) = (Memory::pages(STEP)?, Memory::pages(STEP)?);
        let src = device.register(&[from.piece(0, STEP)], false)?;
        let dst = device.register(&[to.piece(0, STEP)], true)?;

        loop {
            let step = self.begun.fetch_add(1, Ordering::Relaxed);
            if self.tally.is_over() && step >= steps {
                return Ok(());
            }
            let at = step % steps * STEP as u64;
            let len = usize::try_from(self.len - at).map_or(STEP, |left| left.min(STEP));

            from.read_from(0, len, |bytes| self.source.read_exact_at(bytes, at))?;
            to.fill(POISON);
            for part in (0..len).step_by(PART) {
                let request = Registered {
                    src,
                    dst,
                    src_offset: part as u64,
                    dst_offset: part as u64,
                    len: (len - part).min(PART) as u64,
                    ..Registered::default()
                };
                self.tally.copy(&device, request)?;
            }
            // What the next round writes in its place would hide what this one did.
            to.write_from(0, len, |copied| {
                from.write_from(0, len, |bytes| match bytes == copied {
                    true => Ok(()),
                    false => Err(Error::other(format!(
                        "of {len} bytes at {at} not all arrived"
                    ))),
                })?;
                self.copy.write_all_at(copied, at)
            })?;
        }
    }

    /// Plugs an engine into each slot, unplugs one, pulls the other out, and replaces both.
    fn events(&self, device: &Device) -> Result<usize> {
        let mut monitor = Monitor::open()?;
        let mut events = 0;
        let mut tell = |what: String| {
            events += 1;
            eprintln!(
                "event: {what}: {} MiB copied, done again: {}",
                (self.tally.all() * PART as u64) >> 20,
                self.tally.retries()
            );
        };

        for slot in SLOTS {
            let engine = slot.plug(&mut monitor, device)?;
            self.tally.wait_for(engine)?;
            tell(format!("engine {engine} came, and copies"));
        }
        for (slot, way) in SLOTS.into_iter().zip([Way::Unplugged, Way::PulledOut]) {
            slot.empty(way, &mut monitor)?;
            tell(format!("one was {way}"));
            let engine = slot.plug(&mut monitor, device)?;
            self.tally.wait_for(engine)?;
            tell(format!("engine {engine} took its place, and copies"));
        }
        // The rest of the file, by all.
        thread::sleep(Duration::from_millis(100));
        Ok(events)
    }
}
