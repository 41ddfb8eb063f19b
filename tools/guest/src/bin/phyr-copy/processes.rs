// SPDX-License-Identifier: GPL-2.0

//! Processes whose memory goes, is shared with a child, or that end, while it is copied.

use crate::{
    device::{Device, Request},
    meanwhile::meanwhile,
};
use phyr_guest::{
    child,
    ktap::Suite,
    memory::{Memory, Piece, PAGE},
    pinned::nothing_pinned,
};
use std::{
    ffi::CStr,
    fs::File,
    io::{Error, Result},
    os::fd::FromRawFd,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Bytes that are copied.
const LEN: usize = 16 << 20;

/// How often each is tried.
const ROUNDS: u8 = 20;
/// How often at least, and for how long: where a copy takes seconds, not that often.
const FEWEST_ROUNDS: u8 = 4;
const MOST_TIME: Duration = Duration::from_secs(30);

/// Copies that must have been under way when their memory went, and how many are tried for that.
const ENOUGH: u8 = 3;
const MOST_ROUNDS: u8 = 200;

/// Tests that pinned memory is what is copied, whatever becomes of the process.
pub fn test() -> Suite {
    let mut suite = Suite::new("phyr_copy_processes");

    suite.report("memory_is_unmapped_while_it_is_copied", unmapped());
    suite.report("a_child_is_forked_while_memory_is_copied", forked());
    suite.report("a_process_is_killed_while_it_copies", killed());
    suite.report("nothing_stays_pinned", nothing_pinned());
    suite
}

/// Memory that can be mapped more than once.
fn shared(name: &CStr, len: usize) -> Result<File> {
    // SAFETY: The name is a valid string.
    let fd = unsafe { libc::memfd_create(name.as_ptr(), 0) };
    if fd < 0 {
        return Err(Error::last_os_error());
    }
    // SAFETY: It was just opened, and is nobody else's.
    let file = unsafe { File::from_raw_fd(fd) };
    file.set_len(len as u64)?;
    Ok(file)
}

/// The memory in so many parts that the controller is busy with them for some time. No two can be
/// one for it, and it is started for every few hundred of them: in between others have their turn.
fn parts(memory: &Memory) -> Vec<Piece> {
    (0..LEN / 8192)
        .map(|part| memory.piece(part * 8192, 512))
        .collect()
}

/// How long a copy takes.
fn duration(copy: impl FnOnce() -> Result<Request>) -> Result<Duration> {
    let begun = Instant::now();

    copy()?;
    Ok(begun.elapsed())
}

/// How a copy of memory that was unmapped meanwhile ended.
enum Unmapped {
    BeforeItWasPinned,
    UnderWay,
    AfterItsEnd,
}

fn unmapped() -> Result<String> {
    let stop = AtomicBool::new(false);

    // Whoever has pinned memory waits for the controller.
    thread::scope(|scope| {
        let waited_for: Vec<_> = (0..2).map(|_| scope.spawn(|| keep_busy(&stop))).collect();
        let result = unmap_while_waiting();

        stop.store(true, Ordering::Relaxed);
        for thread in waited_for {
            thread.join().map_err(|_| {
                Error::other("the thread that keeps the controller busy panicked")
            })??;
        }
        result
    })
}

fn keep_busy(stop: &AtomicBool) -> Result<()> {
    let device = Device::open()?;
    let (source, copy) = (Memory::pages(LEN)?, Memory::pages(LEN)?);
    let (src, dst) = (parts(&source), parts(&copy));

    while !stop.load(Ordering::Relaxed) {
        device.copy(&src, &dst)?;
    }
    Ok(())
}

fn unmap_while_waiting() -> Result<String> {
    let (from, to) = (shared(c"from", LEN)?, shared(c"to", LEN)?);
    let source = Memory::file(&from, 0, LEN, true)?;
    let copy = Memory::file(&to, 0, LEN, true)?;
    let device = Device::open()?;
    let mut delay = Duration::from_millis(2);
    let mut under_way = 0;

    for round in 1..=MOST_ROUNDS {
        source.fill(round);
        let src = Memory::file(&from, 0, LEN, true)?;
        let dst = Memory::file(&to, 0, LEN, true)?;

        match unmap_after(delay, &device, &src, &dst)? {
            Unmapped::BeforeItWasPinned => {
                delay += delay / 2;
                continue;
            }
            Unmapped::UnderWay => under_way += 1,
            Unmapped::AfterItsEnd => delay -= delay / 4,
        }
        if !copy.is_filled_with(0, LEN, round) {
            return Err(Error::other(format!("not all was copied in round {round}")));
        }
        if under_way == ENOUGH {
            return Ok(format!("{under_way} of {round} times"));
        }
    }
    Err(Error::other(format!(
        "{under_way} of {MOST_ROUNDS} copies were under way, after {delay:?}"
    )))
}

fn unmap_after(delay: Duration, device: &Device, src: &Memory, dst: &Memory) -> Result<Unmapped> {
    let (from, to) = ([src.piece(0, LEN)], [dst.piece(0, LEN)]);
    let has_ended = AtomicBool::new(false);

    thread::scope(|scope| {
        let copying = scope.spawn(|| {
            let result = device.copy(&from, &to);
            has_ended.store(true, Ordering::SeqCst);
            result
        });

        thread::sleep(delay);
        src.unmap()?;
        dst.unmap()?;
        let was_under_way = !has_ended.load(Ordering::SeqCst);
        match copying.join() {
            Ok(Ok(_)) if was_under_way => Ok(Unmapped::UnderWay),
            Ok(Ok(_)) => Ok(Unmapped::AfterItsEnd),
            Ok(Err(error)) if error.raw_os_error() == Some(libc::EFAULT) => {
                Ok(Unmapped::BeforeItWasPinned)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(Error::other("the copying thread panicked")),
        }
    })
}

/// What a device writes must be seen by the process that had it written, not by a child that
/// shares its pages since.
fn forked() -> Result<String> {
    let copies = meanwhile(1, copy_until, || {
        (0..ROUNDS).try_for_each(|_| {
            thread::sleep(Duration::from_millis(5));
            let child = child::fork()?;
            if child == 0 {
                sleep_and_exit();
            }
            child::wait_for(child).map(drop)
        })
    })?;

    Ok(format!("{ROUNDS} children, {copies} copies meanwhile"))
}

fn copy_until(stop: &AtomicBool) -> Result<usize> {
    let device = Device::open()?;
    let memory = Memory::pages(128 * PAGE)?;
    let half = memory.len() / 2;
    let mut copies: usize = 0;

    while !stop.load(Ordering::Relaxed) {
        copies += 1;
        memory.fill_first(half, copies as u8);
        device.copy(&[memory.piece(0, half)], &[memory.piece(half, half)])?;
        if !memory.is_filled_with(half, half, copies as u8) {
            return Err(Error::other(format!("copy {copies} went elsewhere")));
        }
    }
    Ok(copies)
}

/// In a child, which shares its parent's memory meanwhile.
fn sleep_and_exit() -> ! {
    let time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 5_000_000,
    };
    // SAFETY: The time is valid, and what is left of it is not wanted.
    unsafe { libc::nanosleep(&time, std::ptr::null_mut()) };
    child::exit(0)
}

fn killed() -> Result<String> {
    let (source, copy) = (Memory::pages(LEN)?, Memory::pages(LEN)?);
    let (src, dst) = (parts(&source), parts(&copy));
    let device = Device::open()?;

    let whole = duration(|| device.copy(&src, &dst))?;
    let rounds = rounds_of(whole);
    for round in 1..=rounds {
        let child = child::fork()?;
        if child == 0 {
            // Only a failure ends it.
            while device.copy(&src, &dst).is_ok() {}
            child::exit(1);
        }
        // In its second copy, or about then.
        thread::sleep(whole + whole * round.into() / rounds.into());
        if !child::kill(child)? {
            return Err(Error::other("a copy failed in the child"));
        }
    }
    device.copy(&src, &dst)?;
    Ok(format!("{rounds} times"))
}

/// How many rounds there is time for, each of which takes about twice as long as a `copy`.
fn rounds_of(copy: Duration) -> u8 {
    (FEWEST_ROUNDS..=ROUNDS)
        .rev()
        .find(|&rounds| copy * 2 * rounds.into() <= MOST_TIME)
        .unwrap_or(FEWEST_ROUNDS)
}
