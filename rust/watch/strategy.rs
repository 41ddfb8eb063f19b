// SPDX-License-Identifier: GPL-2.0

//! The switch that forces a strategy: `/sys/kernel/debug/phyr/strategy`.

use kernel::{
    debugfs::{
        Reader,
        Writer, //
    },
    fmt,
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
    uaccess::UserSliceReader, //
};

/// `rust/shims.c` reads it, too.
#[export_name = "phyr_rs_per_run"]
static PER_RUN: Atomic<i32> = Atomic::new(0);

/// Whether each run is to be mapped by itself.
// Not inlined: the static is not exported to crates that generic code is generated in.
#[inline(never)]
pub(crate) fn is_forced_per_run() -> bool {
    PER_RUN.load(Relaxed) != 0
}

/// The switch, as it is read and written.
pub(super) struct Switch;

impl Writer for Switch {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match is_forced_per_run() {
            true => "auto [per-run]\n",
            false => "[auto] per-run\n",
        })
    }
}

impl Reader for Switch {
    fn read_from_slice(&self, reader: &mut UserSliceReader) -> Result {
        let mut buf = [0; 16];
        let text = buf.get_mut(..reader.len()).ok_or(EINVAL)?;

        reader.read_slice(text)?;
        let per_run = match text.trim_ascii() {
            b"auto" => false,
            b"per-run" => true,
            _ => return Err(EINVAL),
        };
        PER_RUN.store(per_run.into(), Relaxed);
        Ok(())
    }
}
