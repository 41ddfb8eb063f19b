// SPDX-License-Identifier: GPL-2.0

//! `/dev/phyr_copy`.

use phyr_guest::memory::Piece;
use std::{
    fs::File,
    io::{Error, Result},
    os::fd::AsRawFd,
};

/// Most bytes that one request may copy, `PHYR_COPY_MAX_BYTES`.
pub const MAX_BYTES: usize = 64 << 20;

/// Most pieces that a buffer may have, `PHYR_COPY_MAX_IOVECS`.
pub const MAX_IOVECS: u32 = 65536;

const WRITE: libc::c_ulong = 1;
const READ: libc::c_ulong = 2;

/// `_IOC()` of the driver's type.
const fn command<T>(dir: libc::c_ulong, number: u8) -> libc::c_ulong {
    (dir << 30)
        | ((size_of::<T>() as libc::c_ulong) << 16)
        | ((b'|' as libc::c_ulong) << 8)
        | number as libc::c_ulong
}

const PHYR_COPY: libc::c_ulong = command::<Request>(READ | WRITE, 0x90);
const PHYR_COPY_REGISTER: libc::c_ulong = command::<Register>(WRITE, 0x91);
const PHYR_COPY_UNREGISTER: libc::c_ulong = command::<u32>(WRITE, 0x92);
const PHYR_COPY_REGISTERED: libc::c_ulong = command::<Registered>(WRITE, 0x93);
const PHYR_COPY_ENGINES: libc::c_ulong = command::<Engines>(READ, 0x94);

/// Most buffers that a file may have registered, `PHYR_COPY_MAX_BUFFERS`.
pub const MAX_BUFFERS: u32 = 64;

/// The next engine in turn, `PHYR_COPY_ANY`.
pub const ANY: u32 = u32::MAX;

/// `struct phyr_copy_register`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Register {
    pub iovecs: u64,
    pub nr: u32,
    pub flags: u32,
}

/// `struct phyr_copy_registered`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Registered {
    pub src: u32,
    pub dst: u32,
    pub src_offset: u64,
    pub dst_offset: u64,
    pub len: u64,
    pub engine: u32,
    pub reserved: u32,
}

/// `struct phyr_copy_engines`.
#[derive(Default)]
#[repr(C)]
struct Engines {
    nr: u32,
    numbers: [u32; 15],
}

/// `struct phyr_copy` of `samples/phyr_copy/phyr_copy.h`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Request {
    pub src: u64,
    pub dst: u64,
    pub src_nr: u32,
    pub dst_nr: u32,
    pub src_entries: u32,
    pub src_ranges: u32,
    pub dst_entries: u32,
    pub dst_ranges: u32,
    pub moves: u32,
    pub kicks: u32,
    pub bytes: u64,
    pub metadata: u64,
}

impl Request {
    /// The request to copy `src` to `dst`, which must live until it is sent.
    pub fn new(src: &[Piece], dst: &[Piece]) -> Self {
        Self {
            src: src.as_ptr() as u64,
            dst: dst.as_ptr() as u64,
            src_nr: src.len() as u32,
            dst_nr: dst.len() as u32,
            ..Self::default()
        }
    }
}

/// The open device.
pub struct Device(File);

impl Device {
    /// Opens the device.
    pub fn open() -> Result<Self> {
        Ok(Self(
            File::options()
                .read(true)
                .write(true)
                .open("/dev/phyr_copy")?,
        ))
    }

    /// Copies `src` to `dst`, which must be of the same length.
    pub fn copy(&self, src: &[Piece], dst: &[Piece]) -> Result<Request> {
        self.send(Request::new(src, dst))
    }

    /// Sends a request as it is.
    pub fn send(&self, mut request: Request) -> Result<Request> {
        self.send_at(&raw mut request as u64)?;
        Ok(request)
    }

    /// Sends the request at `address`, which need not be one.
    pub fn send_at(&self, address: u64) -> Result<()> {
        self.ioctl(PHYR_COPY, address)
    }

    /// Registers a buffer, and returns its index.
    pub fn register(&self, pieces: &[Piece], is_writable: bool) -> Result<u32> {
        self.register_as(Register {
            iovecs: pieces.as_ptr() as u64,
            nr: pieces.len() as u32,
            flags: is_writable.into(),
        })
    }

    /// Sends a registration as it is.
    pub fn register_as(&self, request: Register) -> Result<u32> {
        self.ask(PHYR_COPY_REGISTER, &raw const request as u64)
    }

    /// Unregisters the buffer with this index.
    pub fn unregister(&self, index: u32) -> Result<()> {
        self.ioctl(PHYR_COPY_UNREGISTER, &raw const index as u64)
    }

    /// Copies between registered buffers, and returns the number of the engine that did.
    pub fn copy_registered(&self, request: Registered) -> Result<u32> {
        self.ask(PHYR_COPY_REGISTERED, &raw const request as u64)
    }

    /// The numbers of the engines that there are.
    pub fn engines(&self) -> Result<Vec<u32>> {
        let mut engines = Engines::default();

        self.ioctl(PHYR_COPY_ENGINES, &raw mut engines as u64)?;
        let nr = engines.nr as usize;
        Ok(engines.numbers.into_iter().take(nr).collect())
    }

    /// Sends an ioctl that the driver need not know.
    pub fn ioctl(&self, command: libc::c_ulong, address: u64) -> Result<()> {
        self.ask(command, address).map(drop)
    }

    /// The same with what it returns.
    fn ask(&self, command: libc::c_ulong, address: u64) -> Result<u32> {
        // SAFETY: The kernel checks every address that it is given. What it writes to is memory
        // that its owners hand out as bytes that may change at any time.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), command as _, address) };

        u32::try_from(result).map_err(|_| Error::last_os_error())
    }
}
