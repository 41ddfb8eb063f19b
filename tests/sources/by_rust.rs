// SPDX-License-Identifier: GPL-2.0

//! Maps by `phyr::source::Source` what `tests/sources/from_rust.c` names.

use kernel::{
    alloc::{
        flags::GFP_KERNEL,
        KVec, //
    },
    bindings,
    device::{
        Bound,
        Device, //
    },
    dma::DataDirection,
    error::Result,
    ffi::{
        c_int,
        c_uint,
        c_void, //
    }, //
};
use phyr::{
    phyr_list::Access,
    plan::range::DmaRange,
    source::Source,
    Mapping, //
};

/// `struct object` of `by_rust.h`.
#[repr(C)]
struct Object {
    kind: Kind,
    of: *mut c_void,
    at: *const bindings::bvec_iter,
    offset: usize,
    len: usize,
}

/// `enum object_kind`.
#[derive(Clone, Copy)]
#[repr(u32)]
#[expect(dead_code)]
enum Kind {
    Pages,
    Bvecs,
    Scatterlist,
    Kernel,
    Folio,
    Xdr,
    Iov,
    #[cfg(CONFIG_BLOCK)]
    Bio,
    #[cfg(CONFIG_BLOCK)]
    Request,
    #[cfg(CONFIG_BLOCK)]
    Integrity,
}

impl Object {
    /// # Safety
    ///
    /// It must be as `from_rust.c` has it, and stay as it is during `'a`.
    unsafe fn source<'a>(&self) -> Source<'a> {
        let (of, offset, len) = (self.of, self.offset, self.len);
        let access = Access::Read;
        // CAST: In C they are of these types.
        let (offset32, len32) = (offset as u32, len as u32);

        // SAFETY: By the safety requirements of this function, in all of these.
        unsafe {
            match self.kind {
                Kind::Pages => Source::pages(of.cast(), offset32, len, access),
                Kind::Bvecs => Source::bvecs(of.cast(), &*self.at, access),
                Kind::Scatterlist => Source::scatterlist(of.cast(), len32, access),
                Kind::Kernel => Source::kernel(of, len, access),
                Kind::Folio => Source::folio(of.cast(), offset, len, access),
                Kind::Xdr => Source::xdr_buf(of.cast(), offset32, len32, access),
                Kind::Iov => Source::iov_iter(&*of.cast(), access),
                #[cfg(CONFIG_BLOCK)]
                Kind::Bio => Source::bio(of.cast(), access),
                #[cfg(CONFIG_BLOCK)]
                Kind::Request => Source::request(of.cast(), access),
                #[cfg(CONFIG_BLOCK)]
                Kind::Integrity => Source::request_integrity(of.cast(), access),
            }
        }
    }
}

/// Maps the object, calls `seen` with the number of its DMA ranges, and unmaps it. Returns that
/// number, or an errno: that of the source, if it has one.
///
/// # Safety
///
/// `dev` must be valid, and stay as if it were bound; `object` as for [`Object::source`]; `ranges`
/// has room for `room` entries.
#[no_mangle]
unsafe extern "C" fn phyr_test_map_by_rust(
    dev: *mut bindings::device,
    object: *const Object,
    ranges: *mut DmaRange,
    room: c_uint,
    seen: unsafe extern "C" fn(*mut c_void, c_int),
    data: *mut c_void,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(dev) };
    // SAFETY: By the safety requirements of this function.
    let mut source = unsafe { (*object).source() };
    // SAFETY: By the safety requirements of this function.
    let ranges = unsafe { core::slice::from_raw_parts_mut(ranges, room as usize) };

    let result = Mapping::new(dev, &mut source, ranges, DataDirection::ToDevice).map(|mapping| {
        // CAST: There is room for so many.
        let nr = mapping.ranges().len() as c_int;
        // SAFETY: It is C's own.
        unsafe { seen(data, nr) };
        nr
    });
    match result {
        Ok(nr) => nr,
        Err(error) => source
            .failure()
            .map_or(error.to_errno(), |failure| failure.to_errno()),
    }
}

/// What a mapping of `source` for the device to write fails with, or 0.
fn written(dev: &Device<Bound>, source: Source<'_>, ranges: &mut [DmaRange]) -> c_int {
    Mapping::new(dev, source, ranges, DataDirection::FromDevice)
        .map_or_else(|error| error.to_errno(), |_| 0)
}

fn written_both(dev: &Device<Bound>, ranges: &mut [DmaRange]) -> Result<[c_int; 2]> {
    let mut bytes = KVec::from_elem(0u8, 5000, GFP_KERNEL)?;

    Ok([
        written(dev, Source::read(&bytes), ranges),
        written(dev, Source::write(&mut bytes), ranges),
    ])
}

/// Maps bytes for the device to write, which it may only read, and those that it may write. Writes
/// what that fails with to `failed`, or returns an errno.
///
/// # Safety
///
/// `dev` must be valid, and stay as if it were bound; `ranges` has room for `room` entries;
/// `failed` may be written.
#[no_mangle]
unsafe extern "C" fn phyr_test_written_by_rust(
    dev: *mut bindings::device,
    ranges: *mut DmaRange,
    room: c_uint,
    failed: *mut [c_int; 2],
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(dev) };
    // SAFETY: By the safety requirements of this function.
    let ranges = unsafe { core::slice::from_raw_parts_mut(ranges, room as usize) };

    match written_both(dev, ranges) {
        Ok(both) => {
            // SAFETY: By the safety requirements of this function.
            unsafe { failed.write(both) };
            0
        }
        Err(error) => error.to_errno(),
    }
}
