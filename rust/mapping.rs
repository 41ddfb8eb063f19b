// SPDX-License-Identifier: GPL-2.0

//! Mappings for Rust drivers.

pub use super::raw_map::RawMap;

use super::{
    ffi::{
        coherence,
        map_list, //
    },
    plan::{
        backend::Owner,
        error::Error,
        phyr::Phyr,
        range::DmaRange,
        sync::{
            hand_over,
            Span, //
        },
        units::Bytes,
    },
    streamed,
    watch::Size, //
};
use core::{
    marker::PhantomData,
    mem::MaybeUninit,
    ptr::NonNull, //
};
use kernel::{
    device::{
        Bound,
        Device, //
    },
    dma::DataDirection, //
};
use pin_init::{
    init_from_closure,
    Init, //
};

impl From<Error> for kernel::error::Error {
    #[inline]
    fn from(error: Error) -> Self {
        Self::from_errno(error.to_errno())
    }
}

/// Memory that a device may be given.
///
/// # Safety
///
/// As long as a value is neither dropped nor borrowed exclusively, except by [`PhyrSource::cpu`],
/// the ranges that [`PhyrSource::phyrs`] gives must not change, must be RAM that stays allocated,
/// and a device may read them, and write them if [`PhyrSource::is_writable`]: nothing that Rust
/// code relies on may live there. Rust code gets at them through [`PhyrSource::cpu`] alone.
/// [`PhyrSource::as_slice`], if it returns something, must return the same ranges.
pub unsafe trait PhyrSource {
    /// What the CPU is given of the memory while it is not the device's.
    type Cpu<'a>
    where
        Self: 'a;

    /// The physical ranges of the memory, in transfer order. They are read once, for usual devices,
    /// and mapped as they come.
    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_;

    /// The same, if they are in an array, from which they are mapped in fewer instructions.
    #[inline]
    fn as_slice(&self) -> Option<&[Phyr]> {
        None
    }

    /// Whether a device may write the memory.
    fn is_writable(&self) -> bool;

    /// The memory, for the CPU to read and write.
    fn cpu(&mut self) -> Self::Cpu<'_>;
}

// SAFETY: The memory is that of the value that is borrowed, for as long, and for nobody else.
unsafe impl<T: PhyrSource> PhyrSource for &mut T {
    type Cpu<'a>
        = T::Cpu<'a>
    where
        Self: 'a;

    #[inline]
    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_ {
        (**self).phyrs()
    }

    #[inline]
    fn as_slice(&self) -> Option<&[Phyr]> {
        (**self).as_slice()
    }

    fn is_writable(&self) -> bool {
        (**self).is_writable()
    }

    fn cpu(&mut self) -> Self::Cpu<'_> {
        (**self).cpu()
    }
}

/// A list of physical ranges that is mapped for DMA. It is unmapped on drop.
///
/// The mapping has the memory, by value or borrowed for itself alone, so while it lives the memory
/// is the device's: the CPU gets at it through [`Mapping::cpu`] only. It borrows the device, which
/// therefore stays bound, and the array with the DMA ranges. A mapping that is leaked
/// ([`core::mem::forget`]) stays mapped after these borrows have ended: then it is up to the driver
/// that the device does not use it.
///
/// # Invariants
///
/// `map` and `array` are what `memory` was mapped to for `dev`, and have not been unmapped. `array`
/// is borrowed for `'buf`, has at least as many entries as `map` has ranges, and is only read.
pub struct Mapping<'dev, 'buf, M: PhyrSource> {
    dev: &'dev Device<Bound>,
    map: RawMap,
    array: NonNull<[DmaRange]>,
    memory: M,
    _array: PhantomData<&'buf [DmaRange]>,
}

// SAFETY: As for a `&[DmaRange]`; a mapping may be unmapped by any thread.
unsafe impl<M: PhyrSource + Send> Send for Mapping<'_, '_, M> {}

// SAFETY: As for a `&[DmaRange]`; nothing is changed through a shared reference.
unsafe impl<M: PhyrSource + Sync> Sync for Mapping<'_, '_, M> {}

impl<'dev, 'buf, M: PhyrSource> Mapping<'dev, 'buf, M> {
    /// Maps `memory` for `dev` and writes its DMA ranges to `array`.
    ///
    /// Adjacent ranges of `memory` are merged; behind an IOMMU the list takes one IOVA allocation.
    /// The DMA ranges are cut at the device's longest segment and at its segment boundary. As many
    /// entries in `array` as in `memory`, and one more for 64 of them, are enough unless an entry
    /// is longer than a segment or crosses a segment boundary. Never sleeps.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`] if the list is empty or has an invalid entry, the direction is
    ///   [`DataDirection::None`], or not [`DataDirection::ToDevice`] for memory that is not
    ///   writable, or the device has no DMA mask; never succeeds if retried.
    /// - [`Error::NoMemory`] if IOVA space, a page table or a bounce buffer cannot be had; may
    ///   succeed later.
    /// - [`Error::NoSpace`] if `array` is too small; tells the number of entries needed.
    /// - [`Error::NotSupported`] if there are no bounce buffers, and memory is out of the device's
    ///   reach, or the device is not trusted and the list fills a granule in part; never succeeds if
    ///   retried.
    #[inline]
    pub fn new(
        dev: &'dev Device<Bound>,
        memory: M,
        array: &'buf mut [DmaRange],
        dir: DataDirection,
    ) -> Result<Self, Error> {
        let mut slot = MaybeUninit::uninit();
        // SAFETY: The slot may be written, and is taken for written only if it was.
        unsafe { Self::init(dev, memory, array, dir).__init(slot.as_mut_ptr()) }?;

        // SAFETY: It was.
        Ok(unsafe { slot.assume_init() })
    }

    /// [`Mapping::new`] in the place where the mapping is to be kept. From there it need not be
    /// moved, which would take some 30 instructions.
    ///
    /// # Errors
    ///
    /// Those of [`Mapping::new`].
    #[inline]
    pub fn init(
        dev: &'dev Device<Bound>,
        memory: M,
        array: &'buf mut [DmaRange],
        dir: DataDirection,
    ) -> impl Init<Self, Error> {
        let init = move |slot: *mut Self| {
            if dir != DataDirection::ToDevice && !memory.is_writable() {
                return Err(Error::Invalid);
            }
            // What can be is written first, so that nothing has to be kept in registers meanwhile.
            //
            // SAFETY: The slot may be written.
            unsafe { (&raw mut (*slot).dev).write(dev) };
            // SAFETY: As above.
            unsafe { (&raw mut (*slot).memory).write(memory) };
            // SAFETY: It was just written.
            let memory = unsafe { &(*slot).memory };
            let array = NonNull::from(array);
            // SAFETY: The slot may be written.
            unsafe { (&raw mut (*slot).array).write(array) };
            // SAFETY: It was borrowed exclusively, and nobody else has it yet.
            let array = unsafe { &mut *array.as_ptr() };
            // SAFETY: As above, for something that may be written.
            let map = unsafe { &mut *(&raw mut (*slot).map).cast::<MaybeUninit<RawMap>>() };

            // The ranges are memory for devices, in this direction, by the safety requirements of
            // `PhyrSource` and the check above.
            let mapped = match memory.as_slice() {
                // SAFETY: See above.
                Some(phyrs) => unsafe { map_list(dev, phyrs, array, dir, map) },
                // SAFETY: See above.
                None => unsafe { map_iter(dev, memory.phyrs(), array, dir, map) },
            };
            if let Err(error) = mapped {
                // SAFETY: It was written above, and is not used any more.
                unsafe { core::ptr::drop_in_place(&raw mut (*slot).memory) };
                return Err(error);
            }
            // INVARIANT: Just mapped, into an array that was borrowed for so long.
            Ok(())
        };

        // SAFETY: All four fields are written if it succeeds. Otherwise the memory is dropped, and
        // nothing has to be of the others. A mapping may be moved.
        unsafe { init_from_closure(init) }
    }

    /// The DMA ranges, in transfer order, for the device to be given.
    ///
    /// They are mapped only as long as `self` lives; copies of them are not.
    #[inline]
    pub fn ranges(&self) -> &[DmaRange] {
        // CAST: `u32` to 64 bits.
        let nr = self.map.nr_ranges() as usize;

        // SAFETY: The array has so many entries by the type invariants.
        unsafe { self.array().get_unchecked(..nr) }
    }

    #[inline]
    fn array(&self) -> &'buf [DmaRange] {
        // SAFETY: By the type invariants it is borrowed for `'buf`, and only read.
        unsafe { self.array.as_ref() }
    }

    /// Number of physical ranges that went in, for which all may have to be read.
    #[inline]
    pub fn entries(&self) -> usize {
        match self.memory.as_slice() {
            Some(phyrs) => phyrs.len(),
            None => self.memory.phyrs().count(),
        }
    }

    /// Takes the memory back from the device, until the guard is dropped. Costs nothing where
    /// neither bounce buffer nor cache is in the way.
    ///
    /// The device must not be using the memory meanwhile; that is between the driver and its
    /// device.
    pub fn cpu(&mut self) -> CpuGuard<'_, 'dev, 'buf, M> {
        self.hand_over(Owner::Cpu);
        CpuGuard { mapping: self }
    }

    fn hand_over(&mut self, owner: Owner) {
        let bytes = Bytes::sum(self.memory.phyrs().map(|phyr| phyr.len()));
        // SAFETY: The device has a DMA mask, and the backend goes to `hand_over` only, with what is
        // mapped for the same device and request by the type invariants.
        let mut backend = unsafe { self.map.request().backend(self.dev) };
        // SAFETY: What is held is only looked at.
        let held = unsafe { self.map.held() };
        let all = Span::new(Bytes::ZERO, bytes);

        // All of the list is not beyond its end.
        let _ = hand_over(
            &mut backend,
            &held,
            coherence(self.dev),
            self.array(),
            self.ranges().len(),
            all,
            owner,
        );
    }
}

/// Maps `memory` for a module that keeps the map itself, as C does: see [`RawMap`].
///
/// # Errors
///
/// Those of [`Mapping::new`].
///
/// # Safety
///
/// `memory` and `array` must stay as they are until it is unmapped.
#[inline]
pub unsafe fn map_raw<M: PhyrSource>(
    dev: &Device,
    memory: &M,
    array: &mut [DmaRange],
    dir: DataDirection,
    map: &mut MaybeUninit<RawMap>,
) -> Result<(), Error> {
    if dir != DataDirection::ToDevice && !memory.is_writable() {
        return Err(Error::Invalid);
    }
    // The ranges are memory for devices, in this direction, by the safety requirements of
    // `PhyrSource` and the check above.
    match memory.as_slice() {
        // SAFETY: See above.
        Some(phyrs) => unsafe { map_list(dev, phyrs, array, dir, map) },
        // SAFETY: See above.
        None => unsafe { map_iter(dev, memory.phyrs(), array, dir, map) },
    }
}

/// Maps what `list` gives, and writes what is to be kept of it to `map`.
///
/// # Errors
///
/// Those of `dma_map_phyr_iter()`.
///
/// # Safety
///
/// It must be memory that may be mapped for `dev`, in this direction.
unsafe fn map_iter(
    dev: &Device,
    list: impl Iterator<Item = Phyr> + Clone,
    array: &mut [DmaRange],
    dir: DataDirection,
    map: &mut MaybeUninit<RawMap>,
) -> Result<(), Error> {
    // SAFETY: By the safety requirements of this function.
    match unsafe { streamed::map(dev, &list, array, dir.into(), 0) } {
        Ok(raw) => {
            map.write(raw);
            Ok(())
        }
        Err(error) => {
            let size = || Size::sum(list.clone());

            streamed::refused(dev, dir.into(), 0, &size, error.needed(), error.to_errno());
            Err(error)
        }
    }
}

impl<M: PhyrSource> Drop for Mapping<'_, '_, M> {
    fn drop(&mut self) {
        // SAFETY: It is mapped for this device, and `array` was written with it, by the type
        // invariants.
        unsafe { self.map.unmap(self.dev, self.array.as_ptr().cast()) };
    }
}

/// Memory that is mapped, and for now the CPU's. On drop it is handed back to the device.
pub struct CpuGuard<'a, 'dev, 'buf, M: PhyrSource> {
    mapping: &'a mut Mapping<'dev, 'buf, M>,
}

impl<M: PhyrSource> CpuGuard<'_, '_, '_, M> {
    /// The memory.
    #[inline]
    pub fn memory(&mut self) -> M::Cpu<'_> {
        self.mapping.memory.cpu()
    }
}

impl<M: PhyrSource> Drop for CpuGuard<'_, '_, '_, M> {
    #[inline]
    fn drop(&mut self) {
        self.mapping.hand_over(Owner::Device);
    }
}
