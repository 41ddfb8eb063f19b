// SPDX-License-Identifier: GPL-2.0

//! Memory that a device reads and writes behind the compiler's back.

use std::{
    fs::File,
    io::{Error, Result, Write},
    os::fd::AsRawFd,
    ptr::{self, NonNull},
};

/// Bytes of a base page.
pub const PAGE: usize = 4096;
/// Bytes of a huge page.
pub const HUGE: usize = 2 << 20;

/// A piece of memory: `struct iovec`, with a length that need not make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Piece {
    /// Its address.
    pub base: u64,
    /// Its length in bytes.
    pub len: u64,
}

impl Piece {
    /// The same piece, `by` bytes longer.
    pub fn longer(self, by: usize) -> Self {
        Self {
            len: self.len + by as u64,
            ..self
        }
    }
}

/// A mapping of its own.
pub struct Memory {
    base: NonNull<u8>,
    len: usize,
}

impl Memory {
    fn map(
        len: usize,
        prot: libc::c_int,
        flags: libc::c_int,
        fd: libc::c_int,
        at: u64,
    ) -> Result<Self> {
        // SAFETY: A new mapping at an address that the kernel chooses.
        let base = unsafe { libc::mmap(ptr::null_mut(), len, prot, flags, fd, at as libc::off_t) };
        if base == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or_else(|| Error::other("mapped at 0"))?;
        Ok(Self { base, len })
    }

    /// Zeroed base pages, each of them there.
    pub fn pages(len: usize) -> Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
        Self::map(len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
    }

    /// Zeroed memory in huge pages, each of which is physically contiguous.
    pub fn huge(len: usize) -> Result<Self> {
        let flags =
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE | libc::MAP_HUGETLB;
        Self::map(
            len.next_multiple_of(HUGE),
            libc::PROT_READ | libc::PROT_WRITE,
            flags,
            -1,
            0,
        )
    }

    /// Zeroed base pages with memory behind them that cannot be accessed.
    pub fn before_a_hole(len: usize) -> Result<Self> {
        let mut memory = Self::pages(len + PAGE)?;
        memory.len = len;

        // SAFETY: The last page of a mapping that nothing refers to yet.
        match unsafe { libc::mprotect(memory.address(len) as *mut _, PAGE, libc::PROT_NONE) } {
            0 => Ok(memory),
            _ => Err(Error::last_os_error()),
        }
    }

    /// Pages that may only be read.
    pub fn read_only(len: usize) -> Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
        Self::map(len, libc::PROT_READ, flags, -1, 0)
    }

    /// The page cache of `file`, `len` bytes from `at` on.
    pub fn file(file: &File, at: u64, len: usize, writable: bool) -> Result<Self> {
        let prot = match writable {
            true => libc::PROT_READ | libc::PROT_WRITE,
            false => libc::PROT_READ,
        };
        Self::map(len, prot, libc::MAP_SHARED, file.as_raw_fd(), at)
    }

    /// Length in bytes, of which there are some.
    #[expect(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Address of the byte at `offset`.
    pub fn address(&self, offset: usize) -> u64 {
        self.base.as_ptr() as u64 + offset as u64
    }

    /// The `len` bytes at `offset`.
    pub fn piece(&self, offset: usize, len: usize) -> Piece {
        assert!(offset + len <= self.len);
        Piece {
            base: self.address(offset),
            len: len as u64,
        }
    }

    /// Reads one byte.
    pub fn get(&self, offset: usize) -> u8 {
        assert!(offset < self.len);
        // SAFETY: Inside the mapping. The access is volatile, for a device writes there.
        unsafe { self.base.add(offset).read_volatile() }
    }

    /// Writes one byte.
    pub fn set(&self, offset: usize, byte: u8) {
        assert!(offset < self.len);
        // SAFETY: Inside the mapping. The access is volatile, for a device reads there.
        unsafe { self.base.add(offset).write_volatile(byte) };
    }

    /// Makes every byte `byte`.
    pub fn fill(&self, byte: u8) {
        self.fill_first(self.len, byte);
    }

    /// Makes the first `len` bytes `byte`.
    pub fn fill_first(&self, len: usize, byte: u8) {
        self.fill_part(0, len, byte);
    }

    /// Makes the `len` bytes at `at` `byte`.
    pub fn fill_part(&self, at: usize, len: usize, byte: u8) {
        assert!(at + len <= self.len);
        // SAFETY: Inside the mapping.
        unsafe { ptr::write_bytes(self.base.as_ptr().add(at), byte, len) };
    }

    /// Whether each of the `len` bytes at `offset` is `byte`.
    pub fn is_filled_with(&self, offset: usize, len: usize, byte: u8) -> bool {
        (offset..offset + len).all(|at| self.get(at) == byte)
    }

    /// Writes the first `len` bytes to `out`. No device may write them meanwhile.
    pub fn write_to(&self, len: usize, out: &mut impl Write) -> Result<()> {
        assert!(len <= self.len);
        // SAFETY: Inside the mapping, which nobody writes by the requirement above.
        out.write_all(unsafe { std::slice::from_raw_parts(self.base.as_ptr(), len) })
    }

    /// Has `read` fill the `len` bytes at `at`, which no device may use meanwhile.
    pub fn read_from(
        &self,
        at: usize,
        len: usize,
        read: impl FnOnce(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        assert!(at + len <= self.len);
        // SAFETY: Inside the mapping, and nobody else's by the requirement above.
        read(unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr().add(at), len) })
    }

    /// Has `write` take the `len` bytes at `at`, which no device may write meanwhile.
    pub fn write_from(
        &self,
        at: usize,
        len: usize,
        write: impl FnOnce(&[u8]) -> Result<()>,
    ) -> Result<()> {
        assert!(at + len <= self.len);
        // SAFETY: Inside the mapping, which nobody writes by the requirement above.
        write(unsafe { std::slice::from_raw_parts(self.base.as_ptr().add(at), len) })
    }

    /// Takes the memory away, and leaves its addresses with nothing that can be accessed.
    pub fn unmap(&self) -> Result<()> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        // SAFETY: In place of the mapping, which is owned; that it faults is for the caller.
        let base = unsafe {
            libc::mmap(
                self.base.as_ptr().cast(),
                self.len,
                libc::PROT_NONE,
                flags,
                -1,
                0,
            )
        };
        match base {
            libc::MAP_FAILED => Err(Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

// SAFETY: The addresses of a mapping are those of the process.
unsafe impl Send for Memory {}
// SAFETY: As above; that two do not use the same bytes is for whoever hands them out.
unsafe impl Sync for Memory {}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: This mapping is owned, and nothing refers to it any more.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}
