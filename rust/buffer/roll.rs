// SPDX-License-Identifier: GPL-2.0

//! Mappings that are kept track of, in no certain order.

use super::Mapping;
use crate::plan::premapped::{
    clock::Hand,
    state::Look, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    }, //
};

/// Where a mapping is in a roll. It is only looked at by who may change the roll.
pub(super) struct Place(Atomic<usize>);

impl Place {
    pub(super) const fn new() -> Self {
        Self(Atomic::new(0))
    }
}

/// Mappings, each of which can be found and taken out at once.
pub(super) struct Roll {
    mappings: KVVec<Arc<Mapping>>,
    place: fn(&Mapping) -> &Place,
    hand: Hand,
}

impl Roll {
    /// An empty one, in which `place` says where a mapping is.
    pub(super) const fn new(place: fn(&Mapping) -> &Place) -> Self {
        Self {
            mappings: KVVec::new(),
            place,
            hand: Hand::new(),
        }
    }

    /// Adds a mapping.
    pub(super) fn enter(&mut self, mapping: Arc<Mapping>) -> Result {
        self.mappings.reserve(1, GFP_KERNEL)?;
        (self.place)(&mapping).0.store(self.mappings.len(), Relaxed);
        Ok(self.mappings.push_within_capacity(mapping)?)
    }

    /// Takes a mapping out, if it is there, for the caller to drop where no lock is held.
    pub(super) fn leave(&mut self, mapping: &Mapping) -> Option<Arc<Mapping>> {
        let at = (self.place)(mapping).0.load(Relaxed);
        let is_there = self
            .mappings
            .get(at)
            .is_some_and(|other| core::ptr::eq(&**other, mapping));

        if !is_there {
            return None;
        }
        let last = self.mappings.len().wrapping_sub(1);

        self.mappings.swap(at, last);
        if let Some(moved) = self.mappings.get(at) {
            (self.place)(moved).0.store(at, Relaxed);
        }
        self.mappings.pop()
    }

    /// Takes all of them out.
    pub(super) fn take(&mut self) -> KVVec<Arc<Mapping>> {
        core::mem::replace(&mut self.mappings, KVVec::new())
    }

    /// Claims one that nobody uses: [`give_back_claimed`](super::reclaim::give_back_claimed) must
    /// follow.
    pub(super) fn claim(&mut self) -> Option<Arc<Mapping>> {
        let mappings = &self.mappings;
        let at = self.hand.sweep(mappings.len(), |at| {
            mappings
                .get(at)
                .map_or(Look::Busy, |mapping| mapping.claim())
        })?;

        mappings.get(at).cloned()
    }
}
