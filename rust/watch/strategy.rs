// SPDX-License-Identifier: GPL-2.0

//! The switch that forces a strategy: `/sys/kernel/debug/phyr/strategy`.

use kernel::{
    debugfs::{
        Reader,
        Writer, //
    },
    fmt,
    prelude::*,
    uaccess::UserSliceReader, //
};

extern "C" {
    fn phyr_force_per_run(on: bool);
    fn phyr_is_forced_per_run() -> bool;
}

/// Whether each run is to be mapped by itself.
// Not inlined: the functions are not exported to crates that generic code is generated in.
#[inline(never)]
pub(crate) fn is_forced_per_run() -> bool {
    // SAFETY: It may be called in any context.
    unsafe { phyr_is_forced_per_run() }
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
        // SAFETY: It may sleep, as whoever writes to a file may.
        unsafe { phyr_force_per_run(per_run) };
        Ok(())
    }
}
