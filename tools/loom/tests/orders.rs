// SPDX-License-Identifier: GPL-2.0

//! Orders in which several use a mapping, want its room, and end it: all with few preemptions.

use loom::{
    sync::Arc,
    thread::{self, JoinHandle},
};
use phyr_loom::Mapping;

/// Plays all orders through, with at most so many changes of threads where none had to be.
fn orders(preemptions: usize, play: impl Fn(Arc<Mapping>) + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();

    builder.preemption_bound = Some(preemptions);
    builder.check(move || play(Arc::new(Mapping::new())));
}

fn beside<T: 'static>(
    mapping: &Arc<Mapping>,
    act: impl FnOnce(&Mapping) -> T + 'static,
) -> JoinHandle<T> {
    let mapping = mapping.clone();

    thread::spawn(move || act(&mapping))
}

#[test]
fn it_is_mapped_once_for_many_that_want_it_first() {
    orders(3, |mapping| {
        let others = [(); 2].map(|()| beside(&mapping, Mapping::use_once));

        assert!(mapping.use_once());
        assert!(others.into_iter().all(|other| other.join().unwrap()));
        assert!(mapping.is_idle());
        mapping.end();
        assert!(mapping.was_mapped(1..=1));
    });
}

#[test]
fn who_waits_maps_it_if_the_first_could_not() {
    orders(4, |mapping| {
        let first = beside(&mapping, Mapping::fail_once);

        assert!(mapping.use_once());
        first.join().unwrap();
        mapping.end();
        assert!(mapping.was_mapped(1..=1));
    });
}

#[test]
fn users_are_waited_for_when_it_ends() {
    orders(3, |mapping| {
        let user = beside(&mapping, Mapping::use_once);
        let other = beside(&mapping, Mapping::use_once);

        mapping.end();
        let (user, other) = (user.join().unwrap(), other.join().unwrap());
        assert!(mapping.was_mapped(0..=1));
        assert!(mapping.was_mapped(1..=1) || !(user || other));
    });
}

#[test]
fn the_device_and_the_buffer_may_end_it_at_once() {
    orders(3, |mapping| {
        let user = beside(&mapping, Mapping::use_once);
        let device = beside(&mapping, Mapping::end);

        mapping.end();
        device.join().unwrap();
        user.join().unwrap();
        assert!(mapping.was_mapped(0..=1));
    });
}

#[test]
fn what_cannot_be_mapped_ends_too() {
    orders(4, |mapping| {
        let failed = beside(&mapping, Mapping::fail_once);

        mapping.end();
        failed.join().unwrap();
        assert!(mapping.was_mapped(0..=0));
    });
}

#[test]
fn room_is_taken_only_from_what_nobody_uses() {
    orders(3, |mapping| {
        let user = beside(&mapping, Mapping::use_once);
        let other = beside(&mapping, Mapping::give_back);

        assert!(mapping.use_once());
        assert!(user.join().unwrap());
        other.join().unwrap();
        mapping.end();
        assert!(mapping.was_mapped(1..=2));
    });
}

#[test]
fn who_only_looks_never_sees_what_is_taken_down() {
    orders(4, |mapping| {
        assert!(mapping.use_once());
        let taker = beside(&mapping, Mapping::give_back);
        let other = beside(&mapping, Mapping::try_once);

        mapping.try_once();
        taker.join().unwrap();
        other.join().unwrap();
        mapping.end();
        assert!(mapping.was_mapped(1..=1));
    });
}

#[test]
fn it_ends_while_its_room_is_taken() {
    orders(3, |mapping| {
        assert!(mapping.use_once());
        let taker = beside(&mapping, Mapping::give_back);
        let user = beside(&mapping, Mapping::use_once);

        mapping.end();
        taker.join().unwrap();
        user.join().unwrap();
        assert!(mapping.was_mapped(1..=2));
    });
}
