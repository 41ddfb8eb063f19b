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

impl Context {
    /// Prepares work requests that move what is mapped by SGEs.
    pub(super) fn prepare_sges(
        &mut self,
        port: &Port,
        operation: Operation,
        remote: Remote,
    ) -> Result<u32> {
        if let &[range] = self.ranges() {
            if range.len() <= LONGEST {
                self.prepare_sge(range, port, operation, remote);
                return Ok(1);
            }
        }
        let (mut bytes, mut longest) = (Bytes::ZERO, Bytes::ZERO);

        for range in self.ranges() {
            bytes = bytes.saturating_add(range.len());
            longest = longest.max(range.len());
        }
        let is_one = u32::try_from(self.ranges().len()).is_ok_and(|nr| nr <= port.max_sge);
        // What nearly every list comes to.
        let nr = match is_one && bytes <= LONGEST {
            true => 1,
            false => u32::try_from(self.messages(port).count()).map_err(|_| ENOMEM)?,
        };
        let wrs = match nr {
            1 => self.wr.as_mut_ptr(),
            // CAST: From 32 bits to 64.
            _ => allocate::<RdmaWr>(nr as usize)?.cast(),
        };
        let sges = match longest <= LONGEST {
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

        // INVARIANT: All of it is written below.
        self.prepared = Prepared::SGES;
        self.nr = nr;
        self.wrs = wrs;
        self.sges = sges;
        self.write_chain(port, operation, remote);
        self.key_ranges(port.lkey);
        Ok(nr)
    }

    /// Prepares the one work request that moves the only range, as nearly every list comes to behind
    /// an IOMMU.
    fn prepare_sge(&mut self, range: DmaRange, port: &Port, operation: Operation, remote: Remote) {
        let sges = self.ranges.cast::<Sge>();

        // SAFETY: The range is there by the type invariants, and an SGE takes as much room.
        unsafe { sges.write(Sge::of(range, port.lkey)) };
        // INVARIANT: There is one work request, and its SGE in the place of the range.
        self.wrs = self.wr.write(RdmaWr {
            wr: SendWr {
                sges,
                nr_sge: 1,
                ..SendWr::new(opcode(operation))
            },
            remote_addr: remote.addr,
            rkey: remote.key,
        });
        self.sges = sges;
        self.nr = 1;
        self.prepared = Prepared::SGES;
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

    /// Writes the work requests, before the ranges become SGEs.
    fn write_chain(&mut self, port: &Port, operation: Operation, remote: Remote) {
        let (sges, wrs, nr) = (self.sges, self.wrs, self.nr as usize);
        let (mut first, mut moved) = (0, Bytes::ZERO);

        for (at, message) in self.messages(port).take(nr).enumerate() {
            let wr = RdmaWr {
                wr: SendWr {
                    next: match at + 1 < nr {
                        // SAFETY: There is room for one more.
                        true => unsafe { wrs.add(at + 1) }.cast(),
                        false => null_mut(),
                    },
                    // SAFETY: There are as many SGEs as all messages have.
                    sges: unsafe { sges.add(first) },
                    // CAST: What a device takes fits.
                    nr_sge: message.sges as c_int,
                    ..SendWr::new(opcode(operation))
                },
                remote_addr: remote.addr.wrapping_add(moved.raw()),
                rkey: remote.key,
            };

            // SAFETY: There is room for so many, and nobody else uses it.
            unsafe { wrs.add(at).write(wr) };
            // CAST: From 32 bits to 64.
            first += message.sges as usize;
            moved = moved.saturating_add(message.bytes);
        }
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
        // CAST: From 32 bits to 64.
        for at in 0..self.map.ranges as usize {
            // SAFETY: So many ranges are there by the type invariants.
            let range = unsafe { self.ranges.add(at).read() };
            // SAFETY: An SGE takes as much room as a range.
            unsafe { self.sges.add(at).write(Sge::of(range, lkey)) };
        }
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
