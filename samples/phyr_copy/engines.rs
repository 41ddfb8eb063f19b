// SPDX-License-Identifier: GPL-2.0

//! All engines that there are, whichever controllers come and go.

use super::engine::Engine;
use core::ops::Deref;
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// `PHYR_COPY_MAX_ENGINES`.
pub(crate) const MAX_ENGINES: usize = 15;

/// `PHYR_COPY_ANY`.
const ANY: u32 = u32::MAX;

struct Engines {
    here: KVec<Arc<Engine>>,
    /// The number of the next one that comes.
    next: u32,
    /// How many times any was asked for.
    turns: usize,
}

kernel::sync::global_lock! {
    // SAFETY: It is initialized when the module is loaded, before there is a controller or a file.
    unsafe(uninit) static ENGINES: Mutex<Engines> = Engines {
        here: KVec::new(),
        next: 0,
        turns: 0,
    };
}

/// Makes room for engines.
///
/// # Safety
///
/// It must be called once, before anything else here.
pub(crate) unsafe fn init() {
    // SAFETY: By the safety requirements of this function.
    unsafe { ENGINES.init() };
}

/// An engine that is among them until this is dropped.
pub(crate) struct Member(Arc<Engine>);

impl Member {
    /// Has the engine that `make` makes of its number among them. No other ever has that.
    ///
    /// # Errors
    ///
    /// `EBUSY` if there are [`MAX_ENGINES`], or all numbers were used; `ENOMEM`; those of `make`.
    pub(crate) fn new(make: impl FnOnce(u32) -> Result<Arc<Engine>>) -> Result<Self> {
        let number = next_number()?;
        // Nobody has to wait for that.
        let engine = make(number)?;
        let mut engines = ENGINES.lock();

        if engines.here.len() == MAX_ENGINES {
            pr_err!("{MAX_ENGINES} controllers are bound, more have no room; unbind one first\n");
            return Err(EBUSY);
        }
        engines.here.push(engine.clone(), GFP_KERNEL)?;
        Ok(Self(engine))
    }
}

fn next_number() -> Result<u32> {
    let mut engines = ENGINES.lock();
    let number = engines.next;

    // An ioctl returns it as an `int`.
    i32::try_from(number).map_err(|_| EBUSY)?;
    engines.next = number.wrapping_add(1);
    Ok(number)
}

impl Deref for Member {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.0
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut engines = ENGINES.lock();

        engines.here.retain(|engine| !Arc::ptr_eq(engine, &self.0));
        // Nobody drops what is static when the module is unloaded.
        if engines.here.is_empty() {
            engines.here = KVec::new();
        }
    }
}

/// The one with this number, or the next in turn if any will do.
///
/// # Errors
///
/// `ENODEV` if there is none.
pub(crate) fn get(number: u32) -> Result<Arc<Engine>> {
    let mut engines = ENGINES.lock();
    let found = match number {
        ANY => {
            engines.turns = engines.turns.wrapping_add(1);
            let turn = engines.turns.checked_rem(engines.here.len());

            turn.and_then(|turn| engines.here.get(turn))
        }
        number => engines.here.iter().find(|engine| engine.number() == number),
    };

    found.cloned().ok_or(ENODEV)
}

/// The next in turn.
///
/// # Errors
///
/// `ENODEV` if there is none.
pub(crate) fn any() -> Result<Arc<Engine>> {
    get(ANY)
}

/// How many there are, and their numbers.
pub(crate) fn numbers() -> (usize, [u32; MAX_ENGINES]) {
    let engines = ENGINES.lock();
    let mut numbers = [0; MAX_ENGINES];

    for (number, engine) in numbers.iter_mut().zip(&engines.here) {
        *number = engine.number();
    }
    (engines.here.len(), numbers)
}
