// SPDX-License-Identifier: GPL-2.0

//! Which mappings are given back.

use crate::atomic::HostWord;
use phyr_host::plan::premapped::{
    cell::{Cell, Entered},
    clock::Hand,
    state::{Look, Phase},
};
use proptest::prelude::*;

fn mapped() -> Cell<HostWord> {
    let cell = Cell::new();

    assert_eq!(cell.enter(), Entered::Mapper);
    assert!(cell.mapped());
    cell
}

fn idle() -> Cell<HostWord> {
    let cell = mapped();

    cell.leave();
    cell
}

fn sweep(hand: &mut Hand, cells: &[Cell<HostWord>]) -> Option<usize> {
    hand.sweep(cells.len(), |at| cells[at].claim())
}

#[test]
fn what_was_used_last_is_given_back_last() {
    let cells = [idle(), idle(), idle()];
    let mut hand = Hand::new();

    // All were used, so one round spares them.
    assert_eq!(sweep(&mut hand, &cells), Some(0));
    cells[1].try_use().unwrap();
    cells[1].leave();
    assert_eq!(sweep(&mut hand, &cells), Some(2));
    assert_eq!(sweep(&mut hand, &cells), Some(1));
    assert_eq!(sweep(&mut hand, &cells), None);
}

#[test]
fn what_is_used_stays() {
    let cells = [mapped(), Cell::new(), mapped()];
    let mut hand = Hand::new();

    assert_eq!(sweep(&mut hand, &cells), None);
    cells[2].leave();
    assert_eq!(sweep(&mut hand, &cells), Some(2));
    assert_eq!(cells[0].state().phase(), Phase::Live);
    assert_eq!(sweep(&mut Hand::new(), &[]), None);
}

proptest! {
    /// Wherever the hand is, and however many have gone since.
    #[test]
    fn all_that_is_idle_is_found(
        used in prop::collection::vec(any::<bool>(), 0..40),
        far in 0..80usize,
    ) {
        let cells: Vec<_> = used.iter().map(|&used| if used { mapped() } else { idle() }).collect();
        let mut hand = Hand::new();
        let mut found = 0;

        hand.sweep(far, |_| Look::Busy);
        while sweep(&mut hand, &cells).is_some() {
            found += 1;
        }
        prop_assert_eq!(found, used.iter().filter(|&&used| !used).count());
    }
}
