// SPDX-License-Identifier: GPL-2.0

//! The device node, `/dev/phyr_ulp`.
//!
//! [`MiscDeviceRegistration`] leaves the owner in its file operations empty, so the module could be
//! unloaded under an open file. This registration is the same with an owner.

use super::{
    file::OpenFile,
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
        Arc,
        ArcBorrow, //
    },
    types::Opaque,
};

const OPTIONS: MiscDeviceOptions = MiscDeviceOptions { name: c"phyr_ulp" };

/// `struct file_operations` in a static.
#[repr(transparent)]
struct Operations(bindings::file_operations);

// SAFETY: The structure is never written to.
unsafe impl Sync for Operations {}

static OPERATIONS: Operations = Operations(bindings::file_operations {
    owner: THIS_MODULE.as_ptr(),
    // SAFETY: `into_raw()` returns a pointer to a constant.
    ..unsafe { *OPTIONS.into_raw::<Opened>().fops }
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
// SAFETY: Nothing is used through a shared reference.
unsafe impl Sync for Node {}

impl Node {
    pub(crate) fn register() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            misc <- Opaque::try_ffi_init(|slot: *mut bindings::miscdevice| {
                let mut misc = OPTIONS.into_raw::<Opened>();
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
struct Opened;

#[vtable]
impl MiscDevice for Opened {
    type Ptr = Arc<OpenFile>;

    fn open(_file: &File, _misc: &MiscDeviceRegistration<Self>) -> Result<Arc<OpenFile>> {
        OpenFile::new()
    }

    fn release(opened: Arc<OpenFile>, _file: &File) {
        opened.close();
    }

    fn ioctl(opened: ArcBorrow<'_, OpenFile>, _file: &File, cmd: u32, arg: usize) -> Result<isize> {
        opened.ioctl(cmd, arg)?;
        Ok(0)
    }
}
