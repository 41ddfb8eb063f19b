// SPDX-License-Identifier: GPL-2.0

//! Lists that are not in an array: read once, as they come.

use super::{
    direct,
    extent::Extent,
    run::Run,
    shared, //
    Stop,
    Then,
};
use crate::plan::{backend::Backend, class::Kind, phyr::Phyr, range::DmaRange};

/// The runs of a list. [`None`] stands for what begins with an entry that is not valid; nothing is
/// to be asked after that.
struct Runs<'a, I> {
    list: &'a mut I,
    /// The entry that did not belong to the run before.
    ahead: Option<Phyr>,
}

impl<'a, I: Iterator<Item = Phyr>> Runs<'a, I> {
    #[inline(always)]
    fn new(list: &'a mut I) -> Self {
        let ahead = list.next();

        Self { list, ahead }
    }
}

impl<I: Iterator<Item = Phyr>> Iterator for Runs<'_, I> {
    type Item = Option<Run>;

    fn next(&mut self) -> Option<Option<Run>> {
        let mut run = match Run::new(self.ahead.take()?) {
            Some(run) => run,
            None => return Some(None),
        };

        loop {
            match self.list.next() {
                Some(next) if next.paddr() == run.end => {
                    if run.grow(next.len()).is_none() {
                        return Some(None);
                    }
                }
                ahead => {
                    self.ahead = ahead;
                    return Some(Some(run));
                }
            }
        }
    }
}

/// [`direct::map`] of what `list` gives.
pub fn map_direct<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    mut list: impl Iterator<Item = Phyr>,
    kind: Kind,
    device: &direct::Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let room = out.len();
    let mut slots = out.iter_mut();
    let mut stop = None;
    let mut is_empty = true;

    for run in Runs::new(&mut list) {
        is_empty = false;
        let left = slots.len();
        let (Some(run), Some(slot)) = (run.filter(|&run| direct::fits(run, device)), slots.next())
        else {
            stop = Some((room.wrapping_sub(left), Stop::Unusual));
            break;
        };
        match backend.map(run.start, run.len(), kind) {
            Ok(addr) => *slot = DmaRange::new(addr, run.len()),
            Err(refusal) => {
                stop = Some((room.wrapping_sub(left), refusal.into()));
                break;
            }
        }
    }
    let done = match stop {
        Some((ranges, why)) => (ranges, Some(why)),
        None if is_empty => (0, Some(Stop::Unusual)),
        None => (room.wrapping_sub(slots.len()), None),
    };

    direct::finish(backend, kind, device, done, out, then)
}

/// [`shared::map`] of what `list` gives.
pub fn map_shared<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: impl Iterator<Item = Phyr> + Clone,
    kind: Kind,
    device: &shared::Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let extent = backend.granule().and_then(|granule| {
        Extent::of_iter(Runs::new(&mut list.clone()), granule, out).zip(Some(granule))
    });

    shared::share(backend, list, kind, device, extent, out, then)
}
