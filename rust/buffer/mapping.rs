// SPDX-License-Identifier: GPL-2.0

//! One buffer, for one device and access.

use super::{
    account::Account,
    kept::{
        Failure,
        Kept, //
    },
    reclaim,
    roll::Place,
    word::KernelWord,
    PhyrDevice, //
};
use crate::{
    phyr_list::{
        Access,
        PhyrList, //
    },
    plan::{
        backend::Owner,
        error::Error as PlanError,
        premapped::{
            cell::{
                Cell,
                Entered,
                Refusal, //
            },
            room::Tries,
            state::Look, //
        },
        range::DmaRange,
        units::Bytes, //
    },
};
use core::{
    cell::UnsafeCell,
    ptr, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// A buffer's mapping for a device: `struct phyr_mapping`.
///
/// # Invariants
///
/// There is something in `kept` while `cell` is live, being revoked, or being unmapped. Whoever
/// `cell` tells to map or to unmap is the only one who accesses it then; otherwise its users may
/// read it, and nobody else.
pub(crate) struct Mapping {
    cell: Cell<KernelWord>,
    kept: UnsafeCell<Option<Kept>>,
    device: Arc<PhyrDevice>,
    account: Arc<Account>,
    access: Access,
    bytes: Bytes,
    on_device: Place,
    on_clock: Place,
}

// SAFETY: `cell` sees to it that `kept` is accessed by one thread, or read by several, both of
// which any may do.
unsafe impl Send for Mapping {}
// SAFETY: As above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// One of so many bytes that is not mapped.
    pub(super) fn new(
        device: Arc<PhyrDevice>,
        account: Arc<Account>,
        access: Access,
        bytes: Bytes,
    ) -> Result<Arc<Self>> {
        // INVARIANT: It is not mapped, and there is nothing.
        Ok(Arc::new(
            Self {
                cell: Cell::new(),
                kept: UnsafeCell::new(None),
                device,
                account,
                access,
                bytes,
                on_device: Place::new(),
                on_clock: Place::new(),
            },
            GFP_KERNEL,
        )?)
    }

    /// Where it is in the roll of its device.
    pub(super) fn on_device(&self) -> &Place {
        &self.on_device
    }

    /// Where it is on the clock.
    pub(super) fn on_clock(&self) -> &Place {
        &self.on_clock
    }

    /// Whether it is for `device`.
    #[inline]
    pub(super) fn is_for(&self, device: &PhyrDevice) -> bool {
        ptr::eq(&*self.device, device)
    }

    pub(super) fn device(&self) -> &PhyrDevice {
        &self.device
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn bytes(&self) -> Bytes {
        self.bytes
    }

    /// Becomes a user if it is mapped, until [`Mapping::leave`].
    #[inline]
    pub(super) fn try_use(&self) -> Result<(), Refusal> {
        self.cell.try_use()
    }

    /// Becomes a user, until [`Mapping::leave`], and maps `list` first if nobody has, or waits for
    /// who does. May sleep. `claim` gives back another mapping of the same buffer.
    ///
    /// # Errors
    ///
    /// `ENODEV` if the device or the buffer ends; `EBUSY` and `E2BIG` as for
    /// [`reclaim::charge`]; and those of [`Kept::map`].
    pub(super) fn enter(&self, list: &PhyrList, claim: impl FnMut() -> bool) -> Result {
        match self.cell.enter() {
            Entered::User => Ok(()),
            Entered::Gone => Err(ENODEV),
            Entered::Mapper => match self.map(list, claim) {
                Ok(kept) => {
                    // SAFETY: Who was told to map is the only one who accesses it.
                    unsafe { *self.kept.get() = Some(kept) };
                    // INVARIANT: There is something now.
                    match self.cell.mapped() {
                        true => Ok(()),
                        false => Err(ENODEV),
                    }
                }
                Err(error) => {
                    self.cell.failed();
                    Err(error)
                }
            },
        }
    }

    /// Maps `list`, and counts it. If there is no room in the device's IOVA space, some of its idle
    /// mappings are given back.
    fn map(&self, list: &PhyrList, claim: impl FnMut() -> bool) -> Result<Kept> {
        let mut tries = Tries::new();

        reclaim::charge(self, claim)?;
        loop {
            // Who ends the device waits until this is mapped, and unmaps it before its driver is
            // unbound, and so does who ends the buffer, which has the list.
            let mapped = match self.device.dev() {
                // SAFETY: See above; the buffer's memory may be mapped for this access.
                Some(dev) => unsafe { Kept::map(dev, list, self.access) },
                None => Err(Failure::Other(ENODEV)),
            };
            let error = match mapped {
                Ok(kept) => return Ok(kept),
                Err(Failure::NoRoom) if self.make_room(&mut tries) => continue,
                Err(Failure::NoRoom) => ENOMEM,
                Err(Failure::Other(error)) => error,
            };

            reclaim::give_back(self);
            return Err(error);
        }
    }

    /// Gives back idle mappings of the device. Returns whether it may be of any use to try again.
    fn make_room(&self, tries: &mut Tries) -> bool {
        match tries.again() {
            Some(most) if !reclaim::is_killed() => self.device.give_back(most),
            _ => false,
        }
    }

    /// What users look at.
    ///
    /// # Safety
    ///
    /// The caller must be a user, for as long as what is returned is used.
    #[inline]
    unsafe fn kept(&self) -> Option<&Kept> {
        // SAFETY: Users may read it by the type invariants.
        unsafe { (*self.kept.get()).as_ref() }
    }

    /// All DMA ranges, in transfer order.
    ///
    /// # Safety
    ///
    /// As for [`Mapping::kept`].
    #[inline]
    pub(super) unsafe fn ranges(&self) -> &[DmaRange] {
        // SAFETY: By the safety requirements of this function.
        unsafe { self.kept() }.map_or(&[], Kept::ranges)
    }

    /// [`Kept::part`].
    ///
    /// # Safety
    ///
    /// The caller must be a user.
    #[inline]
    pub(crate) unsafe fn part(
        &self,
        offset: Bytes,
        len: Bytes,
        out: &mut [DmaRange],
    ) -> Result<usize, PlanError> {
        // SAFETY: By the safety requirements of this function.
        let kept = unsafe { self.kept() }.ok_or(PlanError::Invalid)?;

        kept.part(offset, len, out)
    }

    /// [`Kept::hand_over`].
    ///
    /// # Safety
    ///
    /// The caller must be a user.
    pub(crate) unsafe fn sync(&self, offset: usize, len: usize, for_cpu: bool) {
        let owner = match for_cpu {
            true => Owner::Cpu,
            false => Owner::Device,
        };

        // SAFETY: By the safety requirements of this function.
        if let Some(kept) = unsafe { self.kept() } {
            // CAST: `usize` has 64 bits.
            kept.hand_over(Bytes::new(offset as u64), Bytes::new(len as u64), owner);
        }
    }

    /// One user less. It may be freed by somebody else then.
    ///
    /// # Safety
    ///
    /// The caller must be a user, and is none any more.
    #[inline]
    pub(crate) unsafe fn leave(&self) {
        self.cell.leave();
    }

    /// Claims it if nobody uses it: then [`Mapping::give_back`] must follow.
    pub(super) fn claim(&self) -> Look {
        self.cell.claim()
    }

    /// Unmaps what was claimed. It can be mapped again.
    ///
    /// # Safety
    ///
    /// The caller must have claimed it, and does so once.
    pub(super) unsafe fn give_back(&self) {
        // SAFETY: Who has claimed it is the only one who accesses it.
        let kept = unsafe { (*self.kept.get()).take() };

        drop(kept);
        reclaim::give_back(self);
        // INVARIANT: There is nothing any more.
        self.cell.unmapped();
    }

    /// Says that it has to end: nobody can use it any more. [`Mapping::end`] must follow.
    pub(super) fn doom(&self) {
        self.cell.doom();
    }

    /// Waits for its users, and unmaps it, or waits until somebody else has. Sleeps.
    pub(super) fn end(&self) {
        if self.cell.bury() {
            // SAFETY: To bury it is to claim it.
            unsafe { self.give_back() };
        }
    }
}
