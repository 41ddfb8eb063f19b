// SPDX-License-Identifier: GPL-2.0

//! What is kept of a list while it is mapped for long.

use crate::{
    ffi::{
        coherence,
        limits,
        reaches, //
    },
    phyr_list::{
        Access,
        PhyrList, //
    },
    plan::{
        backend::Owner,
        error::Error as PlanError,
        index,
        premapped::{
            fit::{
                fit,
                Fit, //
            },
            part::part, //
        },
        range::DmaRange,
        sync::{
            hand_over_from,
            Span,
            Start, //
        },
        units::{
            Bytes,
            DmaAddr, //
        }, //
    },
    raw_map::RawMap,
    request::{
        Flags,
        Request, //
    },
    streamed,
    watch::{
        check_sync,
        Size, //
    }, //
};
use kernel::{
    bindings,
    device::Device,
    ffi::c_ulong,
    prelude::*,
    sync::aref::ARef, //
};

/// A list that is mapped, with the DMA ranges that it is mapped to. It is unmapped on drop.
///
/// # Invariants
///
/// `map` and `array` are what the list was mapped to for `dev`. A driver is bound to that until
/// this is dropped. The first `ends.len()` of `array` are the DMA ranges, and `ends` tells where
/// they end.
pub(super) struct Kept {
    dev: ARef<Device>,
    map: RawMap,
    array: KVVec<DmaRange>,
    ends: KVVec<Bytes>,
    /// Whether it was mapped only because nothing has to be done to hand it over.
    is_coherent: bool,
}

/// Why a list is not mapped.
pub(super) enum Failure {
    /// An IOMMU translates, and there was no room in its IOVA space, or no memory for its tables.
    /// May succeed when other mappings of the device are given back.
    NoRoom,
    /// Something else.
    Other(Error),
}

impl<E> From<E> for Failure
where
    Error: From<E>,
{
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

const NO_RANGE: DmaRange = DmaRange::new(DmaAddr::new(0), Bytes::ZERO);

impl Kept {
    /// Maps `list` for `dev`. May sleep.
    ///
    /// # Errors
    ///
    /// Those of `dma_map_phyr_iter()`, of which [`ENOSPC`] is none; `ENOMEM` also for want of
    /// memory for the DMA ranges, `EOPNOTSUPP` also if the buffer does not [`fit`] the device.
    ///
    /// # Safety
    ///
    /// A driver must be bound to `dev` until what is returned is dropped. The list must be memory
    /// that may be mapped for this access, and stay so for as long.
    pub(super) unsafe fn map(
        dev: ARef<Device>,
        list: &PhyrList,
        access: Access,
    ) -> Result<Self, Failure> {
        let dir = match access {
            Access::Read => bindings::dma_data_direction_DMA_TO_DEVICE,
            Access::Write => bindings::dma_data_direction_DMA_BIDIRECTIONAL,
        };
        let How {
            attrs,
            fit,
            is_translated,
        } = How::new(&dev, list, dir)?;
        let mut room = usize::try_from(list.entries()).map_err(|_| EINVAL)?;

        loop {
            let mut array = KVVec::from_elem(NO_RANGE, room, GFP_KERNEL)?;
            // SAFETY: By the safety requirements of this function.
            match unsafe { streamed::map(&dev, &list.iter(), &mut array, dir, attrs) } {
                // INVARIANT: Just mapped.
                Ok(map) => {
                    return Self {
                        dev,
                        map,
                        array,
                        ends: KVVec::new(),
                        is_coherent: fit == Fit::IfCoherent,
                    }
                    .indexed()
                    .map_err(Failure::Other)
                }
                Err(PlanError::NoSpace { needed }) if needed > room => room = needed,
                Err(error) => {
                    let size = || Size::sum(list.iter());

                    streamed::refused(&dev, dir, attrs, &size, 0, error.to_errno());
                    return Err(match error {
                        PlanError::NoMemory if is_translated => Failure::NoRoom,
                        error => error.into(),
                    });
                }
            }
        }
    }

    /// The same, with an index, and in no more room than it takes.
    fn indexed(mut self) -> Result<Self> {
        // CAST: `u32` to 64 bits.
        let nr = self.map.nr_ranges() as usize;
        let ranges = self.array.get(..nr).ok_or(EINVAL)?;
        let mut ends = KVVec::from_elem(Bytes::ZERO, nr, GFP_KERNEL)?;

        index::build(ranges, &mut ends)?;
        if nr < self.array.len() && !self.map.needs_array() {
            let mut array = KVVec::with_capacity(nr, GFP_KERNEL)?;

            array.extend_from_slice(ranges, GFP_KERNEL)?;
            // INVARIANT: Only the ranges are needed of it.
            self.array = array;
        }
        // INVARIANT: Just found.
        self.ends = ends;
        Ok(self)
    }

    /// The DMA ranges.
    #[inline]
    pub(super) fn ranges(&self) -> &[DmaRange] {
        self.array.get(..self.ends.len()).unwrap_or_default()
    }

    /// Writes those of `len` bytes from byte `offset` on to `out`: see [`part`].
    #[inline]
    pub(super) fn part(
        &self,
        offset: Bytes,
        len: Bytes,
        out: &mut [DmaRange],
    ) -> Result<usize, PlanError> {
        part(self.ranges(), &self.ends, offset, len, out)
    }

    /// Hands `len` bytes from byte `offset` on over to `owner`. What is beyond the list is not.
    ///
    /// To find the first takes a number of steps that grows with the logarithm of the ranges.
    pub(super) fn hand_over(&self, offset: Bytes, len: Bytes, owner: Owner) {
        let span = Span::new(offset, len);

        // Neither a cache nor a bounce buffer is in the way; but misuse is looked for.
        if self.is_coherent && !cfg!(CONFIG_PHYR_DEBUG) {
            return;
        }
        if !check_sync(self.map.ticket(), &self.dev, span) {
            return;
        }
        let index = self.ends.partition_point(|&end| end <= offset);
        let before = index
            .checked_sub(1)
            .and_then(|last| self.ends.get(last))
            .copied()
            .unwrap_or_default();
        // SAFETY: What is held is only looked at.
        let held = unsafe { self.map.held() };
        // SAFETY: The device has a DMA mask, as it was mapped for, and the backend goes to
        // `hand_over_from` only, with what is mapped for the same device and request.
        let mut backend = unsafe { self.map.request().backend(&self.dev) };

        // What reaches beyond the list is no mistake of phyr's, and the rest is handed over.
        let _ = hand_over_from(
            &mut backend,
            &held,
            coherence(&self.dev),
            &self.array,
            self.ends.len(),
            Start { index, before },
            span,
            owner,
        );
    }
}

/// How a list is mapped for long.
struct How {
    attrs: c_ulong,
    fit: Fit,
    is_translated: bool,
}

impl How {
    /// To sync is always the user's, who alone knows when. That others have mapped the same memory,
    /// too, is no mistake.
    fn new(dev: &Device, list: &PhyrList, dir: bindings::dma_data_direction) -> Result<Self> {
        // CAST: To a larger type.
        const SHARED: c_ulong = (bindings::DMA_ATTR_SKIP_CPU_SYNC
            | bindings::DMA_ATTR_DEBUGGING_IGNORE_CACHELINES)
            as c_ulong;
        // CAST: To a larger type.
        const COHERENT: c_ulong = bindings::DMA_ATTR_REQUIRE_COHERENT as c_ulong;
        let limits = limits(dev, Request::new(dir, SHARED)?, Flags::default())?;

        let fit = fit(&limits, list.iter(), |phyr| reaches(dev, phyr))?;

        Ok(Self {
            attrs: match fit {
                Fit::IfCoherent => SHARED | COHERENT,
                Fit::BySyncs => SHARED,
            },
            fit,
            is_translated: limits.granule.is_some(),
        })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: It is mapped for this device, and `array` was written with it, by the type
        // invariants.
        unsafe { self.map.unmap(&self.dev, self.array.as_ptr()) };
    }
}
