// SPDX-License-Identifier: GPL-2.0

//! Without `CONFIG_IOMMU_DMA` no allocation ever succeeds, so there is none to be used.

use super::Iova;
use crate::{
    ffi::dma::KernelDma,
    plan::{
        backend::Refusal,
        class::Kind,
        units::{
            Bytes,
            PhysAddr, //
        }, //
    }, //
};

impl KernelDma<'_> {
    pub(in crate::ffi) fn iova_alloc(&mut self, _paddr: PhysAddr, _size: Bytes) -> Option<Iova> {
        None
    }

    pub(in crate::ffi) fn iova_link(
        &mut self,
        _iova: &mut Iova,
        _paddr: PhysAddr,
        _offset: Bytes,
        _len: Bytes,
        _kind: Kind,
    ) -> Result<(), Refusal> {
        Err(Refusal::Layout)
    }

    pub(in crate::ffi) fn iova_sync(
        &mut self,
        _iova: &mut Iova,
        _len: Bytes,
    ) -> Result<(), Refusal> {
        Err(Refusal::Layout)
    }

    pub(in crate::ffi) fn iova_unlink(&mut self, _iova: &mut Iova, _len: Bytes, _kind: Kind) {}

    pub(in crate::ffi) fn iova_free(&mut self, _iova: Iova) {}

    pub(crate) fn destroy_in_place(&mut self, _iova: &mut Iova, _len: Bytes, _kind: Kind) {}
}
