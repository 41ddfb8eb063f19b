// SPDX-License-Identifier: GPL-2.0

//! The ioctls of `phyr_ulp.h`, and what they make of an open file.

use super::{
    client::Wanted, connection::Connection, errors::not_connected, id::Address, server::Server,
    wire::Op,
};
use kernel::{
    ioctl::{
        _IO,
        _IOR,
        _IOW,
        _IOWR, //
    },
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    },
    uaccess::{
        UserPtr,
        UserSlice, //
    },
};
use phyr::phyr_list::{
    Access,
    Term,
    UserMemory, //
};

/// The layout of `struct phyr_ulp_end`.
type RawEnd = [u64; 4];
/// The layout of `struct phyr_ulp_move`.
type RawMove = [u64; 4];
/// The layout of `struct phyr_ulp_counts`.
type RawCounts = [u64; 7];

const LISTEN: u32 = _IOW::<RawEnd>('|' as u32, 0x98);
const SERVE: u32 = _IO('|' as u32, 0x99);
const CONNECT: u32 = _IOWR::<RawEnd>('|' as u32, 0x9a);
const MOVE: u32 = _IOW::<RawMove>('|' as u32, 0x9b);
const COUNTS: u32 = _IOR::<RawCounts>('|' as u32, 0x9c);

/// `PHYR_ULP_MAX_MEMORY`.
const MAX_MEMORY: u64 = 64 << 20;

/// `PHYR_ULP_WRONG_KEY`.
const WRONG_KEY: u32 = 1;

/// What an open file is.
#[derive(Clone)]
enum Role {
    Nothing,
    /// Something, soon.
    Becoming,
    Server(Arc<Server>),
    Client(Arc<Connection>),
}

/// An open file.
#[pin_data]
pub(crate) struct OpenFile {
    #[pin]
    role: Mutex<Role>,
}

impl OpenFile {
    pub(crate) fn new() -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                role <- new_mutex!(Role::Nothing),
            }),
            GFP_KERNEL,
        )
    }

    pub(crate) fn ioctl(&self, cmd: u32, arg: usize) -> Result {
        match cmd {
            LISTEN => self.become_one(|| listen(arg)),
            SERVE => self.server()?.serve(),
            CONNECT => {
                self.become_one(|| connect(arg))?;
                write_stretch(arg, self.client()?.stretch())
            }
            MOVE => ask(&*self.client()?, arg),
            COUNTS => write_counts(arg, &*self.server()?),
            _ => Err(ENOTTY),
        }
    }

    /// Ends what it is.
    pub(crate) fn close(&self) {
        let role = core::mem::replace(&mut *self.role.lock(), Role::Nothing);

        match role {
            Role::Nothing | Role::Becoming => (),
            Role::Server(server) => server.stop(),
            Role::Client(connection) => connection.close(),
        }
    }

    /// Makes it something, which takes its time. Once.
    fn become_one(&self, make: impl FnOnce() -> Result<Role>) -> Result {
        {
            let mut role = self.role.lock();

            match *role {
                Role::Nothing => *role = Role::Becoming,
                _ => return Err(EBUSY),
            }
        }
        let (role, result) = match make() {
            Ok(role) => (role, Ok(())),
            Err(error) => (Role::Nothing, Err(error)),
        };
        *self.role.lock() = role;
        result
    }

    fn server(&self) -> Result<Arc<Server>> {
        match &*self.role.lock() {
            Role::Server(server) => Ok(server.clone()),
            _ => Err(not_connected()),
        }
    }

    fn client(&self) -> Result<Arc<Connection>> {
        match &*self.role.lock() {
            Role::Client(connection) => Ok(connection.clone()),
            _ => Err(not_connected()),
        }
    }
}

fn read_words<const NR: usize>(arg: usize) -> Result<[u64; NR]> {
    let mut words = [0; NR];
    let mut input = UserSlice::new(UserPtr::from_addr(arg), size_of::<[u64; NR]>()).reader();

    for word in &mut words {
        *word = input.read()?;
    }
    Ok(words)
}

/// Where it listens or connects to, and the memory that it has, pinned.
fn read_end(arg: usize, most: u64) -> Result<(Address, Arc<UserMemory>)> {
    let [addr, start, bytes, _] = read_words(arg)?;
    if bytes > most {
        return Err(E2BIG);
    }
    let address = Address::read(addr)?;
    let mut memory = UserMemory::new(Access::Write, Term::Long);

    memory.pin(usize::try_from(start)?, usize::try_from(bytes)?)?;
    Ok((address, Arc::new(memory, GFP_KERNEL)?))
}

fn listen(arg: usize) -> Result<Role> {
    let (address, memory) = read_end(arg, u64::MAX)?;

    Ok(Role::Server(Server::listen(address, memory)?))
}

fn connect(arg: usize) -> Result<Role> {
    let (address, memory) = read_end(arg, MAX_MEMORY)?;

    Ok(Role::Client(Connection::connect(address, memory)?))
}

fn write_stretch(arg: usize, stretch: u64) -> Result {
    // The last member.
    let at = arg
        .checked_add(size_of::<RawEnd>() - size_of::<u64>())
        .ok_or(EFAULT)?;

    UserSlice::new(UserPtr::from_addr(at), size_of::<u64>())
        .writer()
        .write(&stretch)
}

fn ask(connection: &Connection, arg: usize) -> Result {
    let mut input = UserSlice::new(UserPtr::from_addr(arg), size_of::<RawMove>()).reader();
    let op = Op::from_raw(input.read()?).ok_or(EINVAL)?;
    let has_wrong_key = match input.read()? {
        0 => false,
        WRONG_KEY => true,
        _ => return Err(EINVAL),
    };

    connection.ask(&Wanted {
        op,
        has_wrong_key,
        local: input.read()?,
        remote: input.read()?,
        bytes: input.read()?,
    })
}

fn write_counts(arg: usize, server: &Server) -> Result {
    let counts = server.counts();
    let mut output = UserSlice::new(UserPtr::from_addr(arg), size_of::<RawCounts>()).writer();

    for count in [
        counts.connections,
        counts.reads,
        counts.writes,
        counts.failed,
        counts.wqes,
        counts.bytes,
        server.memory().list().entries(),
    ] {
        output.write(&count)?;
    }
    Ok(())
}
