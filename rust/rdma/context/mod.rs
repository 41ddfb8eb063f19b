// SPDX-License-Identifier: GPL-2.0

//! `struct phyr_rw_ctx`: what is kept of a list from its mapping to its end.

mod mrs;
mod sges;
mod signed;

pub(crate) use signed::SignedContext;

use crate::{
    lists::{
        List,
        Map, //
    },
    memory::{
        allocate,
        free, //
    },
    plan::way::{
        Operation,
        Way, //
    },
    queue::Queue,
    transfer::Transfer,
    verbs::{
        Cqe,
        RdmaWr,
        SendWr,
        Sge,
        SIGNALED, //
    },
    virt,
};
use core::{
    mem::MaybeUninit,
    ptr::{
        null_mut,
        NonNull, //
    }, //
};
use kernel::{
    bindings,
    error::{
        code::{
            EINVAL,
            ENOMEM,
            ENOSPC, //
        },
        to_result,
        Error,
        Result, //
    }, //
};
use mrs::Registration;
use phyr::plan::{
    phyr::Phyr,
    range::DmaRange,
    units::{
        Bytes,
        DmaAddr, //
    }, //
};

/// `PHYR_RW_FEW`.
const FEW: usize = 4;

/// Ranges that there is room for on the stack while a list is mapped.
const SCRATCH: usize = 64;

/// Runs that a list may have of which nothing is known: the pages of 1 MiB.
const LIKELY: usize = 256;

/// `enum phyr_rw_way`: what is prepared.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
struct Prepared(u8);

impl Prepared {
    const NOTHING: Self = Self(0);
    const SGES: Self = Self(1);
    const MRS: Self = Self(2);
    const SIGNED: Self = Self(3);
}

/// `struct phyr_rw_ctx`. `shims.c` asserts its layout.
///
/// # Invariants
///
/// - If `prepared` is `NOTHING`, nothing is held at all.
/// - Else `ranges` points to `few`, or is from [`allocate`], and has `map.ranges` DMA ranges, of
///   which `map` tells how they are mapped, and behind them what else it needs for that.
/// - If it is `SGES`, `wrs` points to `wr`, or is from [`allocate`], and has `nr` work requests.
///   Their SGEs are in `sges`, which is from [`allocate`], or is `ranges`: then each range there is
///   an SGE.
/// - If it is `SIGNED`, it is part of a [`SignedContext`].
/// - If it is `MRS`, `mrs` is from [`allocate`], and has `nr` MRs of the queue pair's pool.
#[repr(C)]
pub(crate) struct Context {
    map: Map,
    ranges: *mut DmaRange,
    sges: *mut Sge,
    wrs: *mut RdmaWr,
    mrs: *mut Registration,
    nr: u32,
    prepared: Prepared,
    few: [MaybeUninit<DmaRange>; FEW],
    wr: MaybeUninit<RdmaWr>,
}

const _: () = {
    assert!(core::mem::offset_of!(Context, ranges) == size_of::<Map>());
    assert!(core::mem::offset_of!(Context, few) == size_of::<Map>() + 40);
    assert!(size_of::<Context>() == size_of::<Map>() + 160);
};

/// Copies `nr` entries, written or not.
///
/// # Safety
///
/// There must be so many, and as much room, apart from each other.
unsafe fn copy_entries(from: *const DmaRange, to: *mut DmaRange, nr: usize) {
    let (from, to) = (
        from.cast::<MaybeUninit<DmaRange>>(),
        to.cast::<MaybeUninit<DmaRange>>(),
    );

    // SAFETY: By the safety requirements of this function.
    unsafe { core::ptr::copy_nonoverlapping(from, to, nr) };
}

impl Context {
    /// Maps `list` and prepares the work requests that move it. Returns their number.
    ///
    /// # Safety
    ///
    /// The memory of `list` may be mapped for the device of the queue pair, in this direction,
    /// until the context is destroyed.
    pub(crate) unsafe fn init<L: List>(
        slot: &mut MaybeUninit<Self>,
        transfer: &Transfer<'_>,
        list: L,
    ) -> Result<u32> {
        let context = slot.write(Self::empty());
        let operation = transfer.operation()?;
        let port = &transfer.port;

        match port.dma_dev() {
            // SAFETY: By the safety requirements of this function.
            Some(dev) => unsafe { context.map(dev, list, port.is_translated(), transfer.dir) }?,
            None => context.find(list)?,
        }
        context.prepare_or_unmap(transfer, operation)
    }

    /// The same for DMA ranges that somebody else has mapped, and unmaps: all but `offset` bytes of
    /// the first.
    pub(crate) fn init_mapped(
        slot: &mut MaybeUninit<Self>,
        transfer: &Transfer<'_>,
        ranges: &[DmaRange],
        offset: u64,
    ) -> Result<u32> {
        let context = slot.write(Self::empty());
        let operation = transfer.operation()?;
        let mut left_out = Bytes::new(offset);

        if ranges.iter().any(|range| range.is_empty()) {
            return Err(EINVAL);
        }

        for (to, range) in context.make_room(ranges.len())?.iter_mut().zip(ranges) {
            let addr = DmaAddr::new(range.addr().raw().wrapping_add(left_out.raw()));

            to.write(DmaRange::new(addr, range.len().saturating_sub(left_out)));
            left_out = Bytes::ZERO;
        }
        // CAST: `make_room()` has refused more than 32 bits have.
        context.map = Map::premapped(ranges.len() as u32);
        context.prepare_or_unmap(transfer, operation)
    }

    /// A context that holds nothing.
    const fn empty() -> Self {
        // INVARIANT: It does not.
        Self {
            map: Map::premapped(0),
            ranges: null_mut(),
            sges: null_mut(),
            wrs: null_mut(),
            mrs: null_mut(),
            nr: 0,
            prepared: Prepared::NOTHING,
            few: [MaybeUninit::uninit(); FEW],
            wr: MaybeUninit::uninit(),
        }
    }

    /// Has `ranges` point to room for `nr` of them.
    fn make_room(&mut self, nr: usize) -> Result<&mut [MaybeUninit<DmaRange>]> {
        if nr == 0 || i32::try_from(nr).is_err() {
            return Err(EINVAL);
        }
        let room = match nr {
            ..=FEW => self.few.as_mut_ptr(),
            _ => allocate(nr)?,
        };

        self.ranges = room.cast();
        // SAFETY: There is as much room, and nobody else uses it.
        Ok(unsafe { core::slice::from_raw_parts_mut(room, nr) })
    }

    /// Gives back what [`Context::make_room`] has allocated.
    fn forget_ranges(&mut self) {
        if !core::ptr::eq(self.ranges, self.few.as_ptr().cast()) {
            // SAFETY: By the type invariants, or as `make_room()` has left it.
            unsafe { free(self.ranges) };
        }
        self.ranges = null_mut();
    }

    /// The ranges that the list has come to.
    fn ranges(&self) -> &[DmaRange] {
        if self.ranges.is_null() {
            return &[];
        }
        // CAST: From 32 bits to 64.
        //
        // SAFETY: So many are there by the type invariants.
        unsafe { core::slice::from_raw_parts(self.ranges, self.map.ranges as usize) }
    }

    /// Maps `list` for `dev`.
    ///
    /// # Safety
    ///
    /// The memory of `list` may be mapped for `dev`, in this direction.
    #[inline(always)]
    unsafe fn map<L: List>(
        &mut self,
        dev: NonNull<bindings::device>,
        list: L,
        translated: bool,
        dir: bindings::dma_data_direction,
    ) -> Result {
        let exact = match translated {
            true => None,
            false => list.runs(),
        };
        // Most lists come to fewer ranges, behind an IOMMU to one. But to find that out takes least
        // where there is room for all of their runs.
        let room = match exact.or_else(|| list.most_runs()) {
            Some(runs) => runs,
            None if translated => LIKELY,
            None => FEW,
        };
        let mut needed = room;

        if room <= FEW {
            // SAFETY: By the safety requirements of this function.
            let ret = unsafe { list.map(dev.as_ptr(), &mut self.map, &mut self.few, dir) };

            if ret >= 0 {
                self.ranges = self.few.as_mut_ptr().cast();
                return Ok(());
            }
            needed = self.more_than(FEW, Error::from_errno(ret))?;
        }
        // SAFETY: By the safety requirements of this function.
        unsafe { self.map_many(dev, list, exact.is_none(), needed, dir) }
    }

    /// Room that a list needs which failed to be mapped with `error`, if that was because there was
    /// none but for `room` ranges.
    fn more_than(&self, room: usize, error: Error) -> Result<usize> {
        // CAST: From 32 bits to 64.
        let needed = self.map.ranges as usize;

        match error {
            // It says what it needs, which may be more the next time, but not less.
            ENOSPC if needed > room => Ok(needed),
            ENOSPC => Err(ENOMEM),
            _ => Err(error),
        }
    }

    /// [`Context::map`] of a list that comes to as many ranges as there is `room` for, or more; or, if
    /// that `is_bound`, or fewer.
    ///
    /// # Safety
    ///
    /// As for [`Context::map`].
    #[inline(never)]
    unsafe fn map_many<L: List>(
        &mut self,
        dev: NonNull<bindings::device>,
        list: L,
        is_bound: bool,
        mut room: usize,
        dir: bindings::dma_data_direction,
    ) -> Result {
        let mut scratch = [MaybeUninit::uninit(); SCRATCH];
        let mut is_guessed = is_bound;

        loop {
            let mut map = Map::premapped(0);
            let in_scratch = is_bound && room <= SCRATCH;
            let ranges = match scratch.get_mut(..room) {
                Some(ranges) if in_scratch => ranges,
                _ => match self.make_room(room) {
                    // Most likely it does not need as much.
                    Err(_) if is_guessed => {
                        room = SCRATCH;
                        continue;
                    }
                    ranges => ranges?,
                },
            };
            is_guessed = false;
            // SAFETY: By the safety requirements of this function.
            let ret = unsafe { list.map(dev.as_ptr(), &mut map, ranges, dir) };

            self.map = map;
            let Err(error) = to_result(ret) else {
                if in_scratch {
                    return self.keep(dev, scratch.as_ptr().cast(), room);
                }
                self.fit(room);
                return Ok(());
            };
            if !in_scratch {
                self.forget_ranges();
            }
            room = self.more_than(room, error)?;
        }
    }

    /// Keeps what a list was mapped to, which is elsewhere, where there was `room`.
    fn keep(
        &mut self,
        dev: NonNull<bindings::device>,
        from: *const DmaRange,
        room: usize,
    ) -> Result {
        let nr = self.map.entries(room);

        match self.make_room(nr) {
            Ok(to) => {
                // SAFETY: There are so many, and as much room, which is apart from them. Those
                // behind the ranges may not be written, and are not looked at here.
                unsafe { copy_entries(from, to.as_mut_ptr().cast(), nr) };
                Ok(())
            }
            Err(error) => {
                // SAFETY: It was just mapped to these.
                unsafe { self.map.unmap(dev.as_ptr(), from) };
                Err(error)
            }
        }
    }

    /// Keeps ranges, for which there was `room`, in as much as they need: in the context if they
    /// are few.
    fn fit(&mut self, room: usize) {
        let nr = self.map.entries(room);
        let few = self.few.as_mut_ptr().cast();

        if nr == room || core::ptr::eq(self.ranges, few) {
            return;
        }
        let fitting = match nr {
            ..=FEW => few,
            // There is too much, but that is enough.
            _ => match allocate::<DmaRange>(nr) {
                Ok(fitting) => fitting.cast(),
                Err(_) => return,
            },
        };
        // SAFETY: There are so many, and as much room, which is apart from them.
        unsafe { copy_entries(self.ranges, fitting, nr) };
        self.forget_ranges();
        self.ranges = fitting;
    }

    /// Finds where the one range `phyr` is, for a device without DMA of its own.
    #[inline]
    fn find_one(&mut self, phyr: Phyr) -> Result {
        virt::find_one(phyr, &mut self.few[0])?;
        self.ranges = self.few.as_mut_ptr().cast();
        self.map = Map::premapped(1);
        Ok(())
    }

    /// Finds where the memory of `list` is, for a device without DMA of its own.
    #[inline(never)]
    fn find<L: List>(&mut self, list: L) -> Result {
        if let Some(phyr) = list.only() {
            return self.find_one(phyr);
        }
        let nr = match list.most_runs() {
            Some(..=FEW) => FEW,
            Some(runs) => runs,
            None => virt::count(&list)?,
        };
        let found = virt::find(&list, self.make_room(nr)?);

        match found {
            Ok(found @ 1..) if found <= nr => {
                // CAST: No more than there is room for, which is told in 32 bits.
                self.map = Map::premapped(found as u32);
                self.fit(nr);
                Ok(())
            }
            // A cursor may give more than it has before.
            Ok(_) => {
                self.forget_ranges();
                Err(EINVAL)
            }
            Err(error) => {
                self.forget_ranges();
                Err(error)
            }
        }
    }

    /// Prepares the work requests for what is mapped, which is unmapped if there are none to be had.
    #[inline(always)]
    fn prepare_or_unmap(&mut self, transfer: &Transfer<'_>, operation: Operation) -> Result<u32> {
        let port = &transfer.port;

        if self.is_one() && Way::choose(&port.asks_for(), operation, 1) == Way::Sges {
            self.prepare_one(port, operation, transfer.remote());
            return Ok(1);
        }
        let prepared = self.prepare(transfer, operation);

        if prepared.is_err() {
            self.unmap(transfer.queue);
        }
        prepared
    }

    #[inline(never)]
    fn prepare(&mut self, transfer: &Transfer<'_>, operation: Operation) -> Result<u32> {
        let (queue, port, remote) = (transfer.queue, &transfer.port, transfer.remote());

        match Way::choose(&port.asks_for(), operation, self.ranges().len()) {
            Way::Sges => self.prepare_sges(port, operation, remote),
            Way::Mrs => self.prepare_mrs(queue, port, operation, remote),
            Way::MrsIfFew if !self.are_mrs_few(queue, port)? => {
                self.prepare_sges(port, operation, remote)
            }
            Way::MrsIfFew | Way::MrsOrSges => self
                .prepare_mrs(queue, port, operation, remote)
                .or_else(|_| self.prepare_sges(port, operation, remote)),
        }
    }

    /// Unmaps the list.
    #[inline]
    fn unmap(&mut self, queue: Queue<'_>) {
        let mapped_for = match self.map.is_nothing() {
            true => None,
            false => queue.dma_dev(),
        };

        if let Some(dev) = mapped_for {
            // SAFETY: The list is mapped for this device, as the map says, by the type invariants.
            unsafe { self.map.unmap(dev.as_ptr(), self.ranges) };
        }
        self.forget_ranges();
    }

    /// Hands what was written to memory since it was mapped to the device.
    pub(crate) fn sync(&mut self, queue: Queue<'_>) {
        if self.prepared != Prepared::NOTHING {
            self.sync_ranges(queue);
        }
    }

    fn sync_ranges(&mut self, queue: Queue<'_>) {
        let Some(dev) = queue.dma_dev() else { return };

        self.with_ranges(|context| {
            let bytes = Bytes::sum(context.ranges().iter().map(|range| range.len()));
            // SAFETY: The list is mapped for this device, as the map says, by the type invariants,
            // and has so many bytes.
            unsafe {
                context
                    .map
                    .sync_for_device(dev.as_ptr(), context.ranges, Bytes::ZERO, bytes)
            };
        });
    }

    /// The chain of work requests.
    pub(crate) fn wrs(&mut self, cqe: *mut Cqe, chain: *mut SendWr) -> *mut SendWr {
        let (first, last) = match self.prepared {
            Prepared::SGES => self.chain_of_sges(),
            Prepared::MRS | Prepared::SIGNED => self.chain_of_mrs(),
            _ => return chain,
        };

        match chain.is_null() {
            true => {
                last.cqe = cqe;
                last.flags |= SIGNALED;
            }
            false => last.next = chain,
        }
        first
    }

    /// What follows if the chain was refused, of which the device has what comes before `refused`:
    /// MRs that it did not register have the keys that they had.
    pub(crate) fn refused(&mut self, refused: *const SendWr) {
        if matches!(self.prepared, Prepared::MRS | Prepared::SIGNED) {
            self.refuse_mrs(refused);
        }
    }

    /// Lets go of everything.
    #[inline]
    pub(crate) fn destroy(&mut self, queue: Queue<'_>) {
        match self.prepared {
            Prepared::SGES => self.forget_sges(),
            Prepared::MRS => self.forget_mrs(queue),
            _ => return,
        }
        // INVARIANT: What follows lets go of the rest.
        self.prepared = Prepared::NOTHING;
        self.unmap(queue);
    }
}
