// SPDX-License-Identifier: GPL-2.0

//! The first pass over a list: validate and count.

use super::{
    error::Error,
    layout::Layout,
    limits::Limits,
    phyr::Phyr,
    run::Runs, //
};

/// What a list amounts to for a device.
///
/// # Invariants
///
/// `runs` is at least one, and no phyr of the list is empty or past the end of the address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Runs, hence the DMA ranges that come out if each is mapped by itself.
    pub runs: usize,
    /// The whole list in one IOVA allocation; [`None`] without an IOMMU, or where no allocation
    /// could be so large.
    pub layout: Option<Layout>,
}

impl Survey {
    /// Reads `list` once.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the list is empty or has an invalid entry.
    #[inline]
    pub fn of<I: Iterator<Item = Phyr>>(list: I, limits: &Limits) -> Result<Self, Error> {
        let mut runs: usize = 0;
        let mut layout = limits.granule.map(Layout::new);

        for run in Runs::new(list, None) {
            let run = run?;
            // Counted, not cut: an entry may be any number of times as long as the bound.
            let pieces = run
                .len()
                .div_ceil(limits.max_mapping)
                .ok_or(Error::Invalid)?;
            runs = runs.checked_add(pieces).ok_or(Error::Invalid)?;
            layout = layout.and_then(|mut layout| layout.place(run).map(|_| layout));
        }

        if runs == 0 {
            return Err(Error::Invalid);
        }
        // INVARIANT: At least one run was seen, and `Runs` refused every invalid phyr.
        Ok(Self { runs, layout })
    }
}
