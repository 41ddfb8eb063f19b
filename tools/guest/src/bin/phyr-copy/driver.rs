// SPDX-License-Identifier: GPL-2.0

//! The driver, in sysfs.

use std::{
    fs,
    io::Result,
    path::{Path, PathBuf},
};

const DRIVER: &str = "/sys/bus/pci/drivers/phyr_copy";

/// The PCI addresses of the controllers that it is bound to, in order.
pub fn controllers() -> Result<Vec<String>> {
    let mut controllers: Vec<String> = fs::read_dir(DRIVER)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains(':'))
        .collect();

    controllers.sort();
    Ok(controllers)
}

/// Has it do what `file` is named after: `bind` or `unbind`.
pub fn tell(file: &str, controller: &str) -> Result<()> {
    fs::write(Path::new(DRIVER).join(file), controller)
}

/// The configuration space of a PCI device.
pub fn config_of(address: &str) -> PathBuf {
    Path::new("/sys/bus/pci/devices")
        .join(address)
        .join("config")
}
