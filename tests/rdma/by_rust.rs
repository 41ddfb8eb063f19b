// SPDX-License-Identifier: GPL-2.0

//! Transfers and mappings by what Rust ULPs use, of lists that C has.

use core::ptr::NonNull;
use kernel::{
    dma::DataDirection,
    ffi::{
        c_int,
        c_void, //
    },
    prelude::*, //
};
use phyr::{
    plan::phyr::Phyr,
    PhyrSource, //
};
use phyr_rdma::{
    verbs::{
        IbDevice,
        Qp,
        Status, //
    },
    Device,
    Done,
    Left,
    Mapped,
    Part,
    Queue,
    Refused,
    Remote,
    Rw, //
};

/// `struct rust_transfer`.
#[repr(C)]
struct Transfer {
    qp: NonNull<Qp>,
    phyrs: *const Phyr,
    remote_addr: u64,
    nr: u32,
    rkey: u32,
    port_num: u32,
    is_read: bool,
    is_array: bool,
    is_writable: bool,
    is_given_back: bool,
    done: u32,
    status: u32,
    held: *mut c_void,
}

/// Memory of the test, which has it until the transfer is over.
struct Lent {
    phyrs: &'static [Phyr],
    is_array: bool,
    is_writable: bool,
}

// SAFETY: The test keeps both, and nothing that Rust code relies on is there.
unsafe impl PhyrSource for Lent {
    type Cpu<'a> = ();

    fn phyrs(&self) -> impl Iterator<Item = Phyr> + Clone + '_ {
        self.phyrs.iter().copied()
    }

    fn as_slice(&self) -> Option<&[Phyr]> {
        self.is_array.then_some(self.phyrs)
    }

    fn is_writable(&self) -> bool {
        self.is_writable
    }

    fn cpu(&mut self) {}
}

/// Tells the test that the transfer is over.
struct Tells(NonNull<Transfer>);

// SAFETY: The test waits until it is over.
unsafe impl Send for Tells {}

impl Done for Tells {
    type Memory = Lent;

    fn done(mut self, memory: Lent, status: Status) {
        // SAFETY: The test keeps it, and does not use it now.
        let transfer = unsafe { self.0.as_mut() };

        transfer.done += u32::from(transfer.is_that(&memory));
        transfer.status = status.raw();
    }
}

impl Transfer {
    fn memory(&self) -> Lent {
        Lent {
            // CAST: From 32 bits to 64.
            //
            // SAFETY: There are so many, and the test keeps them until the transfer is over.
            phyrs: unsafe { core::slice::from_raw_parts(self.phyrs, self.nr as usize) },
            is_array: self.is_array,
            is_writable: self.is_writable,
        }
    }

    /// Whether `memory` is what the transfer was made of.
    fn is_that(&self, memory: &Lent) -> bool {
        core::ptr::eq(memory.phyrs.as_ptr(), self.phyrs)
    }

    fn prepare(&mut self) -> Result<Rw<'static, Tells>> {
        // SAFETY: The test keeps it until all is over.
        let queue = unsafe { Queue::from_raw(self.qp) };
        let remote = Remote {
            addr: self.remote_addr,
            key: self.rkey,
        };
        let (memory, done) = (self.memory(), Tells(NonNull::from(&mut *self)));

        match self.is_read {
            true => Rw::read(queue, self.port_num, memory, remote, done),
            false => Rw::write(queue, self.port_num, memory, remote, done),
        }
        .map_err(|refused| {
            self.is_given_back = self.is_that(&refused.back.0);
            refused.error
        })
    }

    /// Keeps `value` until [`Transfer::take`] is called.
    fn keep<T>(&mut self, value: T) -> Result {
        self.held = KBox::into_raw(KBox::new(value, GFP_KERNEL)?).cast();
        Ok(())
    }

    /// # Safety
    ///
    /// What was kept must be a `T`.
    unsafe fn take<T>(&mut self) -> T {
        // SAFETY: By the safety requirements of this function; it is taken once.
        let held = unsafe { KBox::from_raw(self.held.cast::<T>()) };

        self.held = core::ptr::null_mut();
        KBox::into_inner(held)
    }

    fn prepare_and_keep(&mut self) -> Result<u32> {
        let rw = self.prepare()?;
        let wqes = rw.wqes();

        // What cannot be kept is dropped.
        self.is_given_back = true;
        self.keep(rw)?;
        Ok(wqes)
    }

    fn cancel(&mut self, rw: Rw<'static, Tells>) {
        let (memory, _) = rw.cancel();

        self.is_given_back = self.is_that(&memory);
    }

    fn post(&mut self) -> Result<u32> {
        let rw = self.prepare()?;
        let wqes = rw.wqes();

        match rw.post() {
            Ok(()) => Ok(wqes),
            Err(Refused { error, back }) => {
                self.is_given_back = matches!(back, Left::All(_));
                if let Left::Part(part) = back {
                    self.keep(part)?;
                }
                Err(error)
            }
        }
    }

    /// # Safety
    ///
    /// As for [`Part::drained`].
    unsafe fn drained(&mut self, part: Part<Tells>) {
        // SAFETY: By the safety requirements of this function.
        let (memory, _) = unsafe { part.drained() };

        self.is_given_back = self.is_that(&memory);
    }

    fn map(&mut self, dev: NonNull<IbDevice>) -> Result<u32> {
        // SAFETY: The test keeps it.
        let dev = unsafe { Device::get(dev) }?;
        let dir = match self.is_read {
            true => DataDirection::FromDevice,
            false => DataDirection::ToDevice,
        };
        let mapped = Mapped::new(dev, self.memory(), dir)?;
        let nr = u32::try_from(mapped.ranges().len()).map_err(|_| EIO)?;

        self.keep(mapped)?;
        Ok(nr)
    }
}

/// What is returned to C.
fn returned(nr: Result<u32>) -> c_int {
    // CAST: They are of a list of the test's.
    nr.map_or_else(Error::to_errno, |nr| nr as c_int)
}

/// # Safety
///
/// `transfer` must be valid, and stay as it is until it is over.
#[no_mangle]
unsafe extern "C" fn phyr_rdma_prepare_by_rust(transfer: *mut Transfer) -> c_int {
    // SAFETY: By the safety requirements of this function.
    returned(unsafe { &mut *transfer }.prepare_and_keep())
}

/// # Safety
///
/// `transfer` must be valid, and prepared.
#[no_mangle]
unsafe extern "C" fn phyr_rdma_cancel_by_rust(transfer: *mut Transfer) {
    // SAFETY: By the safety requirements of this function.
    let transfer = unsafe { &mut *transfer };
    // SAFETY: That is what is kept of what is prepared.
    let rw = unsafe { transfer.take() };

    transfer.cancel(rw);
}

/// # Safety
///
/// `transfer` must be valid, and stay as it is until it is over.
#[no_mangle]
unsafe extern "C" fn phyr_rdma_post_by_rust(transfer: *mut Transfer) -> c_int {
    // SAFETY: By the safety requirements of this function.
    returned(unsafe { &mut *transfer }.post())
}

/// # Safety
///
/// `transfer` must be valid, and have been posted in part, to a queue pair that was drained since.
#[no_mangle]
unsafe extern "C" fn phyr_rdma_drained_by_rust(transfer: *mut Transfer) {
    // SAFETY: By the safety requirements of this function.
    let transfer = unsafe { &mut *transfer };
    // SAFETY: That is what is kept of what is posted in part.
    let part = unsafe { transfer.take() };

    // SAFETY: By the safety requirements of this function.
    unsafe { transfer.drained(part) };
}

/// # Safety
///
/// Both must be valid, and stay as they are until it is unmapped.
#[no_mangle]
unsafe extern "C" fn phyr_rdma_map_by_rust(
    transfer: *mut Transfer,
    dev: NonNull<IbDevice>,
) -> c_int {
    // SAFETY: By the safety requirements of this function.
    returned(unsafe { &mut *transfer }.map(dev))
}

/// # Safety
///
/// `transfer` must be valid, and mapped.
#[no_mangle]
unsafe extern "C" fn phyr_rdma_unmap_by_rust(transfer: *mut Transfer) {
    // SAFETY: By the safety requirements of this function.
    let transfer = unsafe { &mut *transfer };

    // SAFETY: That is what is kept of what is mapped.
    drop(unsafe { transfer.take::<Mapped<Lent>>() });
}
