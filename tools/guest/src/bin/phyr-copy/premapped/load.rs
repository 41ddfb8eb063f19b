// SPDX-License-Identifier: GPL-2.0

//! Copies between registered buffers, by several threads, that go on whichever engines are there.

use crate::device::{Device, Registered, ANY};
use phyr_guest::memory::{Memory, Piece};
use std::{
    collections::BTreeMap,
    io::{Error, Result},
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Mutex,
    },
    thread,
    time::{Duration, Instant},
};

/// How long there may be no engine that copies.
const PATIENCE: Duration = Duration::from_secs(60);

/// Threads that copy.
pub const WORKERS: usize = 4;

/// Pieces of a buffer, so many bytes of each block. None adjoins another, so an engine is started
/// several times for them.
const PIECES: usize = 128;
const BLOCK: usize = 8192;
const PIECE: usize = 512;

/// What was copied so far, and by whom.
#[derive(Default)]
pub struct Tally {
    is_over: AtomicBool,
    retries: AtomicU64,
    copies: Mutex<BTreeMap<u32, u64>>,
}

impl Tally {
    /// How many copies found that their engine had gone.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Copies by each engine.
    pub fn by_engine(&self) -> BTreeMap<u32, u64> {
        self.copies
            .lock()
            .map(|copies| copies.clone())
            .unwrap_or_default()
    }

    /// Copies by the engine with this number.
    pub fn by(&self, engine: u32) -> u64 {
        self.by_engine().get(&engine).copied().unwrap_or(0)
    }

    /// All copies.
    pub fn all(&self) -> u64 {
        self.by_engine().values().sum()
    }

    /// Whether nobody should go on.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Nobody should go on.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Waits until `engine` has copied something more.
    pub fn wait_for(&self, engine: u32) -> Result<()> {
        let before = self.by(engine);
        let until = Instant::now() + PATIENCE;

        while self.by(engine) == before {
            if Instant::now() > until || self.is_over() {
                return Err(Error::other(format!("engine {engine} copies nothing")));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Copies by any engine, and by another if that goes meanwhile.
    pub fn copy(&self, device: &Device, request: Registered) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        let request = Registered {
            engine: ANY,
            ..request
        };

        loop {
            match device.copy_registered(request) {
                Ok(engine) => {
                    if let Ok(mut copies) = self.copies.lock() {
                        *copies.entry(engine).or_default() += 1;
                    }
                    return Ok(());
                }
                Err(error)
                    if error.raw_os_error() == Some(libc::ENODEV) && Instant::now() < until =>
                {
                    self.retries.fetch_add(1, Ordering::Relaxed);
                    thread::yield_now();
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Has several threads copy while `what` is done, and ends them.
pub fn during(what: impl FnOnce(&Tally) -> Result<()>) -> Result<Tally> {
    let tally = Tally::default();

    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    let result = copy_on(&tally);
                    // None of the others needs to be waited for.
                    tally.end();
                    result
                })
            })
            .collect();
        let result = what(&tally);

        tally.end();
        for worker in workers {
            worker
                .join()
                .map_err(|_| Error::other("a copying thread panicked"))??;
        }
        result
    })?;
    Ok(tally)
}

fn pieces(memory: &Memory) -> Vec<Piece> {
    (0..PIECES)
        .map(|piece| memory.piece(piece * BLOCK, PIECE))
        .collect()
}

/// Two registered buffers, to be copied from one to the other, again and again.
pub struct Pair {
    device: Device,
    from: Memory,
    to: Memory,
    request: Registered,
    round: u8,
}

impl Pair {
    /// Has two, of a file of their own.
    pub fn new() -> Result<Self> {
        let device = Device::open()?;
        let (from, to) = (
            Memory::pages(PIECES * BLOCK)?,
            Memory::pages(PIECES * BLOCK)?,
        );
        let request = Registered {
            src: device.register(&pieces(&from), false)?,
            dst: device.register(&pieces(&to), true)?,
            len: (PIECES * PIECE) as u64,
            ..Registered::default()
        };

        Ok(Self {
            device,
            from,
            to,
            request,
            round: 0,
        })
    }

    /// Copies once, and fails if something else arrives, or somewhere else.
    pub fn copy(&mut self, tally: &Tally) -> Result<()> {
        const BESIDE: u8 = 0xa5;
        let byte = self.round % BESIDE;

        self.round = byte + 1;
        self.from.fill(BESIDE);
        self.to.fill(BESIDE);
        for piece in 0..PIECES {
            self.from.fill_part(piece * BLOCK, PIECE, byte);
        }
        tally.copy(&self.device, self.request)?;
        for block in (0..PIECES).map(|piece| piece * BLOCK) {
            if !self.to.is_filled_with(block, PIECE, byte) {
                return Err(Error::other(format!("not all was copied, at {block}")));
            }
            if !self.to.is_filled_with(block + PIECE, PIECE, BESIDE) {
                return Err(Error::other(format!(
                    "bytes beside were written, at {block}"
                )));
            }
        }
        Ok(())
    }
}

fn copy_on(tally: &Tally) -> Result<()> {
    let mut pair = Pair::new()?;

    while !tally.is_over() {
        pair.copy(tally)?;
    }
    Ok(())
}
