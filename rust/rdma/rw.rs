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
        null,
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
    fn phyr_rw_post(qp: *mut Qp, chain: *mut SendWr, refused: *mut *const SendWr) -> c_int;
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
    /// Those of `rdma_rw_ctx_init_phyr()`; `EINVAL` also if the memory is not writable, or the
    /// device has no such port.
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
    /// Those of `rdma_rw_ctx_init_phyr()`; `EINVAL` also if the device has no such port.
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
        let Request {
            context, memory, ..
        } = &mut *request;
        let prepared = Transfer::new(queue, port_num, operation, remote).and_then(|transfer| {
            // SAFETY: The memory may be mapped by the safety requirements of `PhyrSource`; it is
            // writable if it is read into, and is not given up before the context is destroyed.
            unsafe { Context::init(context, &transfer, OfSource(memory)) }
        });

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
    /// than [`Rw::wqes`], which to count is up to the caller. What is [`Left`] is given back.
    pub fn post(mut self) -> Result<(), Refused<Left<'q, D>>> {
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
        let Err(Refused { error, back: first }) = (unsafe { post(*qp, chain) }) else {
            return Ok(());
        };
        if first.is_null() {
            return Err(Refused {
                error,
                back: Left::Nothing,
            });
        }
        context.refused(first);
        // SAFETY: The last work request was not posted, so that none is seen to complete.
        let request = ManuallyDrop::new(unsafe { KBox::from_raw(request) });
        let back = match core::ptr::eq(first, chain) {
            true => Left::All(Self {
                request,
                wqes,
                queue: PhantomData,
            }),
            false => Left::Part(Part(request)),
        };
        Err(Refused { error, back })
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

/// What is left of a transfer that was refused when it was [posted](Rw::post).
pub enum Left<'q, D: Done> {
    /// All of it. The device has nothing.
    All(Rw<'q, D>),
    /// What the device has a part of, which is not seen to complete.
    Part(Part<D>),
    /// The driver does not say what it has taken. [`Done::done`] may still be called.
    Nothing,
}

/// A transfer that the device has a part of. It uses the memory until the queue pair is drained. If
/// this is dropped the memory is lost.
pub struct Part<D: Done>(ManuallyDrop<KBox<Request<D>>>);

impl<D: Done> Part<D> {
    /// Gives back what it was to be of.
    ///
    /// # Safety
    ///
    /// The queue pair must have been drained since (`ib_drain_qp()`), and not have been destroyed.
    pub unsafe fn drained(self) -> (D::Memory, D) {
        destroy(ManuallyDrop::into_inner(self.0))
    }
}

/// Posts a chain. If it is refused, tells from where on, or null if the driver does not.
///
/// Not inlined, for then the shim had to be exported.
///
/// # Safety
///
/// `qp` may be used, and the chain must stay as it is until it has completed.
#[inline(never)]
unsafe fn post(qp: NonNull<Qp>, chain: *mut SendWr) -> Result<(), Refused<*const SendWr>> {
    let mut first = null();

    // SAFETY: By the safety requirements of this function.
    to_result(unsafe { phyr_rw_post(qp.as_ptr(), chain, &mut first) })
        .map_err(|error| Refused { error, back: first })
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
