// SPDX-License-Identifier: GPL-2.0

//! The examples in Rust of `Documentation/sources.rst`, which shows what is between the marks.

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
    prelude::*, //
};
use phyr::{
    plan::range::DmaRange,
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
