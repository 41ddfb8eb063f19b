// SPDX-License-Identifier: GPL-2.0

//! What phyr tells of its work: tracepoints and counters always, a ledger of what is mapped and
//! reports of misuse with `CONFIG_PHYR_DEBUG`.

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
    mapped,
    refused,
    unmapped, //
};
pub(crate) use ledger::{
    check_list,
    check_sync,
    Ticket, //
};
pub(crate) use strategy::is_forced_per_run;
