// SPDX-License-Identifier: GPL-2.0

//! Slots that controllers are plugged into and pulled out of.

use super::monitor::Monitor;
use crate::{device::Device, driver};
use std::{
    fmt::{self, Display, Formatter},
    fs::File,
    io::{Error, Result},
    os::unix::fs::FileExt,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long a controller may take to come or to go.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A root port, as `hot_plug_ports` of `tools/vm/devices.sh` has them.
#[derive(Clone, Copy)]
pub struct Slot {
    /// What QEMU calls the port.
    port: &'static str,
    /// What it calls the controller in it.
    id: &'static str,
    address: &'static str,
}

pub const SLOTS: [Slot; 2] = [
    Slot {
        port: "port1",
        id: "engine1",
        address: "0000:00:10.0",
    },
    Slot {
        port: "port2",
        id: "engine2",
        address: "0000:00:11.0",
    },
];

/// Why nothing can be plugged in, if that is so.
pub fn why_not() -> Option<&'static str> {
    match Path::new("/sys/bus/pci/slots/1").exists() {
        true => None,
        false => Some("the kernel has no CONFIG_HOTPLUG_PCI_PCIE, or the guest no slot"),
    }
}

/// Ways for a controller to go.
#[derive(Clone, Copy)]
pub enum Way {
    /// The guest is asked, and has its driver let go of it first.
    Unplugged,
    /// It is gone, and the guest finds out.
    PulledOut,
}

impl Display for Way {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unplugged => "unplugged",
            Self::PulledOut => "pulled out",
        })
    }
}

impl Slot {
    /// Plugs a controller in, waits until it is an engine, and returns its number.
    pub fn plug(self, monitor: &mut Monitor, device: &Device) -> Result<u32> {
        let before = device.engines()?;

        monitor.plug(self.id, self.port)?;
        new_engine(device, &before)
    }

    /// Takes the controller away, and waits until it is gone, for QEMU and for the driver.
    pub fn empty(self, way: Way, monitor: &mut Monitor) -> Result<()> {
        match way {
            Way::Unplugged => monitor.unplug(self.id)?,
            Way::PulledOut => self.switch_off()?,
        }
        monitor.wait_for_end_of(self.id)?;

        // The port's driver switches it off at last. Whatever is plugged in before goes, too.
        let control = Control::of(self.address)?;
        wait_until("the slot stays on", || {
            Ok(control.read()? & Control::OFF == Control::OFF)
        })
    }

    /// Takes the power from the slot for a moment, behind the back of the port's driver: QEMU takes
    /// the controller out then. The driver hears that when there is power again, so it cannot take
    /// the slot for one that was switched off by itself.
    fn switch_off(self) -> Result<()> {
        let control = Control::of(self.address)?;
        let on = control.read()?;

        control.write((on | Control::OFF) & !Control::INTERRUPT)?;
        control.write(on)
    }
}

/// The register of a port that controls its slot.
struct Control {
    config: File,
    at: u64,
}

impl Control {
    /// Power controller and power indicator off.
    const OFF: u16 = 0x0700;
    const INTERRUPT: u16 = 0x0020;

    fn of(address: &str) -> Result<Self> {
        const CAPABILITIES: u64 = 0x34;
        const PCI_EXPRESS: u8 = 0x10;
        const SLOT_CONTROL: u64 = 0x18;
        let config = File::options()
            .read(true)
            .write(true)
            .open(driver::config_of(address))?;
        let mut capability = [0; 2];

        config.read_exact_at(&mut capability[1..], CAPABILITIES)?;
        loop {
            let at: u64 = capability[1].into();
            if at == 0 {
                return Err(Error::other(format!("{address} is no PCIe port")));
            }
            config.read_exact_at(&mut capability, at)?;
            if capability[0] == PCI_EXPRESS {
                let at = at + SLOT_CONTROL;
                return Ok(Self { config, at });
            }
        }
    }

    fn read(&self) -> Result<u16> {
        let mut bytes = [0; 2];

        self.config.read_exact_at(&mut bytes, self.at)?;
        Ok(u16::from_le_bytes(bytes))
    }

    fn write(&self, control: u16) -> Result<()> {
        self.config.write_all_at(&control.to_le_bytes(), self.at)
    }
}

/// Waits for an engine that was not among those `before`, and returns its number.
pub fn new_engine(device: &Device, before: &[u32]) -> Result<u32> {
    let mut found = None;

    wait_until("no engine comes", || {
        let engines = device.engines()?;
        found = engines.into_iter().find(|number| !before.contains(number));
        Ok(found.is_some())
    })?;
    found.ok_or_else(|| Error::other("no engine comes"))
}

fn wait_until(otherwise: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let until = Instant::now() + TIME_LIMIT;

    while !is_so()? {
        if Instant::now() > until {
            return Err(Error::other(format!("{otherwise}, for {TIME_LIMIT:?}")));
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
