// SPDX-License-Identifier: GPL-2.0

//! The ioctl: `struct phyr_copy` of `phyr_copy.h`.

use super::engines;
use core::mem::offset_of;
use kernel::{
    ioctl::_IOWR,
    prelude::*,
    uaccess::{
        UserPtr,
        UserSlice, //
    },
};
use phyr::phyr_list::{
    Access,
    Term,
    UserMemory, //
};

/// The layout of `struct phyr_copy`.
#[repr(C)]
struct RawRequest {
    src: u64,
    dst: u64,
    nr: [u32; 2],
    counts: [u32; 6],
    bytes: u64,
    metadata: u64,
}

const _: () = assert!(size_of::<RawRequest>() == 64);

/// The request to copy.
pub(crate) const PHYR_COPY: u32 = _IOWR::<RawRequest>('|' as u32, 0x90);

/// `PHYR_COPY_MAX_BYTES`.
const MAX_BYTES: u64 = 64 << 20;

/// `PHYR_COPY_MAX_IOVECS`.
const MAX_IOVECS: u32 = 65536;

/// What a copy amounted to.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) src_entries: usize,
    pub(crate) src_ranges: usize,
    pub(crate) dst_entries: usize,
    pub(crate) dst_ranges: usize,
    pub(crate) moves: usize,
    pub(crate) kicks: usize,
}

/// Performs the request at `arg`.
pub(crate) fn copy(arg: usize) -> Result<isize> {
    let mut input = UserSlice::new(UserPtr::from_addr(arg), size_of::<RawRequest>()).reader();
    let src_at = input.read::<u64>()?;
    let dst_at = input.read::<u64>()?;
    let mut src = pin(src_at, input.read()?, Access::Read, Term::Short)?;
    let mut dst = pin(dst_at, input.read()?, Access::Write, Term::Short)?;
    let bytes = src.list().bytes();
    if bytes != dst.list().bytes() {
        return Err(EINVAL);
    }

    let report = engines::any()?.copy(&mut src, &mut dst)?;

    let out_at = arg
        .checked_add(offset_of!(RawRequest, counts))
        .ok_or(EFAULT)?;
    let out_len = size_of::<RawRequest>() - offset_of!(RawRequest, counts);
    let mut output = UserSlice::new(UserPtr::from_addr(out_at), out_len).writer();
    for count in [
        report.src_entries,
        report.src_ranges,
        report.dst_entries,
        report.dst_ranges,
        report.moves,
        report.kicks,
    ] {
        output.write(&u32::try_from(count)?)?;
    }
    output.write(&bytes.raw())?;
    let metadata = src.list().metadata().raw() + dst.list().metadata().raw();
    output.write(&metadata)?;
    Ok(0)
}

/// Pins the memory that the array of `nr` entries of `struct iovec` at `iovecs` names.
///
/// # Errors
///
/// `E2BIG` if that is too much, `EINVAL` if it is nothing, and those of [`UserMemory::pin`].
pub(crate) fn pin(iovecs: u64, nr: u32, access: Access, term: Term) -> Result<UserMemory> {
    if nr > MAX_IOVECS {
        return Err(E2BIG);
    }
    let at = UserPtr::from_addr(usize::try_from(iovecs)?);
    // CAST: At most `MAX_IOVECS`.
    let nr = nr as usize;
    let mut input = UserSlice::new(at, nr * 2 * size_of::<u64>()).reader();

    let mut memory = UserMemory::new(access, term);
    for _ in 0..nr {
        let base = input.read::<u64>()?;
        let len = input.read::<u64>()?;
        add(&mut memory, base, len)?;
    }

    if memory.list().is_empty() {
        return Err(EINVAL);
    }
    Ok(memory)
}

/// Pins `len` bytes at `base`, if all of the memory has not more than [`MAX_BYTES`] then.
fn add(memory: &mut UserMemory, base: u64, len: u64) -> Result {
    let total = memory.list().bytes().raw().checked_add(len).ok_or(EINVAL)?;

    base.checked_add(len).ok_or(EINVAL)?;
    if total > MAX_BYTES {
        return Err(E2BIG);
    }
    match len {
        0 => Ok(()),
        len => memory.pin(usize::try_from(base)?, usize::try_from(len)?),
    }
}
