// SPDX-License-Identifier: GPL-2.0

//! A list that is moved by MRs.

use super::{
    Context,
    Prepared, //
};
use crate::{
    memory::{
        free,
        vector, //
    },
    plan::{
        segments::{
            Extent,
            Extents,
            Frame, //
        },
        way::Operation, //
    },
    queue::{
        Port,
        Queue,
        Registered, //
    },
    transfer::Remote,
    verbs::{
        Opcode,
        RdmaWr,
        RegWr,
        SendWr,
        Sge,
        LOCAL_WRITE,
        REMOTE_WRITE, //
    }, //
};
use core::{
    mem::MaybeUninit,
    ptr::null_mut, //
};
use kernel::{
    alloc::{
        flags::GFP_KERNEL,
        KVec, //
    },
    bindings,
    error::{
        code::{
            EAGAIN,
            EINVAL, //
        },
        Result, //
    },
    page::PAGE_SIZE, //
};
use phyr::plan::units::Bytes;

/// Segments of an MR that there is room for on the stack while it is told of them.
const SCRATCH: usize = 32;

/// `struct phyr_rw_mr`: an MR, and the work requests that register, use and invalidate it.
#[repr(C)]
pub(super) struct Registration {
    sge: Sge,
    wr: RdmaWr,
    reg_wr: RegWr,
    inv_wr: SendWr,
    mr: Registered,
}

impl Registration {
    /// What registers `mr`, which `sge` names, and uses it. The keys come when it is posted.
    fn new(mr: Registered, sge: Sge, port: &Port, operation: Operation, remote: Remote) -> Self {
        let (access, opcode) = match (port.is_iwarp(), operation, port.reads_with_inv()) {
            (_, Operation::Write, _) => (LOCAL_WRITE, Opcode::WRITE),
            (_, Operation::Read, true) => (LOCAL_WRITE, Opcode::READ_WITH_INV),
            (_, Operation::Read, false) => (LOCAL_WRITE, Opcode::READ),
        };
        // iWARP fills what it READs by a key for remote access.
        let access = match port.is_iwarp() {
            true => access | REMOTE_WRITE,
            false => access,
        };

        Self {
            sge,
            wr: RdmaWr {
                wr: SendWr {
                    nr_sge: 1,
                    ..SendWr::new(opcode)
                },
                remote_addr: remote.addr,
                rkey: remote.key,
            },
            reg_wr: RegWr {
                wr: SendWr::new(Opcode::REG_MR),
                mr: mr.as_ptr(),
                key: 0,
                access,
            },
            inv_wr: SendWr {
                invalidate: mr.key(),
                ..SendWr::new(Opcode::LOCAL_INV)
            },
            mr,
        }
    }

    /// What registers `mr`, which does signatures, and uses it.
    pub(super) fn signing(
        mr: Registered,
        sge: Sge,
        port: &Port,
        operation: Operation,
        remote: Remote,
    ) -> Self {
        let mut registration = Self::new(mr, sge, port, operation, remote);

        registration.reg_wr.wr.opcode = Opcode::REG_MR_INTEGRITY;
        // Whoever asks for its status needs the key.
        if operation == Operation::Read {
            registration.wr.wr.opcode = Opcode::READ;
        }
        registration
    }

    /// Takes the MR out of it.
    pub(super) fn into_mr(self) -> Registered {
        self.mr
    }

    /// Links its work requests, where they stay, and has `next` follow. Tells how many there are.
    pub(super) fn link(&mut self, next: *mut SendWr) -> u32 {
        self.wr.wr.sges = &raw mut self.sge;
        self.wr.wr.next = next;
        self.reg_wr.wr.next = &raw mut self.wr.wr;
        match self.mr.needs_inval() {
            true => {
                self.inv_wr.next = &raw mut self.reg_wr.wr;
                3
            }
            false => 2,
        }
    }

    /// The first of its work requests.
    fn first(&mut self) -> *mut SendWr {
        match self.inv_wr.next.is_null() {
            true => &raw mut self.reg_wr.wr,
            false => &raw mut self.inv_wr,
        }
    }

    /// Gives it the key that it is posted with.
    fn key(&mut self) {
        let is_invalidated = self.wr.wr.opcode == Opcode::READ_WITH_INV;
        let key = self.mr.next_key(!is_invalidated);

        self.reg_wr.key = key;
        self.sge.lkey = key;
        if is_invalidated {
            self.wr.wr.invalidate = key;
        }
    }

    /// Has the MR be as it is after the chain that it is part of was refused, of which the device
    /// has what comes before `refused`. Tells whether that is one of its own work requests.
    fn was_refused(&mut self, refused: *const SendWr) -> bool {
        let is = |wr: *const SendWr| core::ptr::eq(wr, refused);
        let is_invalidation = is(&raw const self.inv_wr) && is(self.first());

        if is_invalidation || is(&raw const self.reg_wr.wr) {
            let was_valid = !self.inv_wr.next.is_null();

            self.mr
                .set_back(self.inv_wr.invalidate, is_invalidation && was_valid);
            return true;
        }
        if is(&raw const self.wr.wr) {
            self.mr.must_be_invalidated();
            return true;
        }
        false
    }

    /// Has the MR be as it was before the chain was refused.
    fn was_not_posted(&mut self) {
        let was_valid = !self.inv_wr.next.is_null();

        self.mr.set_back(self.inv_wr.invalidate, was_valid);
    }
}

impl Context {
    /// Prepares work requests that move what is mapped by MRs.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if there are not enough of them.
    #[inline(never)]
    pub(super) fn prepare_mrs(
        &mut self,
        queue: Queue<'_>,
        port: &Port,
        operation: Operation,
        remote: Remote,
    ) -> Result<u32> {
        let extents = self.extents(queue)?;
        let most = extents.most_segments();
        let mut mrs = vector(extents.least_mrs())?;
        let mut few = [const { MaybeUninit::uninit() }; SCRATCH];
        let mut many = KVec::new();
        let sgl = match few.get_mut(..most) {
            Some(few) => few,
            None => {
                many.reserve(most, GFP_KERNEL)?;
                many.spare_capacity_mut()
            }
        };
        let filled = fill(&mut mrs, queue, extents, sgl, |mr, sge, moved| {
            let remote = Remote {
                addr: remote.addr.wrapping_add(moved),
                ..remote
            };
            Registration::new(mr, sge, port, operation, remote)
        });

        if let Err(error) = filled {
            for taken in mrs {
                // SAFETY: It comes from this queue pair's pool.
                unsafe { queue.give_back(taken.mr) };
            }
            return Err(error);
        }
        let wqes = link(&mut mrs);
        let (array, nr, _) = mrs.into_raw_parts();

        // INVARIANT: There are so many, of this queue pair.
        //
        // CAST: A queue pair has no more MRs than 32 bits tell.
        self.mrs = array;
        self.nr = nr as u32;
        self.prepared = Prepared::MRS;
        Ok(wqes)
    }

    /// Whether MRs take no more READs or WRITEs than SGEs do, and none is taken for a gap, of which
    /// `rdma_rw_mr_factor()` does not know.
    pub(super) fn are_mrs_few(&self, queue: Queue<'_>, port: &Port) -> Result<bool> {
        let mrs = self.extents(queue)?.count();

        Ok(mrs <= self.mrs_without_gaps(queue) && mrs <= self.messages(port).count())
    }

    /// MRs that as many bytes took if there were no gaps.
    fn mrs_without_gaps(&self, queue: Queue<'_>) -> usize {
        // CAST: They are small, and from 32 bits to 64.
        let (page, most) = (PAGE_SIZE as u64, u64::from(queue.pages_per_mr()));
        let head = self
            .ranges()
            .first()
            .map_or(0, |range| range.addr().raw() % page);
        let bytes = Bytes::sum(self.ranges().iter().map(|range| range.len())).raw();
        let pages = head.saturating_add(bytes).div_ceil(page);

        usize::try_from(pages.div_ceil(most.max(1))).unwrap_or(usize::MAX)
    }

    /// How what is mapped is distributed over MRs.
    fn extents(&self, queue: Queue<'_>) -> Result<Extents<'_>> {
        // CAST: It is small.
        let page = Bytes::new(PAGE_SIZE as u64);
        let frame =
            Frame::new(page, queue.pages_per_mr(), queue.segments_per_mr()).ok_or(EINVAL)?;

        Ok(Extents::new(self.ranges(), frame))
    }

    fn registrations(&mut self) -> &mut [Registration] {
        // CAST: From 32 bits to 64.
        //
        // SAFETY: So many are there by the type invariants.
        unsafe { core::slice::from_raw_parts_mut(self.mrs, self.nr as usize) }
    }

    /// The first and the last work request, with the keys that they are posted with.
    pub(super) fn chain_of_mrs(&mut self) -> (*mut SendWr, &mut SendWr) {
        let mrs = self.registrations();

        mrs.iter_mut().for_each(Registration::key);
        // There is one at least.
        let first = mrs[0].first();
        let last = mrs.len() - 1;

        (first, &mut mrs[last].wr.wr)
    }

    /// Tells the MRs that the chain that they are part of was refused, from `refused` on.
    #[inline(never)]
    pub(super) fn refuse_mrs(&mut self, refused: *const SendWr) {
        let mut mrs = self.registrations().iter_mut();

        if mrs.any(|mr| mr.was_refused(refused)) {
            mrs.for_each(Registration::was_not_posted);
        }
    }

    /// Gives the MRs back.
    #[inline(never)]
    pub(super) fn forget_mrs(&mut self, queue: Queue<'_>) {
        for at in 0..self.nr as usize {
            // SAFETY: So many are there by the type invariants, and each is read once.
            let Registration { mr, .. } = unsafe { self.mrs.add(at).read() };
            // SAFETY: It comes from this queue pair's pool, by the type invariants.
            unsafe { queue.give_back(mr) };
        }
        // SAFETY: By the type invariants; they are given up here.
        unsafe { free(self.mrs) };
        self.mrs = null_mut();
    }
}

/// Takes an MR of the pool for each extent, has it name that, and keeps in `mrs` what `register`
/// makes of it and of the bytes before it.
fn fill<'a>(
    mrs: &mut KVec<Registration>,
    queue: Queue<'_>,
    extents: impl Iterator<Item = Extent<'a>>,
    sgl: &mut [MaybeUninit<bindings::scatterlist>],
    register: impl Fn(Registered, Sge, u64) -> Registration,
) -> Result {
    let mut moved = 0u64;

    for extent in extents {
        mrs.reserve(1, GFP_KERNEL)?;
        let mut mr = queue.take().ok_or(EAGAIN)?;

        match mr.name(&extent, sgl) {
            Ok(sge) => {
                if let Some(slot) = mrs.spare_capacity_mut().first_mut() {
                    slot.write(register(mr, sge, moved));
                    // SAFETY: There was room, and it was just written.
                    unsafe { mrs.inc_len(1) };
                }
            }
            Err(error) => {
                // SAFETY: It comes from this queue pair's pool.
                unsafe { queue.give_back(mr) };
                return Err(error);
            }
        }
        moved = moved.wrapping_add(extent.bytes.raw());
    }
    Ok(())
}

/// Links all their work requests, and tells how many there are.
fn link(mrs: &mut [Registration]) -> u32 {
    let mut next = null_mut();

    mrs.iter_mut().rev().fold(0, |wqes, mr| {
        let count = mr.link(next);

        next = mr.first();
        wqes + count
    })
}
