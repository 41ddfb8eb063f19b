// SPDX-License-Identifier: GPL-2.0

//! The ioctls for registered buffers: `struct phyr_copy_register` and those behind it in
//! `phyr_copy.h`.

use super::{
    engines,
    part::Part,
    registered::Registered,
    request::pin, //
};
use kernel::{
    ioctl::{
        _IOR,
        _IOW, //
    },
    prelude::*,
    sync::Arc,
    uaccess::{
        UserPtr,
        UserSlice,
        UserSliceReader, //
    },
};
use phyr::phyr_list::{
    Access,
    Term, //
};

/// The layout of `struct phyr_copy_register`.
#[repr(C)]
struct RawRegister {
    iovecs: u64,
    nr: u32,
    flags: u32,
}

const _: () = assert!(size_of::<RawRegister>() == 16);

/// The layout of `struct phyr_copy_registered`.
#[repr(C)]
struct RawRegistered {
    index: [u32; 2],
    offset: [u64; 2],
    len: u64,
    engine: u32,
    reserved: u32,
}

const _: () = assert!(size_of::<RawRegistered>() == 40);

/// The layout of `struct phyr_copy_engines`.
#[repr(C)]
struct RawEngines {
    nr: u32,
    numbers: [u32; engines::MAX_ENGINES],
}

pub(crate) const REGISTER: u32 = _IOW::<RawRegister>('|' as u32, 0x91);
pub(crate) const UNREGISTER: u32 = _IOW::<u32>('|' as u32, 0x92);
pub(crate) const COPY: u32 = _IOW::<RawRegistered>('|' as u32, 0x93);
pub(crate) const ENGINES: u32 = _IOR::<RawEngines>('|' as u32, 0x94);

/// `PHYR_COPY_WRITABLE`.
const WRITABLE: u32 = 1;

fn reader<T>(arg: usize) -> UserSliceReader {
    UserSlice::new(UserPtr::from_addr(arg), size_of::<T>()).reader()
}

/// Registers the buffer that is described at `arg`.
pub(crate) fn register(registered: &Registered, arg: usize) -> Result<isize> {
    let mut input = reader::<RawRegister>(arg);
    let iovecs = input.read::<u64>()?;
    let nr = input.read::<u32>()?;
    let access = match input.read::<u32>()? {
        0 => Access::Read,
        WRITABLE => Access::Write,
        _ => return Err(EINVAL),
    };
    let index = registered.add(pin(iovecs, nr, access, Term::Long)?)?;

    Ok(isize::try_from(index)?)
}

/// Unregisters the buffer whose index is at `arg`.
pub(crate) fn unregister(registered: &Registered, arg: usize) -> Result<isize> {
    let index = reader::<u32>(arg).read()?;

    registered.remove(index).map(|()| 0)
}

/// Copies between the buffers that are named at `arg`.
pub(crate) fn copy(registered: &Registered, arg: usize) -> Result<isize> {
    let mut input = reader::<RawRegistered>(arg);
    let src = registered.get(input.read()?)?;
    let dst = registered.get(input.read()?)?;
    let (from, to) = (input.read::<u64>()?, input.read::<u64>()?);
    let len = input.read::<u64>()?;
    let engine = input.read::<u32>()?;
    if input.read::<u32>()? != 0 {
        return Err(EINVAL);
    }
    let src_part = Part::new(&src, from, len)?;
    let dst_part = Part::new(&dst, to, len)?;
    if Arc::ptr_eq(&src, &dst) && from.abs_diff(to) < len {
        return Err(EINVAL);
    }

    let engine = engines::get(engine)?;
    engine.copy_registered(src_part, dst_part)?;
    Ok(isize::try_from(engine.number())?)
}

/// Tells at `arg` which engines there are.
pub(crate) fn tell_engines(arg: usize) -> Result<isize> {
    let mut output = UserSlice::new(UserPtr::from_addr(arg), size_of::<RawEngines>()).writer();
    let (nr, numbers) = engines::numbers();

    output.write(&u32::try_from(nr)?)?;
    for number in numbers {
        output.write(&number)?;
    }
    Ok(0)
}
