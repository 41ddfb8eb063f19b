// SPDX-License-Identifier: GPL-2.0

//! The queue pair: what it and its device are like, and its pool of MRs.

use crate::{
    plan::{
        segments::Extent,
        way, //
    },
    verbs::{
        Mr,
        Qp,
        Sge,
        SigAttrs, //
    }, //
};
use core::{
    marker::PhantomData,
    mem::MaybeUninit,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    error::{
        code::EINVAL,
        to_result,
        Result, //
    },
    ffi::{
        c_int,
        c_uint, //
    }, //
};
use phyr::plan::{
    range::DmaRange,
    units::Bytes, //
};

/// `struct phyr_rw_port`.
#[repr(C)]
pub(crate) struct Port {
    dma_dev: *mut bindings::device,
    pub(crate) lkey: u32,
    pub(crate) max_sge: u32,
    max_sgl_rd: u32,
    iwarp: u32,
    force_mr: u32,
    read_inv: u32,
    translated: u32,
}

impl Port {
    /// What [`way::Way::choose`] wants to know of it.
    pub(crate) fn asks_for(&self) -> way::Port {
        way::Port {
            iwarp: self.is_iwarp(),
            max_sgl_rd: self.max_sgl_rd,
            force_mr: self.force_mr != 0,
        }
    }

    /// `rdma_protocol_iwarp()`.
    pub(crate) fn is_iwarp(&self) -> bool {
        self.iwarp != 0
    }

    /// Whether a READ can invalidate the MR that it fills.
    pub(crate) fn reads_with_inv(&self) -> bool {
        self.read_inv != 0
    }

    /// Whether memory is mapped through an IOMMU.
    pub(crate) fn is_translated(&self) -> bool {
        self.translated != 0
    }

    /// The device that memory is mapped for; [`None`] if it has no DMA of its own.
    pub(crate) fn dma_dev(&self) -> Option<NonNull<bindings::device>> {
        NonNull::new(self.dma_dev)
    }
}

// Structures that are only pointed to, or empty in some configurations.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_rw_port(
        qp: *mut Qp,
        port_num: u32,
        dir: bindings::dma_data_direction,
        port: *mut MaybeUninit<Port>,
    );
    fn phyr_rw_has_port(qp: *const Qp, port_num: u32) -> bool;
    fn phyr_rw_dma_dev(qp: *mut Qp) -> *mut bindings::device;
    fn phyr_rw_segments_per_mr(qp: *const Qp) -> u32;
    fn phyr_rw_pages_per_mr(qp: *const Qp) -> u32;
    fn phyr_rw_signs(qp: *const Qp) -> bool;
    fn phyr_rw_mr_get(qp: *mut Qp) -> *mut Mr;
    fn phyr_rw_mr_put(qp: *mut Qp, mr: *mut Mr);
    fn phyr_rw_mr_map(
        mr: *mut Mr,
        ranges: *const DmaRange,
        nr: c_uint,
        skipped: Bytes,
        bytes: Bytes,
        sgl: *mut MaybeUninit<bindings::scatterlist>,
        sge: *mut Sge,
    ) -> c_int;
    fn phyr_rw_sig_mr_get(qp: *mut Qp) -> *mut Mr;
    fn phyr_rw_sig_mr_put(qp: *mut Qp, mr: *mut Mr);
    fn phyr_rw_sig_mr_map(
        mr: *mut Mr,
        data: *const DmaRange,
        nr: c_uint,
        prot: *const DmaRange,
        nr_prot: c_uint,
        sgl: *mut MaybeUninit<bindings::scatterlist>,
        attrs: *const SigAttrs,
        sge: *mut Sge,
    ) -> c_int;
    fn phyr_rw_mr_needs_inval(mr: *const Mr) -> bool;
    fn phyr_rw_mr_key(mr: *const Mr) -> u32;
    fn phyr_rw_mr_next_key(mr: *mut Mr, need_inval: bool) -> u32;
    fn phyr_rw_mr_set_back(mr: *mut Mr, key: u32, need_inval: bool);
}

/// A queue pair, with a pool of MRs if its device needs such: `ib_qp_cap.max_rdma_ctxs`.
///
/// # Invariants
///
/// It may be used during `'a`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Queue<'a>(NonNull<Qp>, PhantomData<&'a Qp>);

impl Queue<'_> {
    /// # Safety
    ///
    /// `qp` must be a queue pair that may be used during the lifetime of what is returned. It must
    /// not be destroyed before all that was posted by means of that has completed: `ib_drain_qp()`.
    pub unsafe fn from_raw(qp: NonNull<Qp>) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self(qp, PhantomData)
    }

    pub(crate) fn as_raw(self) -> NonNull<Qp> {
        self.0
    }

    /// What a transfer depends on.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the device has no such port.
    pub(crate) fn port(self, port_num: u32, dir: bindings::dma_data_direction) -> Result<Port> {
        let mut port = MaybeUninit::uninit();

        // SAFETY: The queue pair may be used by the type invariants.
        if !unsafe { phyr_rw_has_port(self.0.as_ptr(), port_num) } {
            return Err(EINVAL);
        }
        // SAFETY: As above; the device has that port, and `port` may be written.
        unsafe { phyr_rw_port(self.0.as_ptr(), port_num, dir, &mut port) };
        // SAFETY: All of it was just written.
        Ok(unsafe { port.assume_init() })
    }

    /// The device that memory is mapped for; [`None`] if it has no DMA of its own.
    pub(crate) fn dma_dev(self) -> Option<NonNull<bindings::device>> {
        // SAFETY: The queue pair may be used by the type invariants.
        NonNull::new(unsafe { phyr_rw_dma_dev(self.0.as_ptr()) })
    }

    /// Ranges that an MR of the pool takes.
    pub(crate) fn segments_per_mr(self) -> u32 {
        // SAFETY: The queue pair may be used by the type invariants.
        unsafe { phyr_rw_segments_per_mr(self.0.as_ptr()) }
    }

    /// Pages that an MR of the pool has.
    pub(crate) fn pages_per_mr(self) -> u32 {
        // SAFETY: The queue pair may be used by the type invariants.
        unsafe { phyr_rw_pages_per_mr(self.0.as_ptr()) }
    }

    /// Whether it does signature offload.
    pub(crate) fn signs(self) -> bool {
        // SAFETY: The queue pair may be used by the type invariants.
        unsafe { phyr_rw_signs(self.0.as_ptr()) }
    }

    /// Takes an MR of the pool; [`None`] if there is none left.
    pub(crate) fn take(self) -> Option<Registered> {
        // SAFETY: The queue pair may be used by the type invariants.
        let mr = unsafe { phyr_rw_mr_get(self.0.as_ptr()) };

        // INVARIANT: Just taken.
        NonNull::new(mr).map(Registered)
    }

    /// Gives an MR back to the pool.
    ///
    /// # Safety
    ///
    /// It must come from the pool of this queue pair.
    pub(crate) unsafe fn give_back(self, mr: Registered) {
        // SAFETY: By the safety requirements of this function; it is given up here.
        unsafe { phyr_rw_mr_put(self.0.as_ptr(), mr.0.as_ptr()) };
    }
}

impl Queue<'_> {
    /// Takes an MR of the pool of those that do signatures; [`None`] if there is none left.
    pub(crate) fn take_signing(self) -> Option<Registered> {
        // SAFETY: The queue pair may be used by the type invariants.
        let mr = unsafe { phyr_rw_sig_mr_get(self.0.as_ptr()) };

        // INVARIANT: Just taken.
        NonNull::new(mr).map(Registered)
    }

    /// Gives an MR back to that pool.
    ///
    /// # Safety
    ///
    /// It must come from that pool of this queue pair.
    pub(crate) unsafe fn give_back_signing(self, mr: Registered) {
        // SAFETY: By the safety requirements of this function; it is given up here.
        unsafe { phyr_rw_sig_mr_put(self.0.as_ptr(), mr.0.as_ptr()) };
    }
}

/// An MR of a pool.
///
/// # Invariants
///
/// It was taken from the pool of a queue pair, and has not been given back.
#[repr(transparent)]
pub(crate) struct Registered(NonNull<Mr>);

impl Registered {
    pub(crate) fn as_ptr(&self) -> *mut Mr {
        self.0.as_ptr()
    }

    /// Has it name `extent`, and tells how an SGE names it: but for the key, which comes later.
    pub(crate) fn name(
        &mut self,
        extent: &Extent<'_>,
        scratch: &mut [MaybeUninit<bindings::scatterlist>],
    ) -> Result<Sge> {
        let mut sge = Sge::default();
        let nr = extent.ranges.len().min(scratch.len());

        // CAST: No more than segments of an MR, of which there are at most 256.
        //
        // SAFETY: The MR is ours by the type invariants, there are as many ranges and as much room,
        // and `sge` may be written.
        to_result(unsafe {
            phyr_rw_mr_map(
                self.as_ptr(),
                extent.ranges.as_ptr(),
                nr as c_uint,
                extent.skipped,
                extent.bytes,
                scratch.as_mut_ptr(),
                &mut sge,
            )
        })?;
        Ok(sge)
    }

    /// Has it name both lists, as `attrs` say, and tells how an SGE names it: but for the key.
    ///
    /// # Safety
    ///
    /// It must come from the pool of those that do signatures, and `attrs` be valid.
    pub(crate) unsafe fn sign(
        &mut self,
        data: &[DmaRange],
        prot: &[DmaRange],
        scratch: &mut [MaybeUninit<bindings::scatterlist>],
        attrs: NonNull<SigAttrs>,
    ) -> Result<Sge> {
        let mut sge = Sge::default();

        if scratch.len() != data.len() + prot.len() {
            return Err(EINVAL);
        }
        // CAST: No more than pages of an MR, of which there are at most 256.
        //
        // SAFETY: The MR is ours by the type invariants, there are as many ranges and as much room,
        // and `sge` may be written; the rest is what the caller guarantees.
        to_result(unsafe {
            phyr_rw_sig_mr_map(
                self.as_ptr(),
                data.as_ptr(),
                data.len() as c_uint,
                prot.as_ptr(),
                prot.len() as c_uint,
                scratch.as_mut_ptr(),
                attrs.as_ptr(),
                &mut sge,
            )
        })?;
        Ok(sge)
    }

    /// Whether the key that it has now has to be invalidated before it is registered again.
    pub(crate) fn needs_inval(&self) -> bool {
        // SAFETY: The MR is ours by the type invariants.
        unsafe { phyr_rw_mr_needs_inval(self.as_ptr()) }
    }

    /// The key that it has now.
    pub(crate) fn key(&self) -> u32 {
        // SAFETY: The MR is ours by the type invariants.
        unsafe { phyr_rw_mr_key(self.as_ptr()) }
    }

    /// Gives it the next key, and remembers whether that will have to be invalidated.
    pub(crate) fn next_key(&mut self, needs_inval: bool) -> u32 {
        // SAFETY: The MR is ours by the type invariants.
        unsafe { phyr_rw_mr_next_key(self.as_ptr(), needs_inval) }
    }

    /// Gives it back the key that it had before [`Registered::next_key`], for the new one was not
    /// registered, and remembers whether the old one still has to be invalidated.
    pub(crate) fn set_back(&mut self, key: u32, needs_inval: bool) {
        // SAFETY: The MR is ours by the type invariants.
        unsafe { phyr_rw_mr_set_back(self.as_ptr(), key, needs_inval) }
    }

    /// Remembers that the key that it has now has to be invalidated.
    pub(crate) fn must_be_invalidated(&mut self) {
        let key = self.key();

        self.set_back(key, true);
    }
}
