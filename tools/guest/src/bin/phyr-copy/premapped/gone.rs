// SPDX-License-Identifier: GPL-2.0

//! Engines that go while they copy, and come back; processes that do; and memory that is short.

use super::{
    bytes, counters,
    load::{self, Pair, Tally},
    monitor::Monitor,
    slots::{self, Slot, Way, SLOTS},
};
use crate::{device::Device, driver};
use phyr_guest::{child, ktap::Suite};
use std::{
    fs,
    io::{Error, Result},
    thread,
    time::Duration,
};

/// How often an engine is unbound, a process killed, and memory wanted.
const ROUNDS: u32 = 10;
/// How often an engine is plugged in, which takes seconds to undo.
const PLUGGED: usize = 2;

pub fn test(suite: &mut Suite) {
    suite.report("a_driver_is_unbound_under_load", unbound());
    suite.report("all_engines_go", all_gone());
    suite.report("a_process_is_killed_while_it_copies", killed());
    suite.report("memory_is_wanted_under_load", wanted());

    let ways = [
        ("an_engine_is_unplugged_under_load", Way::Unplugged),
        ("an_engine_is_pulled_out_under_load", Way::PulledOut),
    ];
    if let Some(why) = slots::why_not() {
        ways.map(|(name, _)| suite.skip(name, why));
        return;
    }
    match Monitor::open() {
        Ok(mut monitor) => {
            ways.map(|(name, way)| suite.report(name, replaced(way, &mut monitor)));
        }
        Err(error) => suite.report("a_monitor", Err::<&str, _>(error)),
    }
}

/// What went on meanwhile.
fn told(tally: &Tally) -> Result<String> {
    match tally.all() {
        0 => Err(Error::other("nothing was copied meanwhile")),
        copies => Ok(format!(
            "{copies} copies by {} engines, {} done again",
            tally.by_engine().len(),
            tally.retries()
        )),
    }
}

/// The same registrations are used by an engine that went, when it is back.
fn unbound() -> Result<String> {
    let device = Device::open()?;
    let controllers = driver::controllers()?;

    let tally = load::during(|tally| {
        for controller in controllers.iter().cycle().take(ROUNDS as usize) {
            driver::tell("unbind", controller)?;
            let before = device.engines()?;
            driver::tell("bind", controller)?;
            tally.wait_for(slots::new_engine(&device, &before)?)?;
        }
        Ok(())
    })?;
    told(&tally)
}

fn all_gone() -> Result<&'static str> {
    let controllers = driver::controllers()?;
    let mut pair = Pair::new()?;

    pair.copy(&Tally::default())?;
    for controller in &controllers {
        driver::tell("unbind", controller)?;
    }
    let result = bytes::copy_a_page();
    for controller in &controllers {
        driver::tell("bind", controller)?;
    }
    pair.copy(&Tally::default())?;
    match result {
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok("ENODEV meanwhile"),
        Err(error) => Err(error),
        Ok(_) => Err(Error::other("copied without an engine")),
    }
}

/// A process ends in the middle of a copy, with its buffers registered.
fn killed() -> Result<String> {
    let mut pair = Pair::new()?;

    for round in 1..=ROUNDS {
        let child = child::fork()?;
        if child == 0 {
            // What another thread may have locked is not used: there is none.
            let tally = Tally::default();
            let result = Pair::new().and_then(|mut pair| loop {
                pair.copy(&tally)?;
            });
            child::exit(result.map_or(1, |never: std::convert::Infallible| match never {}));
        }
        thread::sleep(Duration::from_millis(50 + u64::from(round) * 7));
        if !child::kill(child)? {
            return Err(Error::other("a copy failed in the child"));
        }
        pair.copy(&Tally::default())?;
    }
    Ok(format!("{ROUNDS} times"))
}

/// What nobody uses is given back when memory is wanted, and mapped again by the next who does.
fn wanted() -> Result<String> {
    let before = counters::read()?;

    let tally = load::during(|tally| {
        for _ in 0..ROUNDS {
            let copies = tally.all();
            // All shrinkers are asked for all that they have.
            fs::write("/proc/sys/vm/drop_caches", "2")?;
            while tally.all() == copies && !tally.is_over() {
                thread::sleep(Duration::from_millis(5));
            }
        }
        Ok(())
    })?;
    let maps = counters::read()?.maps - before.maps;
    // Each of the threads has two buffers.
    let first = 2 * (load::WORKERS * tally.by_engine().len()) as u64;
    match maps > first {
        true => Ok(format!("{}, {maps} maps", told(&tally)?)),
        false => Err(Error::other(format!("{maps} maps: none was given back"))),
    }
}

/// Engines are plugged in, copy, and go while they do; another takes their place.
fn replaced(way: Way, monitor: &mut Monitor) -> Result<String> {
    let device = Device::open()?;

    let tally = load::during(|tally| {
        for slot in SLOTS.into_iter().cycle().take(PLUGGED * SLOTS.len()) {
            plug_and_empty(slot, way, monitor, &device, tally)?;
        }
        Ok(())
    })?;
    told(&tally)
}

fn plug_and_empty(
    slot: Slot,
    way: Way,
    monitor: &mut Monitor,
    device: &Device,
    tally: &Tally,
) -> Result<()> {
    let engine = slot.plug(monitor, device)?;

    tally.wait_for(engine)?;
    slot.empty(way, monitor)?;
    match device.engines()?.contains(&engine) {
        true => Err(Error::other(format!("engine {engine} is still there"))),
        false => Ok(()),
    }
}
