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
usage: phyr-copy file SOURCE DESTINATION    copy a file by DMA
       phyr-copy test layouts [--translated]  test lists of every shape
       phyr-copy test errors                test what must be refused
       phyr-copy test lifetime              test that the controller may go at any time";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();

    let result = match args.as_slice() {
        ["file", source, destination] => file::copy(source, destination),
        ["test", "layouts"] => Ok(layouts::test(false)),
        ["test", "layouts", "--translated"] => Ok(layouts::test(true)),
        ["test", "errors"] => Ok(errors::test()),
        ["test", "lifetime"] => Ok(lifetime::test()),
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
