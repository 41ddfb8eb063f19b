// SPDX-License-Identifier: GPL-2.0

//! `/dev/phyr_ulp`.

use phyr_guest::memory::Memory;
use std::{
    fs::File,
    io::{Error, Result},
    net::SocketAddr,
    os::fd::AsRawFd,
    thread,
    time::Duration,
};

/// Most bytes of one move, `PHYR_ULP_MAX_MOVE`.
pub const MAX_MOVE: usize = 1 << 20;

/// Moves that a client may have under way, `PHYR_ULP_DEPTH`.
pub const DEPTH: usize = 32;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// To the server.
    Put = 1,
    /// From it.
    Get = 2,
}

/// `struct phyr_ulp_end`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct End {
    pub addr: u64,
    pub memory: u64,
    pub bytes: u64,
    pub stretch: u64,
}

/// `struct phyr_ulp_move`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Move {
    pub op: u32,
    pub flags: u32,
    pub local: u64,
    pub remote: u64,
    pub bytes: u64,
}

/// `PHYR_ULP_WRONG_KEY`.
pub const WRONG_KEY: u32 = 1;

/// `struct phyr_ulp_counts`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Counts {
    pub connections: u64,
    pub reads: u64,
    pub writes: u64,
    pub failed: u64,
    pub wqes: u64,
    pub bytes: u64,
    pub entries: u64,
}

const fn ioctl(dir: libc::c_ulong, bytes: usize, number: libc::c_ulong) -> libc::c_ulong {
    (dir << 30) | ((bytes as libc::c_ulong) << 16) | ((b'|' as libc::c_ulong) << 8) | number
}

const LISTEN: libc::c_ulong = ioctl(1, size_of::<End>(), 0x98);
const SERVE: libc::c_ulong = ioctl(0, 0, 0x99);
const CONNECT: libc::c_ulong = ioctl(3, size_of::<End>(), 0x9a);
const MOVE: libc::c_ulong = ioctl(1, size_of::<Move>(), 0x9b);
const COUNTS: libc::c_ulong = ioctl(2, size_of::<Counts>(), 0x9c);

/// A `struct sockaddr_storage`.
#[repr(C, align(8))]
pub struct Address([u8; 128]);

impl Address {
    /// `addr`, as the kernel wants it.
    pub fn new(addr: SocketAddr) -> Self {
        let mut raw = [0; 128];
        let port = addr.port().to_be_bytes();

        match addr {
            SocketAddr::V4(addr) => {
                raw[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
                raw[2..4].copy_from_slice(&port);
                raw[4..8].copy_from_slice(&addr.ip().octets());
            }
            SocketAddr::V6(addr) => {
                raw[..2].copy_from_slice(&(libc::AF_INET6 as u16).to_ne_bytes());
                raw[2..4].copy_from_slice(&port);
                raw[8..24].copy_from_slice(&addr.ip().octets());
                raw[24..28].copy_from_slice(&addr.scope_id().to_ne_bytes());
            }
        }
        Self(raw)
    }
}

/// An open file of the device.
pub struct Device(File);

impl Device {
    /// Opens it.
    pub fn open() -> Result<Self> {
        let file = File::options().read(true).write(true).open("/dev/phyr_ulp");

        file.map(Self).map_err(|error| {
            Error::new(
                error.kind(),
                format!("/dev/phyr_ulp: {error}: load phyr_ulp.ko"),
            )
        })
    }

    /// Sends an ioctl, of which `address` need not be one.
    pub fn ioctl(&self, command: libc::c_ulong, address: u64) -> Result<()> {
        // SAFETY: The kernel checks every address that it is given. What it writes to is memory
        // that its owners hand out as bytes that may change at any time.
        match unsafe { libc::ioctl(self.0.as_raw_fd(), command as _, address) } {
            0 => Ok(()),
            _ => Err(Error::last_os_error()),
        }
    }

    /// Becomes a server of what `end` says.
    pub fn listen_raw(&self, end: &End) -> Result<()> {
        self.ioctl(LISTEN, &raw const *end as u64)
    }

    /// Becomes a server of `memory`, at `addr`.
    pub fn listen(&self, addr: SocketAddr, memory: &Memory) -> Result<()> {
        let address = Address::new(addr);

        self.listen_raw(&end(&address, memory))
    }

    /// Lets clients go that have gone, until a signal comes.
    pub fn serve(&self) -> Result<()> {
        self.ioctl(SERVE, 0)
    }

    /// Becomes a client, as `end` says. Returns its stretch.
    pub fn connect_raw(&self, end: &mut End) -> Result<usize> {
        self.ioctl(CONNECT, &raw mut *end as u64)?;
        Ok(end.stretch as usize)
    }

    /// Becomes a client of the server at `addr`, which may use `memory`. Returns of how many bytes
    /// no move may go beyond a multiple.
    pub fn connect(&self, addr: SocketAddr, memory: &Memory) -> Result<usize> {
        let address = Address::new(addr);

        self.connect_raw(&mut end(&address, memory))
    }

    /// Has the server do what `wanted` says, and waits until it is done.
    pub fn move_raw(&self, wanted: &Move) -> Result<()> {
        self.ioctl(MOVE, &raw const *wanted as u64)
    }

    /// Moves `bytes` bytes between `local` of the client's memory and `remote` of the server's.
    pub fn move_bytes(&self, op: Op, local: usize, remote: u64, bytes: usize) -> Result<()> {
        self.move_raw(&Move {
            op: op as u32,
            flags: 0,
            local: local as u64,
            remote,
            bytes: bytes as u64,
        })
    }

    /// What a server has done.
    pub fn counts(&self) -> Result<Counts> {
        let mut counts = Counts::default();

        self.ioctl(COUNTS, &raw mut counts as u64)?;
        Ok(counts)
    }
}

fn end(address: &Address, memory: &Memory) -> End {
    End {
        addr: &raw const *address as u64,
        memory: memory.address(0),
        bytes: memory.len() as u64,
        stretch: 0,
    }
}

/// Has `handler` called for `signal`, which ends what the kernel waits for.
pub fn on_signal(signal: libc::c_int, handler: extern "C" fn(libc::c_int)) -> Result<()> {
    // SAFETY: All bits of it may be 0.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };

    action.sa_sigaction = handler as usize;
    // SAFETY: The handler only stores to an atomic.
    match unsafe { libc::sigaction(signal, &action, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

/// Sends `signal` to a process.
pub fn send_signal(pid: u32, signal: libc::c_int) -> Result<()> {
    // SAFETY: It names no memory.
    match unsafe { libc::kill(pid as libc::pid_t, signal) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

/// Has SIGALRM come to this thread after `delay`, while it does `work`.
pub fn interrupted<T>(delay: Duration, work: impl FnOnce() -> T) -> T {
    // SAFETY: It always succeeds.
    let thread = unsafe { libc::pthread_self() };

    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(delay);
            // SAFETY: The thread waits for this one before it ends.
            unsafe { libc::pthread_kill(thread, libc::SIGALRM) };
        });
        work()
    })
}
