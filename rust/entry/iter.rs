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
    mem::MaybeUninit, //
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
        /// `dev` is a valid device, `iter` a cursor over memory that may be mapped for it, `map`
        /// may be written, and `ranges` has room for `max_ranges` entries, which overlap nothing
        /// else.
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

/// A way in which `dma_map_phyrs()` maps a list.
type Way = unsafe extern "C" fn(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    nr: c_uint,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int;

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
        // SAFETY: `iter` is valid during the call.
        let iter = unsafe { &*iter };
        // SAFETY: It may be used.
        let Some((list, mut rest)) = (unsafe { OfList::new(iter) }) else {
            return EINVAL.to_errno();
        };

        match rest.next() {
            // SAFETY: By the safety requirements of this function.
            Some(only) if rest.is_at_end() => unsafe { self.map_entry(only) },
            // SAFETY: By the safety requirements of this function.
            Some(first) => unsafe { self.map_all(list, first, rest) },
            // SAFETY: By the safety requirements of this function.
            None => unsafe { self.map_by(phyr_rs_map_unusual, &[]) },
        }
    }

    /// # Safety
    ///
    /// As for [`phyr_rs_map_cursor`], of `iter` too.
    #[inline(always)]
    unsafe fn map_cursor(self, iter: *const RawIter) -> c_int {
        let failed = Cell::new(0);
        // SAFETY: `iter` is valid during the call.
        let iter = unsafe { &*iter };
        // SAFETY: It may be used.
        let list = unsafe { OfCursor::new(iter, &failed) };
        let mut rest = list.again();
        let Some(first) = rest.next() else {
            // SAFETY: By the safety requirements of this function.
            return unsafe { self.map_by(phyr_rs_map_unusual, &[]) };
        };
        let next = rest.next();

        if next.is_none() && failed.get() == 0 {
            // SAFETY: By the safety requirements of this function.
            return unsafe { self.map_entry(first) };
        }
        // SAFETY: By the safety requirements of this function.
        unsafe { self.map_all(list, first, Begun::new(next, rest)) }
    }

    /// Maps a list of one entry, as `dma_map_phyrs()` does.
    ///
    /// # Safety
    ///
    /// As for [`phyr_rs_map_cursor`], of `only` too.
    #[inline(always)]
    unsafe fn map_entry(self, only: Phyr) -> c_int {
        // SAFETY: By the safety requirements of this function.
        let dev = unsafe { Device::from_raw(self.dev) };
        let has_room = matches!(c_int::try_from(self.max_ranges), Ok(1..));

        match (has_room, is_translated(dev)) {
            // SAFETY: By the safety requirements of this function, and there is room for a range.
            (true, true) => unsafe { self.map_by(phyr_rs_map_shared_entry, &[only]) },
            // SAFETY: As above.
            (true, false) => unsafe { self.map_by(phyr_rs_map_direct_entry, &[only]) },
            // SAFETY: By the safety requirements of this function.
            (false, _) => unsafe { self.map_by(phyr_rs_map_unusual, &[only]) },
        }
    }

    /// Maps `phyrs` in a `way` of `dma_map_phyrs()`.
    ///
    /// # Safety
    ///
    /// As for [`phyr_rs_map_cursor`], of `phyrs` too, and as for `way`.
    #[inline(always)]
    unsafe fn map_by(self, way: Way, phyrs: &[Phyr]) -> c_int {
        let Self {
            dev,
            map,
            ranges,
            max_ranges,
            dir,
            attrs,
        } = self;

        // CAST: There is one, or none.
        //
        // SAFETY: By the safety requirements of this function.
        unsafe {
            way(
                dev,
                phyrs.as_ptr(),
                phyrs.len() as c_uint,
                map,
                ranges,
                max_ranges,
                dir,
                attrs,
            )
        }
    }

    /// Maps `list`, which gives `first` and then the `rest`.
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
    ) -> c_int {
        // SAFETY: By the safety requirements of this function.
        let dev = unsafe { Device::from_raw(self.dev) };
        // SAFETY: By the safety requirements of this function.
        let out = unsafe { array_mut(self.ranges, self.max_ranges) };
        let Self {
            map, dir, attrs, ..
        } = self;
        // INVARIANT: By the safety requirements of this function.
        let target = Target { dev, map };

        match Request::new(dir, attrs) {
            Ok(request) => {
                // INVARIANT: By the safety requirements of this function.
                let then = Written {
                    target,
                    request,
                    list,
                };

                then.streamed().map(first, &rest, out, &then)
            }
            Err(error) => target.refuse(&list, dir, attrs, error),
        }
    }
}

/// What a list is mapped for.
///
/// # Invariants
///
/// `map` is what [`phyr_rs_map_cursor`] writes.
#[derive(Clone, Copy)]
struct Target<'a> {
    dev: &'a Device,
    map: *mut MaybeUninit<RawMap>,
}

impl Target<'_> {
    /// Writes the caller's map.
    #[inline(always)]
    fn write(&self, raw: RawMap) -> &RawMap {
        // SAFETY: It may be written, by the type invariants, and nobody else uses it.
        let map = unsafe { &mut *self.map };

        map.write(raw)
    }

    /// Says that nothing is mapped, for what `error` says, or what the list failed with.
    #[cold]
    #[inline(never)]
    fn refuse<L: Again>(
        self,
        list: &L,
        dir: bindings::dma_data_direction,
        attrs: c_ulong,
        error: Error,
    ) -> c_int {
        let (needed, errno) = match list.failed() {
            0 => (error.needed(), error.to_errno()),
            errno => (0, errno),
        };
        let size = || Size::sum(list.again());

        streamed::refused(self.dev, dir, attrs, &size, needed, errno);
        self.write(RawMap::empty(needed));
        errno
    }
}

/// Writes what becomes of a list to the caller's map, and returns what is returned to C.
///
/// # Invariants
///
/// The list is memory of the kind of `request` that may be mapped for the device.
struct Written<'a, L> {
    target: Target<'a>,
    request: Request,
    list: L,
}

impl<L: Again> Written<'_, L> {
    #[inline(always)]
    fn streamed(&self) -> Streamed<'_, L> {
        // SAFETY: By the type invariants.
        unsafe { Streamed::new(self.target.dev, self.request, &self.list) }
    }

    #[inline(always)]
    fn keep(&self, request: Request, mapped: Mapped<Iova>, out: &[DmaRange]) -> c_int {
        let Target { dev, .. } = self.target;
        let size = || self.streamed().size();
        let effort = mapped.effort;

        check_list(dev, || self.streamed().entries());
        let raw = watch::enter(dev, request, size, mapped, out);
        let count = raw.count();
        watch::mapped(dev, self.target.write(raw), effort, size);
        count
    }

    #[cold]
    #[inline(never)]
    fn map_unusual(&self, out: &mut [DmaRange]) -> c_int {
        match self.streamed().map_unusual(out) {
            Ok(mapped) => self.keep(self.request.of(&mapped.held), mapped, out),
            Err(error) => self.refuse(error),
        }
    }

    #[cold]
    fn refuse(&self, error: Error) -> c_int {
        let (dir, attrs) = self.request.into_raw();

        self.target
            .refuse(&self.list, dir.into(), attrs.into(), error)
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
        self.refuse(error)
    }
}
