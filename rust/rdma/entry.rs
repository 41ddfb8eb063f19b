// SPDX-License-Identifier: GPL-2.0

//! What `exports.c` calls.

use crate::{
    context::{
        Context,
        SignedContext, //
    },
    lists::{
        ByCursor,
        Cursor,
        Described,
        InArray,
        InList,
        List,
        Start, //
    },
    queue::Queue,
    transfer::Transfer,
    verbs::{
        Cqe,
        Qp,
        SendWr,
        SigAttrs, //
    }, //
};
use core::{
    mem::MaybeUninit,
    ptr::NonNull, //
};
use kernel::{
    error::Result,
    ffi::{
        c_int,
        c_uint, //
    }, //
};
use phyr::plan::{
    phyr::Phyr,
    range::DmaRange, //
};

/// What is returned to C: the number of work requests, or an error.
fn returned(prepared: Result<u32>) -> c_int {
    match prepared {
        // There is no queue for more.
        Ok(wqes) => c_int::try_from(wqes).unwrap_or(c_int::MAX),
        Err(error) => error.to_errno(),
    }
}

/// `nr` entries; where there are none, `entries` may be anything.
///
/// # Safety
///
/// There must be so many, and they must not change during `'a`.
pub(crate) unsafe fn array<'a, T>(entries: *const T, nr: c_uint) -> &'a [T] {
    match nr {
        0 => &[],
        // CAST: From 32 bits to 64.
        //
        // SAFETY: By the safety requirements of this function.
        nr => unsafe { core::slice::from_raw_parts(entries, nr as usize) },
    }
}

/// Room for `nr` entries; where there is none, `entries` may be anything.
///
/// # Safety
///
/// There must be as much, which nobody else uses during `'a`.
pub(crate) unsafe fn array_mut<'a, T>(
    entries: *mut MaybeUninit<T>,
    nr: c_uint,
) -> &'a mut [MaybeUninit<T>] {
    match nr {
        0 => &mut [],
        // CAST: From 32 bits to 64.
        //
        // SAFETY: By the safety requirements of this function.
        nr => unsafe { core::slice::from_raw_parts_mut(entries, nr as usize) },
    }
}

/// Prepares a transfer of `list`.
///
/// # Safety
///
/// As the documentation of `rdma_rw_ctx_init_phyr()` in `include/rdma/rw_phyr.h` demands, for
/// memory of `list`.
unsafe fn init<L: List>(
    ctx: *mut MaybeUninit<Context>,
    transfer: *const Transfer<'_>,
    list: L,
) -> c_int {
    // SAFETY: It may be written, and nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It is valid during the call, and its queue pair may be used.
    let transfer = unsafe { &*transfer };

    // SAFETY: By the safety requirements of this function.
    returned(unsafe { Context::init(ctx, transfer, list) })
}

/// `rdma_rw_ctx_init_phyr()` of a list from its start.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_init(
    ctx: *mut MaybeUninit<Context>,
    transfer: *const Transfer<'_>,
    phyrs: *const Phyr,
    nr: c_uint,
) -> c_int {
    // INVARIANT: They may be mapped, by the safety requirements of this function.
    //
    // SAFETY: There are so many entries, which do not change during the call.
    let list = InArray(unsafe { array(phyrs, nr) });

    // SAFETY: By the safety requirements of this function.
    unsafe { init(ctx, transfer, list) }
}

/// `rdma_rw_ctx_init_phyr_list()`, from `start` on.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands, and `start` must lie
/// inside of an entry, or at the end of the list.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_init_list(
    ctx: *mut MaybeUninit<Context>,
    transfer: *const Transfer<'_>,
    list: *const Described,
    start: *const Start,
) -> c_int {
    // INVARIANT: What is in it may be mapped, by the safety requirements of this function.
    let list = InList {
        // SAFETY: It is valid during the call.
        list: unsafe { &*list },
        // SAFETY: As above.
        start: unsafe { *start },
    };

    // SAFETY: By the safety requirements of this function.
    unsafe { init(ctx, transfer, list) }
}

/// `rdma_rw_ctx_init_phyr_iter()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_init_iter(
    ctx: *mut MaybeUninit<Context>,
    transfer: *const Transfer<'_>,
    iter: *const Cursor,
) -> c_int {
    // SAFETY: It is valid during the call.
    let list = ByCursor(unsafe { &*iter });

    // SAFETY: By the safety requirements of this function.
    unsafe { init(ctx, transfer, list) }
}

/// `rdma_rw_ctx_init_phyr_mapped()`, of ranges of which C has left out those before the offset.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands, and `offset` must lie
/// inside of the first range.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_init_mapped(
    ctx: *mut MaybeUninit<Context>,
    transfer: *const Transfer<'_>,
    ranges: *const DmaRange,
    nr: c_uint,
    offset: u64,
) -> c_int {
    // SAFETY: There are so many entries, which do not change during the call.
    let ranges = unsafe { array(ranges, nr) };
    // SAFETY: It may be written, and nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It is valid during the call, and its queue pair may be used.
    let transfer = unsafe { &*transfer };

    returned(Context::init_mapped(ctx, transfer, ranges, offset))
}

/// `rdma_rw_ctx_signature_init_phyr()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_sign(
    ctx: *mut MaybeUninit<SignedContext>,
    transfer: *const Transfer<'_>,
    phyrs: *const Phyr,
    nr: c_uint,
    prot: *const Phyr,
    nr_prot: c_uint,
    attrs: NonNull<SigAttrs>,
) -> c_int {
    // INVARIANT: They may be mapped, by the safety requirements of this function.
    //
    // SAFETY: There are so many entries, which do not change during the call.
    let data = InArray(unsafe { array(phyrs, nr) });
    // INVARIANT: As above.
    //
    // SAFETY: As above.
    let prot = InArray(unsafe { array(prot, nr_prot) });
    // SAFETY: It may be written, and nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It is valid during the call, and its queue pair may be used.
    let transfer = unsafe { &*transfer };

    // SAFETY: By the safety requirements of this function.
    returned(unsafe { SignedContext::init(ctx, transfer, &data, &prot, attrs) })
}

/// `rdma_rw_ctx_sync_signature_phyr()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_sync_signed(ctx: *mut SignedContext, qp: NonNull<Qp>) {
    // SAFETY: Nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It may be used.
    let queue = unsafe { Queue::from_raw(qp) };

    ctx.sync(queue);
}

/// `rdma_rw_ctx_destroy_signature_phyr()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_destroy_signed(ctx: *mut SignedContext, qp: NonNull<Qp>) {
    // SAFETY: Nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It may be used.
    let queue = unsafe { Queue::from_raw(qp) };

    ctx.destroy(queue);
}

/// `rdma_rw_ctx_sync_phyr()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_sync(ctx: *mut Context, qp: NonNull<Qp>) {
    // SAFETY: Nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It may be used.
    let queue = unsafe { Queue::from_raw(qp) };

    ctx.sync(queue);
}

/// `rdma_rw_ctx_wrs_phyr()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_wrs(
    ctx: *mut Context,
    cqe: *mut Cqe,
    chain: *mut SendWr,
) -> *mut SendWr {
    // SAFETY: Nobody else uses it.
    let ctx = unsafe { &mut *ctx };

    ctx.wrs(cqe, chain)
}

/// What follows if the chain was refused that [`phyr_rs_rw_wrs`] has returned, from `refused` on.
///
/// # Safety
///
/// `ctx` must be a context that nobody else uses.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_refused(ctx: *mut Context, refused: *const SendWr) {
    // SAFETY: By the safety requirements of this function.
    let ctx = unsafe { &mut *ctx };

    ctx.refused(refused);
}

/// `rdma_rw_ctx_destroy_phyr()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_destroy(ctx: *mut Context, qp: NonNull<Qp>) {
    // SAFETY: Nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It may be used.
    let queue = unsafe { Queue::from_raw(qp) };

    ctx.destroy(queue);
}
