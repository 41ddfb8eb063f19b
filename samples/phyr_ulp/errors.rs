// SPDX-License-Identifier: GPL-2.0

//! Errors that the kernel's crate does not name.

use kernel::{
    bindings,
    error::Error,
    ffi::c_int, //
};

fn of(number: u32) -> Error {
    // CAST: The number of an error.
    Error::from_errno(-(number as c_int))
}

/// The connection is gone.
pub(crate) fn reset() -> Error {
    of(bindings::ECONNRESET)
}

/// Nobody listens there, or whoever does is not willing.
pub(crate) fn refused() -> Error {
    of(bindings::ECONNREFUSED)
}

/// There is no way there.
pub(crate) fn unreachable() -> Error {
    of(bindings::EHOSTUNREACH)
}

/// The file is not what that needs.
pub(crate) fn not_connected() -> Error {
    of(bindings::ENOTCONN)
}

/// The other side said what makes no sense.
pub(crate) fn nonsense() -> Error {
    of(bindings::EPROTO)
}
