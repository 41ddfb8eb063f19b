// SPDX-License-Identifier: GPL-2.0

//! Copies memory by DMA, every address from a phyr mapping.
//!
//! To make this driver probe, QEMU must be run with `-device lsi53c895a`. That SCSI controller
//! has a memory move instruction, which makes it a memory-to-memory DMA engine.
//!
//! `/dev/phyr_copy` takes the ioctls of `phyr_copy.h`. Two buffers of user memory, each a list of
//! pieces, go in; the bytes of one are moved to the other, and the sizes of the lists come out. It
//! is an ioctl, for a copy has two lists of user memory: `readv()` and `writev()` have one, and so
//! has a command of io_uring.
//!
//! Or buffers are registered first, and copied between by index, without being mapped each time:
//! by whichever of the controllers there are then.

mod engine;
mod engines;
mod lsi;
mod moves;
mod node;
mod part;
mod premapped;
mod registered;
mod request;
mod script;

use engine::Engine;
use engines::Member;
use kernel::{
    bindings,
    device::Core,
    dma::{
        Device,
        DmaMask, //
    },
    driver,
    pci,
    prelude::*,
    InPlaceModule, //
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
struct CopyDriver(Member);

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

            pdev.set_master();
            Ok(Member::new(|number| Engine::new(pdev, number)).map(Self))
        })
    }

    /// After this no DMA is under way and none will be started, however many files are open.
    fn unbind<'bound>(pdev: &'bound pci::Device<Core<'_>>, this: Pin<&Self::Data<'bound>>) {
        this.0.stop(pdev.as_ref());
        // CAST: `pci::Device` is a transparent wrapper of `struct pci_dev`.
        let raw = core::ptr::from_ref(pdev).cast_mut().cast();
        // SAFETY: The device is valid, and its driver does not use it any more.
        unsafe { bindings::pci_clear_master(raw) };
    }
}

/// The module: files can be opened as long as it is loaded, whatever becomes of controllers.
#[pin_data]
struct CopyModule {
    // Unregistered first.
    #[pin]
    _driver: driver::Registration<pci::Adapter<CopyDriver>>,
    #[pin]
    _node: Node,
}

impl InPlaceModule for CopyModule {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        // SAFETY: Called once, and there is neither a node nor a driver yet.
        unsafe { engines::init() };

        try_pin_init!(Self {
            _node <- Node::register(),
            _driver <- driver::Registration::new(c"phyr_copy", module),
        })
    }
}

module! {
    type: CopyModule,
    name: "phyr_copy",
    authors: ["The phyr developers"],
    description: "Memory copy by DMA from phyr mappings (QEMU lsi53c895a)",
    license: "GPL",
}
