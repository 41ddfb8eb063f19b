// SPDX-License-Identifier: GPL-2.0

//! RDMA READ and WRITE for Rust ULPs.

use crate::{
    context::Context,
    memory::allocate_value,
    plan::way::Operation,
    queue::Queue,
    source::OfSource,
    transfer::{
        Remote,
        Transfer, //
    },
    verbs::{
        Cq,
        Cqe,
        Qp,
        SendWr,
        Status,
        Wc, //
    },
};
use core::{
    marker::PhantomData,
    mem::{
        ManuallyDrop,
        MaybeUninit, //
    },
    ptr::{
        null_mut,
        NonNull, //
    },
};
use kernel::{
    alloc::KBox,
    error::{
        code::EINVAL,
        to_result,
        Error,
        Result, //
    },
    ffi::c_int,
};
use phyr::PhyrSource;

// Structures that are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_rw_post(qp: *mut Qp, chain: *mut SendWr, begun: *mut bool) -> c_int;
}

/// What is done when a transfer has completed.
pub trait Done: Send + 'static {
    /// The memory that is read into, or written from.
    type Memory: PhyrSource + Send + 'static;

    /// The transfer has completed, and `memory` is nobody else's any more; what was READ is in it
    /// if `status` says so. Context: that of the completion queue.
    fn done(self, memory: Self::Memory, status: Status);
}

/// A transfer that could not be prepared or posted: why, and what it was to be of.
pub struct Refused<T> {
    /// As `rdma_rw_ctx_init_phyr()` returns it.
    pub error: Error,
    /// What is given back.
    pub back: T,
}

/// A transfer, as the device knows it.
///
/// # Invariants
///
/// `context` is initialised, and was prepared for `qp` and the list of `memory`.
#[repr(C)]
struct Request<D: Done> {
    // The first field, for a pointer to it to be one to the request.
    cqe: Cqe,
    context: MaybeUninit<Context>,
    qp: NonNull<Qp>,
    memory: D::Memory,
    done: D,
}

// SAFETY: What the context points to is its own, or the queue pair's, which any thread may use.
unsafe impl<D: Done> Send for Request<D> {}

/// An RDMA READ or WRITE that is prepared.
///
/// It has the memory, and borrows the queue pair. Once it is [posted](Rw::post) it is the device's,
/// until it has completed. On drop what is mapped is unmapped.
pub struct Rw<'q, D: Done> {
    request: ManuallyDrop<KBox<Request<D>>>,
    wqes: u32,
    queue: PhantomData<Queue<'q>>,
}

impl<'q, D: Done> Rw<'q, D> {
    /// Prepares to READ from `remote` into `memory`, as `rdma_rw_ctx_init_phyr()` does. May sleep.
    ///
    /// # Errors
    ///
    /// Those of `rdma_rw_ctx_init_phyr()`; `EINVAL` also if the memory is not writable.
    pub fn read(
        queue: Queue<'q>,
        port_num: u32,
        memory: D::Memory,
        remote: Remote,
        done: D,
    ) -> Result<Self, Refused<(D::Memory, D)>> {
        match memory.is_writable() {
            true => Self::new(queue, port_num, Operation::Read, memory, remote, done),
            false => Err(Refused {
                error: EINVAL,
                back: (memory, done),
            }),
        }
    }

    /// Prepares to WRITE `memory` to `remote`, as `rdma_rw_ctx_init_phyr()` does. May sleep.
    ///
    /// # Errors
    ///
    /// Those of `rdma_rw_ctx_init_phyr()`.
    pub fn write(
        queue: Queue<'q>,
        port_num: u32,
        memory: D::Memory,
        remote: Remote,
        done: D,
    ) -> Result<Self, Refused<(D::Memory, D)>> {
        Self::new(queue, port_num, Operation::Write, memory, remote, done)
    }

    fn new(
        queue: Queue<'q>,
        port_num: u32,
        operation: Operation,
        memory: D::Memory,
        remote: Remote,
        done: D,
    ) -> Result<Self, Refused<(D::Memory, D)>> {
        let room = match allocate_value() {
            Ok(room) => room,
            Err(error) => {
                return Err(Refused {
                    error,
                    back: (memory, done),
                })
            }
        };
        let mut request = KBox::write(
            room,
            Request {
                cqe: Cqe::new(completed::<D>),
                context: MaybeUninit::uninit(),
                qp: queue.as_raw(),
                memory,
                done,
            },
        );
        let transfer = Transfer::new(queue, port_num, operation, remote);
        let Request {
            context, memory, ..
        } = &mut *request;
        // SAFETY: The memory may be mapped by the safety requirements of `PhyrSource`; it is
        // writable if it is read into, and is not given up before the context is destroyed.
        let prepared = unsafe { Context::init(context, &transfer, OfSource(memory)) };

        match prepared {
            // INVARIANT: Just prepared.
            Ok(wqes) => Ok(Self {
                request: ManuallyDrop::new(request),
                wqes,
                queue: PhantomData,
            }),
            Err(error) => {
                let Request { memory, done, .. } = KBox::into_inner(request);

                Err(Refused {
                    error,
                    back: (memory, done),
                })
            }
        }
    }

    /// Entries of the send queue that it takes.
    pub fn wqes(&self) -> u32 {
        self.wqes
    }

    /// Has the CPU fill, or read, the memory of a transfer that was prepared before there was
    /// something in it, and hands it to the device again.
    pub fn cpu<R>(&mut self, with: impl FnOnce(<D::Memory as PhyrSource>::Cpu<'_>) -> R) -> R {
        let result = with(self.request.memory.cpu());

        self.sync();
        result
    }

    /// Hands to the device what was written to the memory since it was prepared, by whoever may: a
    /// process, say. As `rdma_rw_ctx_sync_phyr()`.
    pub fn sync(&mut self) {
        let Request { context, qp, .. } = &mut **self.request;
        // SAFETY: It is borrowed by the transfer.
        let queue = unsafe { Queue::from_raw(*qp) };

        // SAFETY: Initialised by the type invariants.
        unsafe { context.assume_init_mut() }.sync(queue);
    }

    /// Posts it. From then on the device has it, and gives it to [`Done::done`].
    ///
    /// # Errors
    ///
    /// What `ib_post_send()` returns; for one, `ENOMEM` if the send queue has fewer entries left
    /// than
    /// [`Rw::wqes`]. If the device took a part of it, the memory is lost, for it cannot be told
    /// when that is done: to count the entries is up to the caller. It is given back otherwise.
    pub fn post(mut self) -> Result<(), Refused<Option<Self>>> {
        // SAFETY: It is not used any more, but for what is given back.
        let request = KBox::into_raw(unsafe { ManuallyDrop::take(&mut self.request) });
        let wqes = self.wqes;
        core::mem::forget(self);
        // SAFETY: It is ours until it is posted.
        let Request { context, qp, .. } = unsafe { &mut *request };
        // SAFETY: Initialised by the type invariants.
        let context = unsafe { context.assume_init_mut() };
        let chain = context.wrs(request.cast(), null_mut());

        // SAFETY: The queue pair may be used. All that the chain points to stays where it is until
        // the last work request has completed, which is posted with the first.
        match unsafe { post(*qp, chain) } {
            Ok(()) => Ok(()),
            Err(Refused { error, back: true }) => Err(Refused { error, back: None }),
            Err(Refused { error, .. }) => Err(Refused {
                error,
                back: Some(Self {
                    // SAFETY: Nothing was posted, so it is ours.
                    request: ManuallyDrop::new(unsafe { KBox::from_raw(request) }),
                    wqes,
                    queue: PhantomData,
                }),
            }),
        }
    }

    /// Gives back what it was to be of.
    pub fn cancel(mut self) -> (D::Memory, D) {
        // SAFETY: It is not used any more.
        let request = unsafe { ManuallyDrop::take(&mut self.request) };

        core::mem::forget(self);
        destroy(request)
    }
}

impl<D: Done> Drop for Rw<'_, D> {
    fn drop(&mut self) {
        // SAFETY: It is not used any more.
        destroy(unsafe { ManuallyDrop::take(&mut self.request) });
    }
}

/// Posts a chain. If it is refused, tells whether the device has some of it.
///
/// Not inlined, for then the shim had to be exported.
///
/// # Safety
///
/// `qp` may be used, and the chain must stay as it is until it has completed.
#[inline(never)]
unsafe fn post(qp: NonNull<Qp>, chain: *mut SendWr) -> Result<(), Refused<bool>> {
    let mut begun = false;

    // SAFETY: By the safety requirements of this function.
    to_result(unsafe { phyr_rw_post(qp.as_ptr(), chain, &mut begun) })
        .map_err(|error| Refused { error, back: begun })
}

/// Unmaps what is mapped of a transfer that the device does not have.
fn destroy<D: Done>(mut request: KBox<Request<D>>) -> (D::Memory, D) {
    let qp = request.qp;

    // SAFETY: It may be used: it is borrowed, or what was posted has not yet been seen to complete.
    let queue = unsafe { Queue::from_raw(qp) };
    // SAFETY: Initialised by the type invariants.
    unsafe { request.context.assume_init_mut() }.destroy(queue);
    let Request { memory, done, .. } = KBox::into_inner(request);
    (memory, done)
}

/// What the completion queue calls.
///
/// # Safety
///
/// `wc` must be of a request of this kind that was posted.
unsafe extern "C" fn completed<D: Done>(_cq: *mut Cq, wc: *mut Wc) {
    // SAFETY: It is valid during the call.
    let wc = unsafe { &*wc };
    // SAFETY: The device has done with it, and the CQE is its first field.
    let request = unsafe { KBox::from_raw(wc.cqe().cast::<Request<D>>()) };
    let (memory, done) = destroy(request);

    done.done(memory, wc.status());
}
