// SPDX-License-Identifier: GPL-2.0

//! What is sent: requests, and answers to them.

use super::errors::nonsense;
use kernel::prelude::*;
use phyr_rdma::Remote;

/// Bytes of a message.
pub(crate) const MESSAGE_BYTES: usize = 48;

/// As they are sent.
pub(crate) type Message = [u8; MESSAGE_BYTES];

const ASKED: u32 = 0x7068_7972;
const ANSWERED: u32 = 0x7268_7970;

/// Which way the bytes go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// From the client to the server: `PHYR_ULP_PUT`.
    Put,
    /// Back: `PHYR_ULP_GET`.
    Get,
}

impl Op {
    pub(crate) fn from_raw(raw: u32) -> Option<Self> {
        match raw {
            1 => Some(Self::Put),
            2 => Some(Self::Get),
            _ => None,
        }
    }

    fn raw(self) -> u32 {
        match self {
            Self::Put => 1,
            Self::Get => 2,
        }
    }
}

/// What a client asks for.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    pub(crate) op: Op,
    /// What the answer is known by.
    pub(crate) tag: u32,
    /// Where in the server's memory.
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
    /// Where in the client's.
    pub(crate) client: Remote,
}

/// What it is answered.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) tag: u32,
    /// 0, or the number of an error.
    pub(crate) status: i32,
}

fn put(message: &mut Message, at: usize, word: &[u8]) {
    if let Some(to) = message.get_mut(at..at + word.len()) {
        to.copy_from_slice(word);
    }
}

fn word<const BYTES: usize>(message: &Message, at: usize) -> [u8; BYTES] {
    let mut word = [0; BYTES];

    if let Some(from) = message.get(at..at + BYTES) {
        word.copy_from_slice(from);
    }
    word
}

fn u32_at(message: &Message, at: usize) -> u32 {
    u32::from_be_bytes(word(message, at))
}

fn u64_at(message: &Message, at: usize) -> u64 {
    u64::from_be_bytes(word(message, at))
}

impl Request {
    pub(crate) fn encode(&self) -> Message {
        let mut message = [0; MESSAGE_BYTES];

        put(&mut message, 0, &ASKED.to_be_bytes());
        put(&mut message, 4, &self.op.raw().to_be_bytes());
        put(&mut message, 8, &self.tag.to_be_bytes());
        put(&mut message, 12, &self.client.key.to_be_bytes());
        put(&mut message, 16, &self.client.addr.to_be_bytes());
        put(&mut message, 24, &self.offset.to_be_bytes());
        put(&mut message, 32, &self.bytes.to_be_bytes());
        message
    }

    pub(crate) fn decode(message: &Message) -> Result<Self> {
        if u32_at(message, 0) != ASKED {
            return Err(nonsense());
        }
        Ok(Self {
            op: Op::from_raw(u32_at(message, 4)).ok_or_else(nonsense)?,
            tag: u32_at(message, 8),
            client: Remote {
                key: u32_at(message, 12),
                addr: u64_at(message, 16),
            },
            offset: u64_at(message, 24),
            bytes: u64_at(message, 32),
        })
    }
}

impl Answer {
    pub(crate) fn encode(&self) -> Message {
        let mut message = [0; MESSAGE_BYTES];

        put(&mut message, 0, &ANSWERED.to_be_bytes());
        put(&mut message, 4, &self.status.to_be_bytes());
        put(&mut message, 8, &self.tag.to_be_bytes());
        message
    }

    pub(crate) fn decode(message: &Message) -> Result<Self> {
        if u32_at(message, 0) != ANSWERED {
            return Err(nonsense());
        }
        Ok(Self {
            // Two's complement, in as many bits.
            status: i32::from_be_bytes(word(message, 4)),
            tag: u32_at(message, 8),
        })
    }

    /// What a move returns.
    pub(crate) fn result(&self) -> Result {
        match self.status {
            0 => Ok(()),
            errno @ -4095..0 => Err(Error::from_errno(errno)),
            _ => Err(nonsense()),
        }
    }
}
