// SPDX-License-Identifier: GPL-2.0

//! The first pass over a list: validate and count.

use super::{
    class::{
        Class,
        Entry,
        Kind, //
    },
    error::Error,
    layout::Layout,
    limits::Limits,
    merge::Merge,
    run::{
        Run,
        Runs, //
    },
    units::{
        Bytes,
        DmaAddr, //
    },
};

/// What a list amounts to for a device.
///
/// # Invariants
///
/// The list has at least one entry, and none is empty or past the end of the address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Its length in bytes, or the largest number if that is too small.
    pub bytes: Bytes,
    /// What it comes to if each run is a map call.
    pub each: Each,
    /// The whole list in one IOVA allocation; [`None`] without an IOMMU, or where no allocation
    /// could be so large.
    pub layout: Option<Layout>,
    /// Whether every run that is mapped consists of whole granules.
    pub whole: bool,
    /// Whether every run that is mapped with `DMA_ATTR_MMIO` does.
    pub whole_mmio: bool,
    /// Whether there is RAM in it.
    pub ram: bool,
    /// Whether there is memory in it that is mapped with `DMA_ATTR_MMIO`.
    pub mmio: bool,
    /// Whether there is memory in it that is not mapped, but reached at its bus address.
    pub bus: bool,
}

/// A list of which each run is a map call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Each {
    /// Map calls.
    pub calls: usize,
    /// DMA ranges. Fewer come out only where a bounce buffer spares a cut.
    pub ranges: usize,
}

impl Survey {
    /// Reads `list`, once, or twice if the device bounces some of it or needs cache care.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`] if the list is empty or has an invalid entry.
    /// - [`Error::NotReachable`] if memory of a peer is too high for the device.
    /// - [`Error::NotSupported`] if RAM would have to be bounced, and must not or cannot be.
    #[inline]
    pub fn of<I>(list: I, limits: &Limits) -> Result<Self, Error>
    where
        I: Iterator<Item = Entry> + Clone,
    {
        let mut survey = Self::empty(limits);
        let again = (!limits.merges_all()).then(|| list.clone());

        for run in Runs::new(list, Merge::ALL) {
            survey.add(run?, limits)?;
        }
        if survey.is_empty() {
            return Err(Error::Invalid);
        }

        // Not everything that is adjacent is merged for such a device.
        if let Some(list) = again {
            survey.each = Each::default();
            for run in Runs::uncut(list, limits.merge()) {
                survey.each.add(run?, limits)?;
            }
        }
        Ok(survey)
    }

    /// What an empty list amounts to.
    #[inline]
    pub(super) fn empty(limits: &Limits) -> Self {
        Self {
            bytes: Bytes::ZERO,
            each: Each::default(),
            layout: limits
                .granule
                .map(|granule| Layout::new(granule, limits.cuts)),
            whole: true,
            whole_mmio: true,
            ram: false,
            mmio: false,
            bus: false,
        }
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.bytes.is_zero()
    }

    /// Adds one run, of all that is adjacent.
    #[inline]
    pub(super) fn add(&mut self, run: Run, limits: &Limits) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(run.len());
        check_reach(run, limits)?;
        self.each.add(run, limits)?;

        let layout = self.layout.as_mut();
        let placed = match run.class() {
            Class::Bus { offset, .. } => {
                self.bus = true;
                layout.and_then(|layout| layout.pass(offset.apply(run.paddr()), run.len()))
            }
            class => {
                self.ram |= class == Class::Ram;
                self.mmio |= class != Class::Ram;
                let whole = limits
                    .granule
                    .is_some_and(|granule| granule.holds_whole(run.paddr(), run.end()));
                self.whole &= whole;
                self.whole_mmio &= whole || class == Class::Ram;
                layout.and_then(|layout| layout.place(run)).map(|_| ())
            }
        };
        if placed.is_none() {
            self.layout = None;
        }
        Ok(())
    }

    /// How all of it is mapped that is mapped; [`None`] if there is no such, or not one.
    #[inline]
    pub(super) const fn kind(&self) -> Option<Kind> {
        match (self.ram, self.mmio) {
            (true, false) => Some(Kind::Ram),
            (false, true) => Some(Kind::Mmio),
            _ => None,
        }
    }

    /// Whether more than one way of mapping is needed, counting not to map as one.
    #[inline]
    pub(super) const fn is_mixed(&self) -> bool {
        match self.bus {
            true => self.ram || self.mmio,
            false => self.ram && self.mmio,
        }
    }
}

impl Each {
    /// Adds `run`, which is cut into several calls where it is too long to bounce.
    #[inline]
    fn add(&mut self, run: Run, limits: &Limits) -> Result<(), Error> {
        let (addr, calls) = match run.class() {
            Class::Bus { offset, .. } => (offset.apply(run.paddr()), 0),
            _ => (
                expected(run, limits),
                limits.merge().pieces(run).ok_or(Error::Invalid)?,
            ),
        };
        // Each seam between calls may take a cut more than the run would as a whole.
        let ranges = match limits.cuts.pieces(addr, run.len()) {
            Some(1) => Some(calls.max(1)),
            Some(pieces) => pieces.checked_add(calls.saturating_sub(1)),
            None => None,
        };
        // At another address there may be a cut more at both ends.
        let spare = match limits.in_phase || !limits.cuts.has_boundary() {
            true => Some(0),
            false => calls.checked_mul(2),
        };

        self.calls = self.calls.checked_add(calls).ok_or(Error::Invalid)?;
        self.ranges = ranges
            .and_then(|ranges| self.ranges.checked_add(ranges)?.checked_add(spare?))
            .ok_or(Error::Invalid)?;
        Ok(())
    }
}

/// Refuses what can neither be bounced nor translated, and is too high for the device.
#[inline]
fn check_reach(run: Run, limits: &Limits) -> Result<(), Error> {
    let addr = match run.class() {
        Class::Bus { offset, .. } => offset.apply(run.paddr()),
        _ if limits.granule.is_some() => return Ok(()),
        // Where it may be bounced from anywhere, only the map call knows.
        Class::Ram if limits.may_bounce() || limits.bounces_all => return Ok(()),
        _ => DmaAddr::new(run.paddr().raw()),
    };
    let last = run.len().checked_sub(Bytes::new(1)).unwrap_or_default();

    match addr.checked_add(last) {
        Some(last) if last <= limits.reach => Ok(()),
        _ if run.class() == Class::Ram => Err(Error::NotSupported),
        _ => Err(Error::NotReachable),
    }
}

/// Where the DMA address of a run will lie relative to the device's boundaries. IOVA space comes
/// aligned to its size, and bounce buffers do not cross boundaries.
#[inline]
fn expected(run: Run, limits: &Limits) -> DmaAddr {
    match (limits.granule, run.class()) {
        (Some(granule), _) => DmaAddr::new(granule.pad(run.paddr()).raw()),
        (None, Class::Ram) => limits.offset.apply(run.paddr()),
        (None, _) => DmaAddr::new(run.paddr().raw()),
    }
}
