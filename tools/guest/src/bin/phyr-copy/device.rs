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

/// `_IOWR('|', 0x90, struct phyr_copy)`.
const PHYR_COPY: libc::c_ulong = (3 << 30)
    | ((size_of::<Request>() as libc::c_ulong) << 16)
    | ((b'|' as libc::c_ulong) << 8)
    | 0x90;

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

    /// Sends an ioctl that the driver need not know.
    pub fn ioctl(&self, command: libc::c_ulong, address: u64) -> Result<()> {
        // SAFETY: The kernel checks every address that it is given. What it writes to is memory
        // that its owners hand out as bytes that may change at any time.
        match unsafe { libc::ioctl(self.0.as_raw_fd(), command as _, address) } {
            0 => Ok(()),
            _ => Err(Error::last_os_error()),
        }
    }
}
