// SPDX-License-Identifier: GPL-2.0

//! `/sys/kernel/debug/phyr/`.

#[cfg(CONFIG_PHYR_DEBUG)]
use super::ledger::Mappings;
use super::strategy::Switch;
use kernel::{
    debugfs::{
        Dir,
        File,
        Reader,
        Writer, //
    },
    error::to_result,
    ffi::{
        c_int,
        c_uint, //
    },
    fmt,
    prelude::*,
    str::kstrtobool_bytes,
    uaccess::UserSliceReader, //
};

extern "C" {
    fn phyr_set_counting(on: bool) -> c_int;
    fn phyr_is_counting() -> bool;
    fn phyr_count(counter: c_uint) -> u64;
}

/// The files, as long as the module is loaded.
#[pin_data]
pub(crate) struct Files {
    _dir: Dir,
    #[pin]
    _statistics: File<Statistics>,
    #[pin]
    _counting: File<Counting>,
    #[pin]
    _strategy: File<Switch>,
    #[cfg(CONFIG_PHYR_DEBUG)]
    #[pin]
    _mappings: File<Mappings>,
}

impl Files {
    /// Makes the files.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        pin_init::pin_init_scope(|| {
            let dir = Dir::new(c"phyr");

            Ok(try_pin_init!(Self {
                _statistics <- dir.read_only_file(c"statistics", Statistics),
                _counting <- dir.read_write_file(c"counting", Counting),
                _strategy <- dir.read_write_file(c"strategy", Switch),
                #[cfg(CONFIG_PHYR_DEBUG)]
                _mappings <- dir.read_only_file(c"mappings", Mappings::new()?),
                _dir: dir.clone(),
            }))
        })
    }
}

/// Whether lists are counted: `0` or `1`. Until somebody asks for it they are not, for it would
/// take each of them some 40 instructions.
struct Counting;

impl Counting {
    fn set(&self, on: bool) -> Result {
        // SAFETY: May be called at any time, in process context.
        to_result(unsafe { phyr_set_counting(on) })
    }
}

impl Writer for Counting {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: May be called at any time, in process context.
        let on = unsafe { phyr_is_counting() };

        writeln!(f, "{}", u8::from(on))
    }
}

impl Reader for Counting {
    fn read_from_slice(&self, reader: &mut UserSliceReader) -> Result {
        let mut buf = [0; 16];
        let text = buf.get_mut(..reader.len()).ok_or(EINVAL)?;

        reader.read_slice(text)?;
        self.set(kstrtobool_bytes(text)?)
    }
}

impl Drop for Counting {
    /// The file is gone, and soon the functions that count are.
    fn drop(&mut self) {
        // To stop does not fail.
        let _ = self.set(false);
    }
}

/// Counters of what happened while [`Counting`] was on.
struct Statistics;

/// In the order of `enum phyr_counter`.
const COUNTERS: [&str; 17] = [
    "maps",
    "errors",
    "unmaps",
    "bytes",
    "entries",
    "ranges",
    "links",
    "iova-syncs",
    "per-run: no IOMMU",
    "bus addresses only",
    "per-run: partial granules",
    "per-run: mixed kinds",
    "per-run: too large",
    "per-run: forced",
    "IOVA: shared",
    "per-run: no IOVA space",
    "per-run: link refused",
];

impl Writer for Statistics {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in (0..).zip(COUNTERS) {
            // SAFETY: `index` is below `PHYR_COUNTERS`, which `watch.c` asserts to be the number of
            // the names.
            let count = unsafe { phyr_count(index) };
            writeln!(f, "{name}: {count}")?;
        }
        Ok(())
    }
}
