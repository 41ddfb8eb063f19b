// SPDX-License-Identifier: GPL-2.0

//! The examples in Rust of the documentation (sources.rst), which shows what is between the marks.

use kernel::{
    bindings,
    device::{
        Bound,
        Device, //
    },
    dma::DataDirection,
    ffi::{
        c_int,
        c_uint, //
    },
    iov::{
        IovIterDest,
        IovIterSource, //
    },
    prelude::*, //
};
use phyr::{
    phyr_list::{
        Access,
        Gfp,
        PhyrList,
        Term,
        UserMemory, //
    },
    plan::{
        phyr::Phyr,
        range::DmaRange,
        units::Bytes, //
    },
    source::Source,
    Mapping, //
};

// [bytes]
/// Tells the device with `give` where `bytes` are, and waits until it has `sent` them.
fn send(
    dev: &Device<Bound>,
    bytes: &[u8],
    room: &mut [DmaRange],
    give: impl FnMut(&DmaRange),
    sent: impl FnOnce(),
) -> Result {
    let mapping = Mapping::new(dev, Source::read(bytes), room, DataDirection::ToDevice)?;

    mapping.ranges().iter().for_each(give);
    sent();
    // The mapping ends here, and with it the borrow of the bytes.
    Ok(())
}
// [bytes end]

fn send_both(dev: &Device<Bound>, len: usize, room: &mut [DmaRange]) -> Result<u64> {
    let kmalloc = KVec::from_elem(1u8, len, GFP_KERNEL)?;
    let vmalloc = VVec::from_elem(2u8, len, GFP_KERNEL)?;
    let mut given = 0;

    for bytes in [&kmalloc[..], &vmalloc[..]] {
        send(dev, bytes, room, |range| given += range.len().raw(), || ())?;
    }
    Ok(given)
}

/// Sends memory of `kmalloc()` and of `vmalloc()`, `len` bytes of each. Returns how many bytes the
/// device was given, or an errno.
///
/// # Safety
///
/// `dev` must be valid, and stay as if it were bound; `room` has `nr` entries.
#[no_mangle]
unsafe extern "C" fn phyr_example_send(
    dev: *mut bindings::device,
    len: c_uint,
    room: *mut DmaRange,
    nr: c_uint,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(dev) };
    // SAFETY: By the safety requirements of this function.
    let room = unsafe { core::slice::from_raw_parts_mut(room, nr as usize) };

    // CAST: Both are of what C has asked for.
    send_both(dev, len as usize, room).map_or_else(Error::to_errno, |given| given as c_int)
}

// [user memory]
/// Has the device read half of the memory of the calling process that is at `start`, `len` bytes,
/// and then the other half, told by `give` where they are.
fn read_halves(
    dev: &Device<Bound>,
    start: usize,
    len: usize,
    room: &mut [DmaRange],
    mut give: impl FnMut(&DmaRange),
) -> Result {
    let mut memory = UserMemory::new(Access::Read, Term::Long);

    memory.pin(start, len)?;
    let all = memory.list().bytes();
    let half = Bytes::new(all.raw() / 2);

    for (offset, len) in [(Bytes::ZERO, half), (half, all.saturating_sub(half))] {
        let part = memory.part(offset, len).ok_or(EINVAL)?;
        let mapping = Mapping::new(dev, part, room, DataDirection::ToDevice)?;

        mapping.ranges().iter().for_each(&mut give);
    }
    // It is unpinned here.
    Ok(())
}
// [user memory end]

/// Has the device read memory of the calling process, `len` bytes at `start`. Returns how many
/// bytes the device was given, or an errno.
///
/// # Safety
///
/// `dev` must be valid, and stay as if it were bound; `room` has `nr` entries.
#[no_mangle]
unsafe extern "C" fn phyr_example_read_user(
    dev: *mut bindings::device,
    start: usize,
    len: usize,
    room: *mut DmaRange,
    nr: c_uint,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(dev) };
    // SAFETY: By the safety requirements of this function.
    let room = unsafe { core::slice::from_raw_parts_mut(room, nr as usize) };
    let mut given = 0;

    // CAST: Both are of what C has asked for.
    match read_halves(dev, start, len, room, |range| given += range.len().raw()) {
        Ok(()) => given as c_int,
        Err(error) => error.to_errno(),
    }
}

/// Takes over `nr` ranges, whose pages are pinned to be written, and lets go of them. Returns 0, or
/// an errno.
///
/// # Safety
///
/// `phyrs` must be as many ranges of pages that are pinned, which nobody else unpins.
#[no_mangle]
unsafe extern "C" fn phyr_example_adopt(phyrs: *const Phyr, nr: c_uint) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let phyrs = unsafe { core::slice::from_raw_parts(phyrs, nr as usize) };
    let mut list = PhyrList::pinned();

    list.set_access(Access::Write);
    // SAFETY: By the safety requirements of this function.
    match unsafe { list.add_all(phyrs.iter().copied(), Gfp::KERNEL) } {
        Ok(()) => 0,
        Err(error) => error.to_errno(),
    }
}

// [iov]
/// Has the device read what is left of `from`, told by `give` where it is. Returns how many bytes
/// that was.
fn read_iov(
    dev: &Device<Bound>,
    from: &mut IovIterSource<'_>,
    room: &mut [DmaRange],
    give: impl FnMut(&DmaRange),
) -> Result<usize> {
    let mut memory = UserMemory::new(Access::Read, Term::Short);
    let pinned = memory.pin_source(from, usize::MAX)?;
    let mapping = Mapping::new(dev, memory, room, DataDirection::ToDevice)?;

    mapping.ranges().iter().for_each(give);
    Ok(pinned)
}
// [iov end]

/// Has the device read what is left of `iov`. Returns how many bytes it was given, or an errno.
///
/// # Safety
///
/// As for [`phyr_example_read_user`], and `iov` must be one that is read, of this process.
#[no_mangle]
unsafe extern "C" fn phyr_example_read_iov(
    dev: *mut bindings::device,
    iov: *mut bindings::iov_iter,
    room: *mut DmaRange,
    nr: c_uint,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(dev) };
    // SAFETY: By the safety requirements of this function.
    let iov = unsafe { IovIterSource::from_raw(iov) };
    // SAFETY: By the safety requirements of this function.
    let room = unsafe { core::slice::from_raw_parts_mut(room, nr as usize) };
    let mut given = 0;

    match read_iov(dev, iov, room, |range| given += range.len().raw()) {
        // CAST: What the test gives is less.
        Ok(pinned) if pinned as u64 == given => given as c_int,
        Ok(_) => EFAULT.to_errno(),
        Err(error) => error.to_errno(),
    }
}

fn access(is_written: bool) -> Access {
    match is_written {
        true => Access::Write,
        false => Access::Read,
    }
}

/// Pins what is left of `iov`, as memory that a device writes or only reads, and lets go of it.
/// Returns how many bytes that was, or an errno.
///
/// # Safety
///
/// `iov` must be one that is read, and nobody else may use it.
#[no_mangle]
unsafe extern "C" fn phyr_example_pin_source(
    iov: *mut bindings::iov_iter,
    is_written: bool,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let iov = unsafe { IovIterSource::from_raw(iov) };
    let pinned = UserMemory::new(access(is_written), Term::Short).pin_source(iov, usize::MAX);

    // CAST: What the test gives is less.
    pinned.map_or_else(Error::to_errno, |bytes| bytes as c_int)
}

/// Pins what is left of `iov`, and lets go of all but `kept` bytes. Returns how many there are
/// then, or an errno.
///
/// # Safety
///
/// `iov` must be one that is read, of this process.
#[no_mangle]
unsafe extern "C" fn phyr_example_truncate(iov: *mut bindings::iov_iter, kept: u64) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let iov = unsafe { IovIterSource::from_raw(iov) };
    let mut memory = UserMemory::new(Access::Read, Term::Long);
    let left = memory
        .pin_source(iov, usize::MAX)
        .and_then(|_| memory.truncate(Bytes::new(kept)))
        .map(|()| memory.list().bytes());

    match left {
        // CAST: A test does not pin more.
        Ok(bytes) => bytes.raw() as c_int,
        Err(error) => error.to_errno(),
    }
}

/// [`phyr_example_pin_source`], of one that is written.
///
/// # Safety
///
/// As there, but for that.
#[no_mangle]
unsafe extern "C" fn phyr_example_pin_dest(
    iov: *mut bindings::iov_iter,
    is_written: bool,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let iov = unsafe { IovIterDest::from_raw(iov) };
    let pinned = UserMemory::new(access(is_written), Term::Long).pin_dest(iov, usize::MAX);

    // CAST: What the test gives is less.
    pinned.map_or_else(Error::to_errno, |bytes| bytes as c_int)
}

// [keep]
/// A list of `pages`, which stay allocated as long as it is kept, without the first of them.
///
/// # Safety
///
/// They must be allocated RAM.
unsafe fn keep(pages: &[Phyr]) -> Result<PhyrList> {
    let mut list = PhyrList::referenced();
    let (first, others) = pages.split_first().ok_or(EINVAL)?;
    let mut behind = PhyrList::referenced();

    // SAFETY: By the safety requirements of this function.
    unsafe { list.add(*first, Gfp::KERNEL) }?;
    // SAFETY: As above.
    unsafe { behind.add_all(others.iter().copied(), Gfp::KERNEL) }?;
    list.append(&mut behind, Gfp::KERNEL)?;
    list.split_off(first.len(), Gfp::KERNEL)
        .map_err(Error::from)
}
// [keep end]

/// Keeps `nr` ranges but for the first, and maps them. Returns how many bytes the device was given,
/// or an errno.
///
/// # Safety
///
/// As for [`phyr_example_read_user`], and `phyrs` must be as many ranges of allocated RAM.
#[no_mangle]
unsafe extern "C" fn phyr_example_keep(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    room: *mut DmaRange,
    nr: c_uint,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(dev) };
    // SAFETY: By the safety requirements of this function.
    let phyrs = unsafe { core::slice::from_raw_parts(phyrs, nr as usize) };
    // SAFETY: By the safety requirements of this function.
    let room = unsafe { core::slice::from_raw_parts_mut(room, nr as usize) };
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { keep(phyrs) };

    match list.and_then(|list| give_all(dev, &list, room)) {
        // CAST: What the test gives is less.
        Ok(given) => given as c_int,
        Err(error) => error.to_errno(),
    }
}

/// How many bytes of `list`, which holds its pages, the device is given.
fn give_all(dev: &Device<Bound>, list: &PhyrList, room: &mut [DmaRange]) -> Result<u64> {
    // SAFETY: The list holds them.
    let all = unsafe { list.part(Bytes::ZERO, list.bytes(), Access::Read) };
    let mapping = Mapping::new(dev, all.ok_or(EINVAL)?, room, DataDirection::ToDevice)?;

    Ok(mapping.ranges().iter().map(|range| range.len().raw()).sum())
}
