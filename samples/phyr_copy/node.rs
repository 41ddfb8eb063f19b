// SPDX-License-Identifier: GPL-2.0

//! The device node, `/dev/phyr_copy`.
//!
//! [`MiscDeviceRegistration`] leaves the owner in its file operations empty, so the module could
//! be unloaded under an open file. This registration is the same with an owner.

use super::{
    premapped,
    registered::Registered,
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
    types::Opaque,
};

const OPTIONS: MiscDeviceOptions = MiscDeviceOptions { name: c"phyr_copy" };

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

/// The registered node.
///
/// # Invariants
///
/// `misc` is registered, with [`OPERATIONS`].
#[pin_data(PinnedDrop)]
pub(crate) struct Node {
    #[pin]
    misc: Opaque<bindings::miscdevice>,
}

// SAFETY: A misc device may be deregistered on any thread.
unsafe impl Send for Node {}
// SAFETY: Nothing is done through a shared reference.
unsafe impl Sync for Node {}

impl Node {
    /// Creates the node.
    pub(crate) fn register() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
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
#[pin_data]
pub(crate) struct OpenFile {
    #[pin]
    registered: Registered,
}

#[vtable]
impl MiscDevice for OpenFile {
    type Ptr = Pin<KBox<Self>>;

    fn open(_file: &File, _misc: &MiscDeviceRegistration<Self>) -> Result<Pin<KBox<Self>>> {
        KBox::pin_init(
            pin_init!(Self {
                registered <- Registered::new(),
            }),
            GFP_KERNEL,
        )
    }

    fn ioctl(open: Pin<&Self>, _file: &File, cmd: u32, arg: usize) -> Result<isize> {
        let registered = &open.get_ref().registered;

        match cmd {
            request::PHYR_COPY => request::copy(arg),
            premapped::REGISTER => premapped::register(registered, arg),
            premapped::UNREGISTER => premapped::unregister(registered, arg),
            premapped::COPY => premapped::copy(registered, arg),
            premapped::ENGINES => premapped::tell_engines(arg),
            _ => Err(ENOTTY),
        }
    }
}
