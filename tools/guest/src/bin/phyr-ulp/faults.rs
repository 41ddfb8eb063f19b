// SPDX-License-Identifier: GPL-2.0

//! Tests of what goes wrong: requests that make no sense, and peers that die.

use crate::{
    device::{Address, Device, End, Move, Op, MAX_MOVE, WRONG_KEY},
    extent::Extent,
    server::Server,
};
use phyr_guest::{ktap::Suite, memory::Memory, pinned::nothing_pinned};
use std::{
    env, fs,
    io::{Error, Result},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

const SERVED: u64 = 4 << 20;

/// A client, and its memory.
fn client(addr: SocketAddr) -> Result<(Device, Memory, usize)> {
    let memory = Memory::pages(2 * MAX_MOVE)?;
    let device = Device::open()?;
    let stretch = device.connect(addr, &memory)?;

    Ok((device, memory, stretch))
}

fn refuse(suite: &mut Suite, addr: SocketAddr) -> Result<()> {
    let server = Server::start(addr, SERVED)?;
    let (device, memory, stretch) = client(addr)?;
    let put = Move {
        op: Op::Put as u32,
        bytes: 4096,
        ..Move::default()
    };
    let mut refused = |name: &str, wanted: Move, errno| {
        suite.refused(name, device.move_raw(&wanted), errno);
    };

    refused("no_operation", Move { op: 3, ..put }, libc::EINVAL);
    refused(
        "flags_that_are_none",
        Move { flags: 2, ..put },
        libc::EINVAL,
    );
    refused("no_bytes", Move { bytes: 0, ..put }, libc::EINVAL);
    let bytes = MAX_MOVE as u64 + 1;
    refused("too_many_bytes", Move { bytes, ..put }, libc::E2BIG);
    let local = stretch as u64 - 4095;
    refused("beyond_a_stretch", Move { local, ..put }, libc::EINVAL);
    let local = u64::MAX - 4095;
    refused("beyond_all", Move { local, ..put }, libc::EINVAL);
    let remote = SERVED - 4095;
    refused(
        "beyond_what_is_served",
        Move { remote, ..put },
        libc::EINVAL,
    );
    let remote = u64::MAX - 4095;
    refused("far_beyond_it", Move { remote, ..put }, libc::EINVAL);
    suite.refused("two_roles", device.connect(addr, &memory), libc::EBUSY);
    suite.refused("no_server", device.serve(), libc::ENOTCONN);
    suite.refused("no_ioctl", device.ioctl(0, 0), libc::ENOTTY);
    suite.report(
        "moves_still_work",
        device.move_bytes(Op::Put, 0, 0, 4096).map(|()| "one"),
    );

    let other = Device::open()?;
    suite.refused("no_client", other.move_raw(&put), libc::ENOTCONN);
    let address = Address::new(addr);
    let end = End {
        addr: &raw const address as u64,
        memory: memory.address(0),
        bytes: memory.len() as u64,
        stretch: 0,
    };
    let mut connect = |name: &str, mut end: End, errno| {
        suite.refused(name, other.connect_raw(&mut end), errno);
    };
    connect("no_memory", End { bytes: 0, ..end }, libc::EINVAL);
    connect(
        "too_much_memory",
        End {
            bytes: 65 << 20,
            ..end
        },
        libc::E2BIG,
    );
    connect(
        "memory_that_is_not_there",
        End {
            memory: 4096,
            ..end
        },
        libc::EFAULT,
    );
    connect(
        "an_address_that_is_not_there",
        End { addr: 8, ..end },
        libc::EFAULT,
    );
    let constant = Memory::read_only(4096)?;
    let read_only = End {
        memory: constant.address(0),
        bytes: 4096,
        ..end
    };
    connect("memory_that_is_read_only", read_only, libc::EFAULT);
    drop(server);
    suite.refused(
        "nobody_listens",
        other.connect(addr, &memory),
        libc::ECONNREFUSED,
    );
    Ok(())
}

/// Moves that never end, in a process of its own.
fn flood(addr: SocketAddr) -> Result<Child> {
    Command::new(env::current_exe()?)
        .args(["flood", &addr.to_string()])
        .stdout(Stdio::null())
        .spawn()
}

/// Moves for as long as that works, by several threads.
pub fn move_forever(addr: SocketAddr) -> std::result::Result<bool, String> {
    let (device, _memory, stretch) = client(addr).map_err(|error| error.to_string())?;

    thread::scope(|scope| {
        for thread in 0..8 {
            let device = &device;
            scope.spawn(move || {
                let (local, bytes) = (thread * (stretch / 8), stretch / 8);
                for op in [Op::Put, Op::Get].into_iter().cycle() {
                    if device.move_bytes(op, local, local as u64, bytes).is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(true)
}

/// Long enough for moves to be under way.
fn a_while(round: u64) {
    thread::sleep(Duration::from_millis(150 + 70 * round));
}

fn works(addr: SocketAddr) -> Result<()> {
    let (device, memory, _) = client(addr)?;

    memory.fill_first(4096, 0x5a);
    device.move_bytes(Op::Put, 0, 0, 4096)?;
    device.move_bytes(Op::Get, 8192, 0, 4096)?;
    match memory.is_filled_with(8192, 4096, 0x5a) {
        true => Ok(()),
        false => Err(Error::other("other bytes came back")),
    }
}

fn clients_die(addr: SocketAddr, extent: Extent) -> Result<String> {
    let server = Server::start(addr, SERVED)?;

    for round in 0..extent.deaths {
        let mut clients = [flood(addr)?, flood(addr)?];
        a_while(round);
        for client in &mut clients {
            client.kill()?;
            client.wait()?;
        }
        works(addr)?;
    }
    let counted = server.stop()?;
    Ok(format!(
        "{} connections, {} READs failed",
        counted.get("connections")?,
        counted.get("failed")?
    ))
}

fn servers_die(addr: SocketAddr, extent: Extent) -> Result<String> {
    for round in 0..extent.deaths {
        let server = Server::start(addr, SERVED)?;
        let mut clients = [flood(addr)?, flood(addr)?];
        a_while(round);
        match round % 2 {
            0 => server.kill()?,
            _ => drop(server.stop()?),
        }
        for client in &mut clients {
            // It ends by itself.
            client.wait()?;
        }
    }
    Ok(format!("{} times, no client hung", extent.deaths))
}

fn wrong_key(addr: SocketAddr) -> Result<String> {
    let server = Server::start(addr, SERVED)?;
    let (device, _memory, _) = client(addr)?;

    for op in [Op::Put, Op::Get] {
        let (device, _memory, _) = client(addr)?;
        let wrong = Move {
            op: op as u32,
            flags: WRONG_KEY,
            bytes: 65536,
            ..Move::default()
        };
        match device.move_raw(&wrong) {
            Err(error) if error.raw_os_error() == Some(libc::ECONNRESET) => (),
            Err(error) => return Err(error),
            Ok(()) => return Err(Error::other("a wrong key was taken")),
        }
        match device.move_bytes(op, 0, 0, 4096) {
            Err(error) if error.raw_os_error() == Some(libc::ECONNRESET) => (),
            _ => return Err(Error::other("the connection is still there")),
        }
    }
    // Others do not notice.
    device.move_bytes(Op::Put, 0, 0, 4096)?;
    works(addr)?;
    match server.stop()?.get("failed")? {
        0 => Err(Error::other("nothing failed for the server")),
        failed => Ok(format!("{failed} failed, others go on")),
    }
}

/// A device with DMA that is made for tests, and looks addresses up: its counters and switches.
fn function() -> Option<PathBuf> {
    let checks = fs::read_to_string("/sys/module/rdma_rxe/parameters/check").ok()?;
    let function = fs::read_dir("/sys/kernel/debug/rxe_xlat")
        .ok()?
        .next()?
        .ok()?;

    (checks.trim() == "Y").then(|| function.path())
}

/// Returns when the last of the connection managers' messages is there. One that does not find its
/// memory takes the queue pair of all of them with it.
fn settled(function: &Path) -> Result<()> {
    const STILL: u32 = 20;
    let looked_up = || fs::read_to_string(function.join("looked_up"));
    let mut last = looked_up()?;
    let mut still = 0;

    while still < STILL {
        thread::sleep(Duration::from_millis(10));
        let now = looked_up()?;
        still = if now == last { still + 1 } else { 0 };
        last = now;
    }
    Ok(())
}

/// Whoever uses the address, client or server: a work request fails, and the connection with it.
fn addresses_not_mapped(addr: SocketAddr, function: &Path) -> Result<String> {
    const FIRST: [u32; 6] = [1, 2, 3, 17, 90, 400];
    let server = Server::start(addr, SERVED)?;

    for after in FIRST {
        let (device, _memory, stretch) = client(addr)?;
        settled(function)?;
        fs::write(function.join("fail_after"), after.to_string())?;
        let failed = [Op::Put, Op::Get]
            .into_iter()
            .cycle()
            .take(1000)
            .find_map(|op| device.move_bytes(op, 0, 0, stretch).err());

        match failed {
            Some(error) if error.raw_os_error() == Some(libc::ECONNRESET) => (),
            Some(error) => return Err(error),
            None => return Err(Error::other("all moves were done")),
        }
        works(addr)?;
    }
    drop(server.stop()?);
    Ok(format!("{} times, others go on", FIRST.len()))
}

extern "C" fn nothing(_signal: libc::c_int) {}

fn signals(addr: SocketAddr, extent: Extent) -> Result<String> {
    let server = Server::start(addr, SERVED)?;
    let (device, _memory, stretch) = client(addr)?;
    let mut ended = 0;

    crate::device::on_signal(libc::SIGALRM, nothing)?;
    for round in 0..extent.signals {
        // What is ended goes on for a while; dma-debug complains of memory that 8 have mapped.
        let place = round % (SERVED / stretch as u64) * stretch as u64;
        let put = || device.move_bytes(Op::Put, 0, place, stretch);
        match crate::device::interrupted(Duration::from_micros(200 + 400 * round), put) {
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => ended += 1,
            other => other?,
        }
    }
    device.move_bytes(Op::Put, 0, 0, stretch)?;
    drop(device);
    drop(server.stop()?);
    match ended {
        0 => Err(Error::other("no move was ended by a signal")),
        ended => Ok(format!("{ended} of {} were ended", extent.signals)),
    }
}

/// Tests them with servers at `addr`.
pub fn test(addr: SocketAddr, extent: Extent) -> Suite {
    let mut suite = Suite::new("phyr_ulp_faults");

    if let Err(error) = refuse(&mut suite, addr) {
        suite.report("refusals", Err::<&str, _>(error));
    }
    suite.report("clients_that_die", clients_die(addr, extent));
    suite.report("servers_that_die", servers_die(addr, extent));
    suite.report("a_wrong_key", wrong_key(addr));
    match function() {
        Some(path) => suite.report(
            "addresses_that_are_not_mapped",
            addresses_not_mapped(addr, &path),
        ),
        None => suite.skip(
            "addresses_that_are_not_mapped",
            "the device looks no addresses up",
        ),
    }
    suite.report("signals", signals(addr, extent));
    suite.report("nothing_stays_pinned", nothing_pinned());
    suite
}
