// SPDX-License-Identifier: GPL-2.0

//! The memory of a Rust ULP, as a list that a transfer is of.

use crate::lists::{
    InArray,
    List,
    Map, //
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    device::Device,
    dma::DataDirection,
    ffi::c_int, //
};
use phyr::{
    mapping::{
        map_raw,
        RawMap, //
    },
    plan::{
        phyr::Phyr,
        range::DmaRange, //
    },
    PhyrSource, //
};

/// Memory that is borrowed from a Rust ULP.
pub(crate) struct OfSource<'a, M>(pub(crate) &'a M);

// Both are `struct dma_phyr_map`.
const _: () = {
    assert!(size_of::<Map>() == size_of::<RawMap>());
    assert!(align_of::<Map>() >= align_of::<RawMap>());
};

// SAFETY: Both are of the same memory, which gives the same ranges by the safety requirements of
// `PhyrSource`.
unsafe impl<M: PhyrSource> List for OfSource<'_, M> {
    fn only(&self) -> Option<Phyr> {
        self.0.as_slice().and_then(|phyrs| InArray(phyrs).only())
    }

    fn runs(&self) -> Option<usize> {
        self.0.as_slice().and_then(|phyrs| InArray(phyrs).runs())
    }

    fn most_runs(&self) -> Option<usize> {
        self.0
            .as_slice()
            .and_then(|phyrs| InArray(phyrs).most_runs())
    }

    unsafe fn map(
        &self,
        dev: *mut bindings::device,
        map: &mut Map,
        ranges: &mut [MaybeUninit<DmaRange>],
        dir: bindings::dma_data_direction,
    ) -> c_int {
        let dir = match dir {
            bindings::dma_data_direction_DMA_TO_DEVICE => DataDirection::ToDevice,
            bindings::dma_data_direction_DMA_FROM_DEVICE => DataDirection::FromDevice,
            _ => DataDirection::Bidirectional,
        };
        for range in &mut *ranges {
            range.write(DmaRange::default());
        }
        // SAFETY: All of them were just written.
        let ranges = unsafe { &mut *(core::ptr::from_mut(ranges) as *mut [DmaRange]) };
        // SAFETY: By the safety requirements of this function.
        let dev = unsafe { Device::from_raw(dev) };
        // SAFETY: It has the same layout, and is written whole if the list is mapped.
        let raw = unsafe { &mut *core::ptr::from_mut(map).cast::<MaybeUninit<RawMap>>() };

        // SAFETY: By the safety requirements of this function.
        match unsafe { map_raw(dev, self.0, ranges, dir, raw) } {
            Ok(()) => 0,
            Err(error) => {
                let needed = u32::try_from(error.needed()).unwrap_or(u32::MAX);

                *map = Map::premapped(needed);
                error.to_errno()
            }
        }
    }

    fn phyrs<'a>(&'a self, _failed: &'a mut c_int) -> impl Iterator<Item = Phyr> + 'a {
        self.0.phyrs()
    }
}
