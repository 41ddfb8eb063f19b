// SPDX-License-Identifier: GPL-2.0

//! Which way a device has to the memory of another.

use super::as_raw;
use crate::plan::{
    class::Class,
    units::BusOffset, //
};
use kernel::{
    bindings,
    device::Device,
    ffi::c_uint, //
};

/// A P2P provider that C named, or none.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Provider(*mut bindings::p2pdma_provider);

impl Provider {
    /// Whether there is none.
    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self.0.is_null()
    }
}

/// `enum phyr_p2p_route` of `glue.h`.
const ROUTE_BUS_ADDR: c_uint = 1;
const ROUTE_HOST_BRIDGE: c_uint = 2;

// Kernel structures that are empty in some configurations are only pointed to.
#[allow(improper_ctypes)]
extern "C" {
    fn phyr_shim_p2p_route(
        provider: *mut bindings::p2pdma_provider,
        dev: *mut bindings::device,
        bus_offset: *mut u64,
    ) -> c_uint;
}

/// How `dev` reaches the memory of `provider`, the list's `index`th; [`None`] if it cannot.
///
/// The provider is one that C named for a list of memory that may be mapped, see
/// [`RawList::read`](crate::list::RawList::read): it stays registered.
pub(crate) fn p2p_class(provider: Provider, index: u32, dev: &Device) -> Option<Class> {
    let mut offset = 0;

    // SAFETY: The provider is registered, the device valid by the type invariants of `Device`, and
    // `offset` may be written.
    match unsafe { phyr_shim_p2p_route(provider.0, as_raw(dev), &mut offset) } {
        ROUTE_BUS_ADDR => Some(Class::Bus {
            provider: index,
            offset: BusOffset::new(offset),
        }),
        ROUTE_HOST_BRIDGE => Some(Class::Mmio { provider: index }),
        _ => None,
    }
}
