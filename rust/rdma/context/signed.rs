// SPDX-License-Identifier: GPL-2.0

//! A list that is moved with its protection information (T10-PI), by an MR that checks, makes or
//! strips it.

use super::{
    mrs::Registration,
    Context,
    Prepared, //
};
use crate::{
    lists::InArray,
    memory::{
        free,
        vector, //
    },
    queue::{
        Port,
        Queue, //
    },
    transfer::Transfer,
    verbs::SigAttrs, //
};
use core::{
    mem::MaybeUninit,
    ptr::{
        null_mut,
        NonNull, //
    }, //
};
use kernel::{
    alloc::{
        flags::GFP_KERNEL,
        KVec, //
    },
    bindings,
    error::{
        code::{
            EAGAIN,
            EINVAL, //
        },
        Error,
        Result, //
    },
    ffi::c_int, //
};

/// The queue pair, or its device, does no signatures.
fn not_supported() -> Error {
    // CAST: The number of an error.
    Error::from_errno(-(bindings::EOPNOTSUPP as c_int))
}

/// `struct phyr_rw_sig_ctx`. `shims.c` asserts its layout.
///
/// # Invariants
///
/// If `data` is prepared, it is `SIGNED`: `mrs` is then from [`allocate`](crate::memory::allocate)
/// and has one MR, of the pool of those that do signatures. `prot` has the ranges of the protection
/// information if there is any, and is not prepared.
#[repr(C)]
pub(crate) struct SignedContext {
    data: Context,
    prot: Context,
}

impl SignedContext {
    /// Maps both lists, of which that of the protection information may be empty, and prepares the
    /// work requests that move them. Returns their number.
    ///
    /// # Safety
    ///
    /// Their memory may be mapped for the device of the queue pair, in this direction, until the
    /// context is destroyed; `attrs` must be valid.
    pub(crate) unsafe fn init(
        slot: &mut MaybeUninit<Self>,
        transfer: &Transfer<'_>,
        data: &InArray<'_>,
        prot: &InArray<'_>,
        attrs: NonNull<SigAttrs>,
    ) -> Result<u32> {
        let context = slot.write(Self {
            data: Context::empty(),
            prot: Context::empty(),
        });
        transfer.operation()?;
        let (port, dir) = (&transfer.port, transfer.dir);
        let translated = port.is_translated();
        let dev = port
            .dma_dev()
            .filter(|_| transfer.queue.signs())
            .ok_or_else(not_supported)?;

        // SAFETY: By the safety requirements of this function.
        unsafe { context.data.map(dev, *data, translated, dir) }?;
        let mapped = match prot.0 {
            [] => Ok(()),
            // SAFETY: By the safety requirements of this function.
            _ => unsafe { context.prot.map(dev, *prot, translated, dir) },
        };
        // SAFETY: By the safety requirements of this function.
        let prepared = mapped.and_then(|()| unsafe { context.sign(transfer, port, attrs) });
        if prepared.is_err() {
            context.unmap(transfer.queue);
        }
        prepared
    }

    /// Prepares the work requests for what is mapped.
    ///
    /// # Safety
    ///
    /// `attrs` must be valid.
    unsafe fn sign(
        &mut self,
        transfer: &Transfer<'_>,
        port: &Port,
        attrs: NonNull<SigAttrs>,
    ) -> Result<u32> {
        let (data, prot) = (self.data.ranges(), self.prot.ranges());
        let queue = transfer.queue;
        let most = queue.segments_per_mr();
        let is_too_much = |nr| u32::try_from(nr).map_or(true, |nr| nr > most);
        if is_too_much(data.len()) || is_too_much(prot.len()) {
            return Err(EINVAL);
        }
        let operation = transfer.operation()?;
        let segments = data.len() + prot.len();
        let mut sgl: KVec<MaybeUninit<bindings::scatterlist>> =
            KVec::with_capacity(segments, GFP_KERNEL)?;
        let mut mrs = vector(1)?;

        sgl.resize(segments, MaybeUninit::uninit(), GFP_KERNEL)?;
        let mut mr = queue.take_signing().ok_or(EAGAIN)?;
        // SAFETY: It comes from that pool; the rest is what the caller guarantees.
        let sge = match unsafe { mr.sign(data, prot, &mut sgl, attrs) } {
            Ok(sge) => sge,
            Err(error) => {
                // SAFETY: It comes from that pool.
                unsafe { queue.give_back_signing(mr) };
                return Err(error);
            }
        };
        mrs.push(
            Registration::signing(mr, sge, port, operation, transfer.remote()),
            GFP_KERNEL,
        )?;
        let wqes = mrs.iter_mut().map(|mr| mr.link(null_mut())).sum();

        // INVARIANT: There is one, of that pool.
        self.data.mrs = mrs.into_raw_parts().0;
        self.data.nr = 1;
        self.data.prepared = Prepared::SIGNED;
        Ok(wqes)
    }

    /// Unmaps both lists.
    fn unmap(&mut self, queue: Queue<'_>) {
        self.data.unmap(queue);
        self.prot.unmap(queue);
    }

    /// Hands what was written to both since they were mapped to the device.
    pub(crate) fn sync(&mut self, queue: Queue<'_>) {
        if self.data.prepared == Prepared::SIGNED {
            self.data.sync_ranges(queue);
            self.prot.sync_ranges(queue);
        }
    }

    /// Lets go of everything.
    pub(crate) fn destroy(&mut self, queue: Queue<'_>) {
        if self.data.prepared != Prepared::SIGNED {
            return;
        }
        // SAFETY: There is one by the type invariants, which is read once.
        let mr = unsafe { self.data.mrs.read() }.into_mr();
        // SAFETY: It comes from that pool, by the type invariants.
        unsafe { queue.give_back_signing(mr) };
        // SAFETY: By the type invariants; it is given up here.
        unsafe { free(self.data.mrs) };
        self.data.mrs = null_mut();
        // INVARIANT: What follows lets go of the rest.
        self.data.prepared = Prepared::NOTHING;
        self.unmap(queue);
    }
}
