// SPDX-License-Identifier: GPL-2.0

//! The mappings of a buffer, found by number without a lock.

use super::Mapping;
use core::{
    mem::ManuallyDrop,
    ptr::null_mut, //
};
use kernel::{
    bindings,
    prelude::*,
    sync::{
        atomic::{
            Acquire,
            Atomic,
            Relaxed,
            Release, //
        },
        rcu,
        Arc, //
    }, //
};

/// Slots that the first table has: for four devices.
const FIRST: usize = 8;

type Slots = KVVec<Atomic<*mut Mapping>>;

/// A table that grows.
///
/// # Invariants
///
/// `slots` is null, or a box of slots, and each of these is null or an [`Arc`] of a mapping. They
/// are changed by who has the [`Writer`] alone. What is replaced is freed when no reader can have
/// it.
pub(super) struct Table {
    slots: Atomic<*mut Slots>,
}

/// Who may change a table: there is one of it.
pub(super) struct Writer(());

impl Table {
    /// An empty table, for which nothing is allocated.
    pub(super) fn new() -> (Self, Writer) {
        let slots = Atomic::new(null_mut());

        // INVARIANT: There are no slots.
        (Self { slots }, Writer(()))
    }

    /// The slots, as long as they are not replaced.
    ///
    /// # Safety
    ///
    /// The caller must have the writer, or be in an RCU reader, for `'a`.
    #[inline]
    unsafe fn slots<'a>(&self) -> &'a [Atomic<*mut Mapping>] {
        let slots = self.slots.load(Acquire);

        // SAFETY: By the type invariants, and the safety requirements of this function.
        unsafe { slots.as_ref() }.map_or(&[], |slots| slots)
    }

    /// What is at `at`.
    #[inline]
    pub(super) fn find<'a>(&self, at: usize, reader: &'a rcu::Guard) -> Option<&'a Mapping> {
        // SAFETY: By the type invariants, and it is not freed before readers have left.
        let slots = unsafe { dereference(&self.slots, reader) }?;

        // SAFETY: As above.
        unsafe { dereference(slots.get(at)?, reader) }
    }

    /// What is at `at`, to be kept.
    pub(super) fn get(&self, at: usize, _writer: &Writer) -> Option<Arc<Mapping>> {
        // SAFETY: The writer is borrowed meanwhile.
        let slots = unsafe { self.slots() };
        let mapping = slots.get(at)?.load(Relaxed);
        if mapping.is_null() {
            return None;
        }
        // SAFETY: It is an `Arc` by the type invariants, which stays in the table.
        let mapping = ManuallyDrop::new(unsafe { Arc::from_raw(mapping) });

        Some(Arc::clone(&mapping))
    }

    /// All there are.
    pub(super) fn all<'a>(&self, _writer: &'a Writer) -> impl Iterator<Item = &'a Mapping> + 'a {
        // SAFETY: The writer is borrowed for `'a`.
        let slots: &'a [_] = unsafe { self.slots() };

        slots.iter().filter_map(|slot| {
            // SAFETY: By the type invariants it is a mapping, or null, and is not replaced for
            // `'a`.
            unsafe { slot.load(Acquire).as_ref() }
        })
    }

    /// Puts `mapping` at `at`, in the place of what is there, which nobody uses any more. Sleeps.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; nothing changes then.
    pub(super) fn put(&self, at: usize, mapping: Arc<Mapping>, writer: &mut Writer) -> Result {
        self.make_room(at, writer)?;
        // SAFETY: The writer is borrowed meanwhile.
        let slots = unsafe { self.slots() };
        let slot = slots.get(at).ok_or(ENOMEM)?;
        let old = slot.load(Relaxed);

        // INVARIANT: It is an `Arc`, whose pointer is given away here.
        slot.store(Arc::into_raw(mapping).cast_mut(), Release);
        if !old.is_null() {
            synchronize();
            // SAFETY: By the type invariants it is an `Arc`, which no reader can have any more.
            drop(unsafe { Arc::from_raw(old) });
        }
        Ok(())
    }

    /// Makes sure that there is a slot `at`.
    fn make_room(&self, at: usize, _writer: &mut Writer) -> Result {
        // SAFETY: The writer is borrowed meanwhile.
        let slots = unsafe { self.slots() };
        if at < slots.len() {
            return Ok(());
        }
        let wanted = at.checked_add(1).ok_or(ENOMEM)?;
        let room = wanted.next_power_of_two().max(FIRST);
        let mut grown = Slots::with_capacity(room, GFP_KERNEL)?;

        for slot in slots {
            grown.push_within_capacity(Atomic::new(slot.load(Relaxed)))?;
        }
        while grown.len() < room {
            grown.push_within_capacity(Atomic::new(null_mut()))?;
        }
        let old = self.slots.load(Relaxed);

        // INVARIANT: It has the same mappings. The old ones have none any more.
        self.slots
            .store(KBox::into_raw(KBox::new(grown, GFP_KERNEL)?), Release);
        if !old.is_null() {
            synchronize();
            // SAFETY: It is a box by the type invariants, which no reader can have any more. Its
            // pointers are not dropped with it.
            drop(unsafe { KBox::from_raw(old) });
        }
        Ok(())
    }
}

/// What `pointer` points to, as `rcu_dereference()` reads it: once, and before what it points to.
/// [`Atomic::load`] is a call, which takes longer than all the rest.
///
/// # Safety
///
/// It must be null, or point to something valid, which is not freed for `'a`.
#[inline]
unsafe fn dereference<'a, T>(pointer: &Atomic<*mut T>, _reader: &'a rcu::Guard) -> Option<&'a T> {
    // SAFETY: It is valid. A volatile access is what `READ_ONCE()` is, which may race with a store;
    // what is read at the address that it returns is ordered behind it
    // (`Documentation/RCU/rcu_dereference.rst`).
    let pointer = unsafe { pointer.as_ptr().read_volatile() };

    // SAFETY: By the safety requirements of this function.
    unsafe { pointer.as_ref() }
}

/// Waits for all RCU readers.
fn synchronize() {
    // SAFETY: May be called wherever somebody may sleep.
    unsafe { bindings::synchronize_rcu() };
}

impl Drop for Table {
    fn drop(&mut self) {
        let slots = self.slots.load(Relaxed);
        if slots.is_null() {
            return;
        }
        // SAFETY: It is a box by the type invariants, and there are neither readers nor a writer of
        // what is dropped.
        let slots = unsafe { KBox::from_raw(slots) };

        for slot in slots.iter() {
            let mapping = slot.load(Relaxed);

            if !mapping.is_null() {
                // SAFETY: It is an `Arc` by the type invariants.
                drop(unsafe { Arc::from_raw(mapping) });
            }
        }
    }
}
