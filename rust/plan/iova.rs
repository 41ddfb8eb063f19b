// SPDX-License-Identifier: GPL-2.0

//! One IOVA allocation for a whole list.

use super::{
    backend::{
        Backend,
        Refusal, //
    },
    class::{
        Class,
        Entry,
        Kind, //
    },
    error::Error,
    layout::{
        Footprint,
        Gap,
        Layout, //
    },
    merge::Merge,
    output::{
        Full,
        Output, //
    },
    record::Mark,
    run::{
        Run,
        Runs, //
    },
    units::{
        Bytes,
        DmaAddr,
        PhysAddr, //
    },
};

/// Why a list did not get into an IOVA allocation. Nothing of it is left mapped.
pub(super) enum Failure {
    /// No IOVA space of that size, or none for this device.
    NoIova,
    /// The IOMMU's driver refused.
    Refused(Refusal),
    /// The list cannot be mapped in any way.
    Fatal(Error),
}

impl From<Error> for Failure {
    #[inline]
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

/// The second reading of the list has more ranges than the first: it is not the same list.
impl From<Full> for Failure {
    #[inline]
    fn from(_: Full) -> Self {
        Self::Fatal(Error::Invalid)
    }
}

/// Maps `list` into one allocation as `plan` says, writes its DMA ranges to `output`, and returns
/// the allocation and how many links there are in it. All of it is unlinked as `kind`.
#[inline]
pub(super) fn map<B, I>(
    backend: &mut B,
    list: I,
    plan: &Footprint,
    kind: Kind,
    output: &mut Output<'_>,
) -> Result<(B::Iova, usize), Failure>
where
    B: Backend,
    I: Iterator<Item = Entry> + Clone,
{
    let mut iova = backend
        .alloc(PhysAddr::default(), plan.size())
        .ok_or(Failure::NoIova)?;
    if !plan.is_in_phase(backend.base(&iova)) {
        backend.free(iova);
        return Err(Failure::NoIova);
    }

    let mut linked = Bytes::ZERO;
    match fill(backend, &mut iova, &mut linked, list, plan, output) {
        Ok(links) => Ok((iova, links)),
        Err(failure) => {
            if !linked.is_zero() {
                backend.unlink(&mut iova, linked, kind);
            }
            backend.free(iova);
            Err(failure)
        }
    }
}

/// Links every run and syncs. `linked` tells, also after a failure, how much is linked.
#[inline]
fn fill<B, I>(
    backend: &mut B,
    iova: &mut B::Iova,
    linked: &mut Bytes,
    list: I,
    plan: &Footprint,
    output: &mut Output<'_>,
) -> Result<usize, Failure>
where
    B: Backend,
    I: Iterator<Item = Entry> + Clone,
{
    let base = backend.base(iova);
    let mut layout = plan.layout();
    let mut stretch = Stretch::default();
    let mut links: usize = 0;
    let mut runs = Runs::new(list, Merge::ALL);

    while let Some(run) = runs.next() {
        let run = run?;
        let kind = match run.class() {
            Class::Ram => Kind::Ram,
            Class::Mmio { .. } => Kind::Mmio,
            Class::Bus { offset, .. } => {
                let addr = offset.apply(run.paddr());
                layout.pass(addr, run.len()).ok_or(Error::Invalid)?;
                stretch.end(output)?;
                output.push(addr, run.len(), Mark::Bus)?;
                continue;
            }
        };
        if plan.crosses() && !layout.is_joined_by(run) {
            let stretch = Stretched::scan(&layout, run, runs.clone())?;
            let gap = layout.lead(run, stretch.len).ok_or(Error::Invalid)?;
            if gap.end() > plan.size() {
                return Err(Error::Invalid.into());
            }
            let filler = layout.granules(stretch.longest).ok_or(Error::Invalid)?;
            let kind = stretch.longest.class().kind().ok_or(Error::Invalid)?;
            links = links.saturating_add(fill_gap(backend, iova, linked, gap, filler, kind)?);
        }
        let place = layout.place(run).ok_or(Error::Invalid)?;
        // The list is read a second time here. Whatever it gives now, nothing may be linked
        // outside the allocation that was made for what it gave the first time.
        if place.end() > plan.size() {
            return Err(Error::Invalid.into());
        }

        backend
            .link(iova, place.paddr, place.offset, place.len, kind)
            .map_err(Failure::Refused)?;
        if kind == Kind::Ram {
            backend.tell(run.paddr(), run.len());
        }
        *linked = place.end();
        links = links.saturating_add(1);
        if !place.joins {
            stretch.end(output)?;
            stretch.addr = base.checked_add(place.first).ok_or(Error::Invalid)?;
        }
        stretch.len = stretch.len.saturating_add(run.len());
    }
    stretch.end(output)?;

    // A hole at the end would stop `dma_iova_destroy()` half-way, and a range fewer than was
    // counted would leave one in the output that was never written.
    if layout.footprint() != Some(*plan) || output.written() != plan.ranges() {
        return Err(Error::Invalid.into());
    }
    backend.sync(iova, plan.size()).map_err(Failure::Refused)?;
    Ok(links)
}

/// A stretch, looked at before its runs have their places.
struct Stretched {
    len: Bytes,
    longest: Run,
}

impl Stretched {
    /// The stretch that `run` begins, with the runs of `rest` that join it.
    fn scan<I>(layout: &Layout, run: Run, rest: Runs<I>) -> Result<Self, Error>
    where
        I: Iterator<Item = Entry>,
    {
        let mut stretch = Self {
            len: run.len(),
            longest: run,
        };
        let mut last = run;

        for next in rest {
            let next = next?;
            if next.class().kind().is_none() || !layout.is_seamless(last, next) {
                break;
            }
            stretch.len = stretch.len.checked_add(next.len()).ok_or(Error::Invalid)?;
            if next.len() > stretch.longest.len() {
                stretch.longest = next;
            }
            last = next;
        }
        Ok(stretch)
    }
}

/// Links the gap in front of a stretch, for a hole would stop `dma_iova_destroy()`. What is linked
/// there is the stretch's own memory, so that the device sees nothing else. Returns the links: no
/// more than the stretch has runs, for the gap is shorter than the stretch.
fn fill_gap<B: Backend>(
    backend: &mut B,
    iova: &mut B::Iova,
    linked: &mut Bytes,
    gap: Gap,
    (paddr, most): (PhysAddr, Bytes),
    kind: Kind,
) -> Result<usize, Failure> {
    let (mut at, mut left) = (gap.at, gap.len);
    let mut links: usize = 0;

    while !left.is_zero() {
        let len = left.min(most);
        backend
            .link(iova, paddr, at, len, kind)
            .map_err(Failure::Refused)?;
        at = at.checked_add(len).ok_or(Error::Invalid)?;
        left = left.saturating_sub(len);
        *linked = at;
        links = links.saturating_add(1);
    }
    Ok(links)
}

/// Runs that join, as they become known one after the other.
#[derive(Default)]
struct Stretch {
    addr: DmaAddr,
    len: Bytes,
}

impl Stretch {
    #[inline]
    fn end(&mut self, output: &mut Output<'_>) -> Result<(), Full> {
        let len = core::mem::take(&mut self.len);

        if len.is_zero() {
            return Ok(());
        }
        output.push(self.addr, len, Mark::Mapped(Kind::Ram))
    }
}
