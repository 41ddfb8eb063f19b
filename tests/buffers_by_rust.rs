// SPDX-License-Identifier: GPL-2.0

//! Buffers that are mapped once, from Rust.

use kernel::{
    bindings,
    device::{
        Bound,
        Device, //
    },
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    },
    prelude::*, //
};
use phyr::{
    buffer::{
        Limits,
        PhyrBuffer,
        PhyrDevice, //
    },
    phyr_list::{
        Access,
        Term,
        UserMemory, //
    },
    plan::{
        range::DmaRange,
        units::{
            Bytes,
            DmaAddr, //
        }, //
    }, //
};

/// Registers `len` bytes of the calling process that are at `start`, and has the device read them,
/// `part` bytes at a time. Returns how many it was given.
fn read_in_parts(dev: &Device<Bound>, start: usize, len: usize, part: usize) -> Result<u64> {
    // What is pinned for a transfer is not kept for longer.
    let mut memory = UserMemory::new(Access::Read, Term::Short);
    memory.pin(start, len)?;
    if PhyrBuffer::of_user(memory, Limits::NONE).err() != Some(EINVAL) {
        return Err(EIO);
    }
    let mut memory = UserMemory::new(Access::Read, Term::Long);
    memory.pin(start, len)?;
    let buffer = PhyrBuffer::of_user(memory, Limits::NONE)?;
    let device = PhyrDevice::get(dev)?;
    let mut room = [DmaRange::new(DmaAddr::new(0), Bytes::ZERO); 8];
    let mut given = 0;

    // What is not mapped is not used in a place that must not sleep.
    if buffer.try_use(&device, Access::Read).err() != Some(EAGAIN) {
        return Err(EIO);
    }
    // What was pinned to be read is not written.
    if buffer.use_for(&device, Access::Write).err() != Some(EINVAL) {
        return Err(EIO);
    }
    for offset in (0..len).step_by(part) {
        let used = buffer.use_for(&device, Access::Read)?;
        let len = part.min(len - offset);

        used.sync_for_device(offset, len);
        let nr = used.part(Bytes::new(offset as u64), Bytes::new(len as u64), &mut room)?;
        given += room[..nr]
            .iter()
            .map(|range| range.len().raw())
            .sum::<u64>();
        used.sync_for_cpu(offset, len);
    }
    let all = buffer.try_use(&device, Access::Read)?;
    if Bytes::sum(all.ranges().iter().map(|range| range.len())) != buffer.bytes() {
        return Err(EIO);
    }
    Ok(given)
}

/// Has the device read memory of the calling process, `len` bytes at `start`, by `part` bytes.
/// Returns how many bytes it was given, or an errno.
///
/// # Safety
///
/// `dev` must be valid, and a driver bound to it.
#[no_mangle]
unsafe extern "C" fn phyr_buffers_read_by_rust(
    dev: *mut bindings::device,
    start: c_ulong,
    len: c_uint,
    part: c_uint,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(dev) };

    // CAST: Both are of what C has asked for.
    read_in_parts(dev, start, len as usize, part as usize)
        .map_or_else(Error::to_errno, |given| given as c_int)
}
