// SPDX-License-Identifier: GPL-2.0

//! A connection, from its beginning to its end.
//!
//! What posts or receives holds the lock of the stage. What ends a connection takes the stage out
//! of it, and then waits for what is under way, which finds nothing there any more.

use super::{
    client::Move,
    errors::{
        nonsense,
        reset, //
    },
    id::{
        Event,
        Id, //
    },
    open::Open,
    server::Server,
    wire::{
        Message,
        Request, //
    },
};
use kernel::{
    new_condvar, new_mutex,
    prelude::*,
    sync::{
        Arc,
        ArcBorrow,
        CondVar,
        Mutex, //
    },
};
use phyr_rdma::verbs::{
    Status,
    Wc, //
};

/// `PHYR_ULP_DEPTH`.
pub(crate) const DEPTH: usize = 32;

/// `PHYR_ULP_MAX_MOVE`.
pub(crate) const MAX_MOVE: u64 = 1 << 20;

/// Which end of the connection this is.
pub(crate) enum Side {
    /// It gives away the memory of this server.
    Server(Arc<Server>),
    /// It has memory registered.
    Client,
}

/// How far a connection is.
pub(crate) enum Stage {
    /// It has ended.
    Closed,
    /// There is an id.
    Named(Id),
    /// There is a queue pair, too.
    Open(Open),
}

/// Whether there is a connection.
#[derive(Clone, Copy)]
pub(crate) enum Phase {
    Begun,
    Established,
    Gone(Error),
}

/// What changes with each message.
pub(crate) struct State {
    pub(crate) phase: Phase,
    /// Requests that may be begun: as many as the send queue has room for.
    pub(crate) free: u32,
    /// Requests that wait for that.
    pub(crate) waiting: KVec<Request>,
    /// A client's moves.
    pub(crate) moves: [Move; DEPTH],
    /// MRs that the other side may use.
    pub(crate) registered: usize,
}

/// A connection.
#[pin_data]
pub(crate) struct Connection {
    pub(crate) side: Side,
    #[pin]
    pub(crate) stage: Mutex<Stage>,
    #[pin]
    pub(crate) state: Mutex<State>,
    /// That something of the state is not as it was.
    #[pin]
    pub(crate) changed: CondVar,
}

impl Connection {
    pub(crate) fn new(side: Side) -> Result<Arc<Self>> {
        let state = State {
            phase: Phase::Begun,
            free: 0,
            waiting: KVec::with_capacity(DEPTH, GFP_KERNEL)?,
            moves: [Move::Free; DEPTH],
            registered: 0,
        };

        Arc::pin_init(
            pin_init!(Self {
                side,
                stage <- new_mutex!(Stage::Closed),
                state <- new_mutex!(state),
                changed <- new_condvar!(),
            }),
            GFP_KERNEL,
        )
    }

    /// Handles what is told of its id. An error has the id destroyed, which is not ours then.
    pub(crate) fn told(self: Arc<Self>, event: Event) -> Result {
        let failed = match event {
            Event::Addressed => self.open().and_then(|()| self.with_id(Id::route)).err(),
            Event::Routed => self.with_id(Id::connect).err(),
            Event::Established => {
                self.establish();
                None
            }
            Event::Gone(error) => Some(error),
            Event::Removed => return self.leave(),
            Event::Requested(_) => Some(nonsense()),
        };

        if let Some(error) = failed {
            self.lose(error);
        }
        Ok(())
    }

    fn with_id(&self, with: impl FnOnce(&Id) -> Result) -> Result {
        match &*self.stage.lock() {
            Stage::Named(id) => with(id),
            Stage::Open(open) => with(open.id().ok_or_else(reset)?),
            Stage::Closed => Err(reset()),
        }
    }

    /// Makes the queue pair, now that the device is known.
    pub(crate) fn open(self: &Arc<Self>) -> Result {
        let mut stage = self.stage.lock();

        match core::mem::replace(&mut *stage, Stage::Closed) {
            Stage::Named(id) => match Open::new(id, self) {
                Ok(open) => {
                    self.state.lock().free = open.places();
                    *stage = Stage::Open(open);
                    Ok(())
                }
                Err((error, id)) => {
                    *stage = Stage::Named(id);
                    Err(error)
                }
            },
            other => {
                *stage = other;
                Err(reset())
            }
        }
    }

    /// Lets the other side connect by `id`, as it asks to.
    pub(crate) fn accept(self: &Arc<Self>, id: Id) -> Result {
        *self.stage.lock() = Stage::Named(id);
        self.open()?;
        self.with_id(Id::accept)
    }

    fn establish(&self) {
        let mut state = self.state.lock();

        if matches!(state.phase, Phase::Begun) {
            state.phase = Phase::Established;
        }
        self.changed.notify_all();
    }

    /// There is no connection any more. It stays to be closed.
    pub(crate) fn lose(&self, error: Error) {
        {
            let mut state = self.state.lock();

            if !matches!(state.phase, Phase::Gone(_)) {
                state.phase = Phase::Gone(error);
            }
            self.changed.notify_all();
        }
        if let Side::Server(server) = &self.side {
            server.somebody_has_gone();
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Gone(_))
    }

    fn has_only_begun(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Begun)
    }

    /// Ends it, and waits for what is under way.
    pub(crate) fn close(&self) {
        let stage = core::mem::replace(&mut *self.stage.lock(), Stage::Closed);

        self.lose(reset());
        drop(stage);
    }

    /// Ends it while something is told of its id, which is left to be destroyed.
    pub(crate) fn leave(&self) -> Result {
        let stage = core::mem::replace(&mut *self.stage.lock(), Stage::Closed);

        self.lose(reset());
        match stage {
            // Whoever has closed it destroys the id, too.
            Stage::Closed => return Ok(()),
            Stage::Named(id) => id.leave(),
            Stage::Open(open) => open.leave(),
        }
        Err(ENODEV)
    }

    /// A message was received in slot `index`, or could not be.
    pub(crate) fn received(this: ArcBorrow<'_, Self>, index: usize, wc: &Wc) {
        let message = match wc.status().is_success() {
            true => this.take_message(index, wc.bytes()),
            false => Err(reset()),
        };
        let handled = message.and_then(|message| match &this.side {
            Side::Server(_) => Self::asked(this, &message),
            Side::Client => this.answered(&message),
        });

        match handled {
            // The queue pair was refused: that is told of its id, too, and why.
            Err(_) if !wc.status().is_success() && this.has_only_begun() => {}
            Err(error) => this.lose(error),
            Ok(()) => {}
        }
    }

    /// Reads it, and lets another be received there.
    fn take_message(&self, index: usize, bytes: u32) -> Result<Message> {
        match &mut *self.stage.lock() {
            Stage::Open(open) => open.take_message(index, bytes),
            _ => Err(reset()),
        }
    }

    /// A message was sent, or could not be.
    pub(crate) fn sent(this: ArcBorrow<'_, Self>, status: Status) {
        if !status.is_success() {
            this.lose(reset());
        }
        if matches!(this.side, Side::Server(_)) {
            this.state.lock().free += 1;
            Self::go_on(this);
        }
    }

    pub(crate) fn send(&self, message: &Message) -> Result {
        match &mut *self.stage.lock() {
            Stage::Open(open) => open.send(message),
            _ => Err(reset()),
        }
    }

    /// An MR may be used, or never will.
    pub(crate) fn registered(&self, status: Status) {
        if !status.is_success() {
            return self.lose(reset());
        }
        self.state.lock().registered += 1;
        self.changed.notify_all();
    }
}
