// SPDX-License-Identifier: GPL-2.0

//! How many mappings there may be, and of how many bytes: of a buffer, and of all.

use super::{
    super::units::Bytes,
    word::Word, //
};

/// The most that may be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// Mappings.
    pub mappings: u64,
    /// Bytes of them together.
    pub bytes: Bytes,
}

/// Why something is not mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// There is too much already. It may succeed if some of it is given back.
    Full,
    /// It is too much by itself.
    TooLarge,
}

/// What is mapped.
pub struct Budget<W> {
    mappings: W,
    bytes: W,
}

/// Adds `more` to `word`, unless that is more than `most`.
fn add<W: Word>(word: &W, more: u64, most: u64) -> bool {
    let mut old = word.load();

    loop {
        let Some(new) = old.checked_add(more).filter(|&new| new <= most) else {
            return false;
        };
        match word.exchange(old, new) {
            Ok(()) => return true,
            Err(now) => old = now,
        }
    }
}

impl<W> Budget<W> {
    /// Counted in two words, which are 0 if nothing is mapped.
    pub const fn of(mappings: W, bytes: W) -> Self {
        Self { mappings, bytes }
    }
}

impl<W: Word> Budget<W> {
    /// Of nothing that is mapped.
    pub fn new() -> Self {
        Self::of(W::new(0), W::new(0))
    }

    /// Counts a mapping of so many bytes, unless there were more than `most` then.
    ///
    /// # Errors
    ///
    /// What there is too much of; nothing is counted then.
    pub fn charge(&self, bytes: Bytes, most: Most) -> Result<(), Over> {
        if most.mappings == 0 || bytes > most.bytes {
            return Err(Over::TooLarge);
        }
        if !add(&self.mappings, 1, most.mappings) {
            return Err(Over::Full);
        }
        if !add(&self.bytes, bytes.raw(), most.bytes.raw()) {
            self.mappings.sub(1);
            return Err(Over::Full);
        }
        Ok(())
    }

    /// A mapping of so many bytes, which was [counted](Budget::charge), is no more.
    pub fn give_back(&self, bytes: Bytes) {
        self.bytes.sub(bytes.raw());
        self.mappings.sub(1);
    }

    /// How many mappings are counted.
    pub fn mappings(&self) -> u64 {
        self.mappings.load()
    }

    /// How many bytes are counted.
    pub fn bytes(&self) -> Bytes {
        Bytes::new(self.bytes.load())
    }
}

impl<W: Word> Default for Budget<W> {
    fn default() -> Self {
        Self::new()
    }
}
