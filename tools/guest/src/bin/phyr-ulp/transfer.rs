// SPDX-License-Identifier: GPL-2.0

//! A file, put to a server and got back, by several connections with several moves at a time.

use crate::device::{Device, Op, DEPTH, MAX_MOVE};
use phyr_guest::memory::Memory;
use std::{
    fs::File,
    io::{Error, Result},
    net::SocketAddr,
    os::unix::fs::FileExt,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// How a file is moved.
#[derive(Clone, Copy)]
pub struct How {
    /// Connections.
    pub connections: usize,
    /// Moves that each has under way.
    pub depth: usize,
    /// Bytes of a move, at most.
    pub chunk: usize,
}

/// A connection, and the memory that it has registered: a stretch for each move.
struct Line {
    device: Device,
    memory: Memory,
    stretch: usize,
}

impl Line {
    fn new(addr: SocketAddr, how: How) -> Result<Self> {
        // No stretch is longer.
        let memory = Memory::pages(how.depth * MAX_MOVE)?;
        let device = Device::open()?;
        let stretch = device.connect(addr, &memory)?;

        Ok(Self {
            device,
            memory,
            stretch,
        })
    }
}

/// What all threads of a transfer share.
struct Transfer<'a> {
    file: &'a File,
    bytes: u64,
    op: Op,
    /// Bytes that somebody moves, or has moved.
    taken: AtomicU64,
    /// Bytes that have been moved.
    done: AtomicU64,
}

impl Transfer<'_> {
    /// Moves chunks by place `at` of a line as long as there are any.
    fn work(&self, line: &Line, at: usize, chunk: usize) -> Result<()> {
        let local = at * line.stretch;
        let chunk = chunk.min(line.stretch);

        loop {
            let remote = self.taken.fetch_add(chunk as u64, Ordering::Relaxed);
            if remote >= self.bytes {
                return Ok(());
            }
            let len = (self.bytes - remote).min(chunk as u64) as usize;
            if self.op == Op::Put {
                line.memory
                    .read_from(local, len, |to| self.file.read_exact_at(to, remote))?;
            }
            line.device.move_bytes(self.op, local, remote, len)?;
            if self.op == Op::Get {
                line.memory
                    .write_from(local, len, |from| self.file.write_all_at(from, remote))?;
            }
            self.done.fetch_add(len as u64, Ordering::Relaxed);
        }
    }

    /// Tells how far it is, a line each second, until all is done or has failed.
    fn watch(&self, running: impl Fn() -> bool) {
        let began = Instant::now();
        let mut told = 0;

        while running() {
            thread::sleep(Duration::from_millis(50));
            let seconds = began.elapsed().as_secs();
            if seconds > told {
                told = seconds;
                let done = self.done.load(Ordering::Relaxed);
                eprintln!("{:?}: {} of {} MiB", self.op, done >> 20, self.bytes >> 20);
            }
        }
    }
}

/// Moves all bytes of `file`, which the server's memory has as well.
fn move_all(lines: &[Line], file: &File, bytes: u64, op: Op, how: How) -> Result<Duration> {
    let transfer = Transfer {
        file,
        bytes,
        op,
        taken: AtomicU64::new(0),
        done: AtomicU64::new(0),
    };
    let began = Instant::now();

    thread::scope(|scope| {
        let workers: Vec<_> = lines
            .iter()
            .flat_map(|line| (0..how.depth).map(move |at| (line, at)))
            .map(|(line, at)| {
                let transfer = &transfer;
                scope.spawn(move || transfer.work(line, at, how.chunk))
            })
            .collect();

        transfer.watch(|| workers.iter().any(|worker| !worker.is_finished()));
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(Error::other("a thread died")))
        })
    })?;
    Ok(began.elapsed())
}

/// Puts the file `source` to the server at `addr`, gets it back as `back`, and tells what it took.
pub fn copy(
    addr: SocketAddr,
    source: &str,
    back: &str,
    how: How,
) -> std::result::Result<bool, String> {
    if how.depth == 0 || how.depth > DEPTH || how.connections == 0 || how.chunk == 0 {
        return Err(format!(
            "there are 1 to {DEPTH} moves at a time, and at least one connection and byte"
        ));
    }
    let from = File::open(source).map_err(|error| format!("{source}: cannot open it: {error}"))?;
    let bytes = from
        .metadata()
        .map_err(|error| format!("{source}: cannot look at it: {error}"))?
        .len();
    let to = File::create(back).map_err(|error| format!("{back}: cannot make it: {error}"))?;
    let lines = (0..how.connections)
        .map(|_| Line::new(addr, how))
        .collect::<Result<Vec<_>>>()
        .map_err(|error| format!("cannot connect to {addr}: {error}: is a server there?"))?;

    for (op, file) in [(Op::Put, &from), (Op::Get, &to)] {
        let took = move_all(&lines, file, bytes, op, how)
            .map_err(|error| format!("{op:?} failed: {error}"))?;

        println!(
            "{op:?}={:.1}",
            bytes as f64 / took.as_secs_f64() / f64::from(1 << 20)
        );
    }
    println!("moved={bytes}");
    Ok(true)
}
