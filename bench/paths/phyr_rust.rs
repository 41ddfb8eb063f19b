// SPDX-License-Identifier: GPL-2.0

//! phyr, as Rust calls it: the generic code is generated here.

use core::mem::MaybeUninit;
use kernel::{
    bindings,
    device::{
        Bound,
        Device, //
    },
    dma::DataDirection,
    ffi::{
        c_int,
        c_uint, //
    }, //
};
use phyr::{
    plan::{
        phyr::Phyr,
        range::DmaRange, //
    },
    Mapping,
    PhyrSource, //
};

/// Pages of the pool, which C lends.
struct Lent<'a>(&'a [Phyr]);

// SAFETY: The pool is RAM that stays allocated while a list of it is measured, and nothing is in it.
unsafe impl PhyrSource for Lent<'_> {
    type Cpu<'a>
        = ()
    where
        Self: 'a;

    fn phyrs(&self) -> &[Phyr] {
        self.0
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn cpu(&mut self) {}
}

type Held = Mapping<'static, 'static, Lent<'static>>;

const _: () = assert!(size_of::<Held>() <= 24 * 8);

/// Maps `nr` entries, and leaves the mapping in `held`.
///
/// # Safety
///
/// `dev` is bound or stays as if it were, `phyrs` and `ranges` are arrays of `nr` and `room` entries,
/// and `held` has room for a mapping; all of them until [`bench_rust_unmap`]. `dir` is a valid direction.
#[no_mangle]
unsafe extern "C" fn bench_rust_map(
    dev: *mut bindings::device,
    phyrs: *const Phyr,
    nr: c_uint,
    ranges: *mut DmaRange,
    room: c_uint,
    dir: DataDirection,
    held: *mut MaybeUninit<Held>,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(dev) };
    // SAFETY: By the safety requirements of this function.
    let phyrs = unsafe { core::slice::from_raw_parts(phyrs, nr as usize) };
    // SAFETY: By the safety requirements of this function.
    let ranges = unsafe { core::slice::from_raw_parts_mut(ranges, room as usize) };

    match Mapping::new(dev, Lent(phyrs), ranges, dir) {
        Ok(mapping) => {
            let nr = mapping.ranges().len();
            // SAFETY: By the safety requirements of this function.
            unsafe { (*held).write(mapping) };
            // CAST: There is room for so many.
            nr as c_int
        }
        Err(error) => error.to_errno(),
    }
}

/// Unmaps what [`bench_rust_map`] mapped.
///
/// # Safety
///
/// It must have succeeded.
#[no_mangle]
unsafe extern "C" fn bench_rust_unmap(held: *mut MaybeUninit<Held>) {
    // SAFETY: By the safety requirements of this function.
    unsafe { (*held).assume_init_drop() };
}
