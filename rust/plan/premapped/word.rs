// SPDX-License-Identifier: GPL-2.0

//! The atomic word that the others are written over.

/// A word that several threads change, and wait for changes of.
///
/// Every method orders what is around it as far as the one who calls it relies on it: what was
/// written before a change is seen by whoever sees the change.
pub trait Word {
    /// A word of this value, which nobody else has yet.
    fn new(value: u64) -> Self;

    /// Its value.
    fn load(&self) -> u64;

    /// What its value was a moment ago, or is. Nothing is ordered, so this is only what to try
    /// [`Word::exchange`] with first.
    fn guess(&self) -> u64;

    /// Puts `new` in the place of `old`.
    ///
    /// # Errors
    ///
    /// Its value, if that was not `old`, or for no reason. Nothing is ordered then: what was
    /// written before that value was need not be seen.
    fn exchange(&self, old: u64, new: u64) -> Result<(), u64>;

    /// Subtracts `less`, and returns what it was before.
    fn sub(&self, less: u64) -> u64;

    /// Waits until the value is not `seen`, or somebody calls [`Word::wake`] after it changed. May
    /// return before that. Sleeps.
    fn wait(&self, seen: u64);

    /// Wakes all that wait. What they wait for may be freed by them meanwhile, and is not looked
    /// at.
    fn wake(&self);
}
