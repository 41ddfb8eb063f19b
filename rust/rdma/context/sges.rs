// SPDX-License-Identifier: GPL-2.0

//! A list that is moved by SGEs.

use super::{
    Context,
    Prepared, //
};
use crate::{
    memory::{
        allocate,
        free, //
    },
    plan::{
        message::{
            parts,
            Message,
            Messages,
            LONGEST, //
        },
        way::Operation, //
    },
    queue::Port,
    transfer::Remote,
    verbs::{
        Opcode,
        RdmaWr,
        SendWr,
        Sge, //
    }, //
};
use core::{
    mem::MaybeUninit,
    ptr::null_mut, //
};
use kernel::{
    error::{
        code::ENOMEM,
        Result, //
    },
    ffi::c_int, //
};
use phyr::plan::{
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr, //
    }, //
};

// A range becomes an SGE in its place.
const _: () = assert!(size_of::<Sge>() == size_of::<DmaRange>());
const _: () = assert!(align_of::<Sge>() == align_of::<DmaRange>());

impl Sge {
    /// `range`, which is no longer than [`LONGEST`].
    #[inline]
    pub(crate) fn of(range: DmaRange, lkey: u32) -> Self {
        Self {
            addr: range.addr().raw(),
            // CAST: It fits.
            length: range.len().raw() as u32,
            lkey,
        }
    }

    #[inline]
    fn range(self) -> DmaRange {
        DmaRange::new(DmaAddr::new(self.addr), Bytes::new(self.length.into()))
    }
}

/// What the operation is called in a work request.
fn opcode(operation: Operation) -> Opcode {
    match operation {
        Operation::Read => Opcode::READ,
        Operation::Write => Opcode::WRITE,
    }
}

/// Has each of `nr` ranges be an SGE. Tells how many bytes they have.
///
/// # Safety
///
/// There must be so many, that nobody else uses.
#[inline(always)]
unsafe fn key(ranges: *mut DmaRange, nr: u32, lkey: u32) -> Bytes {
    let mut bytes = Bytes::ZERO;

    // CAST: From 32 bits to 64.
    for at in 0..nr as usize {
        let slot = ranges.wrapping_add(at);
        // SAFETY: By the safety requirements of this function.
        let range = unsafe { slot.read() };
        bytes = bytes.saturating_add(range.len());
        // SAFETY: An SGE takes as much room as a range.
        unsafe { slot.cast::<Sge>().write(Sge::of(range, lkey)) };
    }
    bytes
}

/// Work requests that are written one behind the other.
struct Chain {
    wrs: *mut RdmaWr,
    left: u32,
    sges: *mut Sge,
    opcode: Opcode,
    remote: Remote,
}

impl Chain {
    /// Writes one that moves `message`.
    ///
    /// # Safety
    ///
    /// There must be room for it, and so many SGEs as it has behind those of the ones before.
    #[inline(always)]
    unsafe fn write(&mut self, message: Message) {
        let behind = self.wrs.wrapping_add(1);

        self.left = self.left.saturating_sub(1);
        let wr = RdmaWr {
            wr: SendWr {
                next: match self.left {
                    0 => null_mut(),
                    _ => behind.cast(),
                },
                sges: self.sges,
                // CAST: What a device takes fits.
                nr_sge: message.sges as c_int,
                ..SendWr::new(self.opcode)
            },
            remote_addr: self.remote.addr,
            rkey: self.remote.key,
        };

        // SAFETY: By the safety requirements of this function.
        unsafe { self.wrs.write(wr) };
        self.wrs = behind;
        // CAST: From 32 bits to 64.
        self.sges = self.sges.wrapping_add(message.sges as usize);
        self.remote.addr = self.remote.addr.wrapping_add(message.bytes.raw());
    }
}

impl Context {
    /// Prepares work requests that move what is mapped by SGEs.
    #[inline]
    pub(super) fn prepare_sges(
        &mut self,
        port: &Port,
        operation: Operation,
        remote: Remote,
    ) -> Result<u32> {
        if self.is_one() {
            self.prepare_one(port, operation, remote);
            return Ok(1);
        }
        match Bytes::sum(self.ranges().iter().map(|range| range.len())) <= LONGEST {
            true => self.prepare_full(port, operation, remote),
            false => self.prepare_messages(port, operation, remote),
        }
    }

    /// Whether what is mapped is one SGE.
    #[inline]
    pub(super) fn is_one(&self) -> bool {
        // SAFETY: What a list has come to is at `ranges` as soon as `map` tells that it is mapped, and
        // nobody asks before.
        self.map.ranges == 1 && unsafe { (*self.ranges).len() } <= LONGEST
    }

    /// Prepares the one work request that moves the only range, as nearly every list comes to
    /// behind an IOMMU.
    #[inline]
    pub(super) fn prepare_one(&mut self, port: &Port, operation: Operation, remote: Remote) {
        // SAFETY: One range is there, as the caller has seen.
        let bytes = unsafe { key(self.ranges, 1, port.lkey) };

        // INVARIANT: There is one work request, and its SGE in the place of the range.
        self.prepared = Prepared::SGES;
        self.nr = 1;
        self.wrs = self.wr.as_mut_ptr();
        self.sges = self.ranges.cast();
        let mut chain = Chain {
            wrs: self.wrs,
            left: 1,
            sges: self.sges,
            opcode: opcode(operation),
            remote,
        };
        // SAFETY: There is room for one, and one SGE.
        unsafe { chain.write(Message { sges: 1, bytes }) };
    }

    /// Room for `nr` work requests.
    fn room_for(&mut self, nr: u32) -> Result<*mut RdmaWr> {
        match nr {
            1 => Ok(self.wr.as_mut_ptr()),
            // CAST: From 32 bits to 64.
            _ => Ok(allocate::<RdmaWr>(nr as usize)?.cast()),
        }
    }

    /// Prepares work requests of as many SGEs as each takes, of ranges that together are no longer
    /// than one message may be.
    #[inline(never)]
    fn prepare_full(&mut self, port: &Port, operation: Operation, remote: Remote) -> Result<u32> {
        let max_sge = port.max_sge.max(1);
        let mut left = self.map.ranges;
        let nr = left.div_ceil(max_sge);
        let wrs = self.room_for(nr)?;
        let mut chain = Chain {
            wrs,
            left: nr,
            sges: self.ranges.cast(),
            opcode: opcode(operation),
            remote,
        };

        // INVARIANT: All of it is written below.
        self.prepared = Prepared::SGES;
        self.nr = nr;
        self.wrs = wrs;
        self.sges = chain.sges;
        while left != 0 {
            let sges = left.min(max_sge);
            // SAFETY: So many ranges are left by the type invariants.
            let bytes = unsafe { key(chain.sges.cast(), sges, port.lkey) };

            // SAFETY: As many work requests have room as take all ranges, of which these are left.
            unsafe { chain.write(Message { sges, bytes }) };
            left -= sges;
        }
        Ok(nr)
    }

    /// Prepares work requests of ranges that are more than one message.
    #[cold]
    fn prepare_messages(
        &mut self,
        port: &Port,
        operation: Operation,
        remote: Remote,
    ) -> Result<u32> {
        let nr = u32::try_from(self.messages(port).count()).map_err(|_| ENOMEM)?;
        let wrs = self.room_for(nr)?;
        let sges = match self.ranges().iter().all(|range| range.len() <= LONGEST) {
            true => self.ranges.cast(),
            false => match self.cut_sges(port) {
                Ok(sges) => sges,
                Err(error) => {
                    // SAFETY: Just allocated: what is longer than one message is more than one.
                    unsafe { free(wrs) };
                    return Err(error);
                }
            },
        };

        let mut chain = Chain {
            wrs,
            left: nr,
            sges,
            opcode: opcode(operation),
            remote,
        };

        for message in self.messages(port) {
            // SAFETY: There is room for so many, and as many SGEs as they have.
            unsafe { chain.write(message) };
        }
        // INVARIANT: All of it was just written, or is below.
        self.prepared = Prepared::SGES;
        self.nr = nr;
        self.wrs = wrs;
        self.sges = sges;
        self.key_ranges(port.lkey);
        Ok(nr)
    }

    /// How the SGEs of what is mapped are distributed.
    pub(super) fn messages(&self, port: &Port) -> Messages<impl Iterator<Item = Bytes> + use<'_>> {
        let parts = self.ranges().iter().copied().flat_map(parts);

        Messages::new(parts.map(|part| part.len()), port.max_sge)
    }

    /// SGEs of ranges that are longer than an SGE may be.
    #[cold]
    fn cut_sges(&self, port: &Port) -> Result<*mut Sge> {
        let parts = self.ranges().iter().copied().flat_map(parts);
        let nr = parts.clone().count();
        let sges: *mut MaybeUninit<Sge> = allocate(nr)?;
        // SAFETY: There is as much room, and nobody else uses it.
        let room = unsafe { core::slice::from_raw_parts_mut(sges, nr) };

        for (to, part) in room.iter_mut().zip(parts) {
            to.write(Sge::of(part, port.lkey));
        }
        Ok(sges.cast())
    }

    /// Whether each range is an SGE while nobody asks for ranges.
    fn is_in_place(&self) -> bool {
        self.prepared == Prepared::SGES && core::ptr::eq(self.sges, self.ranges.cast())
    }

    /// Has each range be an SGE.
    fn key_ranges(&mut self, lkey: u32) {
        if !self.is_in_place() {
            return;
        }
        // SAFETY: So many ranges are there by the type invariants.
        unsafe { key(self.ranges, self.map.ranges, lkey) };
    }

    /// Has each SGE be a range, and tells the key that they had.
    fn unkey_ranges(&mut self) -> u32 {
        let mut lkey = 0;

        if !self.is_in_place() {
            return lkey;
        }
        // CAST: From 32 bits to 64.
        for at in 0..self.map.ranges as usize {
            // SAFETY: So many SGEs are there by the type invariants.
            let sge = unsafe { self.sges.add(at).read() };
            lkey = sge.lkey;
            // SAFETY: A range takes as much room as an SGE.
            unsafe { self.ranges.add(at).write(sge.range()) };
        }
        lkey
    }

    /// Calls `with` while the ranges are such.
    pub(super) fn with_ranges(&mut self, with: impl FnOnce(&Self)) {
        let lkey = self.unkey_ranges();

        with(self);
        self.key_ranges(lkey);
    }

    /// The first and the last work request.
    pub(super) fn chain_of_sges(&mut self) -> (*mut SendWr, &mut SendWr) {
        // CAST: From 32 bits to 64.
        //
        // SAFETY: So many are there by the type invariants.
        let wrs = unsafe { core::slice::from_raw_parts_mut(self.wrs, self.nr as usize) };
        let first = wrs.as_mut_ptr().cast();

        // There is one at least.
        (first, &mut wrs[self.nr as usize - 1].wr)
    }

    /// Lets go of work requests and SGEs. What is mapped are ranges again.
    pub(super) fn forget_sges(&mut self) {
        if !self.is_in_place() {
            // SAFETY: By the type invariants; they are given up here.
            unsafe { free(self.sges) };
        } else if self.map.keeps_ranges() {
            self.unkey_ranges();
        }
        if !core::ptr::eq(self.wrs, self.wr.as_ptr()) {
            // SAFETY: By the type invariants; they are given up here.
            unsafe { free(self.wrs) };
        }
    }
}
