// SPDX-License-Identifier: GPL-2.0

//! `/sys/kernel/debug/phyr/`.

#[cfg(CONFIG_PHYR_DEBUG)]
use super::ledger::Mappings;
use super::strategy::Switch;
use kernel::{
    debugfs::{
        Dir,
        File,
        Writer, //
    },
    ffi::c_uint,
    fmt,
    prelude::*, //
};

extern "C" {
    fn phyr_count(counter: c_uint) -> u64;
}

/// The files, as long as the module is loaded.
#[pin_data]
pub(crate) struct Files {
    _dir: Dir,
    #[pin]
    _statistics: File<Statistics>,
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
                _strategy <- dir.read_write_file(c"strategy", Switch),
                #[cfg(CONFIG_PHYR_DEBUG)]
                _mappings <- dir.read_only_file(c"mappings", Mappings::new()?),
                _dir: dir.clone(),
            }))
        })
    }
}

/// Counters since the module was loaded.
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
