// SPDX-License-Identifier: GPL-2.0

//! Copies files by DMA through the phyr_copy sample driver, and tests that driver.

mod device;
mod errors;
mod file;
mod ktap;
mod layouts;
mod lifetime;
mod memory;

use std::process::ExitCode;

const USAGE: &str = "\
usage: phyr-copy file SOURCE DESTINATION  copy a file by DMA
       phyr-copy test                     test the driver, without IOMMU
       phyr-copy test translated          test the driver, behind an IOMMU
       phyr-copy test layouts             test lists of every shape, behind an IOMMU";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();

    let result = match args.as_slice() {
        ["file", source, destination] => file::copy(source, destination),
        ["test"] => Ok(ktap::run(&[layouts::test, errors::test, lifetime::test])),
        ["test", "translated"] => Ok(ktap::run(&[
            layouts::test_translated,
            errors::test,
            lifetime::test,
        ])),
        ["test", "layouts"] => Ok(ktap::run(&[layouts::test_translated])),
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
