// SPDX-License-Identifier: GPL-2.0

//! Memory that is mapped for any number of devices, for each of them once.

use super::{
    account::{
        Account,
        Limits, //
    },
    reclaim::{
        self,
        NoIo, //
    },
    table::{
        Table,
        Writer, //
    },
    Mapping,
    PhyrDevice, //
};
use crate::{
    phyr_list::{
        Access,
        PhyrList,
        Term,
        UserMemory, //
    },
    plan::{
        error::Error as PlanError,
        premapped::{
            cell::Refusal,
            clock::Hand,
            state::Look, //
        },
        range::DmaRange,
        units::Bytes, //
    },
};
use core::convert::Infallible;
use kernel::{
    prelude::*,
    sync::{
        rcu,
        Arc,
        Mutex,
        UniqueArc, //
    }, //
};

/// What may be changed of a buffer.
struct Inner {
    writer: Writer,
    hand: Hand,
}

/// Memory that is mapped for a device when it is first used there, and stays mapped: `struct
/// phyr_buffer`.
///
/// It has the memory, which is let go of when the last reference is dropped. That waits until
/// nobody uses a mapping of it, so it may sleep.
///
/// # Invariants
///
/// `list` does not change, and is memory that devices may be given, to be written if `is_writable`.
#[pin_data(PinnedDrop)]
pub struct PhyrBuffer {
    list: PhyrList,
    is_writable: bool,
    account: Arc<Account>,
    table: Table,
    #[pin]
    inner: Mutex<Inner>,
}

impl PhyrBuffer {
    /// Of the memory of a process that is pinned. May sleep.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there is none, or it is not pinned for [`Term::Long`]: a buffer keeps it as long
    /// as it likes; `ENOMEM`.
    pub fn of_user(memory: UserMemory, limits: Limits) -> Result<Arc<Self>> {
        let (mut list, access, term) = memory.into_list();

        if term != Term::Long {
            return Err(EINVAL);
        }
        // SAFETY: It stays pinned, for this access, as long as there is the list.
        unsafe { Self::new(&mut list, access == Access::Write, limits) }
    }

    /// Of what is in a list, which is empty then. May sleep.
    ///
    /// # Errors
    ///
    /// The list does not change then: `EINVAL` if it is empty, or to be written though it was
    /// pinned to be read; `ENOMEM`.
    ///
    /// # Safety
    ///
    /// It must be memory that a device may be given, to be written if `is_writable`, as long as
    /// there is the buffer.
    pub(crate) unsafe fn new(
        list: &mut PhyrList,
        is_writable: bool,
        limits: Limits,
    ) -> Result<Arc<Self>> {
        if list.is_empty() || (is_writable && !list.may_be_written()) {
            return Err(EINVAL);
        }
        let account = Arc::new(Account::new(limits), GFP_KERNEL)?;
        let (table, writer) = Table::new();
        let hand = Hand::new();
        let place = UniqueArc::new_uninit(GFP_KERNEL)?;
        let empty = list.empty();

        // INVARIANT: By the safety requirements of this function.
        let buffer = place.pin_init_with(pin_init!(Self {
            list: core::mem::replace(list, empty),
            is_writable,
            account,
            table,
            inner <- kernel::new_mutex!(Inner { writer, hand }),
        }));
        buffer
            .map(Arc::from)
            .map_err(|never: Infallible| match never {})
    }

    /// Length in bytes.
    #[inline]
    pub fn bytes(&self) -> Bytes {
        self.list.bytes()
    }

    /// Uses it for `device`, if it is mapped for it. From any context.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if it is not mapped: then [`PhyrBuffer::use_for`], which may sleep; `ENODEV` if the
    /// device goes.
    #[inline(always)]
    pub fn try_use(&self, device: &PhyrDevice, access: Access) -> Result<Use<'_>> {
        self.try_enter(device, access)
            .map_err(|refusal| match refusal {
                Refusal::NotMapped => EAGAIN,
                Refusal::Gone => ENODEV,
            })
    }

    // A result of several words goes by memory, unless there is no call.
    #[inline(always)]
    fn try_enter(&self, device: &PhyrDevice, access: Access) -> Result<Use<'_>, Refusal> {
        let reader = rcu::read_lock();
        let mapping = self
            .table
            .find(device.slot(access), &reader)
            .filter(|mapping| mapping.is_for(device))
            .ok_or(Refusal::NotMapped)?;

        mapping.try_use()?;
        // SAFETY: It has a user now, so it stays in the table as long as the buffer is borrowed, or
        // the use lasts, if that is longer: whoever takes it out waits for its users.
        let mapping = unsafe { &*core::ptr::from_ref(mapping) };
        // INVARIANT: Just become one.
        Ok(Use { mapping })
    }

    /// Uses it for `device`, and maps it first if it is not mapped. May sleep.
    ///
    /// # Errors
    ///
    /// `EINVAL` if a device is to write it and must not, or has no DMA mask, or a range is invalid;
    /// `ENODEV` if the device goes; `EBUSY` if as much as may be is mapped, and none of it can be
    /// given back; `E2BIG` if the buffer alone is more; `ENOMEM`; `EOPNOTSUPP` if the device would
    /// bounce it, or share its cache lines with something else.
    pub fn use_for(&self, device: &Arc<PhyrDevice>, access: Access) -> Result<Use<'_>> {
        match self.try_enter(device, access) {
            Ok(one) => return Ok(one),
            Err(Refusal::Gone) => return Err(ENODEV),
            Err(Refusal::NotMapped) => (),
        }
        if access == Access::Write && !self.is_writable {
            return Err(EINVAL);
        }
        let _noio = NoIo::new();
        let mapping = self.mapping(device, access)?;

        mapping.enter(&self.list, || self.give_back_one())?;
        // SAFETY: As in `try_enter`: it is in the table, and has a user now.
        let mapping = unsafe { &*Arc::as_ptr(&mapping) };
        // INVARIANT: Just become one.
        Ok(Use { mapping })
    }

    /// The mapping for `device`, which need not be mapped. Sleeps.
    fn mapping(&self, device: &Arc<PhyrDevice>, access: Access) -> Result<Arc<Mapping>> {
        let mut inner = self.inner.lock();
        let at = device.slot(access);

        if let Some(mapping) = self.table.get(at, &inner.writer) {
            if mapping.is_for(device) {
                return Ok(mapping);
            }
        }
        let account = self.account.clone();
        let mapping = Mapping::new(device.clone(), account, access, self.bytes())?;

        // On the clock first, for the device takes it off when it goes.
        reclaim::enter(mapping.clone())?;
        device
            .enter(mapping.clone())
            .and_then(|()| self.table.put(at, mapping.clone(), &mut inner.writer))
            .inspect_err(|_| {
                device.leave(&mapping);
                reclaim::leave(&mapping);
            })?;
        Ok(mapping)
    }

    /// Gives back a mapping of it that nobody uses. Returns whether there was one.
    fn give_back_one(&self) -> bool {
        let mut inner = self.inner.lock();
        let Inner { writer, hand } = &mut *inner;
        let len = self.table.all(writer).count();
        let at = hand.sweep(len, |at| {
            let mapping = self.table.all(writer).nth(at);

            mapping.map_or(Look::Busy, Mapping::claim)
        });
        let claimed = at.and_then(|at| self.table.all(writer).nth(at));

        claimed.is_some_and(|mapping| {
            // SAFETY: It was just claimed.
            unsafe { mapping.give_back() };
            true
        })
    }
}

#[pinned_drop]
impl PinnedDrop for PhyrBuffer {
    fn drop(self: Pin<&mut Self>) {
        let inner = self.inner.lock();

        for mapping in self.table.all(&inner.writer) {
            mapping.doom();
        }
        for mapping in self.table.all(&inner.writer) {
            mapping.end();
            mapping.device().leave(mapping);
            reclaim::leave(mapping);
        }
    }
}

/// A buffer that is used for a device, until this is dropped: as long as the device may be given
/// its addresses. Who ends the device waits for that.
///
/// # Invariants
///
/// It is a user of the mapping.
pub struct Use<'a> {
    mapping: &'a Mapping,
}

impl<'a> Use<'a> {
    /// The mapping, of which the caller is a user from now on.
    pub(crate) fn into_mapping(self) -> &'a Mapping {
        let mapping = self.mapping;

        core::mem::forget(self);
        mapping
    }

    /// All DMA ranges, in transfer order.
    #[inline]
    pub fn ranges(&self) -> &[DmaRange] {
        // SAFETY: It is a user by the type invariants, as long as it is borrowed.
        unsafe { self.mapping.ranges() }
    }

    /// Writes the DMA ranges of `len` bytes from byte `offset` on to `out`, and returns how many.
    ///
    /// # Errors
    ///
    /// [`PlanError::Invalid`] if there are not so many bytes, or none are wanted;
    /// [`PlanError::NoSpace`] if there are more ranges than there is room for, which it tells.
    #[inline]
    pub fn part(
        &self,
        offset: Bytes,
        len: Bytes,
        out: &mut [DmaRange],
    ) -> Result<usize, PlanError> {
        // SAFETY: It is a user by the type invariants.
        unsafe { self.mapping.part(offset, len, out) }
    }

    /// Takes `len` bytes from byte `offset` on back from the device, for the CPU to read what it
    /// wrote. Costs next to nothing where no cache is in the way.
    pub fn sync_for_cpu(&self, offset: usize, len: usize) {
        // SAFETY: It is a user by the type invariants.
        unsafe { self.mapping.sync(offset, len, true) };
    }

    /// Gives `len` bytes from byte `offset` on to the device, with what the CPU wrote.
    pub fn sync_for_device(&self, offset: usize, len: usize) {
        // SAFETY: It is a user by the type invariants.
        unsafe { self.mapping.sync(offset, len, false) };
    }
}

impl Drop for Use<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: It is a user by the type invariants.
        unsafe { self.mapping.leave() };
    }
}
