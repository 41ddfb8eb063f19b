// SPDX-License-Identifier: GPL-2.0

//! Tests that bytes arrive, all of them and no others.

use crate::{
    device::{Device, Op, DEPTH, MAX_MOVE},
    extent::Extent,
    server::Server,
};
use phyr_guest::{ktap::Suite, memory::Memory, pinned::nothing_pinned};
use std::{
    io::{Error, Result},
    net::SocketAddr,
    thread,
};

const SERVED: u64 = 8 << 20;

/// The byte at `at` of what is moved in round `round`.
fn pattern(round: usize, at: usize) -> u8 {
    (at as u64)
        .wrapping_add(round as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .to_le_bytes()[7]
}

fn expect(memory: &Memory, from: usize, len: usize, byte: impl Fn(usize) -> u8) -> Result<()> {
    match (0..len).find(|&at| memory.get(from + at) != byte(at)) {
        None => Ok(()),
        Some(at) => Err(Error::other(format!("byte {at} of {len} is wrong"))),
    }
}

/// Puts `len` bytes from `local` to `remote`, and gets them back to another place.
fn there_and_back(
    device: &Device,
    memory: &Memory,
    served: &Memory,
    (local, remote, len): (usize, usize, usize),
) -> Result<()> {
    let back = memory.len() / 2 + local;

    memory.fill(0xee);
    served.fill(0xdd);
    for at in 0..len {
        memory.set(local + at, pattern(len, at));
    }
    device.move_bytes(Op::Put, local, remote as u64, len)?;
    expect(served, remote, len, |at| pattern(len, at))?;
    expect(served, 0, remote, |_| 0xdd)?;
    expect(served, remote + len, 4096, |_| 0xdd)?;

    device.move_bytes(Op::Get, back, remote as u64, len)?;
    expect(memory, back, len, |at| pattern(len, at))?;
    expect(memory, back - 1, 1, |_| 0xee)?;
    expect(memory, back + len, 4096, |_| 0xee)
}

fn lengths(addr: SocketAddr) -> Result<String> {
    let server = Server::start(addr, SERVED)?;
    let served = server.memory()?;
    let memory = Memory::pages(4 * MAX_MOVE)?;
    let device = Device::open()?;
    let stretch = device.connect(addr, &memory)?;
    // Half of the memory is where the bytes come back.
    let half = memory.len() / 2;
    let same = half % stretch == 0;
    let mut moved = 0;

    for len in [
        1,
        2,
        3,
        511,
        512,
        4095,
        4096,
        4097,
        65536,
        100_001,
        stretch - 5000,
    ] {
        for (local, remote) in [(64, 0), (4095, 1), (100, 4097)] {
            let fits = |at: usize| at % stretch + len <= stretch;
            if !fits(local) || !fits(half + local) {
                continue;
            }
            there_and_back(&device, &memory, &served, (local, remote, len)).map_err(|error| {
                Error::other(format!("{len} bytes from {local} to {remote}: {error}"))
            })?;
            moved += 1;
        }
    }
    drop(device);
    let counted = server.stop()?;
    match (
        counted.get("reads")?,
        counted.get("writes")?,
        counted.get("failed")?,
    ) {
        (reads, writes, 0) if reads == moved && writes == moved => Ok(format!(
            "{moved} of up to {stretch} bytes, aligned halves: {same}"
        )),
        (reads, writes, failed) => Err(Error::other(format!(
            "{moved} were moved, but {reads} READ, {writes} WRITTEN, {failed} failed"
        ))),
    }
}

/// As many threads as there can be moves, and more, each with bytes of its own.
fn together(
    device: &Device,
    memory: &Memory,
    stretch: usize,
    first: usize,
    rounds: usize,
) -> Result<()> {
    let threads = 2 * DEPTH;
    let each = 8192;

    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let local = thread * 2 * each;
                    if local % stretch + 2 * each > stretch {
                        return Ok(());
                    }
                    let remote = ((first + thread) * each) as u64;
                    for round in 0..rounds {
                        for at in 0..each {
                            memory.set(local + at, pattern(first + thread + round, at));
                        }
                        device.move_bytes(Op::Put, local, remote, each)?;
                        device.move_bytes(Op::Get, local + each, remote, each)?;
                        expect(memory, local + each, each, |at| {
                            pattern(first + thread + round, at)
                        })?;
                    }
                    Ok(())
                })
            })
            .collect();

        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(Error::other("a thread died")))
        })
    })
}

fn many_at_a_time(addr: SocketAddr, extent: Extent) -> Result<String> {
    let server = Server::start(addr, SERVED)?;
    let memory = Memory::pages(4 * MAX_MOVE)?;
    let device = Device::open()?;
    let stretch = device.connect(addr, &memory)?;

    together(&device, &memory, stretch, 0, extent.rounds)?;
    drop(device);
    let counted = server.stop()?;
    Ok(format!(
        "{} READ and {} WRITTEN",
        counted.get("reads")?,
        counted.get("writes")?
    ))
}

fn many_connections(addr: SocketAddr, extent: Extent) -> Result<String> {
    let server = Server::start(addr, extent.connections as u64 * SERVED)?;

    thread::scope(|scope| {
        let clients: Vec<_> = (0..extent.connections)
            .map(|client| {
                scope.spawn(move || {
                    let memory = Memory::pages(2 * MAX_MOVE)?;
                    let device = Device::open()?;
                    let stretch = device.connect(addr, &memory)?;

                    together(&device, &memory, stretch, client * 2 * DEPTH, extent.rounds)
                })
            })
            .collect();

        clients.into_iter().try_for_each(|client| {
            client
                .join()
                .unwrap_or_else(|_| Err(Error::other("a thread died")))
        })
    })?;
    match server.stop()?.get("connections")? {
        nr if nr == extent.connections as u64 => Ok(format!("{nr} connections")),
        nr => Err(Error::other(format!("{nr} connections"))),
    }
}

/// Tests them with servers at `addr`.
pub fn test(addr: SocketAddr, extent: Extent) -> Suite {
    let mut suite = Suite::new("phyr_ulp_moves");

    suite.report("every_length", lengths(addr));
    suite.report("many_at_a_time", many_at_a_time(addr, extent));
    suite.report("many_connections", many_connections(addr, extent));
    suite.report("nothing_stays_pinned", nothing_pinned());
    suite
}
