// SPDX-License-Identifier: GPL-2.0

//! Copies memory by DMA, every address from a phyr mapping.
//!
//! To make this driver probe, QEMU must be run with `-device lsi53c895a`. That SCSI controller
//! has a memory move instruction, which makes it a memory-to-memory DMA engine.
//!
//! `/dev/phyr_copy` takes the ioctl of `phyr_copy.h`: two buffers of user memory, each a list of
//! pieces, go in; the bytes of one are moved to the other, and the sizes of the lists come out. It
//! is an ioctl, for a copy has two lists of user memory: `readv()` and `writev()` have one, and so
//! has a command of io_uring.

mod engine;
mod lsi;
mod moves;
mod node;
mod request;
mod script;

use engine::Engine;
use kernel::{
    bindings,
    device::Core,
    dma::{
        Device,
        DmaMask, //
    },
    pci,
    prelude::*,
    sync::Arc, //
};
use node::Node;

kernel::pci_device_table!(
    PCI_TABLE,
    MODULE_PCI_TABLE,
    <CopyDriver as pci::Driver>::IdInfo,
    [(
        pci::DeviceId::from_id(pci::Vendor::LSI_LOGIC, lsi::DEVICE_ID),
        ()
    )]
);

/// A bound controller.
#[pin_data]
struct CopyDriver {
    #[pin]
    _node: Node,
    engine: Arc<Engine>,
}

impl pci::Driver for CopyDriver {
    type IdInfo = ();
    type Data<'bound> = Self;

    const ID_TABLE: pci::IdTable<Self::IdInfo> = &PCI_TABLE;

    fn probe<'bound>(
        pdev: &'bound pci::Device<Core<'_>>,
        _info: &'bound Self::IdInfo,
    ) -> impl PinInit<Self, Error> + 'bound {
        pin_init::pin_init_scope(move || {
            if pdev.pci_class() != pci::Class::STORAGE_SCSI {
                return Err(ENODEV);
            }
            pdev.enable_device_mem()?;
            // SAFETY: Nothing is mapped for the device before this function returns.
            unsafe { pdev.dma_set_mask(DmaMask::new::<{ lsi::DMA_BITS }>())? };
            // SAFETY: As above.
            unsafe { pdev.dma_set_max_seg_size(lsi::MAX_MOVE) };

            let engine = Engine::new(pdev)?;
            pdev.set_master();

            Ok(try_pin_init!(Self {
                _node <- Node::register(engine.clone()),
                engine,
            }))
        })
    }

    /// After this no DMA is under way and none will be started, however many files are open.
    fn unbind<'bound>(pdev: &'bound pci::Device<Core<'_>>, this: Pin<&Self::Data<'bound>>) {
        this.engine.stop(pdev.as_ref());
        // CAST: `pci::Device` is a transparent wrapper of `struct pci_dev`.
        let raw = core::ptr::from_ref(pdev).cast_mut().cast();
        // SAFETY: The device is valid, and its driver does not use it any more.
        unsafe { bindings::pci_clear_master(raw) };
    }
}

kernel::module_pci_driver! {
    type: CopyDriver,
    name: "phyr_copy",
    authors: ["The phyr developers"],
    description: "Memory copy by DMA from phyr mappings (QEMU lsi53c895a)",
    license: "GPL",
}
