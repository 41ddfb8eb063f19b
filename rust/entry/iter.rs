// SPDX-License-Identifier: GPL-2.0

//! `dma_map_phyr_iter()`.

use super::{
    array_mut,
    phyrs::{
        phyr_rs_map_direct_entry,
        phyr_rs_map_shared_entry,
        phyr_rs_map_unusual, //
    }, //
};
use crate::{
    ffi::{
        is_translated,
        Iova, //
    },
    iter::{
        Begun,
        OfCursor,
        OfList,
        RawIter, //
    },
    plan::{
        error::Error,
        exec::Mapped,
        phyr::Phyr,
        range::DmaRange,
        usual::Then, //
    },
    raw_map::RawMap,
    request::Request,
    streamed::{
        self,
        Again,
        Streamed, //
    },
    watch::{
        self,
        check_list,
        Size, //
    }, //
};
use core::{
    cell::Cell,
    mem::MaybeUninit,
    ptr::null, //
};
use kernel::{
    bindings,
    device::Device,
    error::code::EINVAL,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    }, //
};

/// A way in which `dma_map_phyr_iter()` maps what a cursor gives. Each is a function with its
/// arguments, so that C jumps there and has to move none of them.
macro_rules! iter_way {
    ($(#[$doc:meta])* $name:ident, $with:expr) => {
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// As the documentation of `dma_map_phyr_iter()` in `include/linux/phyr-iter.h` demands:
        /// `dev` is a valid device, `iter` a cursor over memory that may be mapped for it, `map` may
        /// be written, and `ranges` has room for `max_ranges` entries, which overlap nothing else.
        #[no_mangle]
        unsafe extern "C" fn $name(
            dev: *mut bindings::device,
            iter: *const RawIter,
            map: *mut MaybeUninit<RawMap>,
            ranges: *mut DmaRange,
            max_ranges: c_uint,
            dir: bindings::dma_data_direction,
            attrs: c_ulong,
        ) -> c_int {
            let call = Call {
                dev,
                map,
                ranges,
                max_ranges,
                dir,
                attrs,
            };

            // SAFETY: By the safety requirements of this function.
            unsafe { $with(call, iter) }
        }
    };
}

iter_way! {
    /// `dma_map_phyr_iter()` of a list, or of what is left of one.
    phyr_rs_map_list, Call::map_list
}
iter_way! {
    /// `dma_map_phyr_iter()` of what any other cursor gives.
    phyr_rs_map_cursor, Call::map_cursor
}

/// What C passes in besides the cursor.
#[derive(Clone, Copy)]
struct Call {
    dev: *mut bindings::device,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
}

impl Call {
    /// # Safety
    ///
    /// As for [`phyr_rs_map_list`], of `iter` too.
    #[inline(always)]
    unsafe fn map_list(self, iter: *const RawIter) -> c_int {
        // SAFETY: `iter` is valid during the call, and may be used.
        let Some((list, mut rest)) = (unsafe { OfList::new(&*iter) }) else {
            return EINVAL.to_errno();
        };

        match rest.next() {
            // SAFETY: By the safety requirements of this function.
            Some(only) if rest.is_at_end() => unsafe { self.map_entry(only) },
            // SAFETY: By the safety requirements of this function.
            Some(first) => unsafe { self.map_all(list, first, rest, &Cell::new(0)) },
            // SAFETY: By the safety requirements of this function.
            None => unsafe { self.map_nothing() },
        }
    }

    /// # Safety
    ///
    /// As for [`phyr_rs_map_cursor`], of `iter` too.
    #[inline(always)]
    unsafe fn map_cursor(self, iter: *const RawIter) -> c_int {
        let failed = Cell::new(0);
        // SAFETY: `iter` is valid during the call, and may be used.
        let list = unsafe { OfCursor::new(&*iter, &failed) };
        let mut rest = list.again();
        let Some(first) = rest.next() else {
            // SAFETY: By the safety requirements of this function.
            return unsafe { self.map_nothing() };
        };
        let next = rest.next();

        if next.is_none() && failed.get() == 0 {
            // SAFETY: By the safety requirements of this function.
            return unsafe { self.map_entry(first) };
        }
        // SAFETY: By the safety requirements of this function.
        unsafe { self.map_all(list, first, Begun { next, rest }, &failed) }
    }

    /// Maps a list of one entry, as `dma_map_phyrs()` does.
    ///
    /// # Safety
    ///
    /// As for [`phyr_rs_map_cursor`], of `only` too.
    #[inline(always)]
    unsafe fn map_entry(self, only: Phyr) -> c_int {
        let Self {
            dev,
            map,
            ranges,
            max_ranges,
            dir,
            attrs,
        } = self;

        // SAFETY: By the safety requirements of this function.
        let device = unsafe { Device::from_raw(dev) };
        let has_room = matches!(c_int::try_from(max_ranges), Ok(1..));

        match (has_room, is_translated(device)) {
            // SAFETY: By the safety requirements of this function.
            (true, true) => unsafe {
                phyr_rs_map_shared_entry(dev, &only, 1, map, ranges, max_ranges, dir, attrs)
            },
            // SAFETY: By the safety requirements of this function.
            (true, false) => unsafe {
                phyr_rs_map_direct_entry(dev, &only, 1, map, ranges, max_ranges, dir, attrs)
            },
            // SAFETY: By the safety requirements of this function.
            (false, _) => unsafe {
                phyr_rs_map_unusual(dev, &only, 1, map, ranges, max_ranges, dir, attrs)
            },
        }
    }

    /// Maps a list of no entries, which cannot be.
    ///
    /// # Safety
    ///
    /// As for [`phyr_rs_map_cursor`].
    #[inline(always)]
    unsafe fn map_nothing(self) -> c_int {
        let Call { dir, attrs, .. } = self;
        let (out, room) = (self.ranges, self.max_ranges);

        // SAFETY: By the safety requirements of this function.
        unsafe { phyr_rs_map_unusual(self.dev, null(), 0, self.map, out, room, dir, attrs) }
    }

    /// Maps `list`, which gives `first` and then the `rest`, and whose errors go to `failed`.
    ///
    /// # Safety
    ///
    /// As for [`phyr_rs_map_cursor`], of `list` too.
    #[inline(always)]
    unsafe fn map_all<L: Again>(
        self,
        list: L,
        first: Phyr,
        rest: impl Iterator<Item = Phyr> + Clone,
        failed: &Cell<c_int>,
    ) -> c_int {
        // SAFETY: By the safety requirements of this function.
        let dev = unsafe { Device::from_raw(self.dev) };
        // SAFETY: By the safety requirements of this function.
        let out = unsafe { array_mut(self.ranges, self.max_ranges) };
        let Self {
            map, dir, attrs, ..
        } = self;
        // INVARIANT: By the safety requirements of this function. It is put together where it is
        // known what for.
        let refused = || Refused {
            dev,
            map,
            dir,
            attrs,
            list,
            failed,
        };

        match Request::new(dir, attrs) {
            Ok(request) => {
                let then = Written {
                    refused: refused(),
                    request,
                };

                then.streamed().map(first, rest, out, &then)
            }
            Err(error) => refused().tell(error),
        }
    }
}

/// A list that comes one by one, and is not mapped.
///
/// # Invariants
///
/// It is memory that may be mapped for `dev`, and `map` is what [`phyr_rs_map_cursor`] writes.
struct Refused<'a, L> {
    dev: &'a Device,
    map: *mut MaybeUninit<RawMap>,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
    list: L,
    failed: &'a Cell<c_int>,
}

impl<L: Again> Refused<'_, L> {
    /// Writes the caller's map.
    #[inline(always)]
    fn write(&self, raw: RawMap) -> &RawMap {
        // SAFETY: It may be written, by the type invariants, and nobody else uses it.
        unsafe { (*self.map).write(raw) }
    }

    /// Says that nothing is mapped, for what `error` says, or what the list failed with.
    #[cold]
    #[inline(never)]
    fn tell(&self, error: Error) -> c_int {
        let (needed, errno) = match self.failed.get() {
            0 => (error.needed(), error.to_errno()),
            errno => (0, errno),
        };
        let size = || Size::sum(self.list.again());

        streamed::refused(self.dev, self.dir, self.attrs, &size, needed, errno);
        self.write(RawMap::empty(needed));
        errno
    }
}

/// Writes what becomes of a list to the caller's map, and returns what is returned to C.
struct Written<'a, L> {
    refused: Refused<'a, L>,
    request: Request,
}

impl<L: Again> Written<'_, L> {
    #[inline(always)]
    fn streamed(&self) -> Streamed<'_, L> {
        let Refused { dev, list, .. } = &self.refused;

        // SAFETY: By the type invariants of `Refused`.
        unsafe { Streamed::new(dev, self.request, list) }
    }

    #[inline(always)]
    fn keep(&self, request: Request, mapped: Mapped<Iova>, out: &[DmaRange]) -> c_int {
        let Refused { dev, .. } = self.refused;
        let size = || self.streamed().size();
        let effort = mapped.effort;

        check_list(dev, self.streamed().entries());
        let raw = watch::enter(dev, request, size, mapped, out);
        let count = raw.count();
        watch::mapped(dev, self.refused.write(raw), effort, size);
        count
    }

    #[cold]
    #[inline(never)]
    fn map_unusual(&self, out: &mut [DmaRange]) -> c_int {
        match self.streamed().map_unusual(out) {
            Ok(mapped) => self.keep(self.request.of(&mapped.held), mapped, out),
            Err(error) => self.refused.tell(error),
        }
    }
}

/// It is borrowed, for it to stay where it is.
impl<L: Again> Then<Iova> for &Written<'_, L> {
    type Out = c_int;

    #[inline(always)]
    fn mapped(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> c_int {
        self.keep(self.request, mapped, out)
    }

    #[inline(always)]
    fn unusual(self, out: &mut [DmaRange]) -> c_int {
        self.map_unusual(out)
    }

    #[inline(always)]
    fn refused(self, error: Error) -> c_int {
        self.refused.tell(error)
    }
}
