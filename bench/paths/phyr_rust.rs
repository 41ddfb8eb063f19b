// SPDX-License-Identifier: GPL-2.0

//! phyr, as Rust calls it with memory that is in an array. Memory that an iterator gives is mapped
//! as `dma_map_phyr_iter()` maps it: see `bench/sources`.

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
use pin_init::Init;

/// Pages of the pool, which C lends.
struct Lent<'a>(&'a [Phyr]);

// SAFETY: The pool is RAM that stays allocated while a list of it is measured, and nothing is in
// it.
unsafe impl PhyrSource for Lent<'_> {
    type Cpu<'a>
        = ()
    where
        Self: 'a;

    #[inline]
    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_ {
        self.0.iter().copied()
    }

    #[inline]
    fn as_slice(&self) -> Option<&[Phyr]> {
        Some(self.0)
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn cpu(&mut self) {}
}

type Held = Mapping<'static, 'static, Lent<'static>>;

/// `struct bench`, as far as it is looked at here. `phyr_generic.c` asserts the offsets of the C
/// side.
#[repr(C)]
struct Bench {
    dev: *mut bindings::device,
    dir: DataDirection,
    phyrs: *const Phyr,
    nr: c_uint,
    _of_list: [u64; 2],
    ranges: *mut DmaRange,
    room: c_uint,
    held: MaybeUninit<Held>,
}

const _: () = {
    assert!(core::mem::offset_of!(Bench, dir) == 8);
    assert!(core::mem::offset_of!(Bench, phyrs) == 16);
    assert!(core::mem::offset_of!(Bench, nr) == 24);
    assert!(core::mem::offset_of!(Bench, ranges) == 48);
    assert!(core::mem::offset_of!(Bench, room) == 56);
    assert!(core::mem::offset_of!(Bench, held) == 64);
    assert!(size_of::<Held>() <= 24 * 8);
};

/// `bench_rust_size` of `phyr_rust.h`.
#[allow(non_upper_case_globals)]
#[no_mangle]
static bench_rust_size: usize = size_of::<Held>();

/// Maps the list, and leaves the mapping in `held`.
///
/// # Safety
///
/// `bench` must be valid, its device bound or stay as if it were, its direction valid, and its
/// arrays have as many entries as it says; all of them until [`bench_rust_unmap`].
#[no_mangle]
unsafe extern "C" fn bench_rust_map(bench: *mut Bench) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let bench = unsafe { &mut *bench };
    // SAFETY: By the safety requirements of this function.
    let dev = unsafe { Device::<Bound>::from_raw(bench.dev) };
    // SAFETY: By the safety requirements of this function.
    let phyrs = unsafe { core::slice::from_raw_parts(bench.phyrs, bench.nr as usize) };
    // SAFETY: By the safety requirements of this function.
    let ranges = unsafe { core::slice::from_raw_parts_mut(bench.ranges, bench.room as usize) };

    let mapping = Mapping::init(dev, Lent(phyrs), ranges, bench.dir);
    // SAFETY: There is room for a mapping, and it is taken for one only if it was written.
    if let Err(error) = unsafe { mapping.__init(bench.held.as_mut_ptr()) } {
        return error.to_errno();
    }
    // SAFETY: It was written.
    let mapping = unsafe { bench.held.assume_init_ref() };
    // CAST: There is room for so many.
    mapping.ranges().len() as c_int
}

/// Unmaps what [`bench_rust_map`] mapped.
///
/// # Safety
///
/// It must have succeeded.
#[no_mangle]
unsafe extern "C" fn bench_rust_unmap(bench: *mut Bench) {
    // SAFETY: By the safety requirements of this function.
    unsafe { (*bench).held.assume_init_drop() };
}
