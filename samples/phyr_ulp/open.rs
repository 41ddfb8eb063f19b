// SPDX-License-Identifier: GPL-2.0

//! The queue pair of a connection, and the memory that it uses.

use super::{
    connection::{
        Connection,
        DEPTH,
        MAX_MOVE, //
    },
    errors::{
        nonsense,
        reset, //
    },
    id::Id,
    inbox::{
        Inbox,
        STRIDE, //
    },
    queue_pair::{
        Mr,
        QueuePair, //
    },
    wire::{
        Message,
        MESSAGE_BYTES, //
    },
};
use core::mem::MaybeUninit;
use kernel::{
    dma::DataDirection,
    page::PAGE_SIZE,
    prelude::*,
    sync::{
        Arc,
        ArcBorrow, //
    }, //
};
use phyr::{
    phyr_list::SharedPart,
    plan::units::Bytes, //
};
use phyr_rdma::{
    verbs::{
        Cq,
        Cqe,
        Sge,
        Wc, //
    },
    Mapped,
    Remote, //
};

// The page has room for as many.
const _: () = assert!(DEPTH * STRIDE <= PAGE_SIZE);

/// Pages that the memory of a move can touch.
const PAGES: u32 = {
    let pages = MAX_MOVE / PAGE_SIZE as u64 + 1;

    // CAST: It fits.
    pages as u32
};

/// What completes something that a connection has posted.
///
/// # Invariants
///
/// The connection outlives what is posted.
#[repr(C)]
struct Slot {
    // The first field, for a pointer to it to be one to the slot.
    cqe: Cqe,
    connection: *const Connection,
    index: usize,
}

// SAFETY: A connection may be used by any thread.
unsafe impl Send for Slot {}

impl Slot {
    fn new(
        done: unsafe extern "C" fn(*mut Cq, *mut Wc),
        connection: &Arc<Connection>,
        index: usize,
    ) -> Self {
        // INVARIANT: What is posted has completed when a connection is closed, which its owner
        // does.
        Self {
            cqe: Cqe::new(done),
            connection: Arc::as_ptr(connection),
            index,
        }
    }

    /// # Safety
    ///
    /// `wc` must be of what was posted with a slot.
    unsafe fn of<'a>(wc: *const Wc) -> (&'a Wc, ArcBorrow<'a, Connection>, usize) {
        // SAFETY: It is valid during the call.
        let wc = unsafe { &*wc };
        // SAFETY: Its CQE is the first field of a slot, which lives until what was posted has
        // completed.
        let slot = unsafe { &*wc.cqe().cast::<Self>() };
        // SAFETY: By the type invariants; it is in an `Arc`.
        let connection = unsafe { ArcBorrow::from_raw(slot.connection) };

        (wc, connection, slot.index)
    }
}

/// # Safety
///
/// As for [`Slot::of`].
unsafe extern "C" fn received(_cq: *mut Cq, wc: *mut Wc) {
    // SAFETY: By the safety requirements of this function.
    let (wc, connection, index) = unsafe { Slot::of(wc) };

    Connection::received(connection, index, wc);
}

/// # Safety
///
/// As for [`Slot::of`].
unsafe extern "C" fn sent(_cq: *mut Cq, wc: *mut Wc) {
    // SAFETY: By the safety requirements of this function.
    let (wc, connection, _) = unsafe { Slot::of(wc) };

    Connection::sent(connection, wc.status());
}

/// # Safety
///
/// As for [`Slot::of`].
unsafe extern "C" fn registered(_cq: *mut Cq, wc: *mut Wc) {
    // SAFETY: By the safety requirements of this function.
    let (wc, connection, _) = unsafe { Slot::of(wc) };

    connection.registered(wc.status());
}

/// Memory that the other side may use.
struct Registered {
    mrs: KVec<Mr>,
    /// Bytes that each has, but for the last.
    stretch: u64,
}

/// The queue pair of a connection. On drop what was posted is waited for.
pub(crate) struct Open {
    // In the order in which they have to go.
    registered: Registered,
    pair: QueuePair,
    slots: KVec<Slot>,
    sending: KBox<Slot>,
    registering: KBox<Slot>,
    inbox: Mapped<Inbox>,
    memory: Option<Mapped<SharedPart>>,
    id: Option<Id>,
}

impl Open {
    /// Makes it, and posts as many RECVs as there can be messages.
    pub(crate) fn new(id: Id, connection: &Arc<Connection>) -> Result<Self, (Error, Id)> {
        match Self::prepare(&id, connection) {
            Ok(mut open) => {
                open.id = Some(id);
                Ok(open)
            }
            Err(error) => Err((error, id)),
        }
    }

    fn prepare(id: &Id, connection: &Arc<Connection>) -> Result<Self> {
        let mut slots = KVec::with_capacity(DEPTH, GFP_KERNEL)?;
        for index in 0..DEPTH {
            slots.push(Slot::new(received, connection, index), GFP_KERNEL)?;
        }
        let inbox = Mapped::new(id.device()?, Inbox::new()?, DataDirection::FromDevice)?;
        // CAST: It fits.
        let pair = QueuePair::open(id, DEPTH as u32, PAGES)?;
        let mut open = Self {
            registered: Registered {
                mrs: KVec::new(),
                stretch: 0,
            },
            pair,
            slots,
            sending: KBox::new(Slot::new(sent, connection, 0), GFP_KERNEL)?,
            registering: KBox::new(Slot::new(registered, connection, 0), GFP_KERNEL)?,
            inbox,
            memory: None,
            id: None,
        };

        // A device whose send queue has no room for one would have each request wait for ever.
        if open.places() == 0 {
            return Err(ENODEV);
        }
        for index in 0..DEPTH {
            open.receive(index)?;
        }
        Ok(open)
    }

    pub(crate) fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    pub(crate) fn pair(&self) -> &QueuePair {
        &self.pair
    }

    /// Requests that a server can have under way: each takes a transfer and an answer.
    pub(crate) fn places(&self) -> u32 {
        self.pair.room() / (self.pair.most() + 1)
    }

    /// Ends it, but for the id, which is left to the connection manager.
    pub(crate) fn leave(mut self) {
        let id = self.id.take();

        drop(self);
        if let Some(id) = id {
            id.leave();
        }
    }

    fn place(index: usize) -> (Bytes, Bytes) {
        // CAST: Both have 64 bits.
        (
            Bytes::new((index * STRIDE) as u64),
            Bytes::new(MESSAGE_BYTES as u64),
        )
    }

    fn receive(&mut self, index: usize) -> Result {
        let (offset, len) = Self::place(index);
        let mut sge = [MaybeUninit::<Sge>::uninit()];
        let slot = self.slots.get_mut(index).ok_or(EINVAL)?;

        if self.inbox.sges(offset, len, self.pair.lkey(), &mut sge)? != 1 {
            return Err(EINVAL);
        }
        // SAFETY: One was written.
        let sge = unsafe { sge[0].assume_init_ref() };
        // SAFETY: Slot and inbox are there until the queue pair is destroyed.
        unsafe { self.pair.receive(&mut slot.cqe, sge) }
    }

    /// Reads what was received in slot `index`, and lets another message be received there.
    pub(crate) fn take_message(&mut self, index: usize, bytes: u32) -> Result<Message> {
        let (offset, len) = Self::place(index);

        if u64::from(bytes) != len.raw() {
            return Err(nonsense());
        }
        let message = self.inbox.cpu(offset, len)?.message(index)?;
        self.inbox.give_back(offset, len)?;
        self.receive(index)?;
        Ok(message)
    }

    pub(crate) fn send(&mut self, message: &Message) -> Result {
        // SAFETY: The slot is there until the queue pair is destroyed.
        unsafe { self.pair.send(&mut self.sending.cqe, message) }
    }

    /// Lets the other side use all of `part`, once as many MRs have been registered as are
    /// returned. Each has `stretch` bytes.
    pub(crate) fn register(&mut self, part: SharedPart, bytes: u64) -> Result<usize> {
        let device = self.id.as_ref().ok_or_else(reset)?.device()?;
        // CAST: The size of a page is a `u64`.
        let page = PAGE_SIZE as u64;
        // The first and the last page may be there in part.
        let pages = u64::from(self.pair.pages_per_mr()).saturating_sub(1);
        let stretch = MAX_MOVE.min(pages * page);
        if stretch == 0 {
            return Err(ENODEV);
        }
        let memory = self
            .memory
            .insert(Mapped::new(device, part, DataDirection::Bidirectional)?);

        self.registered.stretch = stretch;
        let mut offset = 0;
        while offset < bytes {
            let len = stretch.min(bytes - offset);
            self.registered.mrs.reserve(1, GFP_KERNEL)?;
            // SAFETY: The memory is mapped until the MRs have gone, and the slot is there until the
            // queue pair is destroyed.
            let mr = unsafe {
                self.pair.register(
                    memory.ranges(),
                    Bytes::new(offset),
                    Bytes::new(len),
                    &mut self.registering.cqe,
                )
            }?;
            self.registered.mrs.push(mr, GFP_KERNEL)?;
            offset += len;
        }
        Ok(self.registered.mrs.len())
    }

    /// Bytes that no move may go beyond a multiple of.
    pub(crate) fn stretch(&self) -> u64 {
        self.registered.stretch
    }

    /// Hands `len` bytes from byte `offset` on to the other side, and tells how it names them.
    pub(crate) fn lend(&mut self, offset: u64, len: u64) -> Result<Remote> {
        let memory = self.memory.as_mut().ok_or_else(reset)?;
        let stretch = self.registered.stretch;
        let at = offset.checked_div(stretch).ok_or(EINVAL)?;
        let inner = offset - at * stretch;

        if inner.checked_add(len).is_none_or(|end| end > stretch) {
            return Err(EINVAL);
        }
        let mr = self
            .registered
            .mrs
            .get(usize::try_from(at)?)
            .ok_or(EINVAL)?;
        memory.give_back(Bytes::new(offset), Bytes::new(len))?;
        Ok(mr.remote(inner))
    }

    /// Takes them back, with what was written there.
    pub(crate) fn take_back(&mut self, offset: u64, len: u64) -> Result {
        self.memory
            .as_mut()
            .ok_or_else(reset)?
            .cpu(Bytes::new(offset), Bytes::new(len))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // What was posted has its slots, and its memory. First, for a queue pair that siw has
        // closed forgets READs that are under way until the socket is closed, too.
        self.pair.drain();
        if let Some(id) = &self.id {
            id.disconnect();
        }
    }
}
