// SPDX-License-Identifier: GPL-2.0

//! The lists that a transfer is of, as C passes them in.

use core::mem::MaybeUninit;
use kernel::{
    bindings,
    error::{
        code::{
            EINVAL,
            ENOSPC, //
        },
        to_result,
        Error, //
    },
    ffi::{
        c_int,
        c_uint,
        c_ulong,
        c_void, //
    }, //
};
use phyr::plan::{
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        PhysAddr, //
    }, //
};

/// `struct dma_phyr_map`: what is looked at of it, and room for the rest.
#[repr(C)]
pub(crate) struct Map {
    /// Ranges that it has come to, or the room that it needs.
    pub(crate) ranges: c_uint,
    held: u8,
    dir: u8,
    attrs: u16,
    rest: [MaybeUninit<u64>; REST],
}

#[cfg(not(CONFIG_PHYR_DEBUG))]
const REST: usize = 3;
#[cfg(CONFIG_PHYR_DEBUG)]
const REST: usize = 4;

/// `DMA_PHYR_HELD_NOTHING`.
const HELD_NOTHING: u8 = 0;

/// `DMA_PHYR_HELD_EACH`, from which on `dma_unmap_phyrs()` reads the ranges.
const HELD_EACH: u8 = 4;

/// `DMA_PHYR_HELD_RECORDED`, for which it reads what is behind them, too: all that there was room
/// for.
const HELD_RECORDED: u8 = 5;

impl Map {
    /// As `dma_phyrs_premapped()`: a map that holds nothing, of ranges that are mapped by somebody
    /// else.
    pub(crate) const fn premapped(ranges: c_uint) -> Self {
        Self {
            ranges,
            held: HELD_NOTHING,
            dir: 0,
            attrs: 0,
            rest: [MaybeUninit::new(0); REST],
        }
    }

    /// Unmaps the list.
    ///
    /// # Safety
    ///
    /// It must be mapped for `dev`, or not at all, and `ranges` be what it has come to.
    pub(crate) unsafe fn unmap(&mut self, dev: *mut bindings::device, ranges: *const DmaRange) {
        // SAFETY: By the safety requirements of this function.
        unsafe { dma_unmap_phyrs(dev, self, ranges) };
    }

    /// Hands `len` bytes of it from byte `offset` on to the device.
    ///
    /// # Safety
    ///
    /// As for [`Map::unmap`]; and it must have so many bytes.
    pub(crate) unsafe fn sync_for_device(
        &self,
        dev: *mut bindings::device,
        ranges: *const DmaRange,
        offset: Bytes,
        len: Bytes,
    ) {
        // CAST: `usize` has 64 bits.
        let (offset, len) = (offset.raw() as usize, len.raw() as usize);

        // SAFETY: By the safety requirements of this function.
        unsafe { dma_sync_phyrs_for_device(dev, self, ranges, offset, len) };
    }

    /// Hands them to the CPU.
    ///
    /// # Safety
    ///
    /// As for [`Map::sync_for_device`].
    pub(crate) unsafe fn sync_for_cpu(
        &self,
        dev: *mut bindings::device,
        ranges: *const DmaRange,
        offset: Bytes,
        len: Bytes,
    ) {
        // CAST: `usize` has 64 bits.
        let (offset, len) = (offset.raw() as usize, len.raw() as usize);

        // SAFETY: By the safety requirements of this function.
        unsafe { dma_sync_phyrs_for_cpu(dev, self, ranges, offset, len) };
    }

    /// Whether `dma_unmap_phyrs()` would do nothing. With `CONFIG_PHYR_DEBUG` it never does: it
    /// ends the record of the mapping.
    pub(crate) fn is_nothing(&self) -> bool {
        cfg!(not(CONFIG_PHYR_DEBUG)) && self.held == HELD_NOTHING
    }

    /// Entries of an array with room for `room` that are not to be lost.
    pub(crate) fn entries(&self, room: usize) -> usize {
        match self.held {
            HELD_RECORDED => room,
            // CAST: From 32 bits to 64.
            _ => self.ranges as usize,
        }
    }

    /// Whether `dma_unmap_phyrs()` needs the ranges.
    pub(crate) fn keeps_ranges(&self) -> bool {
        self.held >= HELD_EACH
    }
}

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn dma_map_phyrs(
        dev: *mut bindings::device,
        phyrs: *const Phyr,
        nr: c_uint,
        map: *mut Map,
        ranges: *mut MaybeUninit<DmaRange>,
        max_ranges: c_uint,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> c_int;
    fn dma_map_phyr_list(
        dev: *mut bindings::device,
        list: *const Described,
        map: *mut Map,
        ranges: *mut MaybeUninit<DmaRange>,
        max_ranges: c_uint,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> c_int;
    fn dma_map_phyrs_next(
        dev: *mut bindings::device,
        list: *const Described,
        cursor: *mut Start,
        map: *mut Map,
        ranges: *mut MaybeUninit<DmaRange>,
        max_ranges: c_uint,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> c_int;
    fn dma_unmap_phyrs(dev: *mut bindings::device, map: *mut Map, ranges: *const DmaRange);
    fn dma_sync_phyrs_for_device(
        dev: *mut bindings::device,
        map: *const Map,
        ranges: *const DmaRange,
        offset: usize,
        len: usize,
    );
    fn dma_sync_phyrs_for_cpu(
        dev: *mut bindings::device,
        map: *const Map,
        ranges: *const DmaRange,
        offset: usize,
        len: usize,
    );
    fn dma_map_phyr_iter(
        dev: *mut bindings::device,
        iter: *const Cursor,
        map: *mut Map,
        ranges: *mut MaybeUninit<DmaRange>,
        max_ranges: c_uint,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
    ) -> c_int;
    fn phyr_rw_most_runs(iter: *const Cursor) -> c_uint;
}

/// A list of memory that may be mapped for a device.
///
/// # Safety
///
/// [`List::map`] must map what [`List::phyrs`] gives.
pub(crate) unsafe trait List {
    /// DMA ranges that it comes to without an IOMMU, most likely; [`None`] if that is not known
    /// until it is mapped.
    fn runs(&self) -> Option<usize>;

    /// The only range of it, if it is known to have one.
    fn only(&self) -> Option<Phyr> {
        None
    }

    /// No fewer than these, and told at once: room that it does no harm to have; [`None`] if that
    /// is not known, or too much.
    fn most_runs(&self) -> Option<usize> {
        None
    }

    /// Maps it for `dev`, as `dma_map_phyrs()` does.
    ///
    /// # Safety
    ///
    /// `dev` must be a valid device that the memory may be mapped for, in this direction.
    unsafe fn map(
        &self,
        dev: *mut bindings::device,
        map: &mut Map,
        ranges: &mut [MaybeUninit<DmaRange>],
        dir: bindings::dma_data_direction,
    ) -> c_int;

    /// The ranges of it. An error ends them, and is written to `failed`.
    fn phyrs<'a>(&'a self, failed: &'a mut c_int) -> impl Iterator<Item = Phyr> + 'a;
}

/// An array.
///
/// # Invariants
///
/// What is in it may be mapped.
#[derive(Clone, Copy)]
pub(crate) struct InArray<'a>(pub(crate) &'a [Phyr]);

/// Entries of a list that each are given room.
const MOST: usize = 2048;

// SAFETY: Both are of the same array.
unsafe impl List for InArray<'_> {
    #[inline]
    fn only(&self) -> Option<Phyr> {
        match *self.0 {
            [phyr] => Some(phyr),
            _ => None,
        }
    }

    #[inline]
    fn most_runs(&self) -> Option<usize> {
        match self.0.len() {
            entries @ ..=MOST => Some(entries),
            _ => self.runs(),
        }
    }

    #[inline]
    fn runs(&self) -> Option<usize> {
        let mut end = None;

        Some(
            self.0
                .iter()
                .filter(|phyr| {
                    let begins = end != Some(phyr.paddr());

                    end = phyr.paddr().checked_add(phyr.len());
                    begins
                })
                .count(),
        )
    }

    #[inline]
    unsafe fn map(
        &self,
        dev: *mut bindings::device,
        map: &mut Map,
        ranges: &mut [MaybeUninit<DmaRange>],
        dir: bindings::dma_data_direction,
    ) -> c_int {
        // CAST: The number comes from C, and has 32 bits; the room is that of `few`, or was in 32.
        //
        // SAFETY: By the safety requirements of this function and the type invariants; the map and
        // the ranges may be written.
        unsafe {
            dma_map_phyrs(
                dev,
                self.0.as_ptr(),
                self.0.len() as c_uint,
                map,
                ranges.as_mut_ptr(),
                ranges.len() as c_uint,
                dir,
                0,
            )
        }
    }

    fn phyrs<'a>(&'a self, _failed: &'a mut c_int) -> impl Iterator<Item = Phyr> + 'a {
        self.0.iter().copied()
    }
}

/// `struct dma_phyr_list`: an array, and whose memory it is.
///
/// # Invariants
///
/// It does not change while it is borrowed, and what is in it may be mapped.
#[repr(C)]
pub(crate) struct Described {
    phyrs: *const Phyr,
    nr: c_uint,
    _flags: c_uint,
    _segments: *const c_void,
    _nr_segments: c_uint,
}

const _: () = assert!(size_of::<Described>() == 32);

impl Described {
    fn phyrs(&self) -> &[Phyr] {
        match self.nr {
            0 => &[],
            // CAST: From 32 bits to 64.
            //
            // SAFETY: There are so many by the type invariants.
            nr => unsafe { core::slice::from_raw_parts(self.phyrs, nr as usize) },
        }
    }
}

/// `struct dma_phyr_cursor`: where in a list a transfer begins.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Start {
    entry: c_uint,
    offset: usize,
}

impl Start {
    const OF_ALL: Self = Self {
        entry: 0,
        offset: 0,
    };
}

/// What a list has from some place on.
pub(crate) struct InList<'a> {
    pub(crate) list: &'a Described,
    pub(crate) start: Start,
}

/// Why a list was not mapped from `cursor` on, where what was mapped of it ends: most likely for want
/// of room.
///
/// # Safety
///
/// As for [`List::map`], of which the list is.
unsafe fn try_next(
    dev: *mut bindings::device,
    list: &Described,
    mut cursor: Start,
    dir: bindings::dma_data_direction,
) -> Error {
    let mut map = Map::premapped(0);
    let mut one = MaybeUninit::uninit();

    // SAFETY: By the safety requirements of this function; the map and the range may be written.
    let ret = unsafe { dma_map_phyrs_next(dev, list, &mut cursor, &mut map, &mut one, 1, dir, 0) };
    match to_result(ret) {
        Ok(()) => {
            // SAFETY: It was just mapped, to this range.
            unsafe { map.unmap(dev, one.as_ptr()) };
            ENOSPC
        }
        Err(error) => error,
    }
}

impl<'a> InList<'a> {
    fn rest(&self) -> &'a [Phyr] {
        // CAST: From 32 bits to 64.
        let before = self.start.entry as usize;

        self.list.phyrs().get(before..).unwrap_or_default()
    }
}

// SAFETY: Both are of the same list, from the same place on.
unsafe impl List for InList<'_> {
    fn most_runs(&self) -> Option<usize> {
        InArray(self.rest()).most_runs()
    }

    fn runs(&self) -> Option<usize> {
        // That it begins later does not move the end of the first entry.
        InArray(self.rest()).runs()
    }

    unsafe fn map(
        &self,
        dev: *mut bindings::device,
        map: &mut Map,
        ranges: &mut [MaybeUninit<DmaRange>],
        dir: bindings::dma_data_direction,
    ) -> c_int {
        // CAST: The room is that of `few`, or was in 32 bits.
        let room = ranges.len() as c_uint;
        let ranges = ranges.as_mut_ptr();

        if self.start == Start::OF_ALL {
            // SAFETY: By the safety requirements of this function and the type invariants of the
            // list; the map and the ranges may be written.
            return unsafe { dma_map_phyr_list(dev, self.list, map, ranges, room, dir, 0) };
        }
        let (list, mut cursor) = (self.list, self.start);
        // SAFETY: As above; the cursor lies inside of the list, or at its end.
        let ret = unsafe { dma_map_phyrs_next(dev, list, &mut cursor, map, ranges, room, dir, 0) };
        match ret {
            // Nothing is behind the start.
            0 => EINVAL.to_errno(),
            1.. if cursor.entry < self.list.nr => {
                // SAFETY: It was just mapped, to these ranges.
                unsafe { map.unmap(dev, ranges.cast()) };
                // SAFETY: As above.
                let error = unsafe { try_next(dev, list, cursor, dir) };
                // The next time there is more room.
                *map = Map::premapped(room.saturating_mul(2));
                error.to_errno()
            }
            ret => ret,
        }
    }

    fn phyrs<'a>(&'a self, _failed: &'a mut c_int) -> impl Iterator<Item = Phyr> + 'a {
        let mut left_out = Bytes::new(to_u64(self.start.offset));

        self.rest().iter().map(move |phyr| {
            let left_out = core::mem::replace(&mut left_out, Bytes::ZERO);
            let paddr = phyr.paddr().raw().wrapping_add(left_out.raw());

            Phyr::new(PhysAddr::new(paddr), phyr.len().saturating_sub(left_out))
        })
    }
}

/// Both have 64 bits.
#[inline]
const fn to_u64(bytes: usize) -> u64 {
    // CAST: See above.
    bytes as u64
}

type NextFn = unsafe extern "C" fn(*mut Cursor, *mut Phyr) -> c_int;

/// `struct phyr_iter`.
///
/// # Invariants
///
/// `next` may be called with it, and what it gives may be mapped.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Cursor {
    next: NextFn,
    state: [MaybeUninit<u64>; 5],
}

/// What a cursor gives.
pub(crate) struct ByCursor<'a>(pub(crate) &'a Cursor);

// SAFETY: Both are of the same cursor.
unsafe impl List for ByCursor<'_> {
    fn runs(&self) -> Option<usize> {
        None
    }

    #[inline]
    fn most_runs(&self) -> Option<usize> {
        // SAFETY: It is only looked at.
        let runs = unsafe { phyr_rw_most_runs(self.0) };

        // CAST: From 32 bits to 64.
        (1..=MOST)
            .contains(&(runs as usize))
            .then_some(runs as usize)
    }

    #[inline]
    unsafe fn map(
        &self,
        dev: *mut bindings::device,
        map: &mut Map,
        ranges: &mut [MaybeUninit<DmaRange>],
        dir: bindings::dma_data_direction,
    ) -> c_int {
        // CAST: The room is that of `few`, or was in 32 bits.
        //
        // SAFETY: By the safety requirements of this function and the type invariants of the
        // cursor; the map and the ranges may be written.
        unsafe {
            dma_map_phyr_iter(
                dev,
                self.0,
                map,
                ranges.as_mut_ptr(),
                ranges.len() as c_uint,
                dir,
                0,
            )
        }
    }

    fn phyrs<'a>(&'a self, failed: &'a mut c_int) -> impl Iterator<Item = Phyr> + 'a {
        let mut cursor = *self.0;

        core::iter::from_fn(move || {
            let mut phyr = Phyr::new(PhysAddr::new(0), Bytes::ZERO);

            // SAFETY: By the type invariants of the cursor, of which this is a copy.
            match unsafe { (cursor.next)(&mut cursor, &mut phyr) } {
                1.. => Some(phyr),
                ret => {
                    *failed = ret;
                    None
                }
            }
        })
    }
}
