// SPDX-License-Identifier: GPL-2.0

//! `dma_map_phyr_iter()`.

use super::{
    array_mut,
    list::kept, //
};
use crate::{
    ffi::{
        from_errno,
        limits,
        Iova, //
    },
    iter::{
        Cursor,
        RawIter, //
    },
    plan::{
        class::{
            Entry,
            Kind, //
        },
        error::Error,
        exec::{
            self,
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
use core::{
    cell::Cell,
    mem::MaybeUninit, //
};
use kernel::{
    bindings,
    device::Device,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    }, //
};

/// What a cursor gives, to be mapped.
///
/// # Invariants
///
/// It is memory of the kind of `request` that may be mapped for `dev`, in its direction.
#[derive(Clone)]
struct Streamed<'a> {
    dev: &'a Device,
    request: Request,
    list: Cursor<'a>,
}

impl Streamed<'_> {
    fn entries(&self) -> impl Iterator<Item = Entry> + Clone + '_ {
        let kind = self.request.kind();

        self.list.clone().map(move |phyr| match kind {
            Kind::Ram => Entry::ram(phyr),
            Kind::Mmio => Entry::mmio(phyr),
        })
    }

    fn map(self, out: &mut [DmaRange]) -> Result<RawMap, Error> {
        let none: &[Phyr] = &[];
        // SAFETY: There is no memory in this; what is mapped instead of it may be by the type
        // invariants.
        let wanted = unsafe { Wanted::new(self.dev, self.request, none, Flags::default()) };
        let list = self.list.clone();

        usual::map_by(
            wanted,
            out,
            self,
            |backend, _, kind, device, out, then| {
                stream::map_direct(backend, list.clone(), kind, device, out, then)
            },
            |backend, _, kind, device, out, then| {
                stream::map_shared(backend, list.clone(), kind, device, out, then)
            },
        )
    }
}

impl Then<Iova> for Streamed<'_> {
    type Out = Result<RawMap, Error>;

    fn mapped(self, mapped: Mapped<Iova>, out: &[DmaRange]) -> Self::Out {
        let request = self.request.of(&mapped.held);

        check_list(self.dev, self.entries());
        Ok(kept(
            self.dev,
            request,
            || Size::sum(self.list.clone()),
            mapped,
            out,
        ))
    }

    fn unusual(self, out: &mut [DmaRange]) -> Self::Out {
        let limits = limits(self.dev, self.request, Flags::default())?;
        // SAFETY: `limits()` found a DMA mask, the backend goes to `exec::map` only, and by the
        // type invariants the ranges may be mapped for this device.
        let mut backend = unsafe { self.request.backend(self.dev) };
        let mapped = exec::map(&mut backend, self.entries(), &limits, out)?;

        self.mapped(mapped, out)
    }

    fn refused(self, error: Error) -> Self::Out {
        Err(error)
    }
}

/// `dma_map_phyr_iter()`.
///
/// # Safety
///
/// As its documentation in `include/linux/phyr-iter.h` demands: `dev` is a valid device, `iter` a
/// cursor over memory that may be mapped for it, `map` may be written, and `ranges` has room for
/// `max_ranges` entries, which overlap nothing else.
#[no_mangle]
unsafe extern "C" fn phyr_rs_map_iter(
    dev: *mut bindings::device,
    iter: *const RawIter,
    map: *mut MaybeUninit<RawMap>,
    ranges: *mut DmaRange,
    max_ranges: c_uint,
    dir: bindings::dma_data_direction,
    attrs: c_ulong,
) -> c_int {
    let failed = Cell::new(0);
    // SAFETY: `dev` is a valid device.
    let dev = unsafe { Device::from_raw(dev) };
    // SAFETY: `iter` is valid during the call.
    let iter = unsafe { *iter };
    // SAFETY: It may be used during the call.
    let list = unsafe { Cursor::new(iter, &failed) };
    // SAFETY: As in `phyr_rs_map`.
    let out = unsafe { array_mut(ranges, max_ranges) };
    // SAFETY: `map` is valid for writes, and nobody else uses it.
    let map = unsafe { &mut *map };

    let result = Request::new(dir, attrs).and_then(|request| {
        // INVARIANT: What C passes is.
        let streamed = Streamed {
            dev,
            request,
            list: list.clone(),
        };
        streamed.map(out)
    });
    match result {
        Ok(raw) => map.write(raw).count(),
        Err(error) => {
            let error = match failed.get() {
                0 => error,
                errno => from_errno(errno, 0),
            };
            let needed = match error {
                Error::NoSpace { needed } => needed,
                _ => 0,
            };
            watch::refused(dev, dir, attrs, Size::sum(list), error);
            map.write(RawMap::empty(needed));
            error.to_errno()
        }
    }
}
