// SPDX-License-Identifier: GPL-2.0

//! What a server does with requests.

use super::{
    connection::{
        Connection,
        Side,
        Stage,
        DEPTH,
        MAX_MOVE, //
    },
    errors::{
        nonsense,
        reset, //
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
        Arc,
        ArcBorrow, //
    }, //
};
use phyr::{
    phyr_list::SharedPart,
    plan::units::Bytes, //
};
use phyr_rdma::{
    verbs::Status,
    Done,
    Left,
    Refused,
    Rw, //
};

/// What is done when a request has been served.
struct Served {
    connection: Arc<Connection>,
    request: Request,
}

impl Done for Served {
    type Memory = SharedPart;

    fn done(self, _memory: SharedPart, status: Status) {
        let result = match status.is_success() {
            true => Ok(()),
            false => Err(reset()),
        };

        self.connection.answer(&self.request, result);
    }
}

impl Connection {
    /// A client asks for something.
    pub(crate) fn asked(this: ArcBorrow<'_, Self>, message: &Message) -> Result {
        let request = Request::decode(message)?;

        {
            let mut state = this.state.lock();
            // It must not have more under way than that.
            if state.waiting.len() >= DEPTH {
                return Err(nonsense());
            }
            state.waiting.push(request, GFP_KERNEL)?;
        }
        Self::go_on(this);
        Ok(())
    }

    /// Begins what the send queue has room for.
    pub(crate) fn go_on(this: ArcBorrow<'_, Self>) {
        while let Some(request) = this.next_request() {
            if let Err(error) = Self::begin(this, request) {
                this.answer(&request, Err(error));
            }
        }
    }

    fn next_request(&self) -> Option<Request> {
        let mut state = self.state.lock();

        if state.free == 0 || state.waiting.is_empty() {
            return None;
        }
        state.free -= 1;
        state.waiting.remove(0).ok()
    }

    /// Moves the bytes of a request.
    fn begin(this: ArcBorrow<'_, Self>, request: Request) -> Result {
        let Side::Server(server) = &this.side else {
            return Err(nonsense());
        };
        if request.bytes == 0 || request.bytes > MAX_MOVE {
            return Err(E2BIG);
        }
        let (offset, bytes) = (Bytes::new(request.offset), Bytes::new(request.bytes));
        let part = SharedPart::new(server.memory(), offset, bytes).ok_or(EINVAL)?;
        let served = Served {
            connection: this.into(),
            request,
        };
        let stage = this.stage.lock();
        let Stage::Open(open) = &*stage else {
            return Err(reset());
        };
        let (queue, port) = (open.pair().queue(), open.pair().port());
        let rw = match request.op {
            Op::Put => Rw::read(queue, port, part, request.client, served),
            Op::Get => Rw::write(queue, port, part, request.client, served),
        }
        .map_err(|refused| refused.error)?;
        if rw.wqes() > open.pair().most() {
            return Err(E2BIG);
        }

        server.count_begun(request.op, rw.wqes());
        let posted = rw.post();

        match posted {
            Ok(()) => Ok(()),
            Err(Refused {
                error,
                back: Left::All(_),
            }) => Err(error),
            // What the device has of it may still be seen to complete, and is answered then.
            Err(Refused { error, .. }) => {
                this.lose(error);
                Ok(())
            }
        }
    }

    /// Tells the client what has become of its request.
    fn answer(&self, request: &Request, result: Result) {
        let answer = Answer {
            tag: request.tag,
            status: result.map_or_else(|error| error.to_errno(), |()| 0),
        };

        if let Side::Server(server) = &self.side {
            server.count_ended(request.bytes, result);
        }
        if let Err(error) = self.send(&answer.encode()) {
            self.lose(error);
        }
    }
}
