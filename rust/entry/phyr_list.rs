// SPDX-License-Identifier: GPL-2.0

//! `include/linux/phyr-list.h`.
//!
//! Words of a list that `phyr_list_init()` leaves alone have some value, as all memory of C's has,
//! and are not read before they are written.

use crate::{
    chain::Slice,
    iter::{
        Cursor,
        RawIter, //
    },
    phyr_list::{
        Gfp,
        PhyrList, //
    },
    plan::{
        error::Error,
        phyr::Phyr,
        units::{
            Bytes,
            PhysAddr, //
        }, //
    },
};
use core::{
    cell::Cell,
    mem::MaybeUninit, //
};
use kernel::{
    bindings::{
        gfp_t,
        phys_addr_t, //
    },
    error::code::EINVAL,
    ffi::{
        c_int,
        c_uint, //
    }, //
};

fn to_errno(result: Result<(), Error>) -> c_int {
    result.err().map_or(0, Error::to_errno)
}

/// `phyr_list_add()`.
///
/// # Safety
///
/// As its documentation demands: `list` is a list that nobody else uses; the pages of the range are
/// pinned if it pins.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_add(
    list: *mut PhyrList,
    paddr: phys_addr_t,
    len: usize,
    gfp: gfp_t,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { &mut *list };
    // CAST: Both have 64 bits.
    let phyr = Phyr::new(PhysAddr::new(paddr), Bytes::new(len as u64));

    // SAFETY: By the safety requirements of this function.
    to_errno(unsafe { list.add(phyr, Gfp(gfp)) })
}

/// `phyr_list_add_iter()`.
///
/// # Safety
///
/// As for [`phyr_rs_list_add`], of all ranges that `iter` gives; that is a cursor.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_add_iter(
    list: *mut PhyrList,
    iter: *const RawIter,
    gfp: gfp_t,
) -> c_int {
    let failed = Cell::new(0);
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { &mut *list };
    // SAFETY: `iter` is valid during the call.
    let iter = unsafe { *iter };
    // SAFETY: It may be used during the call.
    let cursor = unsafe { Cursor::new(iter, &failed) };

    // For an error the cursor gives a range of no bytes, which is not valid.
    //
    // SAFETY: By the safety requirements of this function.
    let result = unsafe { list.add_all(cursor, Gfp(gfp)) };
    match (result, failed.get()) {
        (Err(_), errno) if errno != 0 => errno,
        (result, _) => to_errno(result),
    }
}

/// `phyr_list_append()`.
///
/// # Safety
///
/// Both are lists that nobody else uses.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_append(
    list: *mut PhyrList,
    other: *mut PhyrList,
    gfp: gfp_t,
) -> c_int {
    if list == other {
        return EINVAL.to_errno();
    }
    // SAFETY: By the safety requirements of this function, and they are two.
    let (list, other) = unsafe { (&mut *list, &mut *other) };

    to_errno(list.append(other, Gfp(gfp)))
}

/// `phyr_list_split()`.
///
/// # Safety
///
/// `list` is a list that nobody else uses, and `behind` may be written.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_split(
    list: *mut PhyrList,
    offset: u64,
    behind: *mut MaybeUninit<PhyrList>,
    gfp: gfp_t,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { &mut *list };
    // SAFETY: By the safety requirements of this function.
    let behind = unsafe { &mut *behind };

    match list.split(Bytes::new(offset), gfp) {
        Ok(list) => {
            behind.write(list);
            0
        }
        Err(error) => {
            behind.write(list.empty());
            error.to_errno()
        }
    }
}

/// `phyr_list_truncate()`.
///
/// # Safety
///
/// `list` is a list that nobody else uses.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_truncate(list: *mut PhyrList, len: u64) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { &mut *list };

    to_errno(list.truncate(Bytes::new(len)))
}

/// `phyr_list_release()`.
///
/// # Safety
///
/// `list` is a list that nobody else uses.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_release(list: *mut PhyrList) {
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { &mut *list };

    list.release();
}

/// `phyr_list_metadata()`.
///
/// # Safety
///
/// `list` is a list that does not change during the call.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_metadata(list: *const PhyrList) -> usize {
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { &*list };

    // CAST: Both have 64 bits.
    list.metadata().raw() as usize
}

/// `get_user_phyrs()`.
///
/// # Safety
///
/// `list` is a list that nobody else uses.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_pin(
    list: *mut PhyrList,
    start: usize,
    len: usize,
    gup_flags: c_uint,
    gfp: gfp_t,
) -> isize {
    // SAFETY: By the safety requirements of this function.
    let list = unsafe { &mut *list };

    list.get_user(start, len, gup_flags, gfp)
}

// It is what a cursor over a list keeps, in `struct phyr_iter`'s `state`.
const _: () = assert!(size_of::<Slice<'_>>() <= 40);

/// Writes a cursor over `len` bytes from byte `offset` on.
///
/// # Safety
///
/// `list` is a list that does not change while `state`, which may be written, is used.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_begin<'a>(
    list: *const PhyrList,
    offset: u64,
    len: u64,
    state: *mut Slice<'a>,
) {
    // SAFETY: By the safety requirements of this function.
    let list: &'a PhyrList = unsafe { &*list };
    let slice = list
        .slice(Bytes::new(offset), Bytes::new(len))
        .unwrap_or(Slice::broken());

    // SAFETY: By the safety requirements of this function.
    unsafe { state.write(slice) };
}

/// `phyr_next_in_list()`.
///
/// # Safety
///
/// `state` was written by [`phyr_rs_list_begin`], and is nobody else's; `phyr` may be written.
#[no_mangle]
unsafe extern "C" fn phyr_rs_list_next(state: *mut Slice<'_>, phyr: *mut Phyr) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let slice = unsafe { &mut *state };
    if slice.bytes().is_zero() {
        return 0;
    }
    let Some(next) = slice.next() else {
        return EINVAL.to_errno();
    };

    // SAFETY: By the safety requirements of this function.
    unsafe { phyr.write(next) };
    1
}
