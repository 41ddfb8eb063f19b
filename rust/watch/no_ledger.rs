// SPDX-License-Identifier: GPL-2.0

//! Without `CONFIG_PHYR_DEBUG` nothing is kept of what is mapped.

use super::Size;
use crate::{
    plan::{
        class::Entry,
        range::DmaRange,
        sync::Span, //
    },
    request::Request,
};
use kernel::device::Device;

/// Nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ticket;

impl Ticket {
    #[inline]
    pub(super) fn issue(
        _dev: &Device,
        _request: Request,
        _size: impl FnOnce() -> Size,
        _kept: &[DmaRange],
        _ranges: usize,
    ) -> Self {
        Self
    }

    #[inline]
    pub(super) fn redeem(self, _dev: &Device, _request: Request, _kept: &[DmaRange]) -> bool {
        true
    }
}

#[inline]
pub(crate) fn check_list<I: Iterator<Item = Entry>>(_dev: &Device, _list: impl FnOnce() -> I) {}

#[inline]
pub(crate) fn check_sync(_ticket: Ticket, _dev: &Device, _span: Span) -> bool {
    true
}
