// SPDX-License-Identifier: GPL-2.0

//! The controller goes and comes back while files are open and copies are under way.

use crate::{device::Device, driver, meanwhile::meanwhile};
use phyr_guest::{
    ktap::Suite,
    memory::{Memory, PAGE},
};
use std::{
    ffi::CStr,
    io::{Error, Result},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// How often the controller goes in the test that races with copies.
const ROUNDS: usize = 20;

/// Tests that copies fail with `ENODEV` when the controller is gone and work when it is back.
pub fn test() -> Suite {
    let mut suite = Suite::new("phyr_copy_lifetime");

    suite.report("an_open_file_outlives_the_controller", open_file());
    suite.report("the_controller_goes_under_load", under_load());
    suite.report("the_module_is_held_by_an_open_file", module_is_held());
    suite.report("the_modules_unload", unload());
    suite
}

/// The PCI address of the controller.
fn controller() -> Result<String> {
    driver::controllers()?
        .pop()
        .ok_or_else(|| Error::other("no controller is bound"))
}

fn copy_a_page(device: &Device, memory: &Memory) -> Result<()> {
    device
        .copy(&[memory.piece(0, PAGE)], &[memory.piece(PAGE, PAGE)])
        .map(drop)
}

fn must_be_gone(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(()),
        Err(error) => Err(error),
        Ok(()) => Err(Error::other("copied without a controller")),
    }
}

fn open_file() -> Result<&'static str> {
    let controller = controller()?;
    let memory = Memory::pages(2 * PAGE)?;
    let device = Device::open()?;
    copy_a_page(&device, &memory)?;

    driver::tell("unbind", &controller)?;
    must_be_gone(copy_a_page(&device, &memory))?;
    must_be_gone(copy_a_page(&Device::open()?, &memory))?;

    driver::tell("bind", &controller)?;
    copy_a_page(&device, &memory)?;
    Ok("ENODEV while it was gone")
}

fn under_load() -> Result<String> {
    let controller = controller()?;
    let copies = meanwhile(2, copy_until, || unbind_and_bind(&controller))?;

    Ok(format!("{ROUNDS} times, {copies} copies meanwhile"))
}

fn unbind_and_bind(controller: &str) -> Result<()> {
    for _ in 0..ROUNDS {
        thread::sleep(Duration::from_millis(20));
        driver::tell("unbind", controller)?;
        driver::tell("bind", controller)?;
    }
    Ok(())
}

/// Copies until `stop`, and returns how often that worked. The data must be right each time.
fn copy_until(stop: &AtomicBool) -> Result<usize> {
    let memory = Memory::pages(64 * PAGE)?;
    let half = memory.len() / 2;
    let mut copies: usize = 0;

    let device = Device::open()?;

    while !stop.load(Ordering::Relaxed) {
        memory.fill(copies as u8);
        memory.set(half - 1, !(copies as u8));

        match device.copy(&[memory.piece(0, half)], &[memory.piece(half, half)]) {
            Ok(_) if memory.get(memory.len() - 1) == !(copies as u8) => copies += 1,
            Ok(_) => return Err(Error::other("the last byte was not copied")),
            gone => must_be_gone(gone.map(drop))?,
        }
    }
    Ok(copies)
}

fn delete_module(name: &CStr) -> Result<()> {
    // SAFETY: The name is a valid string.
    match unsafe { libc::syscall(libc::SYS_delete_module, name.as_ptr(), libc::O_NONBLOCK) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

fn module_is_held() -> Result<&'static str> {
    let _device = Device::open()?;

    match delete_module(c"phyr_copy") {
        Err(error) if error.raw_os_error() == Some(libc::EWOULDBLOCK) => Ok("EWOULDBLOCK"),
        Err(error) => Err(error),
        Ok(()) => Err(Error::other("unloaded under an open file")),
    }
}

/// The last test: afterwards there is no driver.
fn unload() -> Result<&'static str> {
    delete_module(c"phyr_copy")?;
    delete_module(c"phyr")?;
    Ok("phyr_copy, then phyr")
}
