// SPDX-License-Identifier: GPL-2.0

//! What a client asks for.

use super::{
    connection::{
        Connection,
        Phase,
        Side,
        Stage,
        State,
        MAX_MOVE, //
    },
    errors::{
        nonsense,
        reset, //
    },
    id::{
        Address,
        Id,
        Owner, //
    },
    wire::{
        Answer,
        Message,
        Op,
        Request, //
    },
};
use kernel::{
    prelude::*,
    sync::{
        lock::mutex::MutexGuard,
        Arc, //
    }, //
};
use phyr::{
    phyr_list::{
        SharedPart,
        UserMemory, //
    },
    plan::units::Bytes, //
};

/// A move, known by its place.
#[derive(Clone, Copy)]
pub(crate) enum Move {
    /// There is none.
    Free,
    /// It was asked for.
    Asked,
    /// And nobody waits for it.
    Abandoned,
    /// This was answered.
    Answered(Answer),
}

/// What is to be moved.
pub(crate) struct Wanted {
    pub(crate) op: Op,
    /// The server is told another key: `PHYR_ULP_WRONG_KEY`.
    pub(crate) has_wrong_key: bool,
    /// Where in the client's memory.
    pub(crate) local: u64,
    /// Where in the server's.
    pub(crate) remote: u64,
    pub(crate) bytes: u64,
}

impl Connection {
    /// Connects to the server at `address`, and registers all of `memory`.
    pub(crate) fn connect(address: Address, memory: Arc<UserMemory>) -> Result<Arc<Self>> {
        let connection = Self::new(Side::Client)?;
        let connected = connection
            .begin_to_connect(address)
            .and_then(|()| connection.register(memory));

        if let Err(error) = connected {
            connection.close();
            return Err(error);
        }
        Ok(connection)
    }

    fn begin_to_connect(self: &Arc<Self>, address: Address) -> Result {
        let id = Id::new(Owner::Connection(self.clone()))?;

        {
            let mut stage = self.stage.lock();
            let asked = id.resolve(address);
            // What is told of it waits for the lock.
            *stage = Stage::Named(id);
            asked?;
        }
        self.wait(|state| matches!(state.phase, Phase::Established))
            .map(drop)
    }

    fn register(&self, memory: Arc<UserMemory>) -> Result {
        let bytes = memory.list().bytes();
        let part = SharedPart::new(memory, Bytes::ZERO, bytes).ok_or(EINVAL)?;
        let mrs = match &mut *self.stage.lock() {
            Stage::Open(open) => open.register(part, bytes.raw()),
            _ => Err(reset()),
        }?;

        self.wait(|state| state.registered == mrs).map(drop)
    }

    /// Bytes that no move may go beyond a multiple of.
    pub(crate) fn stretch(&self) -> u64 {
        match &*self.stage.lock() {
            Stage::Open(open) => open.stretch(),
            _ => 0,
        }
    }

    /// Waits until the state is so, or the connection gone, or a signal comes.
    fn wait(&self, is_so: impl Fn(&State) -> bool) -> Result<MutexGuard<'_, State>> {
        let mut state = self.state.lock();

        loop {
            if let Phase::Gone(error) = state.phase {
                return Err(error);
            }
            if is_so(&state) {
                return Ok(state);
            }
            if self.changed.wait_interruptible(&mut state) {
                return Err(EINTR);
            }
        }
    }

    /// Moves bytes, and waits until it is done. If it ends before, by a signal, they may be moved
    /// yet.
    pub(crate) fn ask(&self, wanted: &Wanted) -> Result {
        match wanted.bytes {
            0 => return Err(EINVAL),
            1..=MAX_MOVE => (),
            _ => return Err(E2BIG),
        }
        let at = self.take_place()?;
        let asked = self.send_request(wanted, at);
        if asked.is_err() {
            self.put(at, Move::Free);
            return asked;
        }

        let answer = match self.answer_of(at) {
            Ok(answer) => answer,
            Err(error) => {
                self.put(at, Move::Abandoned);
                return Err(error);
            }
        };
        self.put(at, Move::Free);
        match &mut *self.stage.lock() {
            Stage::Open(open) => open.take_back(wanted.local, wanted.bytes)?,
            _ => return Err(reset()),
        }
        answer.result()
    }

    /// A place for a move.
    fn take_place(&self) -> Result<usize> {
        let free = |state: &State| {
            let mut moves = state.moves.iter();
            moves.position(|one| matches!(one, Move::Free))
        };
        let mut state = self.wait(|state| free(state).is_some())?;
        let at = free(&state).ok_or(EAGAIN)?;

        if let Some(one) = state.moves.get_mut(at) {
            *one = Move::Asked;
        }
        Ok(at)
    }

    fn put(&self, at: usize, what: Move) {
        let mut state = self.state.lock();

        if let Some(one) = state.moves.get_mut(at) {
            *one = match (*one, what) {
                // It has been answered meanwhile.
                (Move::Answered(_), Move::Abandoned) => Move::Free,
                (_, what) => what,
            };
        }
        self.changed.notify_all();
    }

    fn send_request(&self, wanted: &Wanted, at: usize) -> Result {
        match &mut *self.stage.lock() {
            Stage::Open(open) => {
                let mut client = open.lend(wanted.local, wanted.bytes)?;
                if wanted.has_wrong_key {
                    client.key ^= 0xff;
                }
                let request = Request {
                    op: wanted.op,
                    tag: u32::try_from(at)?,
                    offset: wanted.remote,
                    bytes: wanted.bytes,
                    client,
                };

                open.send(&request.encode())
            }
            _ => Err(reset()),
        }
    }

    fn answer_of(&self, at: usize) -> Result<Answer> {
        let answer = |state: &State| match state.moves.get(at) {
            Some(&Move::Answered(answer)) => Some(answer),
            _ => None,
        };
        let state = self.wait(|state| answer(state).is_some())?;

        answer(&state).ok_or(EAGAIN)
    }

    /// The server has answered.
    pub(crate) fn answered(&self, message: &Message) -> Result {
        let answer = Answer::decode(message)?;
        let mut state = self.state.lock();
        let one = state
            .moves
            .get_mut(usize::try_from(answer.tag)?)
            .ok_or_else(nonsense)?;

        *one = match *one {
            Move::Asked => Move::Answered(answer),
            Move::Abandoned => Move::Free,
            _ => return Err(nonsense()),
        };
        self.changed.notify_all();
        Ok(())
    }
}
