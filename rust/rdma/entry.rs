// SPDX-License-Identifier: GPL-2.0

//! What `exports.c` calls.

use crate::{
    context::Context,
    lists::{
        ByCursor,
        Cursor,
        InArray, //
    },
    queue::Queue,
    verbs::{
        Cqe,
        Qp,
        Remote,
        SendWr, //
    }, //
};
use core::{
    mem::MaybeUninit,
    ptr::NonNull, //
};
use kernel::{
    bindings,
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
unsafe fn array<'a, T>(entries: *const T, nr: c_uint) -> &'a [T] {
    match nr {
        0 => &[],
        // CAST: From 32 bits to 64.
        //
        // SAFETY: By the safety requirements of this function.
        nr => unsafe { core::slice::from_raw_parts(entries, nr as usize) },
    }
}

/// `rdma_rw_ctx_init_phyr()` of a list from its start.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_init(
    ctx: *mut MaybeUninit<Context>,
    qp: NonNull<Qp>,
    port_num: u32,
    phyrs: *const Phyr,
    nr: c_uint,
    remote_addr: u64,
    rkey: u32,
    dir: bindings::dma_data_direction,
) -> c_int {
    let remote = Remote {
        addr: remote_addr,
        key: rkey,
    };
    // INVARIANT: They may be mapped, by the safety requirements of this function.
    //
    // SAFETY: There are so many entries, which do not change during the call.
    let list = InArray(unsafe { array(phyrs, nr) });
    // SAFETY: It may be written, and nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It may be used.
    let queue = unsafe { Queue::from_raw(qp) };

    // SAFETY: By the safety requirements of this function.
    returned(unsafe { Context::init(ctx, queue, port_num, &list, remote, dir) })
}

/// `rdma_rw_ctx_init_phyr_iter()`.
///
/// # Safety
///
/// As the documentation of that function in `include/rdma/rw_phyr.h` demands.
#[no_mangle]
unsafe extern "C" fn phyr_rs_rw_init_iter(
    ctx: *mut MaybeUninit<Context>,
    qp: NonNull<Qp>,
    port_num: u32,
    iter: *const Cursor,
    remote_addr: u64,
    rkey: u32,
    dir: bindings::dma_data_direction,
) -> c_int {
    let remote = Remote {
        addr: remote_addr,
        key: rkey,
    };
    // SAFETY: It is valid during the call.
    let list = ByCursor(unsafe { &*iter });
    // SAFETY: It may be written, and nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It may be used.
    let queue = unsafe { Queue::from_raw(qp) };

    // SAFETY: By the safety requirements of this function.
    returned(unsafe { Context::init(ctx, queue, port_num, &list, remote, dir) })
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
    qp: NonNull<Qp>,
    port_num: u32,
    ranges: *const DmaRange,
    nr: c_uint,
    offset: u64,
    remote_addr: u64,
    rkey: u32,
    dir: bindings::dma_data_direction,
) -> c_int {
    let remote = Remote {
        addr: remote_addr,
        key: rkey,
    };
    // SAFETY: There are so many entries, which do not change during the call.
    let ranges = unsafe { array(ranges, nr) };
    // SAFETY: It may be written, and nobody else uses it.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: It may be used.
    let queue = unsafe { Queue::from_raw(qp) };

    returned(Context::init_mapped(
        ctx, queue, port_num, ranges, offset, remote, dir,
    ))
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
