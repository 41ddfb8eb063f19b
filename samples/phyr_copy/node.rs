// SPDX-License-Identifier: GPL-2.0

//! The device node, `/dev/phyr_copy`.
//!
//! [`MiscDeviceRegistration`] leaves the owner in its file operations empty, so the module could
//! be unloaded under an open file. This registration is the same with an owner, and finds the
//! engine from the `struct miscdevice` that a file is opened on.

use super::{
    engine::Engine,
    request,
    THIS_MODULE, //
};
use kernel::{
    bindings,
    error::to_result,
    fs::File,
    miscdevice::{
        MiscDevice,
        MiscDeviceOptions,
        MiscDeviceRegistration, //
    },
    prelude::*,
    sync::{
        atomic::{
            AtomicFlag,
            Full, //
        },
        Arc,
        ArcBorrow, //
    },
    types::Opaque,
};

const OPTIONS: MiscDeviceOptions = MiscDeviceOptions { name: c"phyr_copy" };

/// Whether some controller has the node's name.
static TAKEN: AtomicFlag = AtomicFlag::new(false);

/// `struct file_operations` in a static.
#[repr(transparent)]
struct Operations(bindings::file_operations);

// SAFETY: The structure is never written to.
unsafe impl Sync for Operations {}

static OPERATIONS: Operations = Operations(bindings::file_operations {
    owner: THIS_MODULE.as_ptr(),
    // SAFETY: `into_raw()` returns a pointer to a constant.
    ..unsafe { *OPTIONS.into_raw::<OpenFile>().fops }
});

/// The name `phyr_copy`, held by one controller at a time.
struct Name;

impl Name {
    fn take() -> Result<Self> {
        if TAKEN.xchg(true, Full) {
            pr_err!("/dev/phyr_copy belongs to another controller; unbind that one first\n");
            return Err(EBUSY);
        }
        Ok(Self)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        TAKEN.store(false, kernel::sync::atomic::Release);
    }
}

/// The registered node of an engine.
///
/// # Invariants
///
/// `misc` is registered, with [`OPERATIONS`].
#[pin_data(PinnedDrop)]
#[repr(C)]
pub(crate) struct Node {
    // The first field, so that a pointer to it is a pointer to the node.
    #[pin]
    misc: Opaque<bindings::miscdevice>,
    engine: Arc<Engine>,
    _name: Name,
}

// SAFETY: A misc device may be deregistered on any thread.
unsafe impl Send for Node {}
// SAFETY: Through a shared reference only `engine` is used.
unsafe impl Sync for Node {}

impl Node {
    /// Creates the node. Only one can exist at a time: `EBUSY`.
    pub(crate) fn register(engine: Arc<Engine>) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _name: Name::take()?,
            engine,
            // Last, for from now on files can be opened, which use the engine.
            misc <- Opaque::try_ffi_init(|slot: *mut bindings::miscdevice| {
                let mut misc = OPTIONS.into_raw::<OpenFile>();
                misc.fops = &OPERATIONS.0;
                // SAFETY: `slot` may be written.
                unsafe { slot.write(misc) };
                // INVARIANT: Registered, unless this fails.
                //
                // SAFETY: `slot` is initialised and pinned, and deregistered before it is dropped.
                to_result(unsafe { bindings::misc_register(slot) })
            }),
        })
    }
}

#[pinned_drop]
impl PinnedDrop for Node {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: Registered by the type invariants.
        unsafe { bindings::misc_deregister(self.misc.get()) };
    }
}

/// An open file.
pub(crate) struct OpenFile;

#[vtable]
impl MiscDevice for OpenFile {
    type Ptr = Arc<Engine>;

    fn open(_file: &File, misc: &MiscDeviceRegistration<Self>) -> Result<Arc<Engine>> {
        // SAFETY: `OPERATIONS` is used by nodes alone, so `misc` is the first field of one; it
        // stays registered, and hence alive, during this call.
        let node = unsafe { &*misc.as_raw().cast::<Node>() };

        Ok(node.engine.clone())
    }

    fn ioctl(engine: ArcBorrow<'_, Engine>, _file: &File, cmd: u32, arg: usize) -> Result<isize> {
        match cmd {
            request::PHYR_COPY => request::copy(&engine, arg),
            _ => Err(ENOTTY),
        }
    }
}
