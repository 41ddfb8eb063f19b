// SPDX-License-Identifier: GPL-2.0

//! A mapping is what a plain record of it says, whatever is done with it.

use crate::atomic::HostWord;
use phyr_host::plan::premapped::{
    cell::{Cell, Entered, Refusal},
    state::{Look, Phase},
};
use proptest::prelude::*;

/// What is done.
#[derive(Clone, Copy, Debug)]
enum Step {
    TryUse,
    /// To use it, unless somebody maps or unmaps it, for whom this would wait.
    Enter,
    Mapped,
    Failed,
    Leave,
    Claim,
    Unmapped,
    Doom,
    /// To bury it, unless this would wait.
    Bury,
}

/// What a mapping is, with nothing packed into anything.
#[derive(Clone, Copy, Debug)]
struct Record {
    phase: Phase,
    is_doomed: bool,
    was_used: bool,
    users: u64,
}

impl Record {
    const NEW: Self = Self {
        phase: Phase::Absent,
        is_doomed: false,
        was_used: false,
        users: 0,
    };

    fn use_it(&mut self) {
        self.users += 1;
        self.was_used = true;
    }

    fn end(&mut self) {
        *self = Self {
            phase: match self.is_doomed {
                true => Phase::Gone,
                false => Phase::Absent,
            },
            is_doomed: self.is_doomed,
            ..Self::NEW
        };
    }

    fn doom(&mut self) {
        self.is_doomed = true;
        self.phase = match self.phase {
            Phase::Absent => Phase::Gone,
            Phase::Live => Phase::Revoking,
            other => other,
        };
    }

    fn would_wait_to_enter(&self) -> bool {
        !self.is_doomed && matches!(self.phase, Phase::Mapping | Phase::Unmapping)
    }

    fn can_be_buried(&self) -> bool {
        match self.phase {
            Phase::Gone => true,
            Phase::Revoking => self.users == 0,
            _ => false,
        }
    }
}

fn refusal(record: &Record) -> Refusal {
    match record.is_doomed {
        true => Refusal::Gone,
        false => Refusal::NotMapped,
    }
}

/// Does it with both, and compares what is told.
fn play(step: Step, cell: &Cell<HostWord>, record: &mut Record) {
    match step {
        Step::TryUse => {
            let expected = match record.phase {
                Phase::Live => {
                    record.use_it();
                    Ok(())
                }
                _ => Err(refusal(record)),
            };
            assert_eq!(cell.try_use(), expected);
        }
        Step::Enter if record.would_wait_to_enter() => (),
        Step::Enter => {
            let expected = match record.phase {
                Phase::Live => {
                    record.use_it();
                    Entered::User
                }
                Phase::Absent => {
                    record.phase = Phase::Mapping;
                    Entered::Mapper
                }
                _ => Entered::Gone,
            };
            assert_eq!(cell.enter(), expected);
        }
        Step::Mapped if record.phase == Phase::Mapping => {
            assert_eq!(cell.mapped(), !record.is_doomed);
            record.phase = match record.is_doomed {
                true => Phase::Revoking,
                false => {
                    record.use_it();
                    Phase::Live
                }
            };
        }
        Step::Failed if record.phase == Phase::Mapping => {
            cell.failed();
            record.end();
        }
        Step::Leave if record.users > 0 => {
            cell.leave();
            record.users -= 1;
        }
        Step::Claim => {
            let expected = match (record.phase, record.users) {
                (Phase::Live, 0) if record.was_used => {
                    record.was_used = false;
                    Look::Spared
                }
                (Phase::Live, 0) => {
                    record.phase = Phase::Unmapping;
                    Look::Claimed
                }
                _ => Look::Busy,
            };
            assert_eq!(cell.claim(), expected);
        }
        Step::Unmapped if record.phase == Phase::Unmapping => {
            cell.unmapped();
            record.end();
        }
        Step::Doom => {
            cell.doom();
            record.doom();
        }
        Step::Bury if record.can_be_buried() => {
            let has_to_unmap = record.phase == Phase::Revoking;

            assert_eq!(cell.bury(), has_to_unmap);
            if has_to_unmap {
                record.phase = Phase::Unmapping;
            }
        }
        _ => (),
    }
    let state = cell.state();

    assert_eq!(
        (state.phase(), state.is_doomed(), state.users()),
        (record.phase, record.is_doomed, record.users)
    );
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::TryUse),
        6 => Just(Step::Enter),
        4 => Just(Step::Mapped),
        1 => Just(Step::Failed),
        6 => Just(Step::Leave),
        4 => Just(Step::Claim),
        2 => Just(Step::Unmapped),
        1 => Just(Step::Doom),
        1 => Just(Step::Bury),
    ]
}

proptest! {
    #[test]
    fn a_mapping_is_what_its_record_says(steps in prop::collection::vec(steps(), 1..200)) {
        let cell = Cell::new();
        let mut record = Record::NEW;

        for step in steps {
            play(step, &cell, &mut record);
        }
    }
}
