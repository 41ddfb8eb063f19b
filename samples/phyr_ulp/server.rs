// SPDX-License-Identifier: GPL-2.0

//! A server: memory of a process, and who is connected.

use super::{
    connection::{
        Connection,
        Side, //
    },
    errors::nonsense,
    id::{
        Address,
        Event,
        Id,
        Owner,
        RawId, //
    },
    wire::Op,
};
use core::ptr::NonNull;
use kernel::{
    new_condvar, new_mutex,
    prelude::*,
    sync::{
        Arc,
        CondVar,
        Mutex, //
    },
};
use phyr::phyr_list::UserMemory;

/// `struct phyr_ulp_counts`, but for its last member.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) connections: u64,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) failed: u64,
    pub(crate) wqes: u64,
    pub(crate) bytes: u64,
}

/// A server.
#[pin_data]
pub(crate) struct Server {
    memory: Arc<UserMemory>,
    #[pin]
    listening: Mutex<Option<Id>>,
    #[pin]
    connections: Mutex<KVec<Arc<Connection>>>,
    /// That one of them has gone.
    #[pin]
    gone: CondVar,
    #[pin]
    counts: Mutex<Counts>,
}

impl Server {
    /// Listens at `address`.
    pub(crate) fn listen(address: Address, memory: Arc<UserMemory>) -> Result<Arc<Self>> {
        let server = Arc::pin_init(
            pin_init!(Self {
                memory,
                listening <- new_mutex!(None),
                connections <- new_mutex!(KVec::new()),
                gone <- new_condvar!(),
                counts <- new_mutex!(Counts::default()),
            }),
            GFP_KERNEL,
        )?;
        let id = Id::new(Owner::Server(server.clone()))?;

        id.listen(address)?;
        *server.listening.lock() = Some(id);
        Ok(server)
    }

    /// The memory that it gives away.
    pub(crate) fn memory(&self) -> Arc<UserMemory> {
        self.memory.clone()
    }

    /// Handles what is told of the id that listens, or of one that somebody wants to connect by. An
    /// error has that destroyed.
    pub(crate) fn told(self: Arc<Self>, event: Event) -> Result {
        match event {
            Event::Requested(id) => self.welcome(id),
            Event::Removed => {
                let id = self.listening.lock().take();

                match id {
                    Some(id) => id.leave(),
                    // Whoever has stopped it destroys the id, too.
                    None => return Ok(()),
                }
                Err(ENODEV)
            }
            _ => Ok(()),
        }
    }

    /// Lets somebody connect.
    fn welcome(self: &Arc<Self>, id: NonNull<RawId>) -> Result {
        let connection = Connection::new(Side::Server(self.clone()))?;
        // SAFETY: It is that of the event.
        let id = unsafe { Id::adopt(id, Owner::Connection(connection.clone())) }?;

        if let Err(error) = connection.accept(id) {
            // It is destroyed by whoever told of it.
            let _ = connection.leave();
            return Err(error);
        }
        self.counts.lock().connections += 1;
        let kept = self.connections.lock().push(connection.clone(), GFP_KERNEL);
        if kept.is_err() {
            return connection.leave();
        }
        // It may have gone before it could be found.
        self.somebody_has_gone();
        Ok(())
    }

    /// Lets go of those that have gone, until a signal comes.
    pub(crate) fn serve(&self) -> Result {
        loop {
            self.next_gone()?.close();
        }
    }

    fn next_gone(&self) -> Result<Arc<Connection>> {
        let mut connections = self.connections.lock();

        loop {
            let mut all = connections.iter();
            if let Some(at) = all.position(|connection| connection.is_gone()) {
                return connections.remove(at).map_err(|_| nonsense());
            }
            if self.gone.wait_interruptible(&mut connections) {
                return Err(EINTR);
            }
        }
    }

    /// One of its connections has gone.
    pub(crate) fn somebody_has_gone(&self) {
        let _connections = self.connections.lock();

        self.gone.notify_all();
    }

    /// Stops listening, and closes all connections.
    pub(crate) fn stop(&self) {
        let listening = self.listening.lock().take();

        // Not under the lock, which is taken when something is told of it.
        drop(listening);
        loop {
            let connection = self.connections.lock().pop();
            let Some(connection) = connection else { break };

            connection.close();
        }
    }

    pub(crate) fn count_begun(&self, op: Op, wqes: u32) {
        let mut counts = self.counts.lock();

        match op {
            Op::Put => counts.reads += 1,
            Op::Get => counts.writes += 1,
        }
        counts.wqes += u64::from(wqes);
    }

    pub(crate) fn count_ended(&self, bytes: u64, result: Result) {
        let mut counts = self.counts.lock();

        match result {
            Ok(()) => counts.bytes += bytes,
            Err(_) => counts.failed += 1,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.counts.lock()
    }
}
