// SPDX-License-Identifier: GPL-2.0

//! Child processes that run this program on.

use std::io::{Error, Result};

/// 0 in the child, which must not use what another thread may have locked: memory, above all.
pub fn fork() -> Result<libc::pid_t> {
    // SAFETY: By the rule above.
    match unsafe { libc::fork() } {
        -1 => Err(Error::last_os_error()),
        child => Ok(child),
    }
}

/// Ends a child, which shares its parent's memory meanwhile.
pub fn exit(status: libc::c_int) -> ! {
    // SAFETY: It may be called anywhere.
    unsafe { libc::_exit(status) }
}

/// Waits for a child, and returns its status.
pub fn wait_for(child: libc::pid_t) -> Result<libc::c_int> {
    let mut status = 0;

    // SAFETY: The status may be written.
    match unsafe { libc::waitpid(child, &mut status, 0) } {
        -1 => Err(Error::last_os_error()),
        _ => Ok(status),
    }
}

/// Kills a child that has not been waited for. Returns whether that is what it died of.
pub fn kill(child: libc::pid_t) -> Result<bool> {
    // SAFETY: It may be called anywhere.
    unsafe { libc::kill(child, libc::SIGKILL) };
    Ok(libc::WIFSIGNALED(wait_for(child)?))
}
