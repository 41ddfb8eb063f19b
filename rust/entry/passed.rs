// SPDX-License-Identifier: GPL-2.0

//! A list that C has passed in, and what becomes of it.

use crate::{
    ffi::Iova,
    plan::{
        error::Error,
        exec::Mapped,
        phyr::Phyr,
        range::DmaRange,
        usual::Then, //
    },
    raw_map::RawMap,
    request::{
        Flags,
        Request, //
    },
    usual::Wanted,
    watch::{
        self,
        Size, //
    }, //
};
use core::mem::MaybeUninit;
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_ulong, //
    }, //
};

/// A list that C has passed in.
///
/// # Invariants
///
/// `phyrs` is memory that may be mapped for `dev`, RAM or as `attrs` says.
#[derive(Clone, Copy)]
pub(super) struct Passed<'a> {
    pub(super) dev: &'a Device,
    pub(super) phyrs: &'a [Phyr],
    pub(super) dir: bindings::dma_data_direction,
    pub(super) attrs: c_ulong,
}

impl<'a> Passed<'a> {
    /// Writes the caller's map, and returns what is to be returned.
    #[inline(always)]
    pub(super) fn finish(
        self,
        result: Result<RawMap, Error>,
        map: &mut MaybeUninit<RawMap>,
    ) -> c_int {
        match result {
            Ok(raw) => map.write(raw).count(),
            Err(error) => self.refuse(error, map),
        }
    }

    /// Maps the list, if its direction and attributes are valid, as `how` does it.
    #[inline(always)]
    pub(super) fn map(
        self,
        out: &'a mut [DmaRange],
        map: &'a mut MaybeUninit<RawMap>,
        how: impl FnOnce(Wanted<'a>, &'a mut [DmaRange], Written<'a>) -> c_int,
    ) -> c_int {
        match Request::new(self.dir, self.attrs) {
            Ok(request) => {
                let then = Written {
                    passed: self,
                    request,
                    map,
                };
                how(self.wanted(request), out, then)
            }
            Err(error) => self.refuse(error, map),
        }
    }

    /// What is to be mapped, all of it of one kind, as the attributes say.
    #[inline(always)]
    fn wanted(&self, request: Request) -> Wanted<'a> {
        // SAFETY: The list is memory that may be mapped by the type invariants.
        unsafe { Wanted::new(self.dev, request, self.phyrs, Flags::default()) }
    }

    /// The same, for a function that wants it in memory. It is put there by this, and not before it
    /// is known that it has to be.
    #[inline(always)]
    fn again(self) -> Self {
        let Self {
            dev,
            phyrs,
            dir,
            attrs,
        } = self;

        // INVARIANT: The same.
        Self {
            dev,
            phyrs,
            dir,
            attrs,
        }
    }

    /// Writes that nothing is mapped to the caller's map, and returns what is to be returned.
    #[inline(always)]
    fn refuse(self, error: Error, map: &mut MaybeUninit<RawMap>) -> c_int {
        refuse(&self.again(), error, map)
    }

    /// What is left alone by [`usual`](crate::usual).
    #[inline(always)]
    pub(super) fn map_unusual(self, out: &mut [DmaRange], map: &mut MaybeUninit<RawMap>) -> c_int {
        map_unusual(&self.again(), out, map)
    }
}

/// [`Passed::refuse`]. Its arguments are in registers. What a function passes in memory makes the
/// compiler push the arguments of every call in it, which takes two instructions more for each
/// link.
#[cold]
#[inline(never)]
fn refuse(passed: &Passed<'_>, error: Error, map: &mut MaybeUninit<RawMap>) -> c_int {
    let (size, needed, errno) = (Size::of(passed.phyrs), error.needed(), error.to_errno());

    watch::refused(passed.dev, passed.dir, passed.attrs, size, needed, errno);
    map.write(RawMap::empty(needed));
    errno
}

/// [`Passed::map_unusual`]. Its arguments are in registers, too.
#[cold]
#[inline(never)]
fn map_unusual(passed: &Passed<'_>, out: &mut [DmaRange], map: &mut MaybeUninit<RawMap>) -> c_int {
    let result = Request::new(passed.dir, passed.attrs)
        .and_then(|request| passed.wanted(request).unusual(out));

    passed.finish(result, map)
}

/// Writes what becomes of a list to the caller's map, and returns what is returned to C.
pub(super) struct Written<'a> {
    passed: Passed<'a>,
    request: Request,
    map: &'a mut MaybeUninit<RawMap>,
}

impl Then<Iova> for Written<'_> {
    type Out = c_int;

    #[inline(always)]
    fn mapped(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> c_int {
        let wanted = self.passed.wanted(self.request);
        let effort = mapped.effort;
        let raw = wanted.keep(mapped, out);
        let count = raw.count();

        wanted.tell(self.map.write(raw), effort);
        count
    }

    #[inline(always)]
    fn unusual(self, out: &mut [DmaRange]) -> c_int {
        self.passed.map_unusual(out, self.map)
    }

    #[inline(always)]
    fn refused(self, error: Error) -> c_int {
        self.passed.refuse(error, self.map)
    }
}
