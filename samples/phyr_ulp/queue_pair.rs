// SPDX-License-Identifier: GPL-2.0

//! Queue pairs, and what is posted to them.

use super::{
    id::{
        Id,
        RawId, //
    },
    wire::{
        Message,
        MESSAGE_BYTES, //
    },
};
use core::{
    mem::MaybeUninit,
    ptr::NonNull, //
};
use kernel::{
    error::{
        from_err_ptr,
        to_result, //
    },
    ffi::{
        c_int,
        c_uint,
        c_void, //
    },
    prelude::*,
};
use phyr::plan::{
    range::DmaRange,
    units::Bytes, //
};
use phyr_rdma::{
    verbs::{
        Cq,
        Cqe,
        Qp,
        Sge, //
    },
    Queue,
    Remote, //
};

/// `struct ib_mr`, only pointed to.
#[repr(C)]
struct RawMr([u8; 0]);

/// `struct phyr_ulp_queue`.
#[repr(C)]
struct RawQueue {
    pd: *mut c_void,
    cq: *mut Cq,
    qp: NonNull<Qp>,
    room: u32,
    most: u32,
    port: u32,
    pages_per_mr: u32,
}

extern "C" {
    fn phyr_ulp_open(
        id: *mut RawId,
        depth: u32,
        pages: u32,
        queue: *mut MaybeUninit<RawQueue>,
    ) -> c_int;
    fn phyr_ulp_drain(queue: *mut RawQueue);
    fn phyr_ulp_close(id: *mut RawId, queue: *mut RawQueue);
    fn phyr_ulp_receive(queue: *mut RawQueue, cqe: *mut Cqe, sge: *const Sge) -> c_int;
    fn phyr_ulp_send(
        queue: *mut RawQueue,
        cqe: *mut Cqe,
        message: *const Message,
        bytes: u32,
    ) -> c_int;
    fn phyr_ulp_lkey(queue: *const RawQueue) -> u32;
    fn phyr_ulp_mr(queue: *mut RawQueue) -> *mut RawMr;
    fn phyr_ulp_register(
        queue: *mut RawQueue,
        mr: *mut RawMr,
        ranges: *const DmaRange,
        nr: c_uint,
        offset: u64,
        len: u64,
        cqe: *mut Cqe,
    ) -> c_int;
    fn phyr_ulp_rkey(mr: *const RawMr) -> u32;
    fn phyr_ulp_iova(mr: *const RawMr) -> u64;
    fn phyr_ulp_free_mr(mr: *mut RawMr);
}

/// The queue pair of an id.
///
/// On drop it is destroyed, after what was posted has completed. The id must live then.
///
/// # Invariants
///
/// `queue` is that of `id`, made by `phyr_ulp_open()`.
pub(crate) struct QueuePair {
    queue: RawQueue,
    id: *mut RawId,
}

// SAFETY: Any thread may use a queue pair.
unsafe impl Send for QueuePair {}

impl QueuePair {
    /// For `depth` transfers at a time, of `pages` pages of memory each.
    pub(crate) fn open(id: &Id, depth: u32, pages: u32) -> Result<Self> {
        let mut queue = MaybeUninit::uninit();

        // SAFETY: The id has a device, and `queue` may be written.
        to_result(unsafe { phyr_ulp_open(id.as_raw(), depth, pages, &mut queue) })?;
        // INVARIANT: Just made.
        Ok(Self {
            // SAFETY: It was written.
            queue: unsafe { queue.assume_init() },
            id: id.as_raw(),
        })
    }

    /// For transfers.
    pub(crate) fn queue(&self) -> Queue<'_> {
        // SAFETY: It lives as long as `self`, and is drained before it is destroyed.
        unsafe { Queue::from_raw(self.queue.qp) }
    }

    /// The port that it is bound to.
    pub(crate) fn port(&self) -> u32 {
        self.queue.port
    }

    /// Entries of the send queue.
    pub(crate) fn room(&self) -> u32 {
        self.queue.room
    }

    /// Entries that a transfer may take.
    pub(crate) fn most(&self) -> u32 {
        self.queue.most
    }

    /// Pages that an MR can have.
    pub(crate) fn pages_per_mr(&self) -> u32 {
        self.queue.pages_per_mr
    }

    /// The key of SGEs of mapped memory.
    pub(crate) fn lkey(&self) -> u32 {
        // SAFETY: It lives by the type invariants.
        unsafe { phyr_ulp_lkey(&self.queue) }
    }

    /// Posts a RECV.
    ///
    /// # Safety
    ///
    /// `cqe` and the memory that `sge` names must be there until it has completed.
    pub(crate) unsafe fn receive(&mut self, cqe: *mut Cqe, sge: &Sge) -> Result {
        // SAFETY: It lives by the type invariants; the rest is what the caller guarantees.
        to_result(unsafe { phyr_ulp_receive(&mut self.queue, cqe, sge) })
    }

    /// Posts a SEND of a message, which is copied.
    ///
    /// # Safety
    ///
    /// `cqe` must be there until it has completed.
    pub(crate) unsafe fn send(&mut self, cqe: *mut Cqe, message: &Message) -> Result {
        // CAST: It fits.
        let bytes = MESSAGE_BYTES as u32;

        // SAFETY: It lives by the type invariants; the rest is what the caller guarantees.
        to_result(unsafe { phyr_ulp_send(&mut self.queue, cqe, message, bytes) })
    }

    /// An MR for `len` bytes of `ranges` from byte `offset` on, for the other side to use once
    /// `cqe` has been told.
    ///
    /// # Safety
    ///
    /// `ranges` must be mapped for the device, in both directions, until the MR is dropped, and
    /// `cqe` be there until it has completed.
    pub(crate) unsafe fn register(
        &mut self,
        ranges: &[DmaRange],
        offset: Bytes,
        len: Bytes,
        cqe: *mut Cqe,
    ) -> Result<Mr> {
        // SAFETY: It lives by the type invariants.
        let raw = from_err_ptr(unsafe { phyr_ulp_mr(&mut self.queue) })?;
        // INVARIANT: Just made.
        let mr = Mr(NonNull::new(raw).ok_or(ENOMEM)?);
        let nr = c_uint::try_from(ranges.len())?;

        // SAFETY: As above; the MR is ours, and the rest is what the caller guarantees.
        to_result(unsafe {
            phyr_ulp_register(
                &mut self.queue,
                mr.0.as_ptr(),
                ranges.as_ptr(),
                nr,
                offset.raw(),
                len.raw(),
                cqe,
            )
        })?;
        Ok(mr)
    }

    /// Waits until all that was posted has completed, and has no more be.
    pub(crate) fn drain(&mut self) {
        // SAFETY: It lives by the type invariants.
        unsafe { phyr_ulp_drain(&mut self.queue) };
    }
}

impl Drop for QueuePair {
    fn drop(&mut self) {
        self.drain();
        // SAFETY: It lives by the type invariants, and is given up here; so does the id.
        unsafe { phyr_ulp_close(self.id, &mut self.queue) };
    }
}

/// An MR that the other side may read and write.
///
/// # Invariants
///
/// It is ours.
pub(crate) struct Mr(NonNull<RawMr>);

// SAFETY: Any thread may use an MR.
unsafe impl Send for Mr {}

impl Mr {
    /// What the other side names byte `offset` of it by.
    pub(crate) fn remote(&self, offset: u64) -> Remote {
        // SAFETY: It is ours by the type invariants.
        let addr = unsafe { phyr_ulp_iova(self.0.as_ptr()) };

        Remote {
            addr: addr.wrapping_add(offset),
            // SAFETY: As above.
            key: unsafe { phyr_ulp_rkey(self.0.as_ptr()) },
        }
    }
}

impl Drop for Mr {
    fn drop(&mut self) {
        // SAFETY: It is ours by the type invariants, and given up here.
        unsafe { phyr_ulp_free_mr(self.0.as_ptr()) };
    }
}
