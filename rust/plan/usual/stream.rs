// SPDX-License-Identifier: GPL-2.0

//! Lists that are not in an array: read once, as they come.

use super::{
    direct,
    extent::Extent,
    run::each_run,
    shared,
    Stop,
    Then, //
};
use crate::plan::{
    backend::Backend,
    class::Kind,
    phyr::Phyr,
    range::DmaRange, //
};

/// [`direct::map`] of what `list` gives.
pub fn map_direct<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    list: impl Iterator<Item = Phyr>,
    kind: Kind,
    device: &direct::Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let room = out.len();
    let mut slots = out.iter_mut();
    // With how many slots are taken in vain.
    let stop = each_run(list, (0, Stop::Unusual), |run| {
        let Some(slot) = direct::fits(run, device).then(|| slots.next()).flatten() else {
            return Some((0, Stop::Unusual));
        };
        match backend.map(run.start, run.len(), kind) {
            Ok(addr) => {
                *slot = DmaRange::new(addr, run.len());
                None
            }
            Err(refusal) => Some((1, refusal.into())),
        }
    });
    let taken = room.wrapping_sub(slots.len());
    let done = match stop {
        Some((in_vain, stop)) => (taken.wrapping_sub(in_vain), Some(stop)),
        None if taken == 0 => (0, Some(Stop::Unusual)),
        None => (taken, None),
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
    let extent = backend
        .granule()
        .and_then(|granule| Extent::of_iter(list.clone(), granule, out).zip(Some(granule)));

    shared::share(backend, list, kind, device, extent, out, then)
}
