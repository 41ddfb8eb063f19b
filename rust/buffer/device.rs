// SPDX-License-Identifier: GPL-2.0

//! A device, for as long as a driver is bound to it.

use super::{
    devices,
    reclaim::{
        self,
        NoIo, //
    },
    roll::Roll,
    Mapping, //
};
use crate::{
    ffi::as_raw,
    phyr_list::Access, //
};
use kernel::{
    device::{
        Bound,
        Device, //
    },
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        Mutex, //
    }, //
};

fn key_of(dev: &Device) -> usize {
    // CAST: An address.
    as_raw(dev) as usize
}

/// `struct phyr_device_listener`.
#[repr(C)]
pub(crate) struct RawListener {
    stop: unsafe extern "C" fn(listener: *mut RawListener),
}

/// Who wants to be told that a device is about to go.
///
/// # Invariants
///
/// It is a valid listener until the device has gone or ignores it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listener(*mut RawListener);

// SAFETY: It may be called by any thread.
unsafe impl Send for Listener {}

impl Listener {
    /// What C passes in.
    ///
    /// # Safety
    ///
    /// It must be a valid listener until the device has gone or ignores it.
    pub(crate) unsafe fn new(raw: *mut RawListener) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self(raw)
    }

    fn stop(self) {
        // SAFETY: By the type invariants it is valid.
        let stop = unsafe { (*self.0).stop };

        // SAFETY: As above.
        unsafe { stop(self.0) };
    }
}

/// What there is as long as a driver is bound.
struct Life {
    /// Nothing from the moment on at which the device begins to go.
    dev: Option<ARef<Device>>,
    mappings: Roll,
}

/// A device that buffers are mapped for: `struct phyr_device`.
///
/// It stands for the time from when it is made until the driver is unbound. If one is bound again,
/// that is another one.
#[pin_data]
pub struct PhyrDevice {
    /// Its place in the table of each buffer. No other has the same until this one has gone.
    id: usize,
    /// The address of the device, to be compared with.
    key: usize,
    /// Whether its driver is about to be unbound.
    is_leaving: Atomic<bool>,
    /// Whether its driver says itself when it has to end.
    is_registered: Atomic<bool>,
    #[pin]
    life: Mutex<Life>,
    #[pin]
    listeners: Mutex<KVec<Listener>>,
    /// Held by who ends it, for others to wait until it has ended.
    #[pin]
    end: Mutex<()>,
}

impl PhyrDevice {
    /// The one that stands for `dev`, which is made if there is none. May sleep.
    ///
    /// It ends before the driver's `unbind()`, and waits for each [`Use`](super::Use) then. What a
    /// driver has as its data is dropped later: it must have none that lasts, or nobody can unbind
    /// it. There is neither `phyr_device_register()` in Rust, which takes that the driver ends all
    /// in its `unbind()`, nor listeners.
    ///
    /// # Errors
    ///
    /// `ENODEV` if it begins to go; `EPROBE_DEFER` if phyr is built in and not there yet; `ENOMEM`.
    pub fn get(dev: &Device<Bound>) -> Result<Arc<Self>> {
        devices::get(dev)
    }

    pub(super) fn new(dev: &Device, id: usize) -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                id,
                key: key_of(dev),
                is_leaving: Atomic::new(false),
                is_registered: Atomic::new(false),
                life <- kernel::new_mutex!(Life {
                    dev: Some(dev.into()),
                    mappings: Roll::new(Mapping::on_device),
                }),
                listeners <- kernel::new_mutex!(KVec::new()),
                end <- kernel::new_mutex!(()),
            }),
            GFP_KERNEL,
        )
    }

    /// Its number.
    pub(super) fn id(&self) -> usize {
        self.id
    }

    /// Where a buffer's table has the mapping for this access.
    #[inline]
    pub(super) fn slot(&self, access: Access) -> usize {
        let first = self.id.wrapping_mul(2);

        match access {
            Access::Read => first,
            Access::Write => first.wrapping_add(1),
        }
    }

    /// The device, as long as it may be used: who has it must be in the roll.
    pub(super) fn dev(&self) -> Option<ARef<Device>> {
        self.life.lock().dev.clone()
    }

    /// Whether it stands for `dev`, or did until it began to go.
    pub(super) fn is_for(&self, dev: &Device) -> bool {
        self.key == key_of(dev)
    }

    /// Its driver is about to be unbound.
    pub(super) fn set_leaving(&self) {
        self.is_leaving.store(true, Relaxed);
    }

    /// Whether it is.
    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Relaxed)
    }

    /// Its driver will say when it has to end.
    pub(super) fn register(&self) {
        self.is_registered.store(true, Relaxed);
    }

    /// Whether it will.
    pub(super) fn is_registered(&self) -> bool {
        self.is_registered.load(Relaxed)
    }

    /// Puts a mapping in the roll of those that end with the device.
    ///
    /// # Errors
    ///
    /// `ENODEV` if that goes, `ENOMEM`.
    pub(super) fn enter(&self, mapping: Arc<Mapping>) -> Result {
        let mut life = self.life.lock();

        match life.dev {
            Some(_) => life.mappings.enter(mapping),
            None => Err(ENODEV),
        }
    }

    /// Takes a mapping out of the roll, if it is there.
    pub(super) fn leave(&self, mapping: &Mapping) {
        let gone = self.life.lock().mappings.leave(mapping);

        drop(gone);
    }

    /// Gives back up to `most` of its mappings that nobody uses. Returns whether there was one.
    pub(super) fn give_back(&self, most: usize) -> bool {
        let mut given = false;

        for _ in 0..most {
            let claimed = self.life.lock().mappings.claim();

            if !reclaim::give_back_claimed(claimed) {
                break;
            }
            given = true;
        }
        given
    }

    /// Has `listener` told when the device is about to go.
    ///
    /// # Errors
    ///
    /// `ENODEV` if it goes already, `ENOMEM`.
    pub(crate) fn listen(&self, listener: Listener) -> Result {
        let _noio = NoIo::new();
        let mut listeners = self.listeners.lock();

        // INVARIANT: It stays valid until it is taken out.
        if self.dev().is_none() {
            return Err(ENODEV);
        }
        Ok(listeners.push(listener, GFP_KERNEL)?)
    }

    /// Takes back [`PhyrDevice::listen`]. Afterwards it is not called any more.
    pub(crate) fn ignore(&self, listener: Listener) {
        let mut listeners = self.listeners.lock();

        if let Some(at) = listeners.iter().position(|&other| other == listener) {
            // It is there.
            let _ = listeners.remove(at);
        }
    }

    /// Ends all that is mapped for it: nothing can be used from now on, and what is used is waited
    /// for, after listeners were told. Sleeps. Who comes second waits for the first.
    pub(super) fn stop(&self) {
        let _end = self.end.lock();
        let (dev, mappings) = {
            let mut life = self.life.lock();

            (life.dev.take(), life.mappings.take())
        };

        for mapping in &mappings {
            mapping.doom();
        }
        if dev.is_some() {
            for &listener in self.listeners.lock().iter() {
                listener.stop();
            }
        }
        for mapping in &mappings {
            mapping.end();
            reclaim::leave(mapping);
        }
    }
}
