// SPDX-License-Identifier: GPL-2.0

//! What a mapping is at a moment, and what it can become: values, without anything atomic.
//!
//! | it is | and | then it is |
//! |---|---|---|
//! | absent | somebody [begins](State::begun) to map it | mapping |
//! | mapping | it is [mapped](State::mapped) | live; revoking, if it was doomed |
//! | mapping | it [cannot](State::ended) be | absent; gone, if it was doomed |
//! | live | its room is [claimed](State::looked_at), and nobody uses it | unmapping |
//! | live | it is [doomed](State::doomed) | revoking |
//! | revoking | its last user has left, and who waited [buries](State::buried) it | unmapping |
//! | unmapping | that is [done](State::ended) | absent; gone, if it was doomed |
//! | absent | it is [doomed](State::doomed) | gone |
//!
//! That it is doomed is said once, in any phase, and never taken back. Users are counted while it
//! is live, where more may come, and while it is being revoked, where none may.

/// Where a mapping is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is mapped. Whoever needs it first maps it.
    Absent,
    /// Somebody maps it, and the others wait.
    Mapping,
    /// It is mapped, and may be used.
    Live,
    /// It is mapped, and will be unmapped when the last user has left. None may come.
    Revoking,
    /// Somebody unmaps it.
    Unmapping,
    /// It is not mapped, and never will be again.
    Gone,
}

/// The state of a mapping, as it is in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State(u64);

/// What is done with a mapping that is wanted for its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It has no room to give, or not now.
    Busy,
    /// It was used since it was last looked at. Not the next time, if it is not used until then.
    Spared,
    /// It is to be unmapped, by whoever looked.
    Claimed,
}

impl State {
    /// What a mapping begins with.
    pub const ABSENT: Self = Self(0);

    /// What is added to the word for each user, and subtracted when it leaves.
    pub const USER: u64 = 1 << 8;

    const PHASES: u64 = 0b111;
    const DOOMED: u64 = 1 << 3;
    const RECENT: u64 = 1 << 4;

    /// The state that a word holds.
    #[inline]
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// The word that holds it.
    #[inline]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// Where it is in its life.
    #[inline]
    pub const fn phase(self) -> Phase {
        match self.0 & Self::PHASES {
            0 => Phase::Absent,
            1 => Phase::Mapping,
            2 => Phase::Live,
            3 => Phase::Revoking,
            4 => Phase::Unmapping,
            _ => Phase::Gone,
        }
    }

    /// How many use it.
    #[inline]
    pub const fn users(self) -> u64 {
        self.0 / Self::USER
    }

    /// Whether it has to end.
    #[inline]
    pub const fn is_doomed(self) -> bool {
        self.0 & Self::DOOMED != 0
    }

    const fn of(phase: Phase) -> Self {
        Self(match phase {
            Phase::Absent => 0,
            Phase::Mapping => 1,
            Phase::Live => 2,
            Phase::Revoking => 3,
            Phase::Unmapping => 4,
            Phase::Gone => 5,
        })
    }

    /// The same users in another phase. That it was used lately is forgotten.
    const fn to(self, phase: Phase) -> Self {
        Self((self.0 & !(Self::PHASES | Self::RECENT)) | Self::of(phase).0)
    }

    /// One user more; [`None`] if none may come.
    #[inline]
    pub const fn used(self) -> Option<Self> {
        match self.phase() {
            Phase::Live => match self.0.checked_add(Self::USER) {
                Some(raw) => Some(Self(raw | Self::RECENT)),
                None => None,
            },
            _ => None,
        }
    }

    /// Whether the last user has just left, for which somebody waits, if it was this before.
    #[inline]
    pub const fn was_last(self) -> bool {
        matches!(self.phase(), Phase::Revoking) && self.users() == 1
    }

    /// Somebody begins to map it; [`None`] unless it is the time for it.
    pub const fn begun(self) -> Option<Self> {
        match self.phase() {
            Phase::Absent => Some(self.to(Phase::Mapping)),
            _ => None,
        }
    }

    /// Whoever [began](State::begun) has mapped it, and is its first user; but not if it was
    /// doomed meanwhile.
    pub const fn mapped(self) -> Self {
        match self.is_doomed() {
            true => self.to(Phase::Revoking),
            false => Self(self.to(Phase::Live).0 | Self::USER | Self::RECENT),
        }
    }

    /// Nothing is mapped any more, or it could not be.
    pub const fn ended(self) -> Self {
        match self.is_doomed() {
            true => self.to(Phase::Gone),
            false => self.to(Phase::Absent),
        }
    }

    /// What comes of it if somebody looks for room.
    pub const fn looked_at(self) -> (Look, Self) {
        match (self.phase(), self.users()) {
            (Phase::Live, 0) if self.0 & Self::RECENT != 0 => {
                (Look::Spared, Self(self.0 & !Self::RECENT))
            }
            (Phase::Live, 0) => (Look::Claimed, self.to(Phase::Unmapping)),
            _ => (Look::Busy, self),
        }
    }

    /// It has to end. Nobody can use it from now on.
    pub const fn doomed(self) -> Self {
        let doomed = Self(self.0 | Self::DOOMED);

        match self.phase() {
            Phase::Absent => doomed.to(Phase::Gone),
            Phase::Live => doomed.to(Phase::Revoking),
            _ => doomed,
        }
    }

    /// Somebody begins to unmap what has to end; [`None`] unless it is the time for it.
    pub const fn buried(self) -> Option<Self> {
        match (self.phase(), self.users()) {
            (Phase::Revoking, 0) => Some(self.to(Phase::Unmapping)),
            _ => None,
        }
    }
}

#[cfg(any(test, CONFIG_PHYR_PLAN_KUNIT_TEST))]
#[cfg_attr(
    CONFIG_PHYR_PLAN_KUNIT_TEST,
    ::kernel::macros::kunit_tests(phyr_plan_premapped)
)]
mod tests {
    use super::*;

    fn live(users: u64) -> State {
        let mut state = State::ABSENT.begun().map(State::mapped);
        for _ in 1..users {
            state = state.and_then(State::used);
        }
        state.unwrap_or(State::ABSENT)
    }

    fn left(state: State) -> State {
        State::from_raw(state.raw() - State::USER)
    }

    #[test]
    fn who_maps_is_the_first_user() {
        assert_eq!((live(1).phase(), live(1).users()), (Phase::Live, 1));
        assert_eq!((live(3).phase(), live(3).users()), (Phase::Live, 3));
        assert!(live(1).begun().is_none());
    }

    #[test]
    fn what_was_used_is_spared_once() {
        let idle = left(live(1));
        let (first, spared) = idle.looked_at();
        let (second, claimed) = spared.looked_at();

        assert_eq!(live(1).looked_at(), (Look::Busy, live(1)));
        assert_eq!((first, second), (Look::Spared, Look::Claimed));
        assert_eq!(claimed.phase(), Phase::Unmapping);
        assert_eq!(claimed.ended(), State::ABSENT);
        assert!(spared.used().is_some_and(|used| left(used) == idle));
    }

    #[test]
    fn what_is_doomed_ends_when_the_last_user_has_left() {
        let doomed = live(2).doomed();

        assert_eq!((doomed.phase(), doomed.users()), (Phase::Revoking, 2));
        assert!(doomed.used().is_none() && doomed.buried().is_none());
        assert!(!doomed.was_last() && left(doomed).was_last());
        let buried = left(left(doomed)).buried();
        assert!(buried.is_some_and(|buried| buried.ended().phase() == Phase::Gone));
    }

    #[test]
    fn doom_finds_every_phase() {
        let mapping = State::ABSENT.begun().unwrap_or(State::ABSENT).doomed();
        let unmapping = left(live(1)).looked_at().1.looked_at().1.doomed();

        assert_eq!(State::ABSENT.doomed().phase(), Phase::Gone);
        assert_eq!(mapping.mapped().phase(), Phase::Revoking);
        assert_eq!(mapping.mapped().users(), 0);
        assert_eq!(mapping.ended().phase(), Phase::Gone);
        assert_eq!(unmapping.ended().phase(), Phase::Gone);
        assert!(State::ABSENT.doomed().begun().is_none());
        assert_eq!(live(1).doomed().doomed(), live(1).doomed());
    }
}
