// SPDX-License-Identifier: GPL-2.0

//! Structures of `rdma/ib_verbs.h`, as far as they are written here. `shims.c` asserts their
//! layout.

use kernel::ffi::{
    c_int,
    c_uint, //
};

/// `struct ib_qp`, only pointed to.
#[repr(C)]
pub struct Qp([u8; 0]);

/// `struct ib_device`, only pointed to.
#[repr(C)]
pub struct IbDevice([u8; 0]);

/// `struct ib_cq`, only pointed to.
#[repr(C)]
pub struct Cq([u8; 0]);

/// `struct ib_mr`, only pointed to.
#[repr(C)]
pub(crate) struct Mr([u8; 0]);

/// `struct ib_cqe`: what is called when a work request has completed.
#[repr(C)]
pub struct Cqe {
    done: unsafe extern "C" fn(*mut Cq, *mut Wc),
}

impl Cqe {
    /// `done` is given the completion queue, and what has become of the work request.
    pub const fn new(done: unsafe extern "C" fn(*mut Cq, *mut Wc)) -> Self {
        Self { done }
    }
}

/// `enum ib_wc_status`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Status(c_uint);

impl Status {
    const SUCCESS: Self = Self(0);
    const FLUSHED: Self = Self(5);

    /// Whether what was asked for was done.
    pub fn is_success(self) -> bool {
        self == Self::SUCCESS
    }

    /// Whether it was not begun, as all that follows an error: `IB_WC_WR_FLUSH_ERR`.
    pub fn is_flushed(self) -> bool {
        self == Self::FLUSHED
    }

    /// The number, as `ib_wc_status_msg()` takes it.
    pub fn raw(self) -> u32 {
        self.0
    }
}

/// The start of `struct ib_wc`: what has become of a work request.
#[repr(C)]
pub struct Wc {
    cqe: *mut Cqe,
    status: Status,
    _opcode: c_uint,
    _vendor_err: u32,
    byte_len: u32,
}

impl Wc {
    /// That of the work request.
    pub fn cqe(&self) -> *mut Cqe {
        self.cqe
    }

    /// What has become of it.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Bytes that were received, if it was a RECV that is done.
    pub fn bytes(&self) -> u32 {
        self.byte_len
    }
}

/// `struct ib_sig_attrs`, only pointed to.
#[repr(C)]
pub(crate) struct SigAttrs([u8; 0]);

/// `enum ib_wr_opcode`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Opcode(c_uint);

impl Opcode {
    pub(crate) const WRITE: Self = Self(0);
    pub(crate) const READ: Self = Self(4);
    pub(crate) const LOCAL_INV: Self = Self(7);
    pub(crate) const READ_WITH_INV: Self = Self(11);
    pub(crate) const REG_MR: Self = Self(0x20);
    pub(crate) const REG_MR_INTEGRITY: Self = Self(0x21);
}

/// `IB_SEND_SIGNALED`.
pub(crate) const SIGNALED: c_int = 1 << 1;

/// `IB_ACCESS_LOCAL_WRITE`.
pub(crate) const LOCAL_WRITE: c_int = 1;

/// `IB_ACCESS_REMOTE_WRITE`.
pub(crate) const REMOTE_WRITE: c_int = 1 << 1;

/// `struct ib_sge`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Sge {
    pub(crate) addr: u64,
    pub(crate) length: u32,
    pub(crate) lkey: u32,
}

/// `struct ib_send_wr`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct SendWr {
    pub(crate) next: *mut SendWr,
    pub(crate) cqe: *mut Cqe,
    pub(crate) sges: *mut Sge,
    pub(crate) nr_sge: c_int,
    pub(crate) opcode: Opcode,
    pub(crate) flags: c_int,
    /// `ex.invalidate_rkey`.
    pub(crate) invalidate: u32,
}

impl SendWr {
    /// A work request without SGEs.
    pub(crate) const fn new(opcode: Opcode) -> Self {
        Self {
            next: core::ptr::null_mut(),
            cqe: core::ptr::null_mut(),
            sges: core::ptr::null_mut(),
            nr_sge: 0,
            opcode,
            flags: 0,
            invalidate: 0,
        }
    }
}

/// `struct ib_rdma_wr`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RdmaWr {
    pub(crate) wr: SendWr,
    pub(crate) remote_addr: u64,
    pub(crate) rkey: u32,
}

/// `struct ib_reg_wr`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RegWr {
    pub(crate) wr: SendWr,
    pub(crate) mr: *mut Mr,
    pub(crate) key: u32,
    pub(crate) access: c_int,
}
