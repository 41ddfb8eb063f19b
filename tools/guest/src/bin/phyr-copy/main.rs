// SPDX-License-Identifier: GPL-2.0

//! Copies files by DMA through the phyr_copy sample driver, and tests that driver.

mod device;
mod driver;
mod errors;
mod file;
mod layouts;
mod lifetime;
mod meanwhile;
mod premapped;
mod processes;

use phyr_guest::ktap;
use std::process::ExitCode;

const USAGE: &str = "\
usage: phyr-copy file SOURCE REPORT       copy a file by DMA to the standard output
       phyr-copy test [IOMMU]             test the driver
       phyr-copy layouts [IOMMU]          test lists of every shape only
       phyr-copy moved SOURCE COPY REPORT
                                          copy a file through registered buffers, while
                                          controllers are unplugged
       phyr-copy premapped [IOMMU]        test registered buffers

IOMMU is \"translated\" behind one, \"virtio\" behind QEMU's virtio-iommu, \"bounced\"
where the device reaches bounce buffers only.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();

    let result = match args.as_slice() {
        ["file", source, report] => file::copy(source, report),
        ["test", iommu @ ..] => layouts(iommu).map(|layouts| {
            ktap::run(&[&layouts, &errors::test, &processes::test, &lifetime::test])
        }),
        ["layouts", iommu @ ..] => layouts(iommu).map(|layouts| ktap::run(&[&layouts])),
        ["moved", source, copy, report] => premapped::move_file(source, copy, report),
        ["premapped", iommu @ ..] => {
            layouts(iommu).map(|_| ktap::run(&[&|| premapped::test(iommu == ["bounced"])]))
        }
        _ => Err(USAGE.into()),
    };

    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("phyr-copy: {message}");
            ExitCode::from(2)
        }
    }
}

/// The test of layouts behind `iommu`.
fn layouts(iommu: &[&str]) -> Result<fn() -> ktap::Suite, String> {
    match iommu {
        [] => Ok(layouts::test),
        ["translated"] => Ok(layouts::test_translated),
        ["virtio"] => Ok(layouts::test_virtio),
        ["bounced"] => Ok(layouts::test_bounced),
        _ => Err(USAGE.into()),
    }
}
