// SPDX-License-Identifier: GPL-2.0

//! A map call for each run.

use super::{
    backend::Backend,
    class::{
        Class,
        Entry,
        Kind, //
    },
    error::Error,
    merge::Merge,
    output::Output,
    range::DmaRange,
    record::{
        Calls,
        Mark,
        Marks, //
    },
    run::{
        Run,
        Runs, //
    },
};

/// Why the runs were not mapped. Nothing of them is left mapped.
pub(super) enum Failure {
    /// For a reason that has an errno.
    Error(Error),
    /// There were more DMA ranges than room.
    Full,
}

impl From<Error> for Failure {
    #[inline]
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Maps each run of `list` and writes the DMA ranges to `output`, which records what they are if
/// `marks` says so. Returns what the last map call mapped, and how many there were.
#[inline]
pub(super) fn map<B, I>(
    backend: &mut B,
    list: I,
    merge: Merge,
    marks: Marks,
    output: &mut Output<'_>,
) -> Result<(DmaRange, usize), Failure>
where
    B: Backend,
    I: Iterator<Item = Entry>,
{
    let mut last = DmaRange::default();
    let mut calls: usize = 0;

    for run in Runs::new(list, merge) {
        match run
            .map_err(Failure::from)
            .and_then(|run| map_one(backend, run, marks, output))
        {
            Ok(Some(range)) => {
                last = range;
                calls = calls.saturating_add(1);
            }
            Ok(None) => {}
            Err(failure) => {
                discard(backend, Calls::of(output.array(), output.written(), marks));
                return Err(failure);
            }
        }
    }
    Ok((last, calls))
}

#[inline]
fn map_one<B: Backend>(
    backend: &mut B,
    run: Run,
    marks: Marks,
    output: &mut Output<'_>,
) -> Result<Option<DmaRange>, Failure> {
    let mark = Mark::of(run.class());

    // Not what it was when it was counted, and there is no record to say so.
    if marks != Marks::Recorded && marks != Marks::All(mark) {
        return Err(Error::Invalid.into());
    }
    let kind = match run.class() {
        Class::Bus { offset, .. } => {
            return output
                .push(offset.apply(run.paddr()), run.len(), mark)
                .map(|()| None)
                .map_err(|_| Failure::Full)
        }
        Class::Ram => Kind::Ram,
        Class::Mmio { .. } => Kind::Mmio,
    };
    let addr = backend
        .map(run.paddr(), run.len(), kind)
        .map_err(Error::from)?;

    if output.push(addr, run.len(), mark).is_err() {
        backend.discard(&[DmaRange::new(addr, run.len())], kind);
        return Err(Failure::Full);
    }
    Ok(Some(DmaRange::new(addr, run.len())))
}

/// Unmaps what [`map`] mapped.
#[inline]
pub(super) fn unmap<B: Backend>(backend: &mut B, calls: Calls<'_>) {
    for (range, kind) in calls {
        backend.unmap(range.addr(), range.len(), kind);
    }
}

/// Unmaps what [`map`] mapped and no device has used.
#[inline]
pub(super) fn discard<B: Backend>(backend: &mut B, calls: Calls<'_>) {
    for (range, kind) in calls {
        backend.discard(&[range], kind);
    }
}
