// SPDX-License-Identifier: GPL-2.0

//! Who gives way: idle mappings are given back where a limit is reached, where a device has no
//! IOVA space left, and to the shrinker.

use super::{
    account::most_of_all,
    roll::Roll,
    word::KernelWord,
    Mapping, //
};
use crate::plan::premapped::budget::{
    Budget,
    Over, //
};
use kernel::{
    ffi::{
        c_uint,
        c_ulong, //
    },
    prelude::*,
    sync::Arc,
    types::NotThreadSafe, //
};

extern "C" {
    fn phyr_shim_noio_begin() -> c_uint;
    fn phyr_shim_noio_end(before: c_uint);
    fn phyr_shim_is_killed() -> bool;
}

/// Until it is dropped this task gets its memory without I/O.
///
/// A device that ends waits for who maps for it, and for the locks below, which others hold while
/// they allocate. If these waited for I/O, it might be that of a disk which is stopped, and goes on
/// only when the same driver's remove function ends.
///
/// # Invariants
///
/// It was begun by the task that has it.
pub(super) struct NoIo {
    before: c_uint,
    _task: NotThreadSafe,
}

impl NoIo {
    /// Begins it. What was begun last ends first.
    pub(super) fn new() -> Self {
        // INVARIANT: It does not leave the task.
        Self {
            // SAFETY: May be called in any task.
            before: unsafe { phyr_shim_noio_begin() },
            _task: NotThreadSafe,
        }
    }
}

impl Drop for NoIo {
    fn drop(&mut self) {
        // SAFETY: By the type invariants it was begun in this task.
        unsafe { phyr_shim_noio_end(self.before) };
    }
}

kernel::sync::global_lock! {
    // SAFETY: It is initialized when the module is loaded, before there is a mapping.
    unsafe(uninit) static CLOCK: Mutex<Roll> = Roll::new(Mapping::on_clock);
}

/// What is mapped of all buffers.
static ALL: Budget<KernelWord> = Budget::of(KernelWord::zero(), KernelWord::zero());

/// Makes the clock.
///
/// # Safety
///
/// It must be called once, before anything else here.
pub(super) unsafe fn init() {
    // SAFETY: By the safety requirements of this function.
    unsafe { CLOCK.init() };
}

/// Frees the clock, for what is static is not dropped. There are no mappings any more.
pub(super) fn exit() {
    let gone = CLOCK.lock().take();

    drop(gone);
}

/// Puts a mapping on the clock, until [`leave`].
pub(super) fn enter(mapping: Arc<Mapping>) -> Result {
    CLOCK.lock().enter(mapping)
}

/// Takes a mapping off the clock, if it is there.
pub(super) fn leave(mapping: &Mapping) {
    let gone = CLOCK.lock().leave(mapping);

    drop(gone);
}

/// Unmaps what was claimed. Returns whether that is something.
pub(super) fn give_back_claimed(claimed: Option<Arc<Mapping>>) -> bool {
    claimed.is_some_and(|mapping| {
        // SAFETY: It was just claimed.
        unsafe { mapping.give_back() };
        true
    })
}

/// Gives back a mapping that nobody uses, of any buffer. Returns whether there was one.
fn give_back_one() -> bool {
    let claimed = CLOCK.lock().claim();

    give_back_claimed(claimed)
}

/// Counts `mapping`, which is to be mapped, until [`give_back`]. Idle mappings give way if that
/// would be too much: of the same buffer, by `claim`, which tells whether there was one, and of
/// any.
///
/// # Errors
///
/// `EBUSY` if too much is in use, or was just used, or is mapped or unmapped by others now; `E2BIG`
/// if it is too much by itself.
pub(super) fn charge(mapping: &Mapping, mut claim: impl FnMut() -> bool) -> Result {
    let (account, bytes) = (mapping.account(), mapping.bytes());

    make_way(|| account.budget.charge(bytes, account.most), &mut claim)?;
    make_way(|| ALL.charge(bytes, most_of_all()), &mut give_back_one)
        .inspect_err(|_| account.budget.give_back(bytes))
}

fn make_way(charge: impl Fn() -> Result<(), Over>, give_back: &mut impl FnMut() -> bool) -> Result {
    loop {
        match charge() {
            Ok(()) => return Ok(()),
            Err(Over::TooLarge) => return Err(E2BIG),
            Err(Over::Full) if !give_back() => return Err(EBUSY),
            Err(Over::Full) => (),
        }
    }
}

/// `mapping` does not count any more.
pub(super) fn give_back(mapping: &Mapping) {
    ALL.give_back(mapping.bytes());
    mapping.account().budget.give_back(mapping.bytes());
}

/// Whether somebody who wants room has better things to do: to end.
pub(super) fn is_killed() -> bool {
    // SAFETY: May be called in any task.
    unsafe { phyr_shim_is_killed() }
}

/// How many mappings there are, of which some may be given back.
#[no_mangle]
extern "C" fn phyr_rs_buffers_count() -> c_ulong {
    // CAST: Both have 64 bits.
    ALL.mappings() as c_ulong
}

/// Gives back up to `most` mappings that nobody uses. Returns how many.
///
/// Memory may be asked for while the clock is changed, so it is not waited for.
#[no_mangle]
extern "C" fn phyr_rs_buffers_shrink(most: c_ulong) -> c_ulong {
    let mut given: c_ulong = 0;

    while given < most {
        let claimed = CLOCK.try_lock().and_then(|mut clock| clock.claim());

        if !give_back_claimed(claimed) {
            break;
        }
        given = given.saturating_add(1);
    }
    given
}
