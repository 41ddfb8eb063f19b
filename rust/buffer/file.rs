// SPDX-License-Identifier: GPL-2.0

//! The devices that the I/O of a file uses: `include/linux/phyr-file.h`.

use super::{
    devices,
    reclaim::NoIo,
    PhyrBuffer,
    PhyrDevice, //
};
use crate::{
    phyr_list::Access,
    plan::error::Error as PlanError, //
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    device::Device,
    error::{
        from_err_ptr,
        to_result, //
    },
    ffi::{
        c_int,
        c_void, //
    },
    fs::file::LocalFile,
    prelude::*,
    sync::{
        aref::{
            ARef,
            AlwaysRefCounted, //
        },
        Arc, //
    },
    types::Opaque, //
};

/// `struct gendisk`.
///
/// # Invariants
///
/// It is only ever pointed to, and what points to it has a reference, or borrows one.
#[repr(transparent)]
struct Disk(Opaque<()>);

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_file_disk(file: *mut bindings::file) -> *mut Disk;
    fn phyr_shim_disk_get(disk: *mut Disk);
    fn phyr_shim_disk_put(disk: *mut Disk);
    fn phyr_shim_disk_members(
        disk: *mut Disk,
        add: unsafe extern "C" fn(data: *mut c_void, disk: *mut Disk) -> c_int,
        data: *mut c_void,
    ) -> c_int;
    fn phyr_shim_disk_device(disk: *mut Disk) -> *mut bindings::device;
}

// SAFETY: They count the references of the disk's device, which keeps the disk.
unsafe impl AlwaysRefCounted for Disk {
    fn inc_ref(&self) {
        // SAFETY: It is valid by the type invariants.
        unsafe { phyr_shim_disk_get(self.as_raw()) };
    }

    unsafe fn dec_ref(obj: NonNull<Self>) {
        // SAFETY: By the safety requirements of this function.
        unsafe { phyr_shim_disk_put(obj.as_ptr()) };
    }
}

impl Disk {
    /// That which has the data of `file`; [`None`] if it is not one disk that does.
    fn of(file: &LocalFile) -> Option<ARef<Self>> {
        // SAFETY: The file is valid by the type invariants of `LocalFile`.
        let disk = NonNull::new(unsafe { phyr_shim_file_disk(file.as_ptr()) })?;

        // SAFETY: It was returned with a reference.
        Some(unsafe { ARef::from_raw(disk) })
    }

    fn as_raw(&self) -> *mut Self {
        core::ptr::from_ref(self).cast_mut()
    }

    /// The device that its driver maps for.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` if it has none of its own, or it is not clear which; `ENODEV` if the disk has
    /// gone.
    fn device(&self) -> Result<ARef<Device>> {
        // SAFETY: It is valid by the type invariants.
        let dev = from_err_ptr(unsafe { phyr_shim_disk_device(self.as_raw()) })?;
        let dev = NonNull::new(dev).ok_or_else(cannot_tell)?;

        // SAFETY: It was returned with a reference, and a `Device` is a `struct device`.
        Ok(unsafe { ARef::from_raw(dev.cast()) })
    }
}

/// The kernel cannot tell: `EOPNOTSUPP`.
fn cannot_tell() -> Error {
    PlanError::NotSupported.into()
}

/// Disks, each of them once.
struct Disks(KVec<ARef<Disk>>);

impl Disks {
    fn add(&mut self, disk: &Disk) -> Result {
        match self.0.iter().any(|other| other.as_raw() == disk.as_raw()) {
            true => Ok(()),
            false => Ok(self.0.push(disk.into(), GFP_KERNEL)?),
        }
    }

    /// Adds the disks that `disk` is made of. Returns whether it is made of others.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` if it is, and the kernel does not say of which; `ENOMEM`.
    fn add_members(&mut self, disk: &Disk) -> Result<bool> {
        let mut members = Members {
            disks: self,
            any: false,
        };
        let data = core::ptr::from_mut(&mut members).cast();

        // SAFETY: The disk is valid by the type invariants, and `data` is what `add_member` takes.
        to_result(unsafe { phyr_shim_disk_members(disk.as_raw(), add_member, data) })?;
        Ok(members.any)
    }
}

struct Members<'a> {
    disks: &'a mut Disks,
    any: bool,
}

/// Called for each member.
///
/// # Safety
///
/// `data` must be a [`Members`] that nobody else uses, and `disk` a valid disk.
unsafe extern "C" fn add_member(data: *mut c_void, disk: *mut Disk) -> c_int {
    // SAFETY: By the safety requirements of this function.
    let members = unsafe { &mut *data.cast::<Members<'_>>() };
    // SAFETY: As above.
    let disk = unsafe { &*disk };

    members.any = true;
    members
        .disks
        .add(disk)
        .map_or_else(|error| error.to_errno(), |()| 0)
}

impl PhyrDevice {
    /// The devices that the I/O of `file` uses, each of them once, at least one:
    /// `phyr_file_devices()`. May sleep.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` if the kernel cannot tell; those of [`PhyrDevice::get`].
    pub fn of_file(file: &LocalFile) -> Result<KVec<Arc<Self>>> {
        let _noio = NoIo::new();
        let disk = Disk::of(file).ok_or_else(cannot_tell)?;
        let mut disks = Disks(KVec::new());
        let mut found: KVec<Arc<Self>> = KVec::new();
        let mut at = 0;

        disks.add(&disk)?;
        // Those that are added are looked at as well.
        while let Some(disk) = disks.0.get(at).cloned() {
            at = at.wrapping_add(1);
            if disks.add_members(&disk)? {
                continue;
            }
            let dev = disk.device()?;
            let device = devices::get(&dev)?;

            if !found.iter().any(|other| Arc::ptr_eq(other, &device)) {
                found.push(device, GFP_KERNEL)?;
            }
        }
        Ok(found)
    }
}

impl PhyrBuffer {
    /// Maps it for the devices that the I/O of `file` uses, without using it:
    /// `phyr_buffer_map_file()`. Returns how many they are. May sleep.
    ///
    /// # Errors
    ///
    /// Those of [`PhyrDevice::of_file`] and of [`PhyrBuffer::use_for`]; then it may be mapped for
    /// some of them.
    pub fn map_for(&self, file: &LocalFile, access: Access) -> Result<usize> {
        let devices = PhyrDevice::of_file(file)?;
        // None of them gives way to the next.
        let mut uses = KVec::with_capacity(devices.len(), GFP_KERNEL)?;

        for device in &devices {
            uses.push(self.use_for(device, access)?, GFP_KERNEL)?;
        }
        Ok(uses.len())
    }
}
