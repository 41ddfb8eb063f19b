// SPDX-License-Identifier: GPL-2.0

//! The state of one mapping, as several change it at the same time.
//!
//! Whoever is told to map or to unmap is the only one who may touch what is kept of the mapping;
//! users, and they alone, may read it.

use super::{
    state::{
        Look,
        Phase,
        State, //
    },
    word::Word, //
};

/// The state of one mapping.
pub struct Cell<W> {
    word: W,
}

/// Why a mapping cannot be used at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not mapped: see [`Cell::enter`].
    NotMapped,
    /// It has ended for good, or will.
    Gone,
}

/// What somebody is who wants to use a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// A user, until [`Cell::leave`].
    User,
    /// The one who maps it: [`Cell::mapped`] or [`Cell::failed`] must follow.
    Mapper,
    /// Nobody: it has ended for good, or will.
    Gone,
}

impl<W: Word> Cell<W> {
    /// Of a mapping that is not mapped.
    pub fn new() -> Self {
        Self {
            word: W::new(State::ABSENT.raw()),
        }
    }

    /// What it is right now.
    #[inline]
    pub fn state(&self) -> State {
        State::from_raw(self.word.load())
    }

    /// Changes the state to what `next` makes of it, unless that is nothing. Returns what it was.
    #[inline]
    fn change(&self, next: impl Fn(State) -> Option<State>) -> Result<State, State> {
        let guess = State::from_raw(self.word.guess());

        if let Some(new) = next(guess) {
            if self.word.exchange(guess.raw(), new.raw()).is_ok() {
                return Ok(guess);
            }
        }
        loop {
            // Who is told what it is, and changes nothing, relies on what came before.
            let old = self.state();
            let new = next(old).ok_or(old)?;

            if self.word.exchange(old.raw(), new.raw()).is_ok() {
                return Ok(old);
            }
        }
    }

    /// Becomes a user, until [`Cell::leave`], if it is mapped.
    ///
    /// # Errors
    ///
    /// Why not.
    #[inline]
    pub fn try_use(&self) -> Result<(), Refusal> {
        match self.change(State::used) {
            Ok(_) => Ok(()),
            Err(state) if state.is_doomed() => Err(Refusal::Gone),
            Err(_) => Err(Refusal::NotMapped),
        }
    }

    /// Becomes a user, or the one who maps it. Waits for who maps or unmaps it now.
    pub fn enter(&self) -> Entered {
        loop {
            let state = self.state();
            let next = match state.phase() {
                _ if state.is_doomed() => return Entered::Gone,
                Phase::Live => state.used().map(|next| (next, Entered::User)),
                Phase::Absent => state.begun().map(|next| (next, Entered::Mapper)),
                _ => {
                    self.word.wait(state.raw());
                    None
                }
            };
            if let Some((next, entered)) = next {
                if self.word.exchange(state.raw(), next.raw()).is_ok() {
                    return entered;
                }
            }
        }
    }

    /// It is mapped. Returns whether whoever mapped it is a user now; if not, it was doomed
    /// meanwhile, and who doomed it unmaps it.
    pub fn mapped(&self) -> bool {
        let is_user = self
            .change(|state| Some(state.mapped()))
            .is_ok_and(|state| !state.is_doomed());

        self.word.wake();
        is_user
    }

    /// It could not be mapped.
    pub fn failed(&self) {
        self.end();
    }

    /// It is unmapped, by whoever was told to.
    pub fn unmapped(&self) {
        self.end();
    }

    fn end(&self) {
        // It always becomes something.
        let _ = self.change(|state| Some(state.ended()));
        self.word.wake();
    }

    /// One user less. Afterwards the cell may be freed by who waited for that.
    #[inline]
    pub fn leave(&self) {
        if State::from_raw(self.word.sub(State::USER)).was_last() {
            self.word.wake();
        }
    }

    /// Claims a mapping that nobody uses, and that was not used since it was last looked at. Who
    /// has claimed it must unmap it, then [`Cell::unmapped`].
    pub fn claim(&self) -> Look {
        match self.change(|state| match state.looked_at() {
            (Look::Busy, _) => None,
            (_, next) => Some(next),
        }) {
            Ok(state) => state.looked_at().0,
            Err(_) => Look::Busy,
        }
    }

    /// Ends it for good: nobody can use it from now on. [`Cell::bury`] must follow.
    pub fn doom(&self) {
        // It always becomes something.
        let _ = self.change(|state| Some(state.doomed()));
    }

    /// Waits until nobody uses what is [doomed](Cell::doom). Returns whether the caller has to
    /// unmap it, then [`Cell::unmapped`]; if not, it is gone: somebody else has, or there was
    /// nothing.
    pub fn bury(&self) -> bool {
        loop {
            match self.change(State::buried) {
                Ok(_) => return true,
                Err(state) if state.phase() == Phase::Gone => return false,
                Err(state) => self.word.wait(state.raw()),
            }
        }
    }
}

impl<W: Word> Default for Cell<W> {
    fn default() -> Self {
        Self::new()
    }
}
