// SPDX-License-Identifier: GPL-2.0

//! Memory that is mapped for work requests of a Rust ULP's own: SENDs, RECVs, and what is
//! registered for the other side.

use crate::{
    device::Device,
    lists::{
        List,
        Map, //
    },
    source::OfSource,
    ulp::name,
    verbs::Sge,
    virt,
};
use core::mem::MaybeUninit;
use kernel::{
    alloc::{
        flags::GFP_KERNEL,
        KVec, //
    },
    bindings,
    dma::DataDirection,
    error::{
        code::{
            EINVAL,
            ENOMEM,
            ENOSPC, //
        },
        to_result,
        Result, //
    },
};
use phyr::{
    plan::{
        range::DmaRange,
        units::Bytes, //
    },
    PhyrSource, //
};

/// DMA ranges that there is room for at first: behind an IOMMU most lists come to one.
const FEW: usize = 4;

/// Memory that is mapped for an RDMA device, or found for one without DMA of its own. On drop it is
/// unmapped.
///
/// The device must have done with it by then, which is between the ULP and its queue pair.
///
/// # Invariants
///
/// `memory` is mapped for `dev` to `ranges`, as `map` says.
pub struct Mapped<M: PhyrSource> {
    dev: Device,
    map: Map,
    ranges: KVec<DmaRange>,
    memory: M,
}

// SAFETY: A mapping may be used, and unmapped, by any thread.
unsafe impl<M: PhyrSource + Send> Send for Mapped<M> {}
// SAFETY: Nothing of it changes through a shared reference.
unsafe impl<M: PhyrSource + Sync> Sync for Mapped<M> {}

impl<M: PhyrSource> Mapped<M> {
    /// Maps `memory`, as `ib_dma_map_phyrs()` does. May sleep.
    ///
    /// # Errors
    ///
    /// Those of `ib_dma_map_phyrs()`; `EINVAL` also if the device would write memory that is not
    /// writable.
    pub fn new(dev: Device, memory: M, dir: DataDirection) -> Result<Self> {
        let is_none = dir == DataDirection::None;
        if is_none || dir != DataDirection::ToDevice && !memory.is_writable() {
            return Err(EINVAL);
        }
        let (map, ranges) = match dev.dma_dev() {
            // SAFETY: The memory may be mapped by the safety requirements of `PhyrSource`, in this
            // direction by the check above.
            Some(dma_dev) => unsafe { map(dma_dev.as_ptr(), &memory, dir) }?,
            None => find(&memory)?,
        };

        // INVARIANT: Just mapped.
        Ok(Self {
            dev,
            map,
            ranges,
            memory,
        })
    }

    /// The DMA ranges, or those of the kernel's addresses.
    pub fn ranges(&self) -> &[DmaRange] {
        &self.ranges
    }

    /// Writes SGEs of `len` bytes from byte `offset` on, as `ib_phyr_sges()` does. Returns how
    /// many.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there are not so many bytes; `ENOSPC` if there is too little room.
    pub fn sges(
        &self,
        offset: Bytes,
        len: Bytes,
        lkey: u32,
        sges: &mut [MaybeUninit<Sge>],
    ) -> Result<usize> {
        name(&self.ranges, offset, len, lkey, sges)
    }

    /// The memory, once the device has done with `len` bytes from byte `offset` on, for as long as
    /// it does not get them back.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there are not so many bytes.
    pub fn cpu(&mut self, offset: Bytes, len: Bytes) -> Result<M::Cpu<'_>> {
        self.sync(offset, len, Map::sync_for_cpu)?;
        Ok(self.memory.cpu())
    }

    /// Hands `len` bytes from byte `offset` on back to the device.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there are not so many bytes.
    pub fn give_back(&mut self, offset: Bytes, len: Bytes) -> Result {
        self.sync(offset, len, Map::sync_for_device)
    }

    fn sync(
        &self,
        offset: Bytes,
        len: Bytes,
        hand_over: unsafe fn(&Map, *mut bindings::device, *const DmaRange, Bytes, Bytes),
    ) -> Result {
        let bytes = Bytes::sum(self.ranges.iter().map(|range| range.len()));
        if offset.checked_add(len).is_none_or(|end| end > bytes) {
            return Err(EINVAL);
        }
        if let Some(dev) = self.dev.dma_dev() {
            // SAFETY: It is mapped for this device by the type invariants, and has so many bytes.
            unsafe { hand_over(&self.map, dev.as_ptr(), self.ranges.as_ptr(), offset, len) };
        }
        Ok(())
    }
}

impl<M: PhyrSource> Drop for Mapped<M> {
    fn drop(&mut self) {
        if let Some(dev) = self.dev.dma_dev() {
            // SAFETY: It is mapped for this device by the type invariants.
            unsafe { self.map.unmap(dev.as_ptr(), self.ranges.as_ptr()) };
        }
    }
}

/// Room for `nr` DMA ranges.
fn room(nr: usize) -> Result<KVec<DmaRange>> {
    let mut ranges = KVec::with_capacity(nr, GFP_KERNEL)?;

    ranges.resize(nr, DmaRange::default(), GFP_KERNEL)?;
    Ok(ranges)
}

/// Both are the same, but that what is initialised stays so.
fn slots(ranges: &mut [DmaRange]) -> &mut [MaybeUninit<DmaRange>] {
    // SAFETY: What maps a list writes nothing but ranges to it.
    unsafe { &mut *(core::ptr::from_mut(ranges) as *mut [MaybeUninit<DmaRange>]) }
}

/// # Safety
///
/// `memory` may be mapped for `dev`, in this direction.
unsafe fn map<M: PhyrSource>(
    dev: *mut bindings::device,
    memory: &M,
    dir: DataDirection,
) -> Result<(Map, KVec<DmaRange>)> {
    let list = OfSource(memory);
    let mut nr = list.runs().unwrap_or(FEW).max(1);

    loop {
        let mut map = Map::premapped(0);
        let mut ranges = room(nr)?;
        // SAFETY: By the safety requirements of this function.
        let ret = unsafe { list.map(dev, &mut map, slots(&mut ranges), dir.into()) };
        // CAST: From 32 bits to 64.
        let needed = map.ranges as usize;

        match to_result(ret) {
            Ok(()) => {
                ranges.truncate(needed);
                return Ok((map, ranges));
            }
            Err(error) if error != ENOSPC => return Err(error),
            Err(_) if needed <= nr => return Err(ENOMEM),
            Err(_) => nr = needed,
        }
    }
}

fn find<M: PhyrSource>(memory: &M) -> Result<(Map, KVec<DmaRange>)> {
    let list = OfSource(memory);
    let nr = virt::count(&list)?;
    let mut ranges = room(nr)?;

    match virt::find(&list, slots(&mut ranges))? {
        0 => Err(EINVAL),
        found if found > nr => Err(EINVAL),
        // Nothing is held: how many there are is known by the array.
        _ => Ok((Map::premapped(0), ranges)),
    }
}
