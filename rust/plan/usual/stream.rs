// SPDX-License-Identifier: GPL-2.0

//! Lists that are not in an array: read once, as they come.

use super::{
    direct,
    extent::Extent,
    gather::{
        self,
        Nothing, //
    },
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

/// [`direct::map`] of `first`, and what `rest` gives.
#[inline]
pub fn map_direct<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    first: Phyr,
    rest: impl Iterator<Item = Phyr>,
    kind: Kind,
    device: &direct::Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    // Runs are left where their ranges will be: to map each as it is read, the loop would need more
    // registers than there are.
    let done = match gather::stream(first, rest, out, &mut Nothing) {
        Some(runs) => direct::map_gathered(backend, out.get_mut(..runs), kind, device),
        None => (0, Some(Stop::Unusual)),
    };

    direct::finish(backend, kind, device, done, out, then)
}

/// [`shared::map`] of `first`, and what `rest` gives.
#[inline]
pub fn map_shared<B: Backend, T: Then<B::Iova>>(
    backend: &mut B,
    first: Phyr,
    rest: &(impl Iterator<Item = Phyr> + Clone),
    kind: Kind,
    device: &shared::Device,
    out: &mut [DmaRange],
    then: T,
) -> T::Out {
    let list = core::iter::once(first).chain(rest.clone());
    let extent = backend
        .granule()
        .and_then(|granule| Extent::of_iter(first, rest.clone(), granule, out).zip(Some(granule)));

    shared::share(backend, list, &[], kind, device, extent, out, then)
}
