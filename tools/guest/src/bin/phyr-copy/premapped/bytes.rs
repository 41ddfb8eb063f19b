// SPDX-License-Identifier: GPL-2.0

//! What is copied, by whom, and how often anything is mapped for it.

use super::counters;
use crate::{
    device::{Device, Registered, ANY},
    meanwhile::meanwhile,
};
use phyr_guest::{
    ktap::Suite,
    memory::{Memory, PAGE},
};
use std::{
    io::{Error, Result},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// Length of a buffer.
const LEN: usize = 64 * PAGE;

/// What the destination holds before a copy.
const UNTOUCHED: u8 = 0xa5;

pub fn test(suite: &mut Suite) {
    suite.report("parts_are_copied", parts());
    suite.report("a_part_is_copied_inside_its_buffer", inside());
    suite.report("each_engine_maps_a_buffer_once", mapped_once());
    suite.report(
        "a_buffer_is_unregistered_while_it_is_copied",
        unregistered(),
    );
}

/// Copies a page between two buffers.
pub fn copy_a_page() -> Result<u32> {
    let device = Device::open()?;
    let memory = Memory::pages(2 * PAGE)?;

    device.copy_registered(Registered {
        src: device.register(&[memory.piece(0, PAGE)], false)?,
        dst: device.register(&[memory.piece(PAGE, PAGE)], true)?,
        len: PAGE as u64,
        engine: ANY,
        ..Registered::default()
    })
}

/// The byte at `at` of what is copied.
fn byte(at: usize) -> u8 {
    (at % 251) as u8
}

/// Copies `len` bytes at `from` to those at `to`, by `engine`, and looks at each byte.
fn copy_and_look(
    device: &Device,
    (src, dst): (u32, u32),
    (source, copy): (&Memory, &Memory),
    (from, to, len): (usize, usize, usize),
    engine: u32,
) -> Result<()> {
    copy.fill(UNTOUCHED);
    let by = device.copy_registered(Registered {
        src,
        dst,
        src_offset: from as u64,
        dst_offset: to as u64,
        len: len as u64,
        engine,
        reserved: 0,
    })?;

    if by != engine {
        return Err(Error::other(format!("engine {by} copied, not {engine}")));
    }
    for at in 0..copy.len() {
        let expected = match at.checked_sub(to) {
            Some(behind) if behind < len => source.get(from + behind),
            _ => UNTOUCHED,
        };
        if copy.get(at) != expected {
            return Err(Error::other(format!(
                "{len} bytes from {from} to {to}: byte {at} is {}, not {expected}",
                copy.get(at)
            )));
        }
    }
    Ok(())
}

fn parts() -> Result<String> {
    let device = Device::open()?;
    let (source, copy) = (Memory::pages(LEN)?, Memory::pages(LEN)?);
    let src = device.register(&[source.piece(0, LEN)], false)?;
    let dst = device.register(&[copy.piece(0, LEN)], true)?;
    let parts = [
        (0, 0, LEN),
        (0, 16, 1),
        (17, 4096, 4096),
        (4095 - 15, 16, 5000),
        (LEN - 100, 0, 100),
        (12_345, 4096 * 3 + 7, 100_000),
    ];
    let engines = device.engines()?;

    (0..LEN).for_each(|at| source.set(at, byte(at)));
    for &engine in &engines {
        for part in parts {
            copy_and_look(&device, (src, dst), (&source, &copy), part, engine)?;
        }
    }
    match engines.len() {
        0 => Err(Error::other("there is no engine")),
        nr => Ok(format!("{} parts, by {nr} engines", parts.len())),
    }
}

fn inside() -> Result<&'static str> {
    let device = Device::open()?;
    let memory = Memory::pages(LEN)?;
    let index = device.register(&[memory.piece(0, LEN)], true)?;
    let half = LEN / 2;

    (0..half).for_each(|at| memory.set(at, byte(at)));
    device.copy_registered(Registered {
        src: index,
        dst: index,
        dst_offset: half as u64,
        len: half as u64,
        engine: ANY,
        ..Registered::default()
    })?;
    match (0..LEN).find(|&at| memory.get(at) != byte(at % half)) {
        Some(at) => Err(Error::other(format!("byte {at} is another one"))),
        None => Ok("one half to the other"),
    }
}

fn mapped_once() -> Result<String> {
    const COPIES: u64 = 100;
    let device = Device::open()?;
    let (source, copy) = (Memory::pages(LEN)?, Memory::pages(LEN)?);
    let request = Registered {
        src: device.register(&[source.piece(0, LEN)], false)?,
        dst: device.register(&[copy.piece(0, LEN)], true)?,
        len: LEN as u64,
        ..Registered::default()
    };
    let engines = device.engines()?;
    let before = counters::read()?;

    for _ in 0..COPIES {
        for &engine in &engines {
            device.copy_registered(Registered { engine, ..request })?;
        }
    }

    let maps = counters::read()?.maps - before.maps;
    match maps == 2 * engines.len() as u64 {
        true => Ok(format!("{maps} maps, {COPIES} copies by each engine")),
        false => Err(Error::other(format!(
            "{maps} maps of 2 buffers for {} engines",
            engines.len()
        ))),
    }
}

/// What was found by its index stays until it is copied.
fn unregistered() -> Result<String> {
    const ROUNDS: usize = 50;
    let device = Device::open()?;
    let (source, copy) = (Memory::pages(LEN)?, Memory::pages(LEN)?);
    let (from, to) = ([source.piece(0, LEN)], [copy.piece(0, LEN)]);
    let src = device.register(&from, false)?;
    let dst = device.register(&to, true)?;
    let request = Registered {
        src,
        dst,
        len: LEN as u64,
        engine: ANY,
        ..Registered::default()
    };
    let copy_on = |stop: &AtomicBool| {
        let mut copies = 0;
        while !stop.load(Ordering::Relaxed) {
            match device.copy_registered(request) {
                Ok(_) => copies += 1,
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => thread::yield_now(),
                Err(error) => return Err(error),
            }
        }
        Ok(copies)
    };

    let copies = meanwhile(2, copy_on, || {
        (0..ROUNDS).try_for_each(|_| {
            thread::sleep(Duration::from_millis(5));
            device.unregister(dst)?;
            match device.register(&to, true)? {
                index if index == dst => Ok(()),
                index => Err(Error::other(format!("it is {index} now, not {dst}"))),
            }
        })
    })?;

    Ok(format!("{ROUNDS} times, {copies} copies meanwhile"))
}
