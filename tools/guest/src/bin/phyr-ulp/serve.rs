// SPDX-License-Identifier: GPL-2.0

//! The server: a file that clients put bytes into and get bytes from.

use crate::device::{Counts, Device};
use phyr_guest::memory::Memory;
use std::{
    fs::File,
    io::{Error, ErrorKind, Result},
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
};

static STOPPED: AtomicBool = AtomicBool::new(false);

extern "C" fn stop(_signal: libc::c_int) {
    STOPPED.store(true, Ordering::Relaxed);
}

/// Has SIGTERM and SIGINT end what the kernel waits for, once.
fn catch_signals() -> Result<()> {
    for signal in [libc::SIGTERM, libc::SIGINT] {
        crate::device::on_signal(signal, stop)?;
    }
    Ok(())
}

/// Serves `path`, which has its size already, at `addr` until a signal comes. Its pages are the
/// memory that bytes are moved from and into.
pub fn serve(addr: SocketAddr, path: &str) -> std::result::Result<bool, String> {
    let named = |what: &str, error: Error| format!("{path}: {what}: {error}");
    let file = File::options()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|error| named("cannot open it", error))?;
    let bytes = file
        .metadata()
        .map_err(|error| named("cannot look at it", error))?
        .len();
    let memory = Memory::file(&file, 0, bytes as usize, true)
        .map_err(|error| named("cannot map it", error))?;
    let device = Device::open().map_err(|error| error.to_string())?;

    catch_signals().map_err(|error| format!("cannot catch signals: {error}"))?;
    device.listen(addr, &memory).map_err(|error| {
        format!("cannot listen at {addr}: {error}: is it an address of an RDMA device?")
    })?;
    println!("listening");
    let served = loop {
        if STOPPED.load(Ordering::Relaxed) {
            break Ok(());
        }
        match device.serve() {
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            other => break other,
        }
    };
    show(&device.counts().map_err(|error| error.to_string())?);
    served.map(|()| true).map_err(|error| error.to_string())
}

fn show(counts: &Counts) {
    println!("connections={}", counts.connections);
    println!("reads={}", counts.reads);
    println!("writes={}", counts.writes);
    println!("failed={}", counts.failed);
    println!("wqes={}", counts.wqes);
    println!("bytes={}", counts.bytes);
    println!("entries={}", counts.entries);
}
