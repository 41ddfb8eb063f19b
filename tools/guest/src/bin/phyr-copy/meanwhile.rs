// SPDX-License-Identifier: GPL-2.0

//! Copies that go on while something happens.

use std::{
    io::{Error, Result},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// Has so many `threads` copy while `happen` runs, and tells how often they did, which is once at
/// least. `copy` ends when its flag is set, and returns how often it has copied.
pub fn meanwhile(
    threads: usize,
    copy: impl Fn(&AtomicBool) -> Result<usize> + Sync,
    happen: impl FnOnce() -> Result<()>,
) -> Result<usize> {
    let stop = AtomicBool::new(false);

    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| copy(&stop))).collect();
        let result = happen();

        stop.store(true, Ordering::Relaxed);
        let mut copies = 0;
        for worker in workers {
            copies += worker
                .join()
                .map_err(|_| Error::other("a copying thread panicked"))??;
        }
        result?;
        match copies {
            0 => Err(Error::other("nothing was copied meanwhile")),
            _ => Ok(copies),
        }
    })
}
