// SPDX-License-Identifier: GPL-2.0

//! Moves files by RDMA through the phyr_ulp sample, and tests it.

mod device;
mod extent;
mod faults;
mod moves;
mod serve;
mod server;
mod transfer;

use extent::Extent;
use phyr_guest::ktap;
use std::{net::SocketAddr, process::ExitCode};
use transfer::How;

const USAGE: &str = "\
usage: phyr-ulp serve ADDRESS FILE         give FILE to clients, put and get, until a signal
       phyr-ulp copy ADDRESS SOURCE BACK [CONNECTIONS [DEPTH [CHUNK]]]
                                           put SOURCE to a server, and get it back as BACK
       phyr-ulp test ADDRESS [few]         test both, on this machine, by few moves
       phyr-ulp flood ADDRESS              move bytes for as long as that works

ADDRESS is IP:PORT, or [IPv6]:PORT, of an RDMA device.  FILE must be as long as SOURCE.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();

    let result = match args.as_slice() {
        ["serve", addr, file] => address(addr).and_then(|addr| serve::serve(addr, file)),
        ["copy", addr, source, back, how @ ..] => {
            address(addr).and_then(|addr| transfer::copy(addr, source, back, how_to(how)?))
        }
        ["test", addr] => address(addr).map(|addr| test(addr, extent::USUAL)),
        ["test", addr, "few"] => address(addr).map(|addr| test(addr, extent::FEW)),
        ["flood", addr] => address(addr).and_then(faults::move_forever),
        _ => Err(USAGE.into()),
    };

    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("phyr-ulp: {message}");
            ExitCode::from(2)
        }
    }
}

fn test(addr: SocketAddr, extent: Extent) -> bool {
    ktap::run(&[&|| moves::test(addr, extent), &|| {
        faults::test(addr, extent)
    }])
}

fn address(addr: &str) -> Result<SocketAddr, String> {
    addr.parse()
        .map_err(|_| format!("{addr} is no address: give IP:PORT, or [IPv6]:PORT"))
}

fn how_to(how: &[&str]) -> Result<How, String> {
    let number = |at: usize, usual: usize| match how.get(at) {
        None => Ok(usual),
        Some(word) => word.parse().map_err(|_| format!("{word} is no number")),
    };

    match how {
        [] | [_] | [_, _] | [_, _, _] => Ok(How {
            connections: number(0, 2)?,
            depth: number(1, 8)?,
            chunk: number(2, device::MAX_MOVE)?,
        }),
        _ => Err(USAGE.into()),
    }
}
