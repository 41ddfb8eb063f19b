// SPDX-License-Identifier: GPL-2.0

//! Lists that are not in an array, mapped as they come.
//!
//! What an iterator gives is read where it is used, so the code here is generated in the module
//! that the iterator is of. What is told of a mapping is not: `keep()` and `refused()` are phyr's
//! own.

use crate::{
    ffi::{
        limits,
        Iova, //
    },
    plan::{
        class::{
            Entry,
            Kind, //
        },
        error::Error,
        exec::{
            self,
            Effort,
            Mapped, //
        },
        phyr::Phyr,
        range::DmaRange,
        usual::{
            stream,
            Then, //
        },
    },
    raw_map::RawMap,
    request::{
        Flags,
        Request, //
    },
    usual::{
        self,
        Wanted, //
    },
    watch::{
        self,
        check_list,
        Size, //
    }, //
};
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_ulong, //
    }, //
};

/// A list that can be read from the front, again and again.
pub(crate) trait Again {
    /// What reads it. A copy goes on where it was made.
    type Iter: Iterator<Item = Phyr> + Clone;

    /// Begins anew.
    fn again(&self) -> Self::Iter;

    /// The number of the error that it has ended with; 0 if it has not.
    #[inline(always)]
    fn failed(&self) -> c_int {
        0
    }
}

impl<I: Iterator<Item = Phyr> + Clone> Again for I {
    type Iter = I;

    #[inline(always)]
    fn again(&self) -> I {
        self.clone()
    }
}

/// A list that is to be mapped.
///
/// # Invariants
///
/// It is memory of the kind of `request` that may be mapped for `dev`, in its direction.
pub(crate) struct Streamed<'a, L> {
    dev: &'a Device,
    request: Request,
    list: &'a L,
}

impl<L> Clone for Streamed<'_, L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for Streamed<'_, L> {}

impl<'a, L: Again> Streamed<'a, L> {
    /// # Safety
    ///
    /// What `list` gives must be memory of the kind of `request` that may be mapped for `dev`, in
    /// its direction.
    #[inline(always)]
    pub(crate) unsafe fn new(dev: &'a Device, request: Request, list: &'a L) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self { dev, request, list }
    }

    #[inline]
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + Clone + use<'a, L> {
        let kind = self.request.kind();

        self.list.again().map(move |phyr| match kind {
            Kind::Ram => Entry::ram(phyr),
            Kind::Mmio => Entry::mmio(phyr),
        })
    }

    pub(crate) fn size(&self) -> Size {
        Size::sum(self.list.again())
    }

    /// Some of it, as an array.
    #[inline(always)]
    fn wanted(&self, phyrs: &'a [Phyr]) -> Wanted<'a> {
        // SAFETY: It is part of what may be mapped by the type invariants.
        unsafe { Wanted::new(self.dev, self.request, phyrs, Flags::default()) }
    }

    /// Maps it: `first`, and the `rest` behind it.
    #[inline(always)]
    pub(crate) fn map<T: Then<Iova>>(
        &self,
        first: Phyr,
        rest: &(impl Iterator<Item = Phyr> + Clone),
        out: &mut [DmaRange],
        then: T,
    ) -> T::Out {
        usual::map_by(
            self.wanted(&[]),
            out,
            then,
            |backend, _, kind, device, out, then| {
                stream::map_direct(backend, first, rest.clone(), kind, device, out, then)
            },
            |backend, _, kind, device, out, then| {
                stream::map_shared(backend, first, rest, kind, device, out, then)
            },
        )
    }

    /// Maps what is left alone by that.
    #[cold]
    #[inline(never)]
    pub(crate) fn map_unusual(&self, out: &mut [DmaRange]) -> Result<Mapped<Iova>, Error> {
        let limits = limits(self.dev, self.request, Flags::default())?;
        // SAFETY: `limits()` found a DMA mask, the backend goes to `exec::map` only, and by the
        // type invariants the ranges may be mapped for this device.
        let mut backend = unsafe { self.request.backend(self.dev) };

        exec::map(&mut backend, self.entries(), &limits, out)
    }

    /// Keeps what is mapped.
    fn keep(&self, mapped: Mapped<Iova>, out: &[DmaRange]) -> RawMap {
        let size = || self.size();

        keep(
            self.dev,
            self.request.of(&mapped.held),
            &mut self.entries(),
            &size,
            mapped,
            out,
        )
    }
}

/// What is done for Rust: what comes of it is given back.
impl<L: Again> Then<Iova> for Streamed<'_, L> {
    type Out = Result<RawMap, Error>;

    fn mapped(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> Self::Out {
        Ok(self.keep(mapped, out))
    }

    fn unusual(self, out: &mut [DmaRange]) -> Self::Out {
        let mapped = self.map_unusual(out)?;

        Ok(self.keep(mapped, out))
    }

    fn refused(self, error: Error) -> Self::Out {
        Err(error)
    }
}

/// Returns what is to be kept of a list that is mapped.
#[inline(never)]
fn keep(
    dev: &Device,
    request: Request,
    entries: &mut dyn Iterator<Item = Entry>,
    size: &dyn Fn() -> Size,
    mapped: Mapped<Iova>,
    out: &[DmaRange],
) -> RawMap {
    let effort: Effort = mapped.effort;

    check_list(dev, || entries);
    let map = watch::enter(dev, request, size, mapped, out);
    watch::mapped(dev, &map, effort, size);
    map
}

/// Tells that a list is not mapped, which is refused with `errno`, and would have `needed` more
/// room.
#[inline(never)]
pub(crate) fn refused(
    dev: &Device,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
    size: &dyn Fn() -> Size,
    needed: usize,
    errno: c_int,
) {
    watch::refused(dev, dir, attrs, size(), needed, errno);
}

/// Maps what `list` gives.
///
/// # Errors
///
/// Those of `dma_map_phyr_iter()`.
///
/// # Safety
///
/// It must be memory that may be mapped for `dev` in this direction: RAM, or as `attrs` say.
pub(crate) unsafe fn map<I: Iterator<Item = Phyr> + Clone>(
    dev: &Device,
    list: &I,
    out: &mut [DmaRange],
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> Result<RawMap, Error> {
    // The number of ranges is returned as an `int`, so there must not be more than that.
    let most = out.len().min(i32::MAX.unsigned_abs() as usize);
    let out = out.get_mut(..most).unwrap_or_default();
    let request = Request::new(dir, attrs)?;
    // SAFETY: By the safety requirements of this function.
    let streamed = unsafe { Streamed::new(dev, request, list) };
    let mut rest = list.clone();

    match (rest.next(), rest.size_hint()) {
        (None, _) => streamed.unusual(out),
        (Some(only), (0, Some(0))) => usual::map_entry(streamed.wanted(&[only]), out, streamed),
        (Some(first), _) => streamed.map(first, &rest, out, streamed),
    }
}
