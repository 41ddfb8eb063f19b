// SPDX-License-Identifier: GPL-2.0

//! Ids of the RDMA connection manager, and what it tells of them.

use super::{
    connection::Connection,
    errors::{
        refused,
        reset,
        unreachable, //
    },
    server::Server,
};
use core::{
    mem::ManuallyDrop,
    ptr::NonNull, //
};
use kernel::{
    error::{
        from_err_ptr,
        to_result, //
    },
    ffi::c_int,
    prelude::*,
    sync::Arc,
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};
use phyr_rdma::{
    verbs::IbDevice,
    Device, //
};

/// `struct rdma_cm_id`, only pointed to.
#[repr(C)]
pub(crate) struct RawId([u8; 0]);

// C only keeps a pointer to the owner.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_ulp_id(owner: *const Owner) -> *mut RawId;
    fn phyr_ulp_set_context(id: *mut RawId, owner: *const Owner);
    fn phyr_ulp_listen(id: *mut RawId, addr: *mut Address) -> c_int;
    fn phyr_ulp_resolve(id: *mut RawId, addr: *mut Address) -> c_int;
    fn phyr_ulp_route(id: *mut RawId) -> c_int;
    fn phyr_ulp_connect(id: *mut RawId) -> c_int;
    fn phyr_ulp_accept(id: *mut RawId) -> c_int;
    fn phyr_ulp_device(id: *mut RawId) -> *mut IbDevice;
    fn rdma_disconnect(id: *mut RawId) -> c_int;
    fn rdma_destroy_id(id: *mut RawId);
}

/// `struct sockaddr_storage`.
#[repr(C, align(8))]
pub(crate) struct Address([u8; 128]);

impl Address {
    /// Reads it from the calling process.
    pub(crate) fn read(at: u64) -> Result<Self> {
        let mut address = Self([0; 128]);
        let at = UserPtr::from_addr(usize::try_from(at)?);

        UserSlice::new(at, address.0.len())
            .reader()
            .read_slice(&mut address.0)?;
        Ok(address)
    }
}

/// Who is told what becomes of an id.
#[derive(Clone)]
pub(crate) enum Owner {
    Server(Arc<Server>),
    Connection(Arc<Connection>),
}

/// What has become of an id.
pub(crate) enum Event {
    /// The device that leads there is known.
    Addressed,
    /// And the way.
    Routed,
    /// Somebody wants to connect, and may by this id.
    Requested(NonNull<RawId>),
    /// The connection is there.
    Established,
    /// It is not, or not any more.
    Gone(Error),
    /// The device goes. The id is destroyed if this is answered by an error.
    Removed,
}

impl Event {
    fn new(event: u32, id: NonNull<RawId>) -> Option<Self> {
        // `enum rdma_cm_event_type`; `verbs.c` asserts the numbers.
        match event {
            0 => Some(Self::Addressed),
            2 => Some(Self::Routed),
            1 | 3 | 7 => Some(Self::Gone(unreachable())),
            4 => Some(Self::Requested(id)),
            9 => Some(Self::Established),
            6 | 8 => Some(Self::Gone(refused())),
            10 | 14 | 15 => Some(Self::Gone(reset())),
            11 => Some(Self::Removed),
            _ => None,
        }
    }
}

/// An id, which is destroyed on drop: whoever is being told of it is waited for.
///
/// # Invariants
///
/// `raw` is an id that is ours, and has `owner` for its context.
pub(crate) struct Id {
    raw: NonNull<RawId>,
    owner: ManuallyDrop<KBox<Owner>>,
}

// SAFETY: Any thread may use an id.
unsafe impl Send for Id {}

impl Id {
    pub(crate) fn new(owner: Owner) -> Result<Self> {
        let owner = KBox::new(owner, GFP_KERNEL)?;
        // SAFETY: The owner stays where it is for as long as the id lives.
        let raw = from_err_ptr(unsafe { phyr_ulp_id(&*owner) })?;

        // INVARIANT: Just made.
        Ok(Self {
            raw: NonNull::new(raw).ok_or(ENOMEM)?,
            owner: ManuallyDrop::new(owner),
        })
    }

    /// Takes an id that somebody wants to connect by.
    ///
    /// # Safety
    ///
    /// It must be that of [`Event::Requested`], which is being handled.
    pub(crate) unsafe fn adopt(raw: NonNull<RawId>, owner: Owner) -> Result<Self> {
        let owner = KBox::new(owner, GFP_KERNEL)?;

        // SAFETY: The owner stays where it is for as long as the id lives.
        unsafe { phyr_ulp_set_context(raw.as_ptr(), &*owner) };
        // INVARIANT: It is ours from now on.
        Ok(Self {
            raw,
            owner: ManuallyDrop::new(owner),
        })
    }

    /// Leaves it to the connection manager, which destroys it if what it tells of is answered by an
    /// error.
    pub(crate) fn leave(mut self) {
        // SAFETY: It is not used any more: nothing is told of the id after that.
        drop(unsafe { ManuallyDrop::take(&mut self.owner) });
        core::mem::forget(self);
    }

    pub(crate) fn as_raw(&self) -> *mut RawId {
        self.raw.as_ptr()
    }

    pub(crate) fn listen(&self, mut address: Address) -> Result {
        // SAFETY: It is ours by the type invariants.
        to_result(unsafe { phyr_ulp_listen(self.as_raw(), &mut address) })
    }

    /// Looks for the device that leads to `address`.
    pub(crate) fn resolve(&self, mut address: Address) -> Result {
        // SAFETY: It is ours by the type invariants.
        to_result(unsafe { phyr_ulp_resolve(self.as_raw(), &mut address) })
    }

    /// Looks for the way there.
    pub(crate) fn route(&self) -> Result {
        // SAFETY: It is ours by the type invariants.
        to_result(unsafe { phyr_ulp_route(self.as_raw()) })
    }

    /// Connects. Only while [`Event::Routed`] is handled.
    pub(crate) fn connect(&self) -> Result {
        // SAFETY: It is ours by the type invariants.
        to_result(unsafe { phyr_ulp_connect(self.as_raw()) })
    }

    /// Lets the other side connect. Only while [`Event::Requested`] is handled.
    pub(crate) fn accept(&self) -> Result {
        // SAFETY: It is ours by the type invariants.
        to_result(unsafe { phyr_ulp_accept(self.as_raw()) })
    }

    /// Tells the other side that this is the end. It may know already.
    pub(crate) fn disconnect(&self) {
        // SAFETY: It is ours by the type invariants.
        unsafe { rdma_disconnect(self.as_raw()) };
    }

    /// The device that it leads by.
    pub(crate) fn device(&self) -> Result<Device> {
        // SAFETY: It is ours by the type invariants.
        let dev = NonNull::new(unsafe { phyr_ulp_device(self.as_raw()) }).ok_or(ENODEV)?;

        // SAFETY: It lives as long as an id is bound to it.
        unsafe { Device::get(dev) }
    }
}

impl Drop for Id {
    fn drop(&mut self) {
        // SAFETY: It is ours by the type invariants, and given up here.
        unsafe { rdma_destroy_id(self.as_raw()) };
        // SAFETY: Nothing is told of the id any more.
        drop(unsafe { ManuallyDrop::take(&mut self.owner) });
    }
}

/// What the connection manager tells of an id. If it returns an error the id is destroyed.
///
/// # Safety
///
/// `owner` must be that of the id, or of the one that listens.
#[no_mangle]
unsafe extern "C" fn phyr_ulp_rs_event(
    owner: *const Owner,
    id: NonNull<RawId>,
    event: u32,
    _status: c_int,
) -> c_int {
    let Some(event) = Event::new(event, id) else {
        return 0;
    };
    // Of its own: what is handled may be that there is no id any more, nor an owner.
    //
    // SAFETY: By the safety requirements of this function.
    let owner = unsafe { &*owner }.clone();
    let result = match owner {
        Owner::Server(server) => server.told(event),
        Owner::Connection(connection) => connection.told(event),
    };

    result.map_or_else(|error| error.to_errno(), |()| 0)
}
