// SPDX-License-Identifier: GPL-2.0

//! A map call for each run.

use super::{
    backend::Backend,
    error::Error,
    phyr::Phyr,
    range::DmaRange,
    run::{
        Run,
        Runs, //
    },
    units::Bytes,
};

/// Maps each run of `list`, none longer than `cap`, and writes the DMA ranges to `out`. There must
/// be as many as `runs`. On failure nothing is left mapped.
#[inline]
pub(super) fn map<B, I>(
    backend: &mut B,
    list: I,
    cap: Option<Bytes>,
    runs: usize,
    out: &mut [DmaRange],
) -> Result<(), Error>
where
    B: Backend,
    I: Iterator<Item = Phyr>,
{
    let mut mapped: usize = 0;

    for run in Runs::new(list, cap) {
        if let Err(error) = map_one(backend, run, out.get_mut(mapped)) {
            discard(backend, out.iter().take(mapped));
            return Err(error);
        }
        mapped = mapped.saturating_add(1);
    }

    if mapped != runs {
        discard(backend, out.iter().take(mapped));
        return Err(Error::Invalid);
    }
    Ok(())
}

#[inline]
fn map_one<B: Backend>(
    backend: &mut B,
    run: Result<Run, Error>,
    slot: Option<&mut DmaRange>,
) -> Result<(), Error> {
    let run = run?;
    let slot = slot.ok_or(Error::Invalid)?;
    let addr = backend.map(run.paddr(), run.len()).ok_or(Error::NoMemory)?;

    *slot = DmaRange::new(addr, run.len());
    Ok(())
}

/// Unmaps ranges that [`map`] wrote.
#[inline]
pub(super) fn unmap<'a, B: Backend>(backend: &mut B, ranges: impl Iterator<Item = &'a DmaRange>) {
    for range in ranges {
        backend.unmap(range.addr(), range.len());
    }
}

/// Unmaps ranges that [`map`] wrote and no device has used.
#[inline]
fn discard<'a, B: Backend>(backend: &mut B, ranges: impl Iterator<Item = &'a DmaRange>) {
    for range in ranges {
        backend.discard(range.addr(), range.len());
    }
}
