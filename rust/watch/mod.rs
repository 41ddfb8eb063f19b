// SPDX-License-Identifier: GPL-2.0

//! What phyr tells of its work: tracepoints, and counters for who asks for them; a ledger of what
//! is mapped and reports of misuse with `CONFIG_PHYR_DEBUG`.

mod debugfs;
mod hooks;
#[cfg(CONFIG_PHYR_DEBUG)]
mod ledger;
#[cfg(not(CONFIG_PHYR_DEBUG))]
#[path = "no_ledger.rs"]
mod ledger;
mod strategy;

pub(crate) use debugfs::Files;
pub(crate) use hooks::{
    enter,
    is_unmap_told,
    leave,
    mapped,
    refused,
    tell_unmap,
    Size, //
};
pub(crate) use ledger::{
    check_list,
    check_sync,
    Ticket, //
};
pub(crate) use strategy::is_forced_per_run;
